"""How the drawings of a run are spread over classes: table and plot, head to tail."""

import csv
import textwrap
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, StrMethodFormatter
from numpy.typing import NDArray

from encoder.evaluation.long_tail import PARTS
from encoder.evaluation.plots import PART_COLOURS, class_label
from encoder.training.corpus import Corpus, frequency_groups

TABLE_FILE = "long_tail.csv"
PLOT_FILE = "long_tail.png"
_LEVELS = (
    ("label", "object names"),
    ("subclass", "Locarno subclasses"),
    ("locarno", "Locarno classes"),
)
_N_LINEAR = 40
"""Of more classes the ranks are drawn on a logarithmic scale."""
_STEEP = 50
"""So are drawings, where the largest class has more than so many times those of the smallest."""
_N_NAMED = 3
"""Classes named at the head, and at the end of the tail."""
_QUIET = "#5f5f5f"


def long_tail(corpus: Corpus) -> dict[str, dict[str, int]]:
    """By level: classes, drawings, and how many classes hold the head third of the drawings."""
    report = {}
    for level, counts in corpus.counts().items():
        falling = np.sort(counts[counts > 0])[::-1]
        head = int(np.searchsorted(falling.cumsum(), falling.sum() / 3)) + 1
        report[level] = {
            "n_classes": len(falling),
            "n_drawings": int(falling.sum()),
            "n_classes_with_a_third": head if len(falling) else 0,
            "largest": int(falling[0]) if len(falling) else 0,
        }
    return report


def write_long_tail(corpus: Corpus, folder: Path) -> Figure:
    """Write every class with its drawings and its part of the tail, and the plot of it.

    Returns:
        The plot.
    """
    with (folder / TABLE_FILE).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("level", "class", "part", "n_drawings"))
        for level, _ in _LEVELS:
            names, counts, groups = _falling(corpus, level)
            for name, count, group in zip(names, counts, groups, strict=True):
                writer.writerow((level, name, PARTS[group], count))
    figure = draw_long_tail(corpus)
    figure.savefig(folder / PLOT_FILE, dpi=110)
    return figure


def draw_long_tail(corpus: Corpus) -> Figure:
    """Drawings of each class against its rank, a panel a level."""
    figure = Figure(figsize=(13, 4.4), layout="constrained")
    for axes, (level, classes) in zip(figure.subplots(1, len(_LEVELS)), _LEVELS, strict=True):
        _draw_level(axes, *_falling(corpus, level), classes)
    return figure


def _falling(corpus: Corpus, level: str) -> tuple[list[str], NDArray[np.int64], NDArray[np.int64]]:
    """Names, drawings and groups of the classes of a level that occur, most frequent first."""
    counts = corpus.counts()[level]
    order = np.argsort(-counts, kind="stable")
    order = order[counts[order] > 0]
    names = [corpus.class_names[level][idx] for idx in order.tolist()]
    return names, counts[order], frequency_groups(counts[order].astype(np.float64))


def _draw_level(
    axes: Axes,
    names: list[str],
    counts: NDArray[np.int64],
    groups: NDArray[np.int64],
    classes: str,
) -> None:
    axes.set_title(f"{len(names):,} {classes}", loc="left")
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    if not names:
        axes.text(0.5, 0.5, "none known", ha="center", transform=axes.transAxes, color=_QUIET)
        axes.set_xticks([])
        axes.set_yticks([])
        return
    edges = np.arange(len(names) + 1) + 0.5
    for group, part in enumerate(PARTS):
        first, last = np.searchsorted(groups, (group, group + 1))
        n_drawings = counts[first:last].sum()
        axes.stairs(
            counts[first:last],
            edges[first : last + 1],
            baseline=0.1,
            fill=True,
            color=PART_COLOURS[part],
            label=f"{part}: {last - first:,} classes, {n_drawings:,} drawings",
        )
    if len(names) > _N_LINEAR:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
    if counts[0] > _STEEP * counts[-1]:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        axes.set_ylim(0.7, counts[0] * 12)
    else:
        axes.set_ylim(0, counts[0] * 1.4)
    axes.set_xlim(edges[0], edges[-1])
    head, tail = names[:_N_NAMED], names[-_N_NAMED:]
    axes.set_xlabel(f"rank\nmost frequent: {_listed(head)}\nrarest: {_listed(tail)}", fontsize=8)
    axes.set_ylabel("drawings")
    axes.legend(frameon=False, loc="upper right", fontsize=9)


def _listed(names: list[str]) -> str:
    return textwrap.shorten(", ".join(class_label(name, 20) for name in names), 52, placeholder="…")
