"""What befalls a drawing on its way to the network: wiped parts, letters, dust, grey scans.

All work in place on ink [B, 1, S, S], 0 paper, 1 ink, for the drawings that are chosen.
"""

from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 (torch's own habit)
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

_LABELS = ("FIG. 1", "FIG. 2", "Fig. 3", "FIG. 4A", "FIG. 5", "6", "FIG. 7", "Fig. 8")
_LABEL_PX = 11
_GRID_PITCH = (0.12, 0.3)
"""Of GridMask, as a share of the side."""
_GRID_FILLED = 0.4
"""Share of the pitch that is wiped."""


def uniform(n: int, low: float, high: float, generator: torch.Generator) -> Tensor:
    """N values in [low, high): float32 [n], on the CPU."""
    return low + (high - low) * torch.rand(n, generator=generator)


def noise(shape: tuple[int, ...], device: torch.device, generator: torch.Generator) -> Tensor:
    """Values in [0, 1) where they are needed: a picture's worth is much to carry to a GPU."""
    if device.type != "cpu":
        seed = int(torch.randint(2**62, (), generator=generator))
        generator = torch.Generator(device).manual_seed(seed)
    return torch.rand(shape, generator=generator, device=device)


def erase(ink: Tensor, chosen: Tensor, generator: torch.Generator) -> None:
    """Wipe one rectangle of each chosen drawing (random erasing, Zhong et al. 2020)."""
    side = ink.shape[-1]
    axis = torch.arange(side)
    inside = []
    for _ in range(2):
        length = uniform(len(chosen), 0.15, 0.45, generator) * side
        start = torch.rand(len(chosen), generator=generator) * (side - length)
        inside.append((axis >= start[:, None]) & (axis < (start + length)[:, None]))
    wiped = inside[0][:, None, :, None] & inside[1][:, None, None, :]
    ink[chosen] = ink[chosen].masked_fill(wiped.to(ink.device), 0)


def mask_grid(ink: Tensor, chosen: Tensor, generator: torch.Generator) -> None:
    """Wipe the squares of a regular grid (GridMask, Chen et al. 2020)."""
    side = ink.shape[-1]
    axis = torch.arange(side)
    pitch = uniform(len(chosen), *_GRID_PITCH, generator)[:, None] * side
    bands = []
    for _ in range(2):
        phase = torch.rand(len(chosen), 1, generator=generator)
        bands.append((axis / pitch + phase) % 1 < _GRID_FILLED)
    wiped = bands[0][:, None, :, None] & bands[1][:, None, None, :]
    ink[chosen] = ink[chosen].masked_fill(wiped.to(ink.device), 0)


def speckle(ink: Tensor, chosen: Tensor, generator: torch.Generator) -> None:
    """Scatter scanner dust."""
    dust = noise((len(chosen), *ink.shape[1:]), ink.device, generator) > 0.997
    ink[chosen] = torch.maximum(ink[chosen], dust.float())


def scan(ink: Tensor, chosen: Tensor, generator: torch.Generator) -> None:
    """Blur lines and lay grey grain over them, as a compressed grey scan has it."""
    blurred = F.avg_pool2d(ink[chosen], 3, stride=1, padding=1)
    share = uniform(len(chosen), 0.3, 1.0, generator)[:, None, None, None].to(ink.device)
    grain = noise((len(chosen), *ink.shape[1:]), ink.device, generator)
    near_lines = F.max_pool2d(ink[chosen], 5, stride=1, padding=2)  # JPEG rings about edges
    grey = torch.lerp(ink[chosen], blurred, share) + 0.15 * grain * near_lines
    ink[chosen] = grey.clamp(0, 1)


def letter(ink: Tensor, chosen: Tensor, generator: torch.Generator) -> None:
    """Print a figure label somewhere along the upper or lower edge."""
    labels = _labels().to(ink.device)
    side = ink.shape[-1]
    height, width = labels.shape[-2:]
    if min(height, width) >= side:
        return
    which = torch.randint(0, len(labels), (len(chosen),), generator=generator)
    left = torch.randint(0, side - width, (len(chosen),), generator=generator)
    below = torch.rand(len(chosen), generator=generator) < 0.7
    for drawing, label, x, is_below in zip(
        chosen.tolist(), which.tolist(), left.tolist(), below.tolist(), strict=True
    ):
        y = side - height if is_below else 0
        place = ink[drawing, 0, y : y + height, x : x + width]
        torch.maximum(place, labels[label], out=place)


def lay_side_by_side(ink: Tensor, chosen: Tensor) -> None:
    """Put both drawings of an object next to each other, as uncut sheets have them.

    Args:
        ink: Drawings 2k and 2k + 1 show one object; the first of each chosen pair becomes both.
        chosen: int64, pairs k.
    """
    side = ink.shape[-1]
    half = F.interpolate(ink, size=(side // 2, side // 2), mode="area")
    top = side // 4
    both = torch.zeros_like(ink[2 * chosen])
    both[:, :, top : top + side // 2, : side // 2] = half[2 * chosen]
    both[:, :, top : top + side // 2, side // 2 : 2 * (side // 2)] = half[2 * chosen + 1]
    ink[2 * chosen] = both


@lru_cache(maxsize=1)
def _labels() -> Tensor:
    """Printed labels: float32 [K, H, W]."""
    font = ImageFont.load_default(_LABEL_PX)
    boxes = [font.getbbox(text) for text in _LABELS]
    width = int(max(box[2] for box in boxes)) + 2
    height = int(max(box[3] for box in boxes)) + 2
    images = []
    for text in _LABELS:
        image = Image.new("L", (width, height), 0)
        ImageDraw.Draw(image).text((1, 0), text, fill=255, font=font)
        images.append(np.asarray(image, dtype=np.float32) / 255)
    return torch.from_numpy(np.stack(images))
