"""Archives in, and how far they have come."""

from dataclasses import replace
from datetime import datetime
from pathlib import PurePath
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel

from ingestion.call_ledger import Spending
from ingestion.catalogue_records import Upload, UploadProgress, UploadTerms
from ui import lost_answers
from ui.access_guard import RequestViewer, Seen
from ui.archive_inbox import receive_archive, upload_terms
from ui.context import UiContext
from ui.faults import NotFound


class UploadAnswer(BaseModel):
    """An archive in the ledger."""

    upload_id: str
    name: str
    size_bytes: int
    started_at: datetime
    finished_at: datetime | None
    members: int
    done: int
    rejected: int
    confidential: bool
    budget_tokens: int | None
    """Of its own; null where what is configured counts."""


class Rejection(BaseModel):
    """Something that could not be used, and why."""

    member: str
    reason: str


class ProgressAnswer(UploadAnswer):
    """How far an archive has come."""

    finished: bool
    publications: int
    outcomes: dict[str, int]
    figures: int
    by_stage: dict[str, int]
    model_calls: int
    """Answers of models about its figures, and what they took."""
    model_tokens: int
    model_price: float
    lost_calls: int
    """Possibly paid, and the answer was lost."""
    lost_tokens: int
    waiting_questions: int
    """Of the lost ones, those not asked again until a person says so."""
    waiting_tokens: int
    """The most that asking them again may cost."""
    waiting_price: float
    rejections: list[Rejection]


class AskedAgain(BaseModel):
    """Questions that may be put to models again, and the most that this may cost."""

    questions: int
    most_tokens: int
    most_price: float
    """In the currency of the prices that the settings name; 0 where they name none."""


def build_router() -> APIRouter:
    """Routes for uploads."""
    router = APIRouter(prefix="/uploads", tags=["uploads"])

    @router.post("", status_code=202)
    async def add_upload(
        request: Request, seen: Seen, name: str, terms: Annotated[UploadTerms, Depends(_terms)]
    ) -> UploadAnswer:
        """Take in an archive: its bytes are the body (`curl --data-binary @I20220104.tar`).

        Nothing of a confidential one is ever sent to a model on another machine, and where people
        sign in, the members of its `project` alone see it. Models that write about its figures may
        take `budget_tokens`; without it, what is configured.
        """
        return _upload(await receive_archive(seen, name, request.stream(), terms))

    @router.get("")
    def list_uploads(seen: Seen) -> list[UploadAnswer]:
        """The latest uploads, newest first."""
        return [_upload(upload) for upload in seen.resources.catalogue.uploads(limit=100)]

    @router.get("/{upload_id}")
    def get_upload(upload_id: str, seen: Seen) -> ProgressAnswer:
        """How far one upload has come."""
        catalogue = seen.resources.catalogue
        upload = _found(seen, upload_id)
        spent = catalogue.spending(upload_id)
        return _progress(upload, catalogue.progress([upload_id]), spent)

    @router.post("/{upload_id}/lost-questions", status_code=202)
    def ask_again(upload_id: str, seen: Seen) -> AskedAgain:
        """Have models asked again whose answers were lost; the provider may bill these twice."""
        _found(seen, upload_id)
        waited = lost_answers.ask_again(seen.resources, upload_id)
        return AskedAgain(
            questions=waited.n_waiting,
            most_tokens=waited.n_waiting_tokens,
            most_price=waited.waiting_price,
        )

    return router


def _found(seen: UiContext, upload_id: str) -> Upload:
    upload = seen.resources.catalogue.upload(upload_id)
    if upload is None:
        raise NotFound(f"no upload {upload_id[:80]!r} in the ledger")
    return upload


def _terms(
    seen: Seen,
    viewer: RequestViewer,
    *,
    confidential: bool = False,
    project: str | None = None,
    budget_tokens: Annotated[int | None, Query(ge=0)] = None,
) -> UploadTerms:
    terms = upload_terms(seen.resources, viewer, is_confidential=confidential, project=project)
    return replace(terms, budget_tokens=budget_tokens)


def _upload(upload: Upload) -> UploadAnswer:
    return UploadAnswer(
        upload_id=upload.upload_id,
        name=PurePath(upload.path).name,
        size_bytes=upload.size_bytes,
        started_at=upload.started_at,
        finished_at=upload.finished_at,
        members=upload.n_members,
        done=upload.n_done,
        rejected=upload.n_rejected,
        confidential=upload.terms.is_confidential,
        budget_tokens=upload.terms.budget_tokens,
    )


def _progress(upload: Upload, progress: UploadProgress, spent: Spending) -> ProgressAnswer:
    return ProgressAnswer(
        **_upload(upload).model_dump(),
        finished=progress.is_finished,
        publications=progress.n_publications,
        outcomes={str(outcome): n for outcome, n in progress.outcomes.items()},
        figures=progress.n_figures,
        by_stage={str(stage): n for stage, n in progress.by_stage.items()},
        model_calls=spent.n_calls,
        model_tokens=spent.n_tokens,
        model_price=spent.price,
        lost_calls=spent.n_lost,
        lost_tokens=spent.n_lost_tokens,
        waiting_questions=spent.n_waiting,
        waiting_tokens=spent.n_waiting_tokens,
        waiting_price=spent.waiting_price,
        rejections=[Rejection(member=p.member, reason=p.reason) for p in progress.rejections],
    )
