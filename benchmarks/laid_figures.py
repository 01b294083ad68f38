"""The figures of a folder of sheets, cut and embedded in every orientation; kept under .cache."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.ports import Embeddings, Encoder
from encoder.evaluation.manifest import read_manifest_rows
from search.orientation import Orientation, embed_laid
from ui.evaluation_set import EvaluationSet

_CACHE = Path(".cache/laid_figures")
_MAX_PIXELS = 100_000_000


@dataclass(frozen=True)
class LaidFigures:
    """N figures of several publications.

    Attributes:
        rows: float32 [N, 8, D], in the order of `Orientation`, as drawn first.
        publications: str [N].
        classes: str [N], Locarno main class of each.
    """

    rows: Embeddings
    publications: NDArray[np.str_]
    classes: NDArray[np.str_]

    def by_publication(self) -> dict[str, NDArray[np.int64]]:
        """Positions of each publication's figures."""
        return {
            str(p): np.flatnonzero(self.publications == p) for p in np.unique(self.publications)
        }


def read_laid_figures(images: Path, encoder: Encoder) -> LaidFigures:
    """Cut and embed the sheets that `images/manifest.csv` lists, as ingestion would."""
    manifest = images / "manifest.csv"
    mark = hashlib.sha256(manifest.read_bytes() + encoder.encoder_id.encode()).hexdigest()[:16]
    kept = _CACHE / f"{mark}.npz"
    if not kept.exists():
        _CACHE.mkdir(parents=True, exist_ok=True)
        np.savez(kept, allow_pickle=False, **_embed(images, manifest, encoder))
    with np.load(kept) as stored:
        return LaidFigures(stored["rows"], stored["publications"], stored["classes"])


def _embed(images: Path, manifest: Path, encoder: Encoder) -> dict[str, NDArray[Any]]:
    sheets = EvaluationSet(
        rows=read_manifest_rows(manifest, class_column="locarno"),
        images=images,
        cut_figures=True,
        max_pixels=_MAX_PIXELS,
    )

    def reject(file: str, reason: str) -> None:
        raise SystemExit(f"{file}: {reason}")

    figures = list(sheets.iter_figures(sheets.rows, reject))
    rows = [embed_laid(encoder, [figure.pixels], tuple(Orientation))[0] for figure in figures]
    return {
        "rows": np.stack(rows),
        "publications": np.array([figure.row.publication_id for figure in figures]),
        "classes": np.array([figure.row.locarno[:2] for figure in figures]),
    }
