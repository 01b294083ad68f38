"""The casebook over HTTP: saved searches, marks and notes, exports."""

from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from search.casebook_records import Mark, Opinion, QueryPicture, Remark, SavedSearch
from search.hits import SearchResult
from search.query import SearchQuery
from ui.access_guard import RequestViewer, Seen
from ui.context import UiContext
from ui.export_files import MEDIA_TYPES
from ui.faults import NotFound
from ui.hit_export import export_hits
from ui.routes.bodies import RowNumber, Signed
from ui.routes.search import SearchAnswer, answer
from ui.signature import signed_by
from workers.saved_searches import load_pictures, run_search, save_search


class SearchToSave(Signed):
    """A search for the casebook."""

    project: str
    name: str
    query: dict[str, Any] = Field({})
    drawings: list[str] = Field([])
    """SHA-256 of drawings sent to `/queries` before."""


class SearchToExport(BaseModel):
    """A search whose hits are wanted as a file."""

    model_config = ConfigDict(extra="forbid")

    query: dict[str, Any] = {}
    drawings: list[str] = []


class RemarkToAdd(Signed):
    """A mark, a note, or both."""

    project: str
    publication_id: str
    mark: Mark | None = None
    note: str = ""
    search_id: RowNumber | None = None


class ProjectAnswer(BaseModel):
    """A project with what it holds."""

    name: str
    searches: int
    marked: int
    watches: int
    certificates: int


class SavedAnswer(BaseModel):
    """A saved search."""

    search_id: int
    project: str
    name: str
    query: dict[str, Any]
    pictures: list[QueryPicture]
    made_at: str
    made_by: str


class RunAnswer(SearchAnswer):
    """What a saved search finds now."""

    marks: dict[str, Mark]
    """By publication id, as they hold in its project."""


class RemarkAnswer(BaseModel):
    """A mark, a note, or both, as it stands in the record."""

    publication_id: str
    mark: Mark | None
    note: str
    search_id: int | None
    made_at: str
    made_by: str


class OpinionAnswer(BaseModel):
    """What was said of a publication in a project."""

    publication_id: str
    mark: Mark | None
    remarks: list[RemarkAnswer]


def build_router() -> APIRouter:
    """Routes of the casebook."""
    router = APIRouter(prefix="/casebook", tags=["casebook"])
    _add_searches(router)
    _add_remarks(router)
    return router


def _add_searches(router: APIRouter) -> None:
    @router.get("/projects")
    def list_projects(seen: Seen) -> list[ProjectAnswer]:
        """All projects, by name."""
        return [
            ProjectAnswer(
                name=s.project.name, searches=s.n_searches, marked=s.n_marked,
                watches=s.n_watches, certificates=s.n_certificates,
            )
            for s in seen.resources.casebook.projects()
        ]  # fmt: skip

    @router.get("/searches")
    def list_searches(seen: Seen, project: str | None = None) -> list[SavedAnswer]:
        """Saved searches, newest first."""
        casebook = seen.resources.casebook
        chosen = casebook.find_project(project) if project else None
        return [_saved(search) for search in casebook.searches(chosen)]

    @router.post("/searches", status_code=201)
    def add_search(body: SearchToSave, seen: Seen, viewer: RequestViewer) -> SavedAnswer:
        """Save a search; its project is made where there is none of that name."""
        return _saved(
            save_search(
                seen.resources,
                SearchQuery.parse(body.query),
                [QueryPicture(sha256=sha256) for sha256 in _keys(body.drawings)],
                project=body.project,
                name=body.name,
                by=signed_by(seen.resources.settings, body.who, viewer),
            )
        )

    @router.get("/searches/{search_id}")
    def get_search(search_id: RowNumber, seen: Seen) -> SavedAnswer:
        """One saved search."""
        return _saved(seen.resources.casebook.search(search_id))

    @router.post("/searches/{search_id}/run")
    def run(search_id: RowNumber, seen: Seen) -> RunAnswer:
        """Run a saved search now."""
        result, opinions = _run(seen, search_id)
        marks = {key: said.mark for key, said in opinions.items() if said.mark}
        return RunAnswer(**answer(result, seen.coverage.now()).model_dump(), marks=marks)

    @router.get("/searches/{search_id}/hits.{kind}", response_class=Response)
    def export_saved(search_id: RowNumber, kind: str, seen: Seen) -> Response:
        """What a saved search finds now, as a CSV, XLSX or JSON file."""
        result, opinions = _run(seen, search_id)
        return _file(export_hits(seen.resources, result.hits, kind, opinions), kind)

    @router.post("/exports/{kind}", response_class=Response)
    def export_search(kind: str, body: SearchToExport, seen: Seen) -> Response:
        """The hits of any search, as a CSV, XLSX or JSON file."""
        pictures = [QueryPicture(sha256=sha256) for sha256 in _keys(body.drawings)]
        result = seen.resources.search.search(
            SearchQuery.parse(body.query), load_pictures(seen.resources, pictures)
        )
        return _file(export_hits(seen.resources, result.hits, kind), kind)


def _add_remarks(router: APIRouter) -> None:
    @router.get("/marks")
    def list_marks(project: str, seen: Seen) -> list[OpinionAnswer]:
        """What was said of publications in a project."""
        casebook = seen.resources.casebook
        opinions = casebook.opinions(casebook.find_project(project)).values()
        return [
            OpinionAnswer(
                publication_id=said.publication_id,
                mark=said.mark,
                remarks=[_remark(remark) for remark in said.remarks],
            )
            for said in opinions
        ]

    @router.post("/marks", status_code=201)
    def add_mark(body: RemarkToAdd, seen: Seen, viewer: RequestViewer) -> RemarkAnswer:
        """Mark a publication, write a note about it, or both; nothing said before is lost."""
        if seen.resources.catalogue.publication(body.publication_id) is None:
            raise NotFound(f"no publication {body.publication_id[:80]!r} here")
        by = signed_by(seen.resources.settings, body.who, viewer)
        casebook = seen.resources.casebook
        return _remark(
            casebook.remark(
                casebook.project(body.project, by),
                body.publication_id,
                by=by,
                mark=body.mark,
                note=body.note,
                search_id=body.search_id,
            )
        )


def _run(context: UiContext, search_id: int) -> tuple[SearchResult, dict[str, Opinion]]:
    casebook = context.resources.casebook
    search = casebook.search(search_id)
    result = run_search(context.resources, search)
    ids = [hit.publication_id for hit in result.hits]
    return result, casebook.opinions(search.project, ids)


def _keys(drawings: list[str]) -> list[str]:
    for sha256 in drawings:
        if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
            raise NotFound(f"{sha256[:80]!r} is not the SHA-256 of a drawing")
    return drawings


def _file(data: bytes, kind: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="hits.{kind}"'}
    return Response(data, media_type=MEDIA_TYPES[kind], headers=headers)


def _saved(search: SavedSearch) -> SavedAnswer:
    return SavedAnswer(
        search_id=search.search_id,
        project=search.project.name,
        name=search.name,
        query=search.query,
        pictures=list(search.pictures),
        made_at=search.made_at,
        made_by=search.made_by,
    )


def _remark(remark: Remark) -> RemarkAnswer:
    return RemarkAnswer(
        publication_id=remark.publication_id,
        mark=remark.mark,
        note=remark.note,
        search_id=remark.search_id,
        made_at=remark.made_at,
        made_by=remark.made_by,
    )
