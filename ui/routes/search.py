"""Search by drawing, words and class."""

from collections.abc import Callable
from datetime import date
from typing import TypeVar

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile

from core.errors import QueryInvalid
from core.settings import LimitSettings
from search.hits import SearchResult
from search.query import MAX_IMAGES, SearchQuery, check_n_pictures
from ui.access_guard import Seen
from ui.context import UiContext
from ui.metrics import observe_search
from ui.picture_edits import PictureEdits
from ui.query_images import read_query_figures
from ui.routes.bodies import parse_json, parse_object
from ui.routes.pictures import read_query_file
from ui.search_coverage import SearchedCoverage, coverage_json
from ui.search_run import Question
from ui.search_told import counts_json, explained_json, suggestions_json

_QUERY, _PICTURES = "query", "pictures"
_JSON_BODY = "the request body"
_MOST_FILES = 1000
"""Taken in before they are counted; the request as a whole is bounded by `ui.guard`."""
_Answer = TypeVar("_Answer")


class FoundFigure(BaseModel):
    """A figure of a hit."""

    figure_id: str
    label: str | None
    view: str
    score: float
    branch: str
    query_view: int | None
    """The query picture it was compared with, 0 for the first."""
    orientation: str | None
    """How that picture was laid."""


class FoundTwin(BaseModel):
    """The same design once more."""

    publication_id: str
    figure_id: str
    score: float
    reason: str


class HiddenPublication(BaseModel):
    """A publication that the class filter hides."""

    rank: int
    publication_id: str
    title: str
    locarno: tuple[str, ...]
    score: float


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
    class_boost: float
    """What its scores were raised by for being of the classes asked for."""
    similarity: float | None
    """Likeness to the query pictures."""
    expected_by_chance: float | None
    """How many designs of the whole collection are expected to be this similar by chance."""
    contributions: dict[str, float]
    """Each branch's share of the best figure's score."""
    twins: list[FoundTwin]


class SearchedCorpus(BaseModel):
    """What was searched before any filter; see `ui.search_coverage.SearchedCoverage`."""

    offices: list[str]
    first: date | None
    last: date | None
    n_publications: int
    n_figures: int
    n_waiting: int
    failures: dict[str, int]


class SearchAnswer(BaseModel):
    """The ranked publications."""

    hits: list[FoundPublication]
    total_ms: float
    hidden_by_filter: int
    hidden: list[HiddenPublication]
    weak_from: int | None
    """Rank from which on hits are no more similar than chance alone would bring."""
    n_figures: int
    """In the collection: pages that tell the same number join without gap or repeat."""
    timings_ms: dict[str, float]
    coverage: SearchedCorpus
    notices: list[str] = []
    """What the sender should know of the pictures: say, that one looks like a photograph."""


class FacetValue(BaseModel):
    """One value of a facet."""

    value: str
    count: int


class FacetsAnswer(BaseModel):
    """Counts by facet; see `search.facets.Facets`."""

    counts: dict[str, list[FacetValue]]
    unit: str
    n_counted: int
    top: int | None


class SuggestedClass(BaseModel):
    """A class the nearest publications vote for."""

    code: str
    name: str | None
    share: float
    n_publications: int
    best: str


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
                            "maxItems": MAX_IMAGES,
                            "items": {"type": "string", "format": "binary"},
                        },
                        _QUERY: {
                            "type": "string",
                            "description": "The same fields as the JSON body, as one JSON text.",
                        },
                        _PICTURES: {
                            "type": "string",
                            "description": "How pictures are turned, cropped, covered and redrawn:"
                            " as JSON, an object for all or a list with one for each.",
                        },
                    },
                }
            },
        },
    }
}


def build_router() -> APIRouter:
    """The search routes: hits, counts and class suggestions for the same body."""
    router = APIRouter(tags=["search"])

    @router.post("/search", openapi_extra=_BODY)
    async def search(request: Request, seen: Seen) -> SearchAnswer:
        """Ranked publications for drawings, words, indexed figures and filters."""
        return await _answer(seen, request, _search)

    @router.post("/search/facets", openapi_extra=_BODY)
    async def facets(request: Request, seen: Seen) -> FacetsAnswer:
        """How the publications under a search spread over classes, offices, years and owners."""
        return await _answer(seen, request, _facets)

    @router.post("/search/classes", openapi_extra=_BODY)
    async def classes(request: Request, seen: Seen) -> dict[str, list[SuggestedClass]]:
        """Classes for a picture that has none, by those of the publications most like it."""
        return await _answer(seen, request, _classes)

    return router


async def _answer(
    context: UiContext, request: Request, run: Callable[[UiContext, Question], _Answer]
) -> _Answer:
    limits = context.resources.settings.limits
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        async with request.form(max_files=_MOST_FILES, max_fields=4) as form:
            return await run_in_threadpool(lambda: run(context, _read_form(form, limits)))
    body = await request.body()
    return await run_in_threadpool(
        lambda: run(context, Question(SearchQuery.parse(parse_object(body, _JSON_BODY)), ()))
    )


def _read_form(form: FormData, limits: LimitSettings) -> Question:
    unknown = sorted(set(form) - {"images", _QUERY, _PICTURES})
    if unknown:
        raise QueryInvalid(
            f"unknown form field {', '.join(unknown)}; known: images (files), {_QUERY} and"
            f" {_PICTURES} (JSON)"
        )
    query = SearchQuery.parse(parse_object(_text(form, _QUERY), _QUERY))
    files = form.getlist("images")
    check_n_pictures(len(files) + len(query.figure_ids))
    edits = _read_edits(_text(form, _PICTURES), len(files))
    read = []
    for file, wanted in zip(files, edits, strict=True):
        if not isinstance(file, UploadFile):
            raise QueryInvalid("images: send pictures as files, not as text")
        name = file.filename or "drawing"
        read.append(read_query_figures(read_query_file(file.file, name), name, limits, wanted))
    return Question(
        query,
        images=tuple(figure for one in read for figure in one.figures),
        notices=tuple(one.notice for one in read if one.notice),
    )


def _text(form: FormData, field: str) -> str:
    text = form.get(field, "{}")
    if isinstance(text, UploadFile):
        raise QueryInvalid(f"{field}: send JSON as text, not as a file")
    return text


def _read_edits(text: str, n_files: int) -> list[PictureEdits]:
    values = parse_json(text, _PICTURES)
    listed = values if isinstance(values, list) else [values] * n_files
    if len(listed) != n_files:
        raise QueryInvalid(f"{_PICTURES}: {len(listed)} entries for {n_files} images")
    if not all(isinstance(value, dict) for value in listed):
        raise QueryInvalid(f"{_PICTURES} must be a JSON object, or a list of them")
    return [PictureEdits.parse(value) for value in listed]


def _search(context: UiContext, question: Question) -> SearchAnswer:
    result = context.resources.search.search(question.query, question.images)
    observe_search(result)
    told = answer(result, context.coverage.now())
    return told.model_copy(update={"notices": list(question.notices)})


def _facets(context: UiContext, question: Question) -> FacetsAnswer:
    facets = context.resources.search.facets(question.query, question.images)
    return FacetsAnswer.model_validate(counts_json(facets))


def _classes(context: UiContext, question: Question) -> dict[str, list[SuggestedClass]]:
    suggested = context.resources.search.suggest_classes(question.query, question.images)
    return {
        level: [SuggestedClass.model_validate(item) for item in items]
        for level, items in suggestions_json(suggested).items()
    }


def answer(result: SearchResult, covered: SearchedCoverage) -> SearchAnswer:
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
                class_boost=hit.class_boost,
                figures=[FoundFigure.model_validate(f, from_attributes=True) for f in hit.figures],
                **explained_json(hit),
            )
            for hit in result.hits
        ],
        total_ms=result.total_ms,
        hidden_by_filter=result.hidden_by_filter,
        hidden=[HiddenPublication.model_validate(h, from_attributes=True) for h in result.hidden],
        weak_from=result.weak_from,
        n_figures=result.n_figures,
        timings_ms=dict(result.timings_ms),
        coverage=SearchedCorpus.model_validate(coverage_json(covered)),
    )
