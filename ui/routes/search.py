"""Search by drawing, words and class."""

import json
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile

from core.errors import QueryInvalid
from core.ports import GreyImage
from search.hits import SearchResult
from search.query import SearchQuery
from ui.context import UiContext
from ui.metrics import SEARCHES
from ui.query_images import read_query_figures
from ui.routes.pictures import read_query_file

MAX_QUERY_FILES = 8
_JSON_FIELD = "query"


class FoundFigure(BaseModel):
    """A figure of a hit."""

    figure_id: str
    label: str | None
    view: str
    score: float
    branch: str


class FoundPublication(BaseModel):
    """A publication found."""

    rank: int
    publication_id: str
    title: str
    locarno: str | None
    """Main code."""
    locarno_all: tuple[str, ...]
    score: float
    figures: list[FoundFigure]


class SearchAnswer(BaseModel):
    """The ranked publications."""

    hits: list[FoundPublication]
    total_ms: float
    hidden_by_filter: int
    timings_ms: dict[str, float]


_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": SearchQuery.model_json_schema()},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "images": {
                            "type": "array",
                            "maxItems": MAX_QUERY_FILES,
                            "items": {"type": "string", "format": "binary"},
                        },
                        _JSON_FIELD: {
                            "type": "string",
                            "description": "The same fields as the JSON body, as one JSON text.",
                        },
                    },
                }
            },
        },
    }
}


def build_router(context: UiContext) -> APIRouter:
    """The search route."""
    router = APIRouter(tags=["search"])

    @router.post("/search", openapi_extra=_BODY)
    async def search(request: Request) -> SearchAnswer:
        """Ranked publications for drawings, words, indexed figures and class filters."""
        if request.headers.get("content-type", "").startswith("multipart/form-data"):
            async with request.form(max_files=MAX_QUERY_FILES + 1, max_fields=4) as form:
                return await run_in_threadpool(_search_form, context, form)
        values = _parse_object(await request.body(), "the request body")
        return await run_in_threadpool(_search, context, values, [])

    return router


def _search_form(context: UiContext, form: FormData) -> SearchAnswer:
    unknown = sorted(set(form) - {"images", _JSON_FIELD})
    if unknown:
        raise QueryInvalid(
            f"unknown form field {', '.join(unknown)}; known: images (files), {_JSON_FIELD} (JSON)"
        )
    text = form.get(_JSON_FIELD, "{}")
    if isinstance(text, UploadFile):
        raise QueryInvalid(f"{_JSON_FIELD}: send JSON as text, not as a file")
    files = form.getlist("images")
    if len(files) > MAX_QUERY_FILES:
        raise QueryInvalid(f"images: at most {MAX_QUERY_FILES} files, got {len(files)}")
    images: list[GreyImage] = []
    for file in files:
        if not isinstance(file, UploadFile):
            raise QueryInvalid("images: send pictures as files, not as text")
        name = file.filename or "drawing"
        limits = context.resources.settings.limits
        images += read_query_figures(read_query_file(file.file, name), name, limits)
    return _search(context, _parse_object(text.encode(), _JSON_FIELD), images)


def _parse_object(data: bytes, where: str) -> dict[str, Any]:
    try:
        values = json.loads(data or b"{}")
    except ValueError as error:
        raise QueryInvalid(f"{where} is not JSON: {error}") from error
    if not isinstance(values, dict):
        raise QueryInvalid(f"{where} must be a JSON object of search fields")
    return values


def _search(context: UiContext, values: dict[str, Any], images: list[GreyImage]) -> SearchAnswer:
    result = context.resources.search.search(SearchQuery.parse(values), images)
    SEARCHES.observe(result.total_ms / 1000)
    return answer(result)


def answer(result: SearchResult) -> SearchAnswer:
    """A search result as the API sends it; the same keys as `limn search --json` and more."""
    return SearchAnswer(
        hits=[
            FoundPublication(
                rank=hit.rank,
                publication_id=hit.publication_id,
                title=hit.title,
                locarno=hit.locarno[0] if hit.locarno else None,
                locarno_all=hit.locarno,
                score=hit.score,
                figures=[FoundFigure.model_validate(f, from_attributes=True) for f in hit.figures],
            )
            for hit in result.hits
        ],
        total_ms=result.total_ms,
        hidden_by_filter=result.hidden_by_filter,
        timings_ms=dict(result.timings_ms),
    )
