"""Similar regions of two drawings by patch correspondence: an aid, not a legal comparison.

Both drawings are covered with overlapping windows, each embedded like a drawing of its own by the
encoder that searched. Two windows correspond where each is the other's most similar one. What
corresponds is what this encoder finds alike; it proves nothing about the designs, and a hit may be
alike as a whole with no region that is.
"""

from dataclasses import dataclass

import numpy as np

from core.ports import Encoder, GreyImage

LABEL = "similar regions, an aid, not a legal comparison"
N_REGIONS = 4
_WINDOW = 0.4
"""Side of a window, as a share of the drawing's longer side."""
_STEP = 0.15
_INK_BELOW = 128
_MIN_INK = 0.25
"""Windows with less ink than this share of the fullest one are left out."""
_MIN_SIMILARITY = 0.15
_MAX_OVERLAP = 0.3


@dataclass(frozen=True, slots=True)
class Box:
    """A region in pixels; right and bottom are outside it."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def area(self) -> int:
        """In pixels."""
        return max(0, self.right - self.left) * max(0, self.bottom - self.top)

    def overlap(self, other: "Box") -> float:
        """Share of the smaller box that both cover, in [0, 1]."""
        both = Box(
            max(self.left, other.left),
            max(self.top, other.top),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        )
        return both.area / max(1, min(self.area, other.area))


@dataclass(frozen=True, slots=True)
class RegionPair:
    """A region of the query and the region of the figure it corresponds to.

    Attributes:
        similarity: Cosine of the two regions' embeddings.
    """

    query: Box
    figure: Box
    similarity: float


def similar_regions(
    encoder: Encoder, query: GreyImage, figure: GreyImage
) -> tuple[RegionPair, ...]:
    """Corresponding regions, most similar first; none where nothing corresponds.

    Args:
        encoder: The one that searched. Some 50 windows are embedded in all.
        query: uint8 [H, W], laid as it matched.
        figure: uint8 [H, W].
    """
    of_query, of_figure = _windows(query), _windows(figure)
    if not of_query or not of_figure:
        return ()
    patches = [_cut(query, box) for box in of_query] + [_cut(figure, box) for box in of_figure]
    rows = encoder.encode_images(patches)
    cosines = rows[: len(of_query)] @ rows[len(of_query) :].T
    back = cosines.argmax(axis=0)
    mutual = [
        RegionPair(of_query[i], of_figure[j], float(cosines[i, j]))
        for i, j in enumerate(cosines.argmax(axis=1))
        if back[j] == i and cosines[i, j] >= _MIN_SIMILARITY
    ]
    kept: list[RegionPair] = []
    for pair in sorted(mutual, key=lambda pair: -pair.similarity):
        if all(_apart(pair, other) for other in kept):
            kept.append(pair)
    return tuple(kept[:N_REGIONS])


def _apart(pair: RegionPair, other: RegionPair) -> bool:
    return (
        pair.query.overlap(other.query) < _MAX_OVERLAP
        and pair.figure.overlap(other.figure) < _MAX_OVERLAP
    )


def _windows(image: GreyImage) -> list[Box]:
    """Square windows over the ink that hold enough of it, row by row."""
    ink = image < _INK_BELOW
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not rows.size:
        return []
    extent = max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1
    side, step = max(8, round(_WINDOW * extent)), max(1, round(_STEP * extent))
    height, width = image.shape
    boxes = [
        Box(left, top, min(left + side, width), min(top + side, height))
        for top in _starts(int(rows[0]), int(rows[-1]) + 1, side, step)
        for left in _starts(int(columns[0]), int(columns[-1]) + 1, side, step)
    ]
    amounts = [int(_cut(ink, box).sum()) for box in boxes]
    least = _MIN_INK * max(amounts)
    return [box for box, amount in zip(boxes, amounts, strict=True) if amount >= least]


def _starts(first: int, end: int, side: int, step: int) -> list[int]:
    """Where windows begin so that they reach from `first` to `end`."""
    if end - first <= side:
        return [first]
    return sorted({*range(first, end - side, step), end - side})


def _cut(image: "np.ndarray", box: Box) -> "np.ndarray":
    return image[box.top : box.bottom, box.left : box.right]
