"""Small pictures of drawings: thin lines stay visible, few greys make them quick to write."""

import io

import numpy as np
from PIL import Image

from core.ports import GreyImage

THUMBNAIL_PX = 320
"""Longest side of a thumbnail."""
_INK_GAMMA = 0.6
"""Coverage of a pixel by ink, to this power: a hairline scaled to a tenth stays visible."""
_VISIBLE_INK = [round(255 * (1 - (1 - grey / 255) ** _INK_GAMMA)) for grey in range(256)]
_PNG_LEVEL = 4
"""Three fifths of the usual level's time for a twentieth more bytes, on figures of grants."""
_N_GREYS = 16
"""Written in a fifth of the time of lossless WebP, and a third larger."""
_GREY_STEP = 255 / (_N_GREYS - 1)
_NEAREST_GREY = [round(grey / _GREY_STEP) for grey in range(256)]
_PALETTE = [round(_GREY_STEP * n) for n in range(_N_GREYS) for _ in "rgb"]
_PNG_END = b"IEND\xaeB`\x82"


def draw_thumbnail(pixels: GreyImage) -> bytes:
    """A small picture of a drawing.

    Args:
        pixels: uint8 [H, W], 0 ink, 255 paper; not empty.

    Returns:
        PNG of `_N_GREYS` greys, at most `THUMBNAIL_PX` a side.
    """
    picture = Image.fromarray(shrink_line_art(pixels)).point(_NEAREST_GREY)
    picture.putpalette(_PALETTE)
    file = io.BytesIO()
    picture.save(file, "PNG", bits=4, compress_level=_PNG_LEVEL)
    return file.getvalue()


def is_whole(thumbnail: bytes) -> bool:
    """False for a thumbnail that was cut short when the machine went down."""
    return thumbnail.endswith(_PNG_END)


def shrink_line_art(pixels: GreyImage, longest_px: int = THUMBNAIL_PX) -> GreyImage:
    """Scale a drawing down by averaging areas, with thin lines kept visible.

    Args:
        pixels: uint8 [H, W], 0 ink, 255 paper; not empty.
        longest_px: Longest side of the result; a smaller drawing stays as it is.

    Returns:
        uint8 [H', W'], not empty; `pixels` itself where it is small enough.
    """
    scale = longest_px / max(pixels.shape)
    if scale >= 1:
        return pixels
    height_px, width_px = (max(1, round(side * scale)) for side in pixels.shape)
    averaged = Image.fromarray(pixels).resize((width_px, height_px), Image.Resampling.BOX)
    return np.asarray(averaged.point(_VISIBLE_INK))
