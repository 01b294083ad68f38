"""Errors as problem documents (RFC 9457): what went wrong, where, and what to do."""

from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from core.errors import BadInput, LimnError
from ui.faults import RETRY_AFTER_S, TooManyRequests, fault_of
from ui.request_log import request_id_header

MEDIA_TYPE = "application/problem+json"
_HEADERS = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": str(RETRY_AFTER_S)}}


class Problem(BaseModel):
    """What every answer that is no success says (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    where: str | None = None
    code: str | None = None
    """See `ui.faults`."""
    remedy: str


_SAID = {MEDIA_TYPE: {"schema": Problem.model_json_schema()}}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    "4XX": {"description": "The request cannot be answered; see `remedy`.", "content": _SAID},
    "5XX": {"description": "Limn cannot answer now; see `remedy`.", "content": _SAID},
}
"""For the schema of every route."""
log = structlog.get_logger()


def problem_of(error: LimnError) -> JSONResponse:
    """The problem document for an error raised on purpose."""
    fault = fault_of(error)
    where = getattr(error, "member", None) or getattr(error, "name", None)
    response = problem(
        fault.status, fault.title, str(error), where=where, remedy=fault.remedy, code=fault.code
    )
    if isinstance(error, TooManyRequests):
        response.headers["Retry-After"] = str(error.retry_after_s)
    return response


def problem(
    status: int,
    title: str,
    detail: str,
    *,
    where: str | None = None,
    remedy: str,
    code: str | None = None,
) -> JSONResponse:
    """A problem document.

    Args:
        status: HTTP status.
        title: What kind of thing went wrong.
        detail: What went wrong this time.
        where: Field, file or member it is about.
        remedy: What the caller can do.
        code: See `ui.faults`; of errors raised on purpose alone.
    """
    content = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    if where is not None:
        content["where"] = where
    if code is not None:
        content["code"] = code
    headers = {**request_id_header(), **_HEADERS.get(status, {})}
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
