"""All plots of an evaluation, as PNG files of one folder. Needs the `eval` extra."""

from collections.abc import Iterator
from pathlib import Path

from matplotlib.figure import Figure

from encoder.evaluation.evaluate import Evaluation
from encoder.evaluation.example_queries import choose_queries
from encoder.evaluation.plots import (
    draw_class_frequency,
    draw_class_gain,
    draw_embedding_map,
    draw_learning_curves,
)
from encoder.evaluation.result_sheet import draw_results

_DPI = 160
_MAP_AT_LEAST = 10


def write_plots(evaluation: Evaluation, folder: Path, history: Path | None = None) -> list[Path]:
    """Draw what the evaluation can show, and a training run's learning curves where given.

    `results`: queries with their hits; `embedding_map`: t-SNE; `class_frequency`; `class_gain` over
    the first baseline; `learning_curves`.

    Args:
        evaluation: With thumbnails kept.
        folder: Made if missing.
        history: A run's `history.jsonl`.

    Returns:
        The files written.

    Raises:
        EvaluationInvalid: If the history cannot be read.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, figure in _iter_figures(evaluation, history):
        path = folder / f"{name}.png"
        figure.savefig(path, dpi=_DPI, facecolor="white")
        written.append(path)
    return written


def _iter_figures(evaluation: Evaluation, history: Path | None) -> Iterator[tuple[str, Figure]]:
    if history is not None:
        yield "learning_curves", draw_learning_curves(history)
    model, *rivals = evaluation.results
    yield "results", draw_results(evaluation, choose_queries(model))
    if not model.classes.astype(bool).any():
        return
    yield "class_frequency", draw_class_frequency(model.class_sizes)
    if model.n_queries >= _MAP_AT_LEAST:
        vectors = [
            (one.system.name, one.vectors[model.query_idx])
            for one in evaluation.figures.embedded[:2]
        ]
        yield "embedding_map", draw_embedding_map(vectors, model.classes)
    if rivals:
        gains = model.measures["map"] - rivals[0].measures["map"]
        rival = evaluation.figures.embedded[1].system.name
        yield "class_gain", draw_class_gain(gains, model.classes, model.parts, rival)
