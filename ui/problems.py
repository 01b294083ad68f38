"""Errors as problem documents (RFC 9457): what went wrong, where, and what to do."""

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from core.errors import (
    ArchiveCorrupt,
    BadInput,
    ConfigurationFault,
    LimnError,
    PictureUnreadable,
    PublicationInvalid,
    QueryInvalid,
    StorageFailed,
    TransientError,
)

MEDIA_TYPE = "application/problem+json"
_RETRY_AFTER_S = 5
log = structlog.get_logger()

_KINDS: tuple[tuple[type[LimnError], int, str, str], ...] = (
    (QueryInvalid, 422, "The search cannot be run", "Correct the field named and send it again."),
    (
        PictureUnreadable,
        422,
        "The picture cannot be read",
        "Send a complete PNG, TIFF, JPEG, WebP or GIF picture.",
    ),
    (ArchiveCorrupt, 422, "The archive cannot be read", "Fetch the archive again and resend it."),
    (PublicationInvalid, 422, "The publication cannot be read", "Check the document named."),
    (BadInput, 400, "The input cannot be used", "Correct the input and send it again."),
    (
        TransientError,
        503,
        "A service did not answer",
        f"Try again in {_RETRY_AFTER_S} seconds; `limn status` shows which service is down.",
    ),
    (StorageFailed, 507, "Storage failed", "Make room on the disk or check its rights."),
    (
        ConfigurationFault,
        500,
        "Limn is not set up to do this",
        "Mend the setting named and restart Limn.",
    ),
)


class NotFound(BadInput):
    """Nothing is known under the id asked for."""


class TooLarge(BadInput):
    """A request body is larger than allowed."""


def problem_of(error: LimnError) -> JSONResponse:
    """The problem document for an error raised on purpose."""
    if isinstance(error, NotFound):
        return problem(404, "Not found", str(error), remedy="Check the id.")
    if isinstance(error, TooLarge):
        return problem(413, "The request is too large", str(error), remedy="Send less at a time.")
    for kind, status, title, remedy in _KINDS:
        if isinstance(error, kind):
            where = getattr(error, "member", None) or getattr(error, "name", None)
            return problem(status, title, str(error), where=where, remedy=remedy)
    return problem(500, "Limn failed", str(error), remedy="See the log of the pages.")


def problem(
    status: int, title: str, detail: str, *, where: str | None = None, remedy: str
) -> JSONResponse:
    """A problem document.

    Args:
        status: HTTP status.
        title: What kind of thing went wrong.
        detail: What went wrong this time.
        where: Field, file or member it is about.
        remedy: What the caller can do.
    """
    content = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    if where is not None:
        content["where"] = where
    headers = {"Retry-After": str(_RETRY_AFTER_S)} if status == 503 else None
    return JSONResponse(
        {**content, "remedy": remedy}, status_code=status, media_type=MEDIA_TYPE, headers=headers
    )


def answer_problems(app: FastAPI) -> None:
    """Turn every error of the app's routes into a problem document."""
    app.add_exception_handler(LimnError, _on_limn_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(Exception, _on_defect)


def _on_limn_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, LimnError)
    if not isinstance(error, BadInput):
        log.warning("request failed", path=request.url.path, error=str(error))
    return problem_of(error)


def _on_invalid_request(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    faults = error.errors()
    where = ", ".join(".".join(str(step) for step in fault["loc"]) for fault in faults)
    detail = f"{request.method} {request.url.path}: {'; '.join(str(f['msg']) for f in faults)}"
    return problem(422, "The request is malformed", detail, where=where, remedy="Correct it.")


def _on_http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return problem(
        error.status_code,
        error.detail,
        f"{request.method} {request.url.path}: {error.detail}",
        remedy="See /api/v1/openapi.json for what there is.",
    )


def _on_defect(request: Request, error: Exception) -> JSONResponse:
    log.error("request broke", path=request.url.path, exc_info=error)
    return problem(
        500,
        "Limn failed",
        f"{request.method} {request.url.path} failed with {type(error).__name__}",
        remedy="This is a defect; the log of the pages has the details.",
    )
