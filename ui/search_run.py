"""One search from the command line: files read, asked, told and drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from core.errors import QueryInvalid
from core.ports import GreyImage
from core.settings import LimitSettings
from search.query import SearchQuery, check_asked, check_n_pictures
from ui.contact_sheet import Tile, draw_contact_sheet
from ui.picture_edits import PictureEdits
from ui.query_images import AS_IT_IS, read_query_figures
from ui.search_coverage import SearchedCoverage, coverage_json, coverage_words
from ui.search_told import explained_json, weak_words
from workers.resources import Resources
from workers.saved_searches import GivenFile

if TYPE_CHECKING:
    from search.hits import (  # wrong input waits for no Qdrant client
        PublicationHit,
        SearchResult,
    )

_BLANK = np.full((64, 64), 255, np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """What is searched by, read and found sound."""

    query: SearchQuery
    images: tuple[GreyImage, ...]
    notices: tuple[str, ...] = ()
    files: tuple[GivenFile, ...] = ()
    """What the images were taken from."""


@dataclass(frozen=True, slots=True, eq=False)
class SearchOutcome:
    """A search with what it was asked with."""

    question: Question
    result: "SearchResult"
    covered: SearchedCoverage


def read_question(
    asked: Mapping[str, Any],
    image_files: Sequence[Path],
    limits: LimitSettings,
    edits: PictureEdits = AS_IT_IS,
) -> Question:
    """Read the query files and check the rest; needs no service, so wrong input is told at once.

    Args:
        asked: Fields of `SearchQuery`.
        image_files: Drawings, sheets, photographs or 3-D models.
        limits: For the largest picture that is unpacked.
        edits: What is done to each picture.

    Raises:
        BadInput: If the question makes no sense or a file is no picture.
    """
    query = SearchQuery.parse(asked)
    check_n_pictures(len(image_files) + len(query.figure_ids))
    check_asked(query, len(image_files))
    given = [(path.name, _read(path)) for path in image_files]
    read = [
        read_query_figures(data, str(path), limits, edits)
        for path, (_, data) in zip(image_files, given, strict=True)
    ]
    done = edits.model_dump(mode="json", exclude_defaults=True)
    return Question(
        query,
        images=tuple(figure for file in read for figure in file.figures),
        notices=tuple(file.notice for file in read if file.notice),
        files=tuple(
            GivenFile(name, data, file.figures, done)
            for (name, data), file in zip(given, read, strict=True)
        ),
    )


def run_search(resources: Resources, question: Question) -> SearchOutcome:
    """Search, and keep question and answer together.

    Raises:
        QueryInvalid: If nothing is asked, or a figure is not in the index.
        IndexUnavailable: If Qdrant does not answer.
    """
    result = resources.search.search(question.query, question.images)
    return SearchOutcome(question, result, SearchedCoverage.of(resources.catalogue.coverage()))


def to_json(result: "SearchResult", covered: SearchedCoverage) -> dict[str, Any]:
    """The stable JSON of `limn search --json`."""
    return {
        "hits": [
            {
                "rank": hit.rank,
                "publication_id": hit.publication_id,
                "title": hit.title,
                "locarno": hit.locarno[0] if hit.locarno else None,
                "locarno_all": list(hit.locarno),
                "score": hit.score,
                "figures": [
                    {"figure_id": figure.figure_id, "view": figure.view, "score": figure.score}
                    for figure in hit.figures
                ],
                **explained_json(hit),
            }
            for hit in result.hits
        ],
        "total_ms": result.total_ms,
        "hidden_by_filter": result.hidden_by_filter,
        "hidden": [asdict(hidden) for hidden in result.hidden],
        "weak_from": result.weak_from,
        "n_figures": result.n_figures,
        "coverage": coverage_json(covered),
    }


def print_hits(
    console: Console, result: "SearchResult", covered: SearchedCoverage, *, is_narrowed: bool
) -> None:
    """Print the ranked publications as a table, and what they were found among."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading, justify in (("rank", "right"), ("publication", "left"), ("title", "left")):
        table.add_column(heading, justify=justify)  # type: ignore[arg-type]
    table.add_column("Locarno")
    table.add_column("best figure")
    table.add_column("score", justify="right")
    for hit in result.hits:
        best = hit.figures[0]
        table.add_row(
            str(hit.rank),
            hit.publication_id,
            escape(hit.title),
            ", ".join(hit.locarno),
            f"{_short(best.figure_id)} ({best.view})",
            f"{hit.score:.3f}",
        )
    console.print(table if result.hits else "no publication matches")
    if result.weak_from is not None:
        console.print(f"[dim]{weak_words(result.weak_from)}[/]")
    if result.hidden_by_filter:
        console.print(
            f"[dim]{result.hidden_by_filter} of the 50 best without the class filter are hidden "
            "by it[/]"
        )
    console.print(f"[dim]{escape(coverage_words(covered, is_narrowed=is_narrowed))}[/]")


def draw_hits(resources: Resources, outcome: SearchOutcome, target: Path) -> None:
    """Write a contact sheet of the query and its hits.

    Raises:
        QueryInvalid: If the file cannot be written.
    """
    hits = [
        Tile(_picture(resources, hit), (f"{hit.rank}  {hit.publication_id}", *_facts(hit)))
        for hit in outcome.result.hits
    ]
    classes = ", ".join(outcome.question.query.locarno_any)
    title = f"Limn: {outcome.question.query.text or 'query drawing'}"
    images = outcome.question.images
    query = images[0] if images else _BLANK
    page = draw_contact_sheet(
        title + (f" · Locarno {classes}" if classes else ""), Tile(query, ("query",)), hits
    )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        page.save(target, format="PNG", optimize=True)
    except OSError as error:
        raise QueryInvalid(f"cannot write {target}: {error.strerror or error}") from error


def _picture(resources: Resources, hit: "PublicationHit") -> GreyImage:
    row = resources.catalogue.figures([hit.figures[0].figure_id])
    return resources.pictures.get_figure(row[0].figure.sha256) if row else _BLANK


def _facts(hit: "PublicationHit") -> tuple[str, str]:
    return hit.title, f"{', '.join(hit.locarno)} · {hit.figures[0].view} · {hit.score:.3f}"


def _short(figure_id: str) -> str:
    label = figure_id.rsplit("/", 1)[1]
    return f"FIG. {label}" if label[0].isdigit() else label


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise QueryInvalid(f"cannot read {path}: {error.strerror}") from error
