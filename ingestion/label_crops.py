"""Rows of characters as the label reader wants them: upright, alone, of one height."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.ports import GreyImage
from ingestion.ink_parts import InkParts
from ingestion.ink_runs import InkMask
from ingestion.label_candidates import LabelCandidate

CROP_HEIGHT_PX = 28
"""Height of a normalised crop; the reader was trained on it."""
MAX_CROP_WIDTH_PX = 224


def crop_candidate(parts: InkParts, candidate: LabelCandidate, rotation_deg: int) -> GreyImage:
    """The candidate's ink as the reader wants it: turned upright, alone, of one height.

    Args:
        parts: The sheet it was found on.
        candidate: What to crop.
        rotation_deg: Clockwise quarter turns that make it upright.

    Returns:
        uint8 [28, W], W ≤ 224, 0 ink, 255 paper.
    """
    return normalise_crop(candidate_ink(parts, candidate, rotation_deg))


def candidate_ink(parts: InkParts, candidate: LabelCandidate, rotation_deg: int) -> InkMask:
    """The candidate's ink alone, turned upright, at the sheet's own size: bool [H, W]."""
    box = np.s_[candidate.top : candidate.bottom, candidate.left : candidate.right]
    step = parts.step
    small = parts.numbered[
        candidate.top // step : -(-candidate.bottom // step),
        candidate.left // step : -(-candidate.right // step),
    ]
    inside = (
        (parts.left >= candidate.left - 2 * step)
        & (parts.right <= candidate.right + 2 * step)
        & (parts.top >= candidate.top - 2 * step)
        & (parts.bottom <= candidate.bottom + 2 * step)
    )
    keep = np.concatenate(([False], inside))[small]
    ink = parts.ink[box]
    if step > 1:
        keep = keep.repeat(step, axis=0).repeat(step, axis=1)[: ink.shape[0], : ink.shape[1]]
    return np.rot90(ink & keep, -rotation_deg // 90)


def normalise_crop(ink: NDArray[np.bool_]) -> GreyImage:
    """Scale a tight crop of ink to the reader's height.

    Args:
        ink: bool [H, W], upright, tight.

    Returns:
        uint8 [28, W], W ≤ 224, 0 ink, 255 paper, a margin of 2 pixels all around.
    """
    inner = CROP_HEIGHT_PX - 4
    height, width = ink.shape
    scaled = min(max(round(width * inner / height), 4), MAX_CROP_WIDTH_PX - 4)
    picture = Image.fromarray(ink.view(np.uint8) - np.uint8(1))  # 0 - 1 is 255: paper
    crop = np.full((CROP_HEIGHT_PX, scaled + 4), 255, dtype=np.uint8)
    crop[2:-2, 2:-2] = picture.resize((scaled, inner), Image.Resampling.BOX)
    return crop
