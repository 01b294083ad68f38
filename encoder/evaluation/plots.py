"""Plots of an evaluation: classes, their gains, the embedding space, and a run's learning curves.

Needs the `eval` extra. Colours are Okabe & Ito's (2008), told apart with any colour vision.
"""

import json
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray
from sklearn.manifold import TSNE

from core.errors import EvaluationInvalid
from core.locarno import CLASS_NAMES
from core.ports import Embeddings
from encoder.evaluation.long_tail import PARTS, Part, parts_of_classes

MATCH, MISMATCH = "#000000", "#d1242f"
PART_COLOURS: Mapping[Part, str] = {"head": "#0072b2", "middle": "#8fb8d4", "tail": "#d55e00"}
_CLASS_COLOURS = (
    "#0072b2",
    "#d55e00",
    "#009e73",
    "#cc79a7",
    "#e69f00",
    "#56b4e9",
    "#8c564b",
    "#000000",
)
_QUIET, _FAINT = "#5f5f5f", "#c9c9c9"
_NAME_LENGTH = 36
_MAP_POINTS = 2000
_SHOWN_CLASSES = 30
"""Bars of classes drawn at most; of more, the two ends."""


def draw_class_frequency(counts: tuple[tuple[str, int], ...]) -> Figure:
    """Publications of each class, in the colours of head, middle and tail.

    Args:
        counts: Classes and their publications, most frequent first.
    """
    parts = parts_of_classes(counts)
    figure, axes = _page(9, 4.6)
    values = [count for _, count in counts]
    colours = [PART_COLOURS[parts[name]] for name, _ in counts]
    axes.bar(range(len(counts)), values, width=0.8, color=colours)
    if max(values) > 50 * min(values):
        axes.set_yscale("log")
    if len(counts) <= _SHOWN_CLASSES:
        axes.set_xticks(range(len(counts)), [class_label(name) for name, _ in counts])
        axes.tick_params(axis="x", rotation=40, length=0)
        for label in axes.get_xticklabels():
            label.set_horizontalalignment("right")
            label.set_rotation_mode("anchor")
    else:
        axes.set_xticks([])
        axes.set_xlabel(f"{len(counts):,} classes, most frequent first")
    axes.set_ylabel("publications")
    axes.set_title("Class frequency", loc="left")
    sizes = {part: [count for name, count in counts if parts[name] == part] for part in PARTS}
    axes.legend(
        handles=[
            Patch(
                color=PART_COLOURS[part],
                label=f"{part}: {len(of_part)} classes, {sum(of_part):,} publications",
            )
            for part, of_part in sizes.items()
            if of_part
        ],
        frameon=False,
    )
    return figure


def draw_class_gain(
    gains: NDArray[np.float64], classes: NDArray[np.str_], parts: NDArray[np.str_], rival: str
) -> Figure:
    """By class, how far the model's mean average precision is ahead of the rival's.

    Args:
        gains: float64 [Q], average precision of the model minus the rival's.
        classes: str [Q].
        parts: str [Q], head, middle or tail.
        rival: Its name.
    """
    names = [str(name) for name in np.unique(classes[classes != ""])]
    means = {name: float(gains[classes == name].mean()) for name in names}
    ordered = sorted(names, key=lambda name: means[name])
    n_all = len(ordered)
    if n_all > _SHOWN_CLASSES:
        half = _SHOWN_CLASSES // 2
        ordered = ordered[:half] + ordered[-half:]
    figure, axes = _page(8.5, 1.6 + 0.27 * len(ordered))
    part_of = dict(zip(classes.tolist(), parts.tolist(), strict=True))
    colours = [PART_COLOURS[part_of[name]] for name in ordered]
    axes.barh(range(len(ordered)), [means[name] for name in ordered], color=colours, height=0.72)
    labels = [f"{class_label(name)} ({(classes == name).sum():,})" for name in ordered]
    axes.set_yticks(range(len(ordered)), labels)
    axes.tick_params(axis="y", length=0)
    axes.axvline(0, color=_QUIET, linewidth=0.8)
    axes.margins(y=0.01)
    axes.set_xlabel(f"mean average precision, model minus {rival}")
    n_ahead = sum(mean > 0 for mean in means.values())
    shown = "" if n_all == len(ordered) else f"; the {len(ordered)} at either end are drawn"
    axes.set_title(
        f"Ahead in {n_ahead} of {n_all} classes (queries in brackets){shown}", loc="left"
    )
    axes.legend(
        handles=[Patch(color=colour, label=part) for part, colour in PART_COLOURS.items()],
        frameon=False,
    )
    return figure


def draw_embedding_map(
    systems: Sequence[tuple[str, Embeddings]], classes: NDArray[np.str_], *, seed: int = 0
) -> Figure:
    """Each system's vectors by t-SNE, coloured by class: the same random 2,000 figures for all.

    Args:
        systems: Name and float32 [N, D] of each.
        classes: str [N]; the eight most frequent have colours, the others are grey.
        seed: Of the choice of figures and of t-SNE.

    Raises:
        EvaluationInvalid: If there are fewer than ten figures.
    """
    if len(classes) < 10:
        raise EvaluationInvalid("a map of the embedding space needs ten figures or more")
    rng = np.random.default_rng(seed)
    chosen = np.sort(rng.permutation(len(classes))[:_MAP_POINTS])
    classes = classes[chosen]
    frequent, counts = np.unique(classes[classes != ""], return_counts=True)
    named = frequent[np.argsort(-counts, kind="stable")][: len(_CLASS_COLOURS)]
    figure = Figure(figsize=(5.6 * len(systems), 6.4), layout="constrained")
    point_size = float(np.clip(12_000 / len(classes), 5, 40))
    panels = figure.subplots(1, len(systems), squeeze=False)[0]
    for axes, (name, vectors) in zip(panels, systems, strict=True):
        places = TSNE(
            metric="cosine",
            init="random",
            perplexity=min(30.0, (len(classes) - 1) / 3),
            random_state=seed,
        ).fit_transform(vectors[chosen])
        others = ~np.isin(classes, named)
        axes.scatter(*places[others].T, s=point_size, c=_FAINT, linewidths=0)
        for colour, class_name in zip(_CLASS_COLOURS, named, strict=False):
            of_class = classes == class_name
            axes.scatter(*places[of_class].T, s=point_size, c=colour, linewidths=0, alpha=0.85)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.set_title(name, loc="left")
        for side in axes.spines.values():
            side.set_color(_FAINT)
    dots = [
        Line2D([], [], linestyle="", marker="o", color=colour, label=class_label(str(class_name)))
        for colour, class_name in zip(_CLASS_COLOURS, named, strict=False)
    ]
    if others.any():
        dots.append(Line2D([], [], linestyle="", marker="o", color=_FAINT, label="other classes"))
    figure.legend(handles=dots, loc="outside lower center", ncols=3, frameon=False)
    return figure


def draw_learning_curves(history: Path) -> Figure:
    """Everything a training run recorded, by step: a panel for each group of numbers.

    Args:
        history: The run's `history.jsonl`: lines `{"step": …, GROUP: {NAME: number, …}}`.

    Raises:
        EvaluationInvalid: If the file cannot be read or records nothing.
    """
    curves = _read_curves(history)
    figure = Figure(figsize=(9, 3.2 * len(curves)), layout="constrained")
    panels = figure.subplots(len(curves), 1, squeeze=False, sharex=True)[:, 0]
    for axes, (group, series) in zip(panels, curves.items(), strict=True):
        for number, (name, points) in enumerate(series.items()):
            steps, values = zip(*sorted(points.items()), strict=True)
            colour = _CLASS_COLOURS[number % len(_CLASS_COLOURS)]
            style = "-" if number < len(_CLASS_COLOURS) else "--"
            axes.plot(steps, values, style, color=colour, linewidth=1.4, label=name)
        _tidy(axes)
        axes.set_title(group, loc="left")
        axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    panels[-1].set_xlabel("step")
    return figure


def _read_curves(history: Path) -> dict[str, dict[str, dict[int, float]]]:
    """Numbers by group, name and step; of steps that a killed run did again, the last ones."""
    curves: dict[str, dict[str, dict[int, float]]] = {}
    try:
        for line in history.read_text(encoding="utf-8").splitlines():
            entry: dict[str, Any] = json.loads(line)
            for group, numbers in entry.items():
                for name, value in numbers.items() if isinstance(numbers, dict) else ():
                    series = curves.setdefault(group, {}).setdefault(name, {})
                    series[int(entry["step"])] = float(value)
    except OSError as error:
        raise EvaluationInvalid(f"{history} cannot be read: {error.strerror}") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise EvaluationInvalid(f"{history} is no history of a training run: {error}") from error
    if not curves:
        raise EvaluationInvalid(f"{history} records nothing")
    return curves


def _page(width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots()
    _tidy(axes)
    return figure, axes


def _tidy(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(_QUIET)
    axes.tick_params(colors=_QUIET, labelcolor="black")
    axes.set_axisbelow(True)


def class_label(name: str, width: int = _NAME_LENGTH) -> str:
    """A class as readers know it, in at most `width` letters: Locarno classes with their title."""
    told = f"{name} {CLASS_NAMES.get(name, '')}".strip()
    return textwrap.shorten(told, width, placeholder="…").replace(",…", "…")
