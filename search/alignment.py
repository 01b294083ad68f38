"""Two drawings laid over each other: turned, scaled and shifted until their ink meets. Pure.

The drawing that is moved keeps its proportions, since a difference in proportion is what a person
looks for. Its scale is first guessed from the boxes around the ink, in three ways, then refined;
its place is where blurred ink correlates best, by the fast Fourier transform. What comes out is an
aid for the eye: drawings that have nothing in common are laid over each other too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.fft import irfft2, rfft2
from scipy.ndimage import gaussian_filter

from core.ports import GreyImage
from search.orientation import Orientation, lay

Ink: TypeAlias = NDArray[np.float32]
"""float32 [H, W], 0 paper, 1 ink."""
_GRID_PX = 192
"""Side of the square that is correlated; a power of two times three for the transform."""
_DRAWN_PX = 96
"""Longest side of the fixed drawing's ink in it: whatever place the other takes, none wraps."""
_BLUR_PX = 1.5
_INK_FROM = 0.25
"""A pixel counts as drawn from here, so that scanned paper is none."""
_SAME_SCALE = 0.01
_REFINEMENTS = (0.04, 0.02, 0.01)
_CLEARLY_BETTER = 0.2
"""What another orientation must add to the overlap to be preferred over the one that was found."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """How a drawing is laid over another.

    Lengths are shares of a picture's longer side: those of the moved one times `scale`, plus
    `left` and `top`, are those of the fixed one.

    Attributes:
        orientation: Of the moved drawing, before it is scaled.
        overlap: Correlation of the blurred ink, in [0, 1].
    """

    orientation: Orientation
    scale: float
    left: float
    top: float
    overlap: float


def align(fixed: GreyImage, moved: GreyImage, found: Orientation) -> tuple[Alignment, ...]:
    """Lay a drawing over another in every orientation.

    Args:
        fixed: uint8 [H, W] with ink.
        moved: uint8 [H', W'] with ink.
        found: Orientation in which an encoder found `moved` to be like `fixed`. Some encoders
            cannot tell a drawing from its mirror image, so another one is preferred where its ink
            meets clearly better.

    Returns:
        One for each orientation, the preferred one first, the others by overlap; none where one
        of the drawings is blank.
    """
    base = _Base(fixed)
    if base.is_blank or not _box_of(_ink(moved)):
        return ()
    ways = [base.lay_over(moved, orientation) for orientation in Orientation]
    ways.sort(key=lambda way: -way.overlap)
    (as_found,) = [way for way in ways if way.orientation is found]
    best = ways[0] if ways[0].overlap > as_found.overlap + _CLEARLY_BETTER else as_found
    refined = base.refine(moved, best)
    return (refined, *(way for way in ways if way is not best))


def inverse(orientation: Orientation) -> Orientation:
    """What lays a picture back that was laid so.

    Example:
        >>> inverse(Orientation.TURNED_90).value, inverse(Orientation.MIRRORED_90).value
        ('turned 270°', 'mirrored, turned 90°')
    """
    turned_back = {
        Orientation.TURNED_90: Orientation.TURNED_270,
        Orientation.TURNED_270: Orientation.TURNED_90,
    }
    return turned_back.get(orientation, orientation)


@dataclass(frozen=True, slots=True)
class _Box:
    left: int
    top: int
    width: int
    height: int


class _Base:
    """The fixed drawing, ready to be correlated with others."""

    def __init__(self, fixed: GreyImage) -> None:
        ink = _ink(fixed)
        box = _box_of(ink)
        self.is_blank = box is None
        if box is None:
            return
        self._box = box
        self._longer = max(ink.shape)
        self._zoom = _DRAWN_PX / max(box.width, box.height)
        drawn = _drawn(ink, box, self._zoom)
        self._norm = float(np.linalg.norm(drawn))
        self._spectrum = np.conj(rfft2(drawn))

    def lay_over(self, moved: GreyImage, orientation: Orientation) -> Alignment:
        """The best of the scales that the boxes around the ink suggest."""
        ink = _ink(lay(moved, orientation))
        box = _box_of(ink)
        assert box is not None  # a turned drawing keeps its ink
        ways = (self._placed(ink, box, scale, orientation) for scale in self._scales(box))
        return max(ways, key=lambda way: way.overlap)

    def refine(self, moved: GreyImage, way: Alignment) -> Alignment:
        """The same orientation at a scale near by, in ever smaller steps."""
        ink = _ink(lay(moved, way.orientation))
        box = _box_of(ink)
        assert box is not None
        best = way
        unit = self._longer / max(ink.shape)
        for step in _REFINEMENTS:
            scales = [best.scale * unit * (1 + side * step) for side in (-1, 1)]
            tried = [self._placed(ink, box, scale, way.orientation) for scale in scales]
            best = max((best, *tried), key=lambda way: way.overlap)
        return best

    def _scales(self, box: _Box) -> Sequence[float]:
        """In pixels of the fixed drawing a pixel of the moved one."""
        own = self._box
        ratios = (
            max(own.width, own.height) / max(box.width, box.height),
            own.width / box.width,
            own.height / box.height,
        )
        # A drawing that would leave the grid lies over nothing.
        limit = (_GRID_PX - _DRAWN_PX) / (self._zoom * max(box.width, box.height))
        scales: list[float] = []
        for ratio in (min(ratio, limit) for ratio in ratios):
            if all(abs(ratio / other - 1) > _SAME_SCALE for other in scales):
                scales.append(ratio)
        return scales

    def _placed(self, ink: Ink, box: _Box, scale: float, orientation: Orientation) -> Alignment:
        drawn = _drawn(ink, box, self._zoom * scale)
        norms = self._norm * float(np.linalg.norm(drawn))
        overlaps = irfft2(self._spectrum * rfft2(drawn), s=drawn.shape) / norms
        row, column = np.unravel_index(int(overlaps.argmax()), overlaps.shape)
        # A peak at (r, c) says that the moved drawing must go back by as much.
        down = -_signed(row + _peak_offset(overlaps[:, column], int(row)))
        across = -_signed(column + _peak_offset(overlaps[row], int(column)))
        own, longer = self._box, self._longer
        return Alignment(
            orientation=orientation,
            scale=scale * max(ink.shape) / longer,
            left=(own.left + across / self._zoom - box.left * scale) / longer,
            top=(own.top + down / self._zoom - box.top * scale) / longer,
            overlap=min(max(float(overlaps[row, column]), 0.0), 1.0),
        )


def _ink(image: GreyImage) -> Ink:
    return 1 - image.astype(np.float32) / np.float32(255)


def _box_of(ink: Ink) -> _Box | None:
    """The box around what is drawn."""
    drawn = ink >= _INK_FROM
    rows, columns = np.flatnonzero(drawn.any(axis=1)), np.flatnonzero(drawn.any(axis=0))
    if not rows.size:
        return None
    left, top = int(columns[0]), int(rows[0])
    return _Box(left, top, int(columns[-1]) + 1 - left, int(rows[-1]) + 1 - top)


def _drawn(ink: Ink, box: _Box, zoom: float) -> Ink:
    """What is in a box, scaled and blurred, in the corner of the grid."""
    crop = ink[box.top : box.top + box.height, box.left : box.left + box.width]
    size = (
        min(max(round(box.width * zoom), 1), _GRID_PX),
        min(max(round(box.height * zoom), 1), _GRID_PX),
    )
    small = Image.fromarray(crop).resize(size, Image.Resampling.BOX)
    grid = np.zeros((_GRID_PX, _GRID_PX), np.float32)
    grid[: size[1], : size[0]] = np.asarray(small, np.float32)
    return np.asarray(gaussian_filter(grid, _BLUR_PX, mode="wrap"), np.float32)


def _signed(place: float) -> float:
    return place - _GRID_PX if place > _GRID_PX / 2 else place


def _peak_offset(line: Ink, peak: int) -> float:
    """Where between its neighbours a peak lies, by the parabola through the three."""
    before, at, after = line[peak - 1], line[peak], line[(peak + 1) % len(line)]
    bend = before - 2 * at + after
    return float(0.5 * (before - after) / bend) if bend < 0 else 0.0
