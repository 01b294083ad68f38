"""How a cut sheet compares with the truth of a drawn one."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from benchmarks.cutting_stress import StressSheet
from ingestion.ink_parts import ink_level
from ingestion.sheets import CutSheet

_WHOLE = 0.98
"""Share of a figure's ink, and of a cut's, that must agree."""


@dataclass(frozen=True, slots=True)
class SheetScore:
    """What of one sheet is right."""

    is_upright: bool
    is_exact: bool
    """As many cuts as figures, each figure whole and alone."""
    n_figures: int
    n_whole: int
    n_read: int
    """Figures whose own label was read."""
    n_wrong: int
    """Figures that were given a label they do not wear: the worst that can happen."""
    label_ink_left: float
    """Share of label and header ink that stayed in figures."""


def score(sheet: StressSheet, cut: CutSheet) -> SheetScore:
    """Compare cuts with the drawn figures by the ink they share."""
    owner = np.rot90(sheet.owner, -cut.rotation_deg // 90)
    n, level = len(sheet.labels), ink_level(cut.upright)
    shared = np.zeros((n, len(cut.figures)))
    left = 0
    for column, figure in enumerate(cut.figures):
        box = figure.box
        there = owner[box.y_px : box.y_px + box.height_px, box.x_px : box.x_px + box.width_px]
        inked = there[figure.pixels < level]
        counts = np.bincount(inked, minlength=10 + n)
        shared[:, column] = counts[10 : 10 + n]
        left += counts[1] + counts[2]
    drawn = np.bincount(sheet.owner[sheet.page < ink_level(sheet.page)], minlength=10 + n)
    total = np.array([max(t, 1) for t in drawn[10 : 10 + n]], dtype=float)
    held = shared.sum(axis=1)
    n_whole = n_read = n_wrong = 0
    for i in range(n):
        column = int(shared[i].argmax()) if len(cut.figures) else -1
        if column < 0 or shared[i, column] == 0:
            continue
        whole = shared[i, column] >= _WHOLE * max(held[i], 0.9 * total[i])
        alone = shared[i, column] >= _WHOLE * shared[:, column].sum()
        n_whole += bool(whole and alone)
        label = cut.figures[column].label
        n_read += bool(label and label.upper() == sheet.labels[i].upper())
        n_wrong += bool(label and label.upper() != sheet.labels[i].upper())
    printed = drawn[1] + drawn[2]
    return SheetScore(
        is_upright=cut.rotation_deg == sheet.turn_deg,
        is_exact=n_whole == n and len(cut.figures) == n,
        n_figures=n,
        n_whole=n_whole,
        n_read=n_read,
        n_wrong=n_wrong,
        label_ink_left=left / printed if printed else 0.0,
    )


def summary(scores: Iterable[SheetScore]) -> dict[str, float | int]:
    """Shares over the sheets of one style."""
    done = list(scores)
    n_figures = sum(s.n_figures for s in done)
    return {
        "n_sheets": len(done),
        "n_figures": n_figures,
        "upright": round(sum(s.is_upright for s in done) / len(done), 3),
        "exact": round(sum(s.is_exact for s in done) / len(done), 3),
        "whole": round(sum(s.n_whole for s in done) / n_figures, 3),
        "labels_read": round(sum(s.n_read for s in done) / n_figures, 3),
        "labels_wrong": round(sum(s.n_wrong for s in done) / n_figures, 3),
        "label_ink_left": round(sum(s.label_ink_left for s in done) / len(done), 3),
    }
