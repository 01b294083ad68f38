"""Augmentations for line art, on whole batches of tensors and so on any device.

Ink is 1, paper 0. The geometry and the pen change; what is drawn does not.
"""

import math

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own habit)
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from encoder.training.blemishes import (
    erase,
    lay_side_by_side,
    letter,
    mask_grid,
    scan,
    speckle,
    uniform,
)

_BLOTCH_PX = 8
_Share = Field(ge=0, le=1)


class AugmentConfig(BaseModel):
    """How often each change is made, as a share of drawings, and how far it goes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mirror: float = _Share
    quarter_turn: float = _Share
    rotate: float = _Share
    max_rotation_deg: float = Field(ge=0, le=45)
    max_stretch: float = Field(ge=0, lt=0.5)
    """Widest change of one side against the other."""
    zoom: float = _Share
    """Drawings of which only a part is shown."""
    max_zoom: float = Field(ge=1, le=4)
    thicken: float = _Share
    break_strokes: float = _Share
    hatch: float = _Share
    """Objects whose two drawings are shaded with the same hatching."""
    erase: float = _Share
    grid_mask: float = Field(default=0.0, ge=0, le=1)
    speckle: float = _Share
    scan: float = Field(default=0.0, ge=0, le=1)
    """Drawings that look like a compressed grey scan."""
    letter: float = Field(default=0.0, ge=0, le=1)
    """Drawings with a figure label printed beside them."""
    side_by_side: float = Field(default=0.0, ge=0, le=1)
    """Objects whose two drawings share one picture."""


def unpack(packed: Tensor) -> Tensor:
    """Bits of drawings as caches keep them: uint8 [B, C·C/8] → [B, 1, C, C], 1 = ink."""
    shifts = torch.arange(7, -1, -1, dtype=torch.uint8, device=packed.device)
    bits = (packed[:, :, None] >> shifts) & 1
    side = math.isqrt(8 * packed.shape[1])
    return bits.reshape(len(packed), 1, side, side)


def augment(
    packed: Tensor, size_px: int, config: AugmentConfig, gamma: float, generator: torch.Generator
) -> Tensor:
    """Cached drawings → varied network input.

    Args:
        packed: uint8 [B, C·C/8], as caches keep them. Drawings 2k and 2k + 1 show one object.
        size_px: Side S of the result.
        config: What to change how often.
        gamma: Of the preprocessing.
        generator: Source of chance, on the CPU.

    Returns:
        float32 [B, 1, S, S] in [0, 1].
    """
    bits = unpack(packed)
    _thicken(bits, _chosen(len(bits), config.thicken, generator))
    _break_strokes(bits, _chosen(len(bits), config.break_strokes, generator), generator)
    ink = bits.float()
    if ink.shape[-1] >= 2 * size_px:
        ink = F.avg_pool2d(ink, ink.shape[-1] // size_px)
    matrices = _matrices(len(ink), config, generator).to(ink.device)
    grid = F.affine_grid(matrices, [len(ink), 1, size_px, size_px], align_corners=False)
    ink = F.grid_sample(ink, grid, mode="bilinear", align_corners=False)
    _hatch(ink, _chosen(len(ink) // 2, config.hatch, generator), generator)
    for share, change in (
        (config.erase, erase),
        (config.speckle, speckle),
        (config.grid_mask, mask_grid),
        (config.letter, letter),
        (config.scan, scan),
    ):
        chosen = _chosen(len(ink), share, generator)
        if len(chosen):
            change(ink, chosen, generator)
    chosen = _chosen(len(ink) // 2, config.side_by_side, generator)
    if len(chosen):
        lay_side_by_side(ink, chosen)
    return level_ink(ink, gamma)


def level_ink(ink: Tensor, gamma: float) -> Tensor:
    """`encoder.preprocess.level_ink` for a batch [B, 1, S, S]."""
    total = ink.sum(dim=(1, 2, 3), keepdim=True)
    typical = ink.square().sum(dim=(1, 2, 3), keepdim=True) / total.clamp(min=1e-6)
    return (ink / typical.clamp(min=1e-6)).clamp(0, 1) ** gamma


def _chosen(n_drawings: int, share: float, generator: torch.Generator) -> Tensor:
    """Indices of the drawings a change falls on."""
    return torch.nonzero(torch.rand(n_drawings, generator=generator) < share).flatten()


def _matrices(n_drawings: int, config: AugmentConfig, generator: torch.Generator) -> Tensor:
    """Random affine maps from output to input coordinates: float32 [B, 2, 3]."""
    turned = torch.rand(n_drawings, generator=generator) < config.rotate
    angle = (
        turned
        * uniform(n_drawings, -config.max_rotation_deg, config.max_rotation_deg, generator)
        * (math.pi / 180)
    )
    quarter = torch.rand(n_drawings, generator=generator) < config.quarter_turn
    direction = torch.randint(0, 2, (n_drawings,), generator=generator) * 2 - 1
    angle = angle + quarter * direction * (math.pi / 2)
    flip = 1 - 2 * (torch.rand(n_drawings, generator=generator) < config.mirror).float()
    stretch = uniform(n_drawings, -config.max_stretch, config.max_stretch, generator).exp()
    zoomed = torch.rand(n_drawings, generator=generator) < config.zoom
    zoom = torch.where(
        zoomed,
        uniform(n_drawings, 1, config.max_zoom, generator),
        uniform(n_drawings, 0.92, 1.04, generator),
    )
    cos, sin = angle.cos(), angle.sin()
    # a turned drawing must still fit, as the crop to its ink would see to
    fit = torch.where(zoomed | quarter, torch.ones_like(cos), cos.abs() + 0.5 * sin.abs())
    across, down = fit * flip * stretch.sqrt() / zoom, fit / stretch.sqrt() / zoom
    reach = torch.where(zoomed, 1 - 1 / zoom, torch.full_like(zoom, 0.03))
    shift_x = reach * uniform(n_drawings, -1, 1, generator)
    shift_y = reach * uniform(n_drawings, -1, 1, generator)
    top = torch.stack([cos * across, -sin * down, shift_x], dim=1)
    bottom = torch.stack([sin * across, cos * down, shift_y], dim=1)
    return torch.stack([top, bottom], dim=1)


def _thicken(bits: Tensor, chosen: Tensor) -> None:
    """Draw with a pen two pixels wider."""
    if len(chosen) == 0:
        return
    thin = bits[chosen]
    wide = thin.clone()
    wide[..., 1:, :] |= thin[..., :-1, :]
    wide[..., :-1, :] |= thin[..., 1:, :]
    tall = wide.clone()
    wide[..., 1:] |= tall[..., :-1]
    wide[..., :-1] |= tall[..., 1:]
    bits[chosen] = wide


def _break_strokes(bits: Tensor, chosen: Tensor, generator: torch.Generator) -> None:
    """Wipe small blotches so that lines are interrupted."""
    if len(chosen) == 0:
        return
    n_blotches = bits.shape[-1] // _BLOTCH_PX
    kept = torch.rand(len(chosen), 1, n_blotches, n_blotches, generator=generator) > 0.12
    kept = kept.to(bits.device, torch.uint8)
    kept = kept.repeat_interleave(_BLOTCH_PX, dim=2).repeat_interleave(_BLOTCH_PX, dim=3)
    side = n_blotches * _BLOTCH_PX
    bits[chosen, :, :side, :side] *= kept


def _hatch(ink: Tensor, chosen: Tensor, generator: torch.Generator) -> None:
    """Shade parts of both drawings of an object with one pattern of strokes or stipples.

    The figures of a patent share their draughtsman's way of shading; synthetic drawings have none.
    """
    if len(chosen) == 0:
        return
    both = torch.stack([2 * chosen, 2 * chosen + 1], dim=1).flatten()
    side = ink.shape[-1]
    angle = uniform(len(chosen), 0, math.pi, generator)
    waves = 2 * math.pi * side / uniform(len(chosen), 2.5, 10, generator)
    crossed = torch.rand(len(chosen), generator=generator)  # < .25 cross-hatching, > .8 stipples
    gap = uniform(len(chosen), 0.2, 0.85, generator)
    angle, waves, crossed, gap = (
        values.repeat_interleave(2)[:, None, None].to(ink.device)
        for values in (angle, waves, crossed, gap)
    )
    axis = torch.linspace(0, 1, side, device=ink.device)
    x, y = axis[None, None, :], axis[None, :, None]
    along = torch.sin(waves * (x * angle.cos() + y * angle.sin())) - gap
    across = torch.sin(waves * (y * angle.cos() - x * angle.sin())) - gap
    pattern = torch.where(crossed < 0.25, torch.maximum(along, across), along)
    pattern = torch.where(crossed > 0.8, torch.minimum(along, across), pattern)
    blotches = torch.rand(len(both), 1, 5, 5, generator=generator).to(ink.device)
    blotches = F.interpolate(blotches, size=(side, side), mode="bilinear")[:, 0]
    shaded = _inside(ink[both, 0]) & (blotches > 0.5)
    strokes = (4 * pattern).clamp(0, 1) * shaded
    ink[both, 0] = torch.maximum(ink[both, 0], strokes)


def _inside(ink: Tensor) -> Tensor:
    """Points with ink on all four sides, along row and column: bool [B, S, S]."""
    drawn = ink > 0.3
    before = [drawn.cummax(dim=axis).values for axis in (1, 2)]
    after = [drawn.flip(axis).cummax(dim=axis).values.flip(axis) for axis in (1, 2)]
    return before[0] & before[1] & after[0] & after[1]
