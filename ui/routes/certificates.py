"""Certificates over HTTP: made, fetched, run again."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Response, UploadFile
from pydantic import BaseModel

from core.errors import CertificateInvalid
from search.casebook_records import CertificateEntry
from search.certificate import MAX_BYTES
from search.certificate_reading import read_certificate_file
from ui.access_guard import RequestViewer, Seen
from ui.faults import NotFound
from ui.routes.bodies import RowNumber, Signed
from ui.signature import signed_by
from workers.certifying import make_certificate, replay_certificate

_MEDIA_TYPES = {"pdf": "application/pdf", "json": "application/json"}


class CertificateToMake(Signed):
    """Which saved search is put on the record."""

    search_id: RowNumber
    exact: bool = True


class CertificateAnswer(BaseModel):
    """A certificate that was made here; its files lie below its address."""

    certificate_id: int
    sha256: str
    search_id: int
    name: str
    project: str
    hits: int
    made_at: str
    made_by: str


class ReplayAnswer(BaseModel):
    """What a replay found."""

    number: str
    sha256: str
    made_here: bool
    verdict: str
    reasons: list[str]
    changes: list[dict[str, Any]]
    missing: list[tuple[str, str]]
    n_then: int
    n_now: int


def build_router() -> APIRouter:
    """Routes of certificates."""
    router = APIRouter(prefix="/certificates", tags=["certificates"])

    @router.get("")
    def list_certificates(seen: Seen) -> list[CertificateAnswer]:
        """Certificates that were made here, newest first."""
        return [_certificate(entry) for entry in seen.resources.casebook.certificates()]

    @router.post("", status_code=201)
    def make(body: CertificateToMake, seen: Seen, viewer: RequestViewer) -> CertificateAnswer:
        """Run a saved search and put it on the record."""
        by = signed_by(seen.resources.settings, body.who, viewer)
        made = make_certificate(seen.resources, body.search_id, by=by, exact=body.exact)
        return _certificate(made.entry)

    @router.get("/{certificate_id}/certificate.{kind}", response_class=Response)
    def get_file(certificate_id: RowNumber, kind: str, seen: Seen) -> Response:
        """The PDF or JSON file of a certificate."""
        entry = seen.resources.casebook.certificate(certificate_id)
        if kind not in _MEDIA_TYPES:
            raise NotFound(f"a certificate has a pdf and a json file, none of kind {kind[:20]!r}")
        key = entry.pdf_file if kind == "pdf" else entry.json_file
        name = f"certificate-{certificate_id}-{entry.sha256[:8]}.{kind}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(
            seen.resources.query_pictures.get(key), media_type=_MEDIA_TYPES[kind], headers=headers
        )

    @router.post("/replay")
    def replay(file: UploadFile, seen: Seen) -> ReplayAnswer:
        """Run a certificate (PDF or JSON) again and say what changed."""
        data = file.file.read(MAX_BYTES + 1)
        name = file.filename or "certificate"
        if not data:
            raise CertificateInvalid(f"{name}: is empty")
        record = read_certificate_file(data, name)
        found = replay_certificate(seen.resources, record)
        known = seen.resources.casebook.certificate_of(record.sha256)
        return ReplayAnswer.model_validate(
            {
                "number": record.number,
                "sha256": record.sha256,
                "made_here": known is not None,
                **asdict(found),
            }
        )

    return router


def _certificate(entry: CertificateEntry) -> CertificateAnswer:
    return CertificateAnswer(
        certificate_id=entry.certificate_id,
        sha256=entry.sha256,
        search_id=entry.search.search_id,
        name=entry.search.name,
        project=entry.search.project.name,
        hits=entry.n_hits,
        made_at=entry.made_at,
        made_by=entry.made_by,
    )
