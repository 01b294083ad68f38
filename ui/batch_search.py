"""Searches with every file of a folder, one after the other; bad files are listed, not fatal."""

import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import BadInput, LimnError, QueryInvalid
from search.query import SearchQuery
from ui.faults import code_of
from ui.picture_edits import PictureEdits
from ui.query_images import read_query_figures
from workers.resources import Resources

if TYPE_CHECKING:
    from search.hits import PublicationHit

MAX_BATCH = 500
"""Files of one batch."""
_COLUMNS = (
    *("file", "rank", "publication_id", "title", "locarno", "score", "figure_id", "view"),
    *("code", "error"),
)


@dataclass(frozen=True, slots=True)
class BatchFailure:
    """A file that could not be searched with."""

    file: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class BatchReport:
    """What a batch found.

    Attributes:
        results: For each file searched with, in order, its hits.
        failures: The files that could not be.
        stopped_by: What ended the batch early, say an engine that went away; None where it is
            complete.
    """

    results: tuple[tuple[str, tuple["PublicationHit", ...]], ...]
    failures: tuple[BatchFailure, ...]
    stopped_by: LimnError | None

    @property
    def n_searched(self) -> int:
        return len(self.results)

    def to_json(self) -> dict[str, Any]:
        """The stable JSON of `limn search --batch --json`."""
        return {
            "results": [
                {"file": file, "hits": [_row(hit) for hit in hits]} for file, hits in self.results
            ],
            "failures": [asdict(failure) for failure in self.failures],
            "stopped_by": str(self.stopped_by) if self.stopped_by else None,
        }


def list_batch(folder: Path) -> tuple[Path, ...]:
    """The files of a folder in order of name; hidden ones and folders within are passed over.

    Raises:
        QueryInvalid: If it is no folder, holds nothing, or more than `MAX_BATCH` files.
    """
    if not folder.is_dir():
        raise QueryInvalid(f"no such folder: {folder}")
    files = sorted(p for p in folder.iterdir() if p.is_file() and not p.name.startswith("."))
    if not files:
        raise QueryInvalid(f"{folder} holds no files to search with")
    if len(files) > MAX_BATCH:
        raise QueryInvalid(
            f"{folder} holds {len(files):,} files, more than the {MAX_BATCH} one batch may hold;"
            " divide them over several folders"
        )
    return tuple(files)


def check_target(target: Path | None, *, as_json: bool) -> None:
    """Refuse before the work what could not be written after it.

    Raises:
        QueryInvalid: If there is nowhere to write to, or in no known format.
    """
    if target is None:
        if not as_json:
            raise QueryInvalid("say where the results of --batch go: --out results.csv or .json")
        return
    if target.suffix.lower() not in (".csv", ".json"):
        raise QueryInvalid(f"{target}: results are written as .csv or .json")
    if not target.resolve().parent.is_dir():
        raise QueryInvalid(f"no such folder: {target.resolve().parent}")


def search_batch(
    resources: Resources,
    query: SearchQuery,
    files: Sequence[Path],
    edits: PictureEdits,
    advance: Callable[[], None],
) -> BatchReport:
    """Search with each file and the same query.

    Args:
        resources: With the address of a running index.
        query: What is asked beside each file.
        files: From `list_batch`.
        edits: What is done to each picture.
        advance: Called after each file.
    """
    results: list[tuple[str, tuple[PublicationHit, ...]]] = []
    failures: list[BatchFailure] = []
    for path in files:
        try:
            found = read_query_figures(_read(path), path.name, resources.settings.limits, edits)
            results.append((path.name, resources.search.search(query, found.figures).hits))
        except BadInput as error:
            failures.append(BatchFailure(path.name, code_of(error), str(error)))
        except LimnError as error:
            return BatchReport(tuple(results), tuple(failures), error)
        advance()
    return BatchReport(tuple(results), tuple(failures), None)


def write_batch(report: BatchReport, target: Path) -> None:
    """Write results and failures, a row for each hit and failure in CSV.

    Raises:
        QueryInvalid: If the file cannot be written.
    """
    try:
        with target.open("w", encoding="utf-8", newline="") as file:
            if target.suffix.lower() == ".json":
                json.dump(report.to_json(), file, ensure_ascii=False, indent=1)
                return
            table = csv.DictWriter(file, _COLUMNS)
            table.writeheader()
            for name, hits in report.results:
                table.writerows({"file": name, **_row(hit)} for hit in hits)
            for failure in report.failures:
                row = {"file": failure.file, "code": failure.code, "error": failure.reason}
                table.writerow(row)
    except OSError as error:
        raise QueryInvalid(f"cannot write {target}: {error.strerror or error}") from error


def _row(hit: "PublicationHit") -> dict[str, Any]:
    best = hit.figures[0]
    return {
        "rank": hit.rank,
        "publication_id": hit.publication_id,
        "title": hit.title,
        "locarno": hit.locarno[0] if hit.locarno else None,
        "score": hit.score,
        "figure_id": best.figure_id,
        "view": best.view,
    }


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise QueryInvalid(f"cannot read {path.name}: {error.strerror}") from error
