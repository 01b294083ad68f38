"""The one preprocessing: a drawing of any size → the square of ink the network sees.

Its settings are saved with the weights (`preprocess.json`), so a checkpoint is always fed the way
it was trained. Training fills its cache through the same functions.
"""

from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field

from core.ports import GreyImage

Ink = NDArray[np.float32]
"""float32 [S, S], 0 paper, 1 full ink."""


class PreprocessConfig(BaseModel):
    """How a drawing becomes a square of ink."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    algorithm: Literal["ink-square-1"] = "ink-square-1"
    """Changes whenever this file computes something else, and with it every encoder id."""
    size_px: int = Field(default=128, ge=16, le=1024)
    """Side S of the square."""
    margin: float = Field(default=0.04, ge=0, lt=0.4)
    """Empty border on each side, as a share of S."""
    ink_below: int = Field(default=128, ge=1, le=255)
    """Grey values below this are ink when the bounding box is looked for."""
    gamma: float = Field(default=0.75, gt=0, le=4)
    """Exponent after contrast; below 1 lifts faint lines."""


def crop_to_ink(image: GreyImage, ink_below: int) -> GreyImage:
    """Cut away the empty paper around a drawing.

    Args:
        image: uint8 [H, W], 0 ink, 255 paper.
        ink_below: Grey values below this count as ink.

    Returns:
        The bounding box of the ink, a view; uint8 [0, 0] where there is none.
    """
    mask = image < ink_below
    rows = np.flatnonzero(mask.any(axis=1))
    if rows.size == 0:
        return image[:0, :0]
    columns = np.flatnonzero(mask[rows[0] : rows[-1] + 1].any(axis=0))
    return image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def fit_square(image: GreyImage, size_px: int, margin: float) -> Ink:
    """Scale a cropped drawing, aspect kept, into the middle of an empty square.

    Shrinking averages areas, so a thin line becomes fainter but never vanishes.

    Args:
        image: uint8 [H, W], 0 ink, 255 paper; may be empty.
        size_px: Side S of the square.
        margin: Empty border on each side, as a share of S.

    Returns:
        float32 [S, S], 0 paper, 1 full ink.
    """
    square = np.zeros((size_px, size_px), dtype=np.float32)
    if image.size == 0:
        return square
    inner_px = size_px - 2 * round(size_px * margin)
    scale = inner_px / max(image.shape)
    parity = size_px % 2  # equal borders on opposite sides, so mirrored drawings stay mirrored
    height, width = (
        min(inner_px, max(1, 2 * round((side * scale - parity) / 2) + parity))
        for side in image.shape
    )
    how = Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR
    resized = Image.fromarray(image).resize((width, height), how)
    top, left = (size_px - height) // 2, (size_px - width) // 2
    square[top : top + height, left : left + width] = 1 - np.asarray(resized, np.float32) / 255
    return square


def level_ink(ink: Ink, gamma: float) -> Ink:
    """Bring lines to full ink whatever their width was before shrinking.

    The ink's own weighted mean Σa²/Σa is the value a typical line has after averaging; it becomes
    1, darker parts are clipped, then `gamma` lifts what is fainter.

    Args:
        ink: float32 [S, S] in [0, 1].
        gamma: Exponent, above 0.

    Returns:
        float32 [S, S] in [0, 1]; an empty square stays empty.
    """
    total = float(ink.sum())
    if total == 0:
        return ink
    typical = float(np.square(ink).sum()) / total
    return np.asarray(np.clip(ink / typical, 0, 1) ** gamma, dtype=np.float32)


def prepare(image: GreyImage, config: PreprocessConfig) -> NDArray[np.float32]:
    """One drawing → the network's input.

    Args:
        image: uint8 [H, W] of any size, 0 ink, 255 paper.
        config: Settings saved with the checkpoint.

    Returns:
        float32 [1, S, S], 0 paper, 1 ink; all zeros for a blank drawing.

    Raises:
        ValueError: If the image is not uint8 with two axes.
    """
    if image.dtype != np.uint8 or image.ndim != 2:
        raise ValueError(f"a drawing is uint8 [H, W], not {image.dtype} {list(image.shape)}")
    square = fit_square(crop_to_ink(image, config.ink_below), config.size_px, config.margin)
    return level_ink(square, config.gamma)[np.newaxis]


def load_preprocess(path: Path) -> PreprocessConfig:
    """Read settings saved beside weights; pydantic's `ValidationError` says what is wrong."""
    return PreprocessConfig.model_validate_json(path.read_text(encoding="utf-8"))
