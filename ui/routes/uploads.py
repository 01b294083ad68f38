"""Archives in, and how far they have come."""

from datetime import datetime
from pathlib import PurePath

from fastapi import APIRouter, Request
from pydantic import BaseModel

from ingestion.catalogue_records import Upload, UploadProgress, UploadTerms
from ui.archive_inbox import receive_archive
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
    rejections: list[Rejection]


def build_router(context: UiContext) -> APIRouter:
    """Routes for uploads."""
    router = APIRouter(prefix="/uploads", tags=["uploads"])
    catalogue = context.resources.catalogue

    @router.post("", status_code=202)
    async def add_upload(
        request: Request, name: str, *, confidential: bool = False
    ) -> UploadAnswer:
        """Take in an archive: its bytes are the body (`curl --data-binary @I20220104.tar`).

        Nothing of a confidential one is ever sent to a model on another machine.
        """
        terms = UploadTerms(is_confidential=confidential)
        return _upload(await receive_archive(context, name, request.stream(), terms))

    @router.get("")
    def list_uploads() -> list[UploadAnswer]:
        """The latest uploads, newest first."""
        return [_upload(upload) for upload in catalogue.uploads(limit=100)]

    @router.get("/{upload_id}")
    def get_upload(upload_id: str) -> ProgressAnswer:
        """How far one upload has come."""
        upload = catalogue.upload(upload_id)
        if upload is None:
            raise NotFound(f"no upload {upload_id[:80]!r} in the ledger")
        return _progress(upload, catalogue.progress([upload_id]))

    return router


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
    )


def _progress(upload: Upload, progress: UploadProgress) -> ProgressAnswer:
    return ProgressAnswer(
        **_upload(upload).model_dump(),
        finished=progress.is_finished,
        publications=progress.n_publications,
        outcomes={str(outcome): n for outcome, n in progress.outcomes.items()},
        figures=progress.n_figures,
        by_stage={str(stage): n for stage, n in progress.by_stage.items()},
        rejections=[Rejection(member=p.member, reason=p.reason) for p in progress.rejections],
    )
