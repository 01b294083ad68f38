"""Any folder of pictures with a list of what they show, as `limn evaluate` reads it."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np

from core.errors import SourceInvalid
from core.families import least_relatives
from core.locarno import CLASS_NAMES
from encoder.evaluation.manifest import ManifestRow, read_manifest_rows
from encoder.training.drawings import Drawing, DrawnObject
from encoder.training.sources.pictures import read_picture
from encoder.training.sources.source import Job, SplitSource

_RECIPE = "manifest: pictures of a list, v1"
_COLUMNS = ("file", "publication_id", "title", "locarno", "class", "view", "family")


class ManifestSource(SplitSource):
    """Pictures of a manifest: one figure each. Rows of one publication show one object."""

    kind: Literal["manifest"]
    path: Path
    """Folder the file names start at."""
    manifest: Path | None = None
    """CSV with the columns `file, publication_id, title, locarno, class, view, family`, all but the
    first optional; None for `manifest.csv` in the folder."""
    class_column: str = "class"
    """Which column holds the class. Objects are called by it, else by the title."""

    @property
    def recipe(self) -> str:
        listing = self._listing
        if not listing.is_file():
            raise SourceInvalid(f"{listing}: no such manifest")
        return self.recipe_of(_RECIPE, listing)

    def jobs(self) -> Sequence[Job]:
        """One a picture."""
        return [
            partial(_draw_row, self.path, row)
            for row, key in _split(self._rows())
            if not self.is_held_out(key)
        ]

    def write_held_out(self) -> None:
        """List the rows that are kept, for `limn evaluate --images PATH --manifest HELD_OUT`."""
        if self.held_out is not None:
            kept = [row for row, key in _split(self._rows()) if self.is_held_out(key)]
            write_manifest(self.held_out, kept)

    @property
    def _listing(self) -> Path:
        return self.manifest or self.path / "manifest.csv"

    def _rows(self) -> tuple[ManifestRow, ...]:
        return read_manifest_rows(self._listing, class_column=self.class_column)


def _split(rows: Sequence[ManifestRow]) -> Iterator[tuple[ManifestRow, str]]:
    """Rows with what must not be torn apart: the family, else the publication, else the picture."""
    families = least_relatives(row.family for row in rows)
    for row in rows:
        family = families[row.family[0]] if row.family else ""
        yield row, family or row.publication_id or row.file


def manifest_text(rows: Iterable[ManifestRow]) -> str:
    """Rows as a manifest that `limn evaluate` reads."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    for row in rows:
        family = "; ".join(row.family)
        known = (row.file, row.publication_id, row.title, row.locarno, row.class_name, row.view)
        writer.writerow((*known, family))
    return text.getvalue()


def write_manifest(path: Path, rows: Iterable[ManifestRow]) -> None:
    """Write rows as a manifest."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(manifest_text(rows), encoding="utf-8", newline="")


def describe(name: str, title: str, locarno: str) -> tuple[str, ...]:
    """Texts of an object that a list names; none where it does not.

    Args:
        name: Object name, lower case; may be empty.
        title: Of the publication, lower case; may be empty.
        locarno: Code of a class or subclass; may be empty.
    """
    if not name:
        return ()
    texts = [name, f"a line drawing of a {name}"]
    if title and title != name:
        texts.append(title)
    if locarno[:2] in CLASS_NAMES:
        texts.append(f"{name}, {CLASS_NAMES[locarno[:2]].lower()}")
    return tuple(texts)


def _draw_row(folder: Path, row: ManifestRow) -> list[Drawing]:
    title = row.title.lower()
    name = row.class_name.lower() or title
    drawn = DrawnObject(
        name,
        describe(name, title, row.locarno),
        row.locarno or None,
        row.publication_id or None,
        row.family,
    )
    image = read_picture(folder / row.file)
    if row.landscape:
        image = np.rot90(image, -1)
    return [Drawing(row.publication_id or row.file, drawn, image)]
