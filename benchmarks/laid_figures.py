"""The figures of a folder, of sheets that are cut, embedded in several orientations; kept."""

import csv
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.ports import Embeddings, Encoder
from encoder.evaluation.embedding import LabelledFigure
from encoder.evaluation.manifest import read_manifest_rows
from search.orientation import Orientation, embed_laid
from ui.evaluation_set import EvaluationSet

_CACHE = Path(".cache/laid_figures")
_MAX_PIXELS = 100_000_000


@dataclass(frozen=True)
class LaidFigures:
    """N figures of several publications.

    Attributes:
        rows: float32 [N, V, D], in the order of the orientations asked for, as drawn first.
        publications: str [N].
        classes: str [N], Locarno main class of each; empty where there is none.
        own_classes: str [N], main class by the manifest's class column; empty where there is none.
    """

    rows: Embeddings
    publications: NDArray[np.str_]
    classes: NDArray[np.str_]
    own_classes: NDArray[np.str_]

    def by_publication(self) -> dict[str, NDArray[np.int64]]:
        """Positions of each publication's figures."""
        return {
            str(p): np.flatnonzero(self.publications == p) for p in np.unique(self.publications)
        }


def read_laid_figures(
    images: Path,
    encoder: Encoder,
    *,
    cut_figures: bool = True,
    orientations: Sequence[Orientation] = tuple(Orientation),
) -> LaidFigures:
    """Read and embed what `images/manifest.csv` lists.

    Args:
        images: Folder of sheets, or of figures.
        encoder: Embeds them.
        cut_figures: The pictures are sheets, to be cut as ingestion would.
        orientations: As drawn first.
    """
    manifest = images / "manifest.csv"
    of = f"{encoder.encoder_id} {cut_figures} {','.join(orientations)}"
    mark = hashlib.sha256(manifest.read_bytes() + of.encode()).hexdigest()[:16]
    kept = _CACHE / f"{mark}.npz"
    if not kept.exists():
        _CACHE.mkdir(parents=True, exist_ok=True)
        figures = _read(images, manifest, cut_figures=cut_figures)
        np.savez(kept, allow_pickle=False, **_embed(figures, encoder, orientations))
    with np.load(kept) as stored:
        return LaidFigures(**{name: stored[name] for name in stored.files})


def _read(images: Path, manifest: Path, *, cut_figures: bool) -> Iterator[LabelledFigure]:
    with manifest.open(encoding="utf-8") as lines:
        columns = next(csv.reader(lines))
    pictures = EvaluationSet(
        rows=read_manifest_rows(
            manifest, class_column="us_class" if "us_class" in columns else "class"
        ),
        images=images,
        cut_figures=cut_figures,
        max_pixels=_MAX_PIXELS,
    )

    def reject(file: str, reason: str) -> None:
        raise SystemExit(f"{file}: {reason}")

    return pictures.iter_figures(pictures.rows, reject)


def _embed(
    figures: Iterable[LabelledFigure], encoder: Encoder, orientations: Sequence[Orientation]
) -> dict[str, NDArray[Any]]:
    rows, labels = [], []
    for figure in figures:
        rows.append(embed_laid(encoder, [figure.pixels], orientations)[0])
        labels.append(figure.row)
    return {
        "rows": np.stack(rows),
        "publications": np.array([row.publication_id for row in labels]),
        "classes": np.array([row.locarno[:2] for row in labels]),
        "own_classes": np.array([row.class_name.partition("/")[0] for row in labels]),
    }
