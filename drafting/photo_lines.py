"""A photograph of a product → the lines a draughtsman would start from.

Canny's detector (1986) on a smoothed picture, the silhouette drawn bolder, the background left
white where it is plain. It finds where brightness changes, not what is a design: shadows, prints,
reflections and a lively background become lines too. A drawing searched with this way finds less
than one made by hand.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from core.ports import GreyImage

_SIDE_PX = 512
_GREY = (20, 240)
_FLAT_PX, _FLAT_RANGE = 5, 40
_PHOTO_SHARE = 0.1
"""Of 250 front-page drawings scaled to grey the greyest has 0.08; photographs 0.14 to 0.99."""
_BORDER = 0.03
_PLAIN_BORDER = 14.0
"""A background whose grey strays less than this from a smooth ramp is plain."""
_SMOOTHING_PX = 1.6
_STRONG, _WEAK = 0.16, 0.06
"""Of the steepest edges: what starts a line, what continues one."""
_FAINTEST = 6.0
"""Sobel's answer to a slope of 3/4 of a grey level a pixel: a shade, no line."""
_SHORTEST = 0.04
"""Lines shorter than this share of the picture are dropped."""
_SMALLEST_OBJECT = 0.002
_OUTLINE_PX, _LINE_PX = 3, 2


def looks_like_photograph(picture: GreyImage) -> bool:
    """Whether much of it is smooth and grey, as in photographs; hatching is grey but not smooth.

    Args:
        picture: uint8 [H, W].
    """
    small = _scaled(picture, _SIDE_PX).astype(np.int16)
    spread = ndimage.maximum_filter(small, _FLAT_PX) - ndimage.minimum_filter(small, _FLAT_PX)
    is_grey = (small > _GREY[0]) & (small < _GREY[1])
    return bool((is_grey & (spread < _FLAT_RANGE)).mean() > _PHOTO_SHARE)


def line_art_of_photograph(picture: GreyImage) -> GreyImage:
    """Draw a photograph's lines.

    Args:
        picture: uint8 [H, W].

    Returns:
        uint8 [H', W'], 0 ink, 255 paper, its longest side 512; blank where nothing stands out.
    """
    grey = _scaled(picture, _SIDE_PX).astype(np.float64)
    smooth = ndimage.gaussian_filter(ndimage.median_filter(grey, 3), _SMOOTHING_PX)
    lines = _long_enough(_edges(smooth), round(_SHORTEST * max(grey.shape)))
    shape = _object(smooth)
    ink = ndimage.binary_dilation(lines, iterations=_LINE_PX // 2)
    if shape is not None:
        near = ndimage.binary_dilation(shape, iterations=_OUTLINE_PX)
        rim = shape & ~ndimage.binary_erosion(shape, iterations=_OUTLINE_PX, border_value=1)
        ink = (ink & near) | rim
    return np.where(ink, 0, 255).astype(np.uint8)


def _scaled(picture: GreyImage, side_px: int) -> GreyImage:
    image = Image.fromarray(picture)
    scale = side_px / max(image.size)
    size = tuple(max(1, round(side * scale)) for side in image.size)
    return np.asarray(image.resize((size[0], size[1]), Image.Resampling.BOX))


def _edges(smooth: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Ridges of the gradient that are strong, or continue a strong one: bool [H, W]."""
    down, right = ndimage.sobel(smooth, axis=0), ndimage.sobel(smooth, axis=1)
    steepness = np.hypot(down, right)
    top = float(np.quantile(steepness, 0.995))
    ridge = _is_ridge(steepness, down, right)
    weak = ridge & (steepness > max(_WEAK * top, _FAINTEST))
    strong = ridge & (steepness > max(_STRONG * top, 2 * _FAINTEST))
    return ndimage.binary_propagation(strong, structure=np.ones((3, 3), bool), mask=weak)


def _is_ridge(
    steepness: NDArray[np.float64], down: NDArray[np.float64], right: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Where no neighbour across the edge is steeper."""
    length = np.maximum(steepness, 1e-9)
    rows, columns = np.indices(steepness.shape, np.float64)
    sides = [
        ndimage.map_coordinates(
            steepness,
            [rows + sign * down / length, columns + sign * right / length],
            order=1,
            mode="nearest",
        )
        for sign in (1, -1)
    ]
    return np.asarray((steepness >= sides[0]) & (steepness > sides[1]), bool)


def _long_enough(lines: NDArray[np.bool_], shortest_px: int) -> NDArray[np.bool_]:
    labels, n_lines = ndimage.label(lines, structure=np.ones((3, 3)))
    sizes = np.bincount(labels.ravel(), minlength=n_lines + 1)
    sizes[0] = 0
    return np.asarray(sizes[labels] >= shortest_px, bool)


def _object(smooth: NDArray[np.float64]) -> NDArray[np.bool_] | None:
    """What stands before a plain background: bool [H, W]; None where the background is lively."""
    height, width = smooth.shape
    margin = max(2, round(_BORDER * min(height, width)))
    border = np.ones(smooth.shape, bool)
    border[margin:-margin, margin:-margin] = False
    rows, columns = np.indices(smooth.shape, np.float64)
    terms = np.stack([np.ones_like(rows), rows / height, columns / width], axis=-1)
    ramp = terms @ np.linalg.lstsq(terms[border], smooth[border], rcond=None)[0]
    stray = np.abs(smooth - ramp)
    if float(np.quantile(stray[border], 0.9)) > _PLAIN_BORDER:
        return None
    stands_out = stray > max(_PLAIN_BORDER, 3 * float(stray[border].std()))
    closed = ndimage.binary_closing(stands_out, iterations=3)
    filled = ndimage.binary_fill_holes(ndimage.binary_opening(closed, iterations=2))
    labels, n_objects = ndimage.label(filled)
    sizes = np.bincount(labels.ravel(), minlength=n_objects + 1)
    sizes[0] = 0
    kept = sizes >= _SMALLEST_OBJECT * smooth.size
    return np.asarray(kept[labels], bool) if kept.any() else None
