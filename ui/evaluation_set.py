"""Evaluation pictures: read, cut into figures where asked, and kept where asked."""

import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from PIL import Image

from core.errors import EvaluationInvalid, PictureUnreadable
from encoder.evaluation.embedding import LabelledFigure
from encoder.evaluation.manifest import (
    ManifestRow,
    Role,
    read_deeppatent_rows,
    read_manifest_rows,
)
from ingestion.image_decode import decode_picture
from ingestion.sheets import cut_sheet

Reject: TypeAlias = Callable[[str, str], None]
"""Told the file and the reason of a picture that cannot be used."""


@dataclass(frozen=True, slots=True)
class EvaluationSet:
    """Which pictures, and how they are read."""

    rows: tuple[ManifestRow, ...]
    images: Path
    """Folder the rows' file names start at."""
    cut_figures: bool
    """Pictures are sheets: each is cut as ingestion would. The figures of a sheet share what is
    known of it; the place on the sheet is added to the file name."""
    max_pixels: int
    """Largest width × height that is unpacked."""
    keep: Path | None = None
    """Folder that gets the figures as PNG files with a manifest of their own."""

    @property
    def is_deeppatent(self) -> bool:
        """Queries and gallery are apart."""
        return any(row.role != Role.BOTH for row in self.rows)

    def iter_figures(self, rows: Iterable[ManifestRow], reject: Reject) -> Iterator[LabelledFigure]:
        """Read the pictures one after another.

        Args:
            rows: Those of this set, say with progress shown as they pass.
            reject: Told of pictures that cannot be used; the others go on.
        """
        figures = self._iter_read(rows, reject)
        return figures if self.keep is None else _keeping(figures, self.keep)

    def _iter_read(self, rows: Iterable[ManifestRow], reject: Reject) -> Iterator[LabelledFigure]:
        for row in rows:
            try:
                data = (self.images / row.file).read_bytes()
                page = decode_picture(data, row.file, self.max_pixels)
            except OSError as error:
                reject(row.file, f"cannot be read: {error.strerror}")
                continue
            except PictureUnreadable as error:
                reject(row.file, error.reason)
                continue
            if not self.cut_figures:
                yield LabelledFigure(row, page)
                continue
            figures = cut_sheet(page, landscape=row.landscape).figures
            if not figures:
                reject(row.file, "nothing is drawn on it")
            stem = row.file.rpartition(".")[0] or row.file
            for position, figure in enumerate(figures, 1):
                yield LabelledFigure(replace(row, file=f"{stem}.{position}.png"), figure.pixels)


def read_rows(
    images: Path,
    manifest: Path | None,
    class_column: str,
    *,
    query_list: Path | None,
    gallery_list: Path | None,
) -> tuple[ManifestRow, ...]:
    """Read a manifest (default: `manifest.csv` among the images), or DeepPatent's lists.

    Raises:
        EvaluationInvalid: If both are given, one list is missing, or what is given is not usable.
    """
    if query_list is None and gallery_list is None:
        return read_manifest_rows(manifest or images / "manifest.csv", class_column=class_column)
    if query_list is None or gallery_list is None or manifest is not None:
        raise EvaluationInvalid(
            "give a manifest, or both of --deeppatent-query and --deeppatent-gallery"
        )
    return read_deeppatent_rows(query_list, gallery_list)


def _keeping(figures: Iterable[LabelledFigure], folder: Path) -> Iterator[LabelledFigure]:
    """Pass figures on and keep each; folders in file names become part of the name."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for figure in figures:
        row = figure.row
        name = str(Path(row.file.replace("/", "_")).with_suffix(".png"))
        Image.fromarray(figure.pixels).save(folder / name)
        lines.append((name, row.publication_id, row.title, row.locarno, row.class_name, row.view))
        yield figure
    with (folder / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("file", "publication_id", "title", "locarno", "class", "view"))
        writer.writerows(lines)
