"""Queries and their best hits side by side, ours beside a rival's. Needs the `eval` extra."""

import io
import textwrap
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray
from PIL import Image

from encoder.evaluation.embedding import EmbeddedSet
from encoder.evaluation.evaluate import Evaluation
from encoder.evaluation.example_queries import N_HITS, top_hits
from encoder.evaluation.plots import MATCH, MISMATCH, class_label
from encoder.evaluation.relevance import Indices

_TILE, _GAP, _BREAK = 1.0, 0.12, 0.42
"""Inches: a drawing, the space between two, the space between columns of different kinds."""
_TOP, _LINE = 0.5, 0.3
_LETTERS = 26
"""Of a line under a query."""


def draw_results(evaluation: Evaluation, queries: Indices) -> Figure:
    """One row a query: the query, the model's five best hits, and the first baseline's.

    A black frame is a match by the track, a red one a mismatch.

    Args:
        evaluation: With thumbnails kept.
        queries: Places among the model's queries, from `example_queries.choose_queries`.
    """
    shown = evaluation.figures.embedded[:2]
    query_idx = evaluation.results[0].query_idx[queries]
    tops = [top_hits(evaluation, one.vectors, query_idx) for one in shown]
    page = _Page(len(query_idx), [one.system.name for one in shown])
    page.write_key(evaluation.question.track)
    for row, (place, figure) in enumerate(zip(queries, query_idx, strict=True)):
        page.draw_query(row, _picture(evaluation.figures, figure), _told(evaluation, int(place)))
        for column, (hits, gains) in enumerate(tops):
            for rank, hit in enumerate(hits[row]):
                colour = MATCH if gains[row, rank] else MISMATCH
                if hit >= 0:
                    page.draw_hit(row, column, rank, _picture(evaluation.figures, hit), colour)
    return page.figure


def _picture(figures: EmbeddedSet, row: int) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(figures.thumbnails[row])) as picture:
        pixels = np.asarray(picture.convert("L"))
    # Thin lines turn pale when made smaller; darken what is left of them.
    return (255 * (pixels / 255) ** 2.2).astype(np.uint8)


def _told(evaluation: Evaluation, place: int) -> tuple[str, str]:
    """What is written under a query: its title, then class and part."""
    result = evaluation.results[0]
    row = evaluation.figures.rows[result.query_idx[place]]
    part = str(result.parts[place])
    class_name = class_label(str(result.classes[place]), _LETTERS - len(part))
    title = row.title or row.publication_id or row.file
    told = textwrap.shorten(title, _LETTERS, placeholder="…")
    return told, " · ".join(filter(None, (part, class_name)))


class _Page:
    """Tiles at fixed places, in inches from the top left."""

    def __init__(self, n_rows: int, names: Sequence[str]) -> None:
        block = N_HITS * (_TILE + _GAP) - _GAP
        self._lefts = [0.2 + _TILE + _BREAK + n * (block + _BREAK) for n in range(len(names))]
        self._width = self._lefts[-1] + block + 0.2
        self._height = _TOP + n_rows * (_TILE + _LINE + _GAP) + 0.2
        self.figure = Figure(figsize=(self._width, self._height), dpi=160)
        self._write(0.2, 0.16, "query", weight="bold")
        for left, name in zip(self._lefts, names, strict=True):
            self._write(left, 0.16, name, weight="bold")

    def write_key(self, track: str) -> None:
        """What the frames mean, at the foot."""
        told = f"black frame: relevant ({track}); red: not. Queries drawn at random."
        self._write(self._lefts[0], self._height - 0.22, told, size=6.5, colour="#5f5f5f")

    def draw_query(self, row: int, picture: NDArray[np.uint8], told: tuple[str, str]) -> None:
        self._tile(0.2, row, picture, "#b0b0b0")
        below = _TOP + row * (_TILE + _LINE + _GAP) + _TILE
        self._write(0.2, below + 0.03, told[0], size=6.5)
        self._write(0.2, below + 0.15, told[1], size=6, colour="#5f5f5f")

    def draw_hit(
        self, row: int, column: int, rank: int, picture: NDArray[np.uint8], colour: str
    ) -> None:
        self._tile(self._lefts[column] + rank * (_TILE + _GAP), row, picture, colour)

    def _tile(self, left: float, row: int, picture: NDArray[np.uint8], colour: str) -> None:
        top = _TOP + row * (_TILE + _LINE + _GAP)
        inner = 0.06
        axes = self.figure.add_axes(
            (
                (left + inner) / self._width,
                1 - (top + _TILE - inner) / self._height,
                (_TILE - 2 * inner) / self._width,
                (_TILE - 2 * inner) / self._height,
            )
        )
        axes.imshow(picture, cmap="gray", vmin=0, vmax=255, interpolation="antialiased")
        axes.set_axis_off()
        corner = (left / self._width, 1 - (top + _TILE) / self._height)
        self.figure.add_artist(
            Rectangle(
                corner,
                _TILE / self._width,
                _TILE / self._height,
                transform=self.figure.transFigure,
                fill=False,
                edgecolor=colour,
                linewidth=1.6,
            )
        )

    def _write(
        self, left: float, top: float, text: str, *, size: float = 8, colour: str = "black",
        weight: str = "normal",
    ) -> None:  # fmt: skip
        self.figure.text(
            left / self._width,
            1 - top / self._height,
            text,
            fontsize=size,
            color=colour,
            weight=weight,
            va="top",
        )
