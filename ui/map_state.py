"""A map of the collection as its address, and which of its figures are selected. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.locarno import CLASS_NAMES
from workers.map_records import MapFigure

Corner: TypeAlias = tuple[int, int]
"""Thousandths of the map's side, from the left and from the top."""
SIDE = 1000
MAX_CORNERS = 64
MAX_SEED = 10_000
_CORNER = re.compile(r"(\d{1,4})\.(\d{1,4})")


@dataclass(frozen=True, slots=True)
class MapSelection:
    """Everything a person chose on the map's page.

    Attributes:
        classes: Locarno classes the figures are of; any where there are none.
        offices: As `classes`.
        seed: Which figures are drawn by lot.
        area: Corners of the outline drawn around figures; none for no outline.
        locarno_class: The class picked in the legend; empty for none.
    """

    classes: tuple[str, ...] = ()
    offices: tuple[str, ...] = ()
    seed: int = 0
    area: tuple[Corner, ...] = ()
    locarno_class: str = ""

    @classmethod
    def from_params(cls, params: Mapping[str, Sequence[str]]) -> Self:
        """Read an address; what makes no sense is left out.

        Example:
            >>> MapSelection.from_params({"class": ["06", "x"], "area": ["0.0_9.0_9.9"]}).area
            ((0, 0), (9, 0), (9, 9))
        """

        def last(name: str) -> str:
            values = params.get(name) or [""]
            return values[-1].strip()

        corners = [(int(x), int(y)) for x, y in _CORNER.findall(last("area"))][:MAX_CORNERS]
        seed = last("seed")
        return cls(
            classes=tuple(dict.fromkeys(c for c in params.get("class", ()) if c in CLASS_NAMES)),
            offices=tuple(dict.fromkeys(o for o in params.get("office", ()) if o.strip())),
            seed=min(int(seed[:18]), MAX_SEED) if seed.isdecimal() else 0,
            area=tuple(corners) if len(corners) > 2 else (),
            locarno_class=last("of") if last("of") in CLASS_NAMES else "",
        )

    def to_params(self) -> dict[str, str | list[str]]:
        """The address, without what is at its default."""
        params: dict[str, str | list[str]] = {
            "class": list(self.classes),
            "office": list(self.offices),
            "seed": str(self.seed) if self.seed else "",
            "area": "_".join(f"{x}.{y}" for x, y in self.area),
            "of": self.locarno_class,
        }
        return {name: value for name, value in params.items() if value}

    @property
    def is_set(self) -> bool:
        """Whether any figures are selected."""
        return bool(self.area or self.locarno_class)


def selected(figures: Sequence[MapFigure], selection: MapSelection) -> list[MapFigure]:
    """The figures within the outline, of the class picked; those in the middle first."""
    if not selection.is_set or not figures:
        return []
    places = np.array([(figure.x, figure.y) for figure in figures])
    chosen = np.ones(len(figures), bool)
    if selection.area:
        chosen &= inside(places * SIDE, selection.area)
    if selection.locarno_class:
        chosen &= np.array([f.locarno_class == selection.locarno_class for f in figures])
    positions = np.flatnonzero(chosen)
    if not positions.size:
        return []
    middle = np.median(places[positions], axis=0)
    distances = np.linalg.norm(places[positions] - middle, axis=1)
    return [figures[int(i)] for i in positions[np.argsort(distances, kind="stable")]]


def inside(places: NDArray[np.float64], outline: Sequence[Corner]) -> NDArray[np.bool_]:
    """Which places lie within an outline, by the even–odd rule.

    Args:
        places: float64 [N, 2].
        outline: Three corners or more; the last is joined to the first.

    Returns:
        bool [N].

    Example:
        >>> square = [(0, 0), (10, 0), (10, 10), (0, 10)]
        >>> inside(np.array([[5.0, 5.0], [15.0, 5.0]]), square).tolist()
        [True, False]
    """
    x, y = places[:, 0], places[:, 1]
    within = np.zeros(len(places), bool)
    for (x1, y1), (x2, y2) in zip(outline, (*outline[1:], outline[0]), strict=True):
        if y1 == y2:
            continue
        is_beside = (y1 > y) != (y2 > y)
        within ^= is_beside & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
    return within
