"""What an evaluation set is: rows about figures, from a manifest or from DeepPatent's lists."""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from core.errors import EvaluationInvalid
from core.locarno import parse_locarno

_COLUMNS = ("file", "publication_id", "title", "locarno", "class", "view", "landscape", "family")
_YES = ("1", "true", "yes")
_CLASS_ALONE = re.compile(r"^\d{1,2}$")
_FRONT_PAGE = re.compile(r"-D0{5}\.\w+$")
_DESIGN_NUMBER = re.compile(r"^(?:US-?)?D0*(\d+)(?:-?S\d?)?$", re.IGNORECASE)


class Track(StrEnum):
    """What makes a figure relevant to another."""

    PUBLICATION = "publication"
    """Same publication."""
    LOCARNO = "locarno"
    """Same Locarno subclass, ``06-01``."""
    LOCARNO_CLASS = "locarno_class"
    """Same Locarno main class, ``06``."""
    CLASS = "class"
    """Same entry in the manifest's class column."""
    TITLE = "title"
    """Same title, case folded."""
    GRADED = "graded"
    """Gain 3 for the same publication, 2 for the same Locarno subclass, 1 for the same class."""
    CITATIONS = "citations"
    """A publication that the query's publication cites; its own publication is left out."""

    @property
    def column(self) -> str:
        """The manifest column without which a figure takes no part."""
        match self:
            case Track.PUBLICATION | Track.CITATIONS:
                return "publication_id"
            case Track.GRADED | Track.LOCARNO_CLASS:
                return "locarno"
            case _:
                return self.value


class Role(StrEnum):
    """On which side of a search a figure stands."""

    BOTH = "both"
    QUERY = "query"
    GALLERY = "gallery"


@dataclass(frozen=True, slots=True)
class ManifestRow:
    """One picture of an evaluation set; empty text where the manifest does not say."""

    file: str
    publication_id: str = ""
    title: str = ""
    locarno: str = ""
    """``"06-01"``, or the class alone, ``"06"``."""
    class_name: str = ""
    view: str = ""
    landscape: bool = False
    """A sheet that lies on its side."""
    role: Role = Role.BOTH
    family: tuple[str, ...] = ()
    """Registration, application and priority numbers that the publication's family shares."""

    @property
    def is_front_page(self) -> bool:
        """A front-page copy of one of the figures, by the office's file names."""
        return _FRONT_PAGE.search(self.file) is not None


def read_manifest_rows(path: Path, *, class_column: str = "class") -> tuple[ManifestRow, ...]:
    """Read `file, publication_id, title, locarno, class, view, landscape, family`.

    Columns after the first may lack, others are not read. `landscape` is 1 for a sheet on its side;
    `family` holds numbers parted by semicolons.

    Args:
        path: CSV with a header, UTF-8.
        class_column: Which column holds the class, where it is not called `class`.

    Raises:
        EvaluationInvalid: If the file cannot be read, has no column `file` or no `class_column`
            that was asked for, names a picture twice or none, or holds what is no Locarno code.
    """
    records = _read_csv(path, ("file", *(() if class_column == "class" else (class_column,))))
    rows = tuple(_row(path, line, record, class_column) for line, record in enumerate(records, 2))
    seen: set[str] = set()
    for line, row in enumerate(rows, 2):
        if not row.file or row.file in seen:
            found = f"names {row.file} a second time" if row.file else "names no file"
            raise EvaluationInvalid(f"{path}, line {line}: {found}")
        seen.add(row.file)
    return rows


def read_deeppatent_rows(query_list: Path, gallery_list: Path) -> tuple[ManifestRow, ...]:
    """Read DeepPatent's lists (Kucer et al. 2022): a line is a path and its patent's number.

    The number is local to the split, so both lists must be of the same one; relevant is what has
    the same number.

    Raises:
        EvaluationInvalid: If a list cannot be read, is empty, or a line says something else, or
            the same picture stands in both lists.
    """
    queries = _read_list(query_list, Role.QUERY)
    gallery = _read_list(gallery_list, Role.GALLERY)
    twice = {row.file for row in queries} & {row.file for row in gallery}
    if twice:
        raise EvaluationInvalid(
            f"{min(twice)} stands in {query_list} and in {gallery_list}; give the query list and "
            "the gallery list of one split"
        )
    return (*queries, *gallery)


def read_citations(path: Path) -> Mapping[str, frozenset[str]]:
    """Read which publications each publication cites: CSV columns `citing, cited`, one pair a row.

    Returns:
        Cited numbers by citing number, both as `design_number` writes them.

    Raises:
        EvaluationInvalid: If the file cannot be read or lacks a column.
    """
    pairs: dict[str, set[str]] = {}
    for record in _read_csv(path, ("citing", "cited")):
        citing, cited = design_number(record["citing"]), design_number(record["cited"])
        if citing and cited:
            pairs.setdefault(citing, set()).add(cited)
    return {citing: frozenset(cited) for citing, cited in pairs.items()}


def design_number(publication: str) -> str:
    """One spelling for the ways US design numbers are written; other numbers stay as they are.

    Example:
        >>> {design_number(n) for n in ("D0553080", "D553080", "USD0553080S1", "US-D0553080-S1")}
        {'D553080'}
    """
    match = _DESIGN_NUMBER.match(publication.strip())
    return f"D{match[1]}" if match else publication.strip()


def _row(path: Path, line: int, record: Mapping[str, str], class_column: str) -> ManifestRow:
    known = {name: record.get(name, "") for name in _COLUMNS}
    locarno = known["locarno"]
    if _CLASS_ALONE.match(locarno):
        locarno = locarno.zfill(2)
    elif locarno:
        try:
            locarno = parse_locarno(locarno).code
        except ValueError as error:
            raise EvaluationInvalid(f"{path}, line {line}: {error}") from error
    return ManifestRow(
        file=known["file"],
        publication_id=known["publication_id"],
        title=known["title"],
        locarno=locarno,
        class_name=record.get(class_column, ""),
        view=known["view"],
        landscape=known["landscape"].lower() in _YES,
        family=tuple(sorted(n.strip() for n in known["family"].split(";") if n.strip())),
    )


def _read_csv(path: Path, required: tuple[str, ...]) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            columns = [name.strip() for name in reader.fieldnames or ()]
            reader.fieldnames = columns
            records = [
                {name: (value or "").strip() for name, value in record.items() if name in columns}
                for record in reader
            ]
    except OSError as error:
        raise EvaluationInvalid(f"{path} cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise EvaluationInvalid(f"{path} is no CSV in UTF-8: {error}") from error
    for name in required:
        if name not in columns:
            found = ", ".join(columns) or "none"
            raise EvaluationInvalid(f"{path} has no column `{name}`; its columns: {found}")
    if not records:
        raise EvaluationInvalid(f"{path} lists nothing below its header")
    return records


def _read_list(path: Path, role: Role) -> tuple[ManifestRow, ...]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise EvaluationInvalid(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise EvaluationInvalid(f"{path} is no list in UTF-8: {error}") from error
    rows = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        file, _, label = line.strip().rpartition(" ")
        if not file or not label.isdecimal():
            raise EvaluationInvalid(f"{path}, line {number}: not a path and a patent's number")
        rows.append(ManifestRow(file, publication_id=label, role=role))
    if not rows:
        raise EvaluationInvalid(f"{path} lists no picture")
    return tuple(rows)
