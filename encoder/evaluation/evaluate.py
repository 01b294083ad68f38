"""Scores a served checkpoint, and baselines beside it, on a manifest of figures."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from PIL import Image, UnidentifiedImageError

from core.errors import PictureUnreadable
from core.ports import Embeddings, Encoder, GreyImage
from encoder.evaluation.metrics import bootstrap_interval
from encoder.evaluation.tracks import (
    ManifestRow,
    Track,
    TrackResult,
    measure,
    measure_text_to_image,
    read_manifest_rows,
)
from encoder.preprocess import PreprocessConfig

Baseline = Literal["hog"]


def evaluate_manifest(
    encoder: Encoder,
    manifest: Path,
    images_dir: Path,
    track: Track,
    *,
    exclude_own_publication: bool = False,
    baselines: Sequence[Baseline] = (),
) -> dict[str, Any]:
    """Evaluate on the figures a manifest lists.

    Returns:
        What `evaluate_figures` returns.

    Raises:
        PictureUnreadable: If a listed picture is missing or no picture.
        QueryInvalid: If the manifest is not usable.
    """
    rows = read_manifest_rows(manifest)
    figures = [_read_figure(images_dir / row.file) for row in rows]
    return evaluate_figures(
        encoder,
        figures,
        rows,
        track,
        exclude_own_publication=exclude_own_publication,
        baselines=baselines,
    )


def evaluate_figures(
    encoder: Encoder,
    figures: Sequence[GreyImage],
    rows: tuple[ManifestRow, ...],
    track: Track,
    *,
    exclude_own_publication: bool = False,
    baselines: Sequence[Baseline] = (),
) -> dict[str, Any]:
    """Rank every figure against all others by the encoder and by each baseline.

    Args:
        encoder: What is evaluated.
        figures: N drawings of any size.
        rows: What is known of each.
        track: What counts as relevant.
        exclude_own_publication: Take the query's own publication out of its gallery.
        baselines: Compared on the very same figures.

    Returns:
        `{n_queries, n_gallery, model, baselines, ms_per_image}`; `model` and each baseline hold
        the track's means and `ci95`, a baseline also `gain_map` of the model over it and its
        paired interval; `model` holds `text_to_image` where titles exist.
    """
    started = time.perf_counter()
    vectors = encoder.encode_images(figures)
    ms_per_image = 1000 * (time.perf_counter() - started) / len(figures)
    model = measure(vectors, rows, track, exclude_own_publication=exclude_own_publication)
    report: dict[str, Any] = {
        "n_queries": model.n_queries,
        "n_gallery": model.n_gallery,
        "model": _numbers(model),
        "baselines": {},
        "ms_per_image": ms_per_image,
    }
    if any(row.title for row in rows):
        titles = encoder.encode_texts([row.title for row in rows])
        report["model"]["text_to_image"] = measure_text_to_image(titles, vectors, rows)
    for name in baselines:
        rival = measure(
            _embed_baseline(name, figures),
            rows,
            track,
            exclude_own_publication=exclude_own_publication,
        )
        report["baselines"][name] = {**_numbers(rival), **_paired_gain(model, rival)}
    return report


def _embed_baseline(name: Baseline, figures: Sequence[GreyImage]) -> Embeddings:
    from encoder.evaluation.baselines import embed_hog  # noqa: PLC0415 (needs the eval extra)

    match name:
        case "hog":
            return embed_hog(figures, PreprocessConfig())


def _numbers(result: TrackResult) -> dict[str, Any]:
    return {**result.means, "ci95": {name: list(ends) for name, ends in result.ci95.items()}}


def _paired_gain(model: TrackResult, rival: TrackResult) -> dict[str, Any]:
    gain = model.average_precisions - rival.average_precisions
    interval = bootstrap_interval(gain, model.query_publications)
    return {"gain_map": float(gain.mean()), "gain_map_ci95": list(interval)}


def _read_figure(path: Path) -> GreyImage:
    try:
        return np.asarray(Image.open(path).convert("L"))
    except FileNotFoundError as error:
        raise PictureUnreadable(str(path), "listed in the manifest but not there") from error
    except UnidentifiedImageError as error:
        raise PictureUnreadable(str(path), "no picture format that can be read") from error
