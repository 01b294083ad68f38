"""Augmentations for line art, on whole batches of tensors and so on any device.

Ink is 1, paper 0. The geometry and the pen change; what is drawn does not.
"""

import math

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own habit)
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

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
    erase: float = _Share
    speckle: float = _Share


def augment(
    ink: Tensor, size_px: int, config: AugmentConfig, gamma: float, generator: torch.Generator
) -> Tensor:
    """Cached drawings → varied network input.

    Args:
        ink: float32 [B, 1, C, C], 0 or 1, larger than the input.
        size_px: Side S of the result.
        config: What to change how often.
        gamma: Of the preprocessing.
        generator: Source of chance, on the CPU.

    Returns:
        float32 [B, 1, S, S] in [0, 1].
    """
    ink = _thicken(ink, _chosen(len(ink), config.thicken, generator))
    ink = _break_strokes(ink, _chosen(len(ink), config.break_strokes, generator), generator)
    if ink.shape[-1] > 1.25 * size_px:
        ink = F.avg_pool2d(ink, 2, stride=1, padding=1)[..., :-1, :-1]
    matrices = _matrices(len(ink), config, generator).to(ink.device)
    grid = F.affine_grid(matrices, [len(ink), 1, size_px, size_px], align_corners=False)
    ink = F.grid_sample(ink, grid, mode="bilinear", align_corners=False)
    ink = _erase(ink, _chosen(len(ink), config.erase, generator), generator)
    ink = _speckle(ink, _chosen(len(ink), config.speckle, generator), generator)
    return level_ink(ink, gamma)


def level_ink(ink: Tensor, gamma: float) -> Tensor:
    """`encoder.preprocess.level_ink` for a batch [B, 1, S, S]."""
    total = ink.sum(dim=(1, 2, 3), keepdim=True)
    typical = ink.square().sum(dim=(1, 2, 3), keepdim=True) / total.clamp(min=1e-6)
    return (ink / typical.clamp(min=1e-6)).clamp(0, 1) ** gamma


def _chosen(n_drawings: int, share: float, generator: torch.Generator) -> Tensor:
    """Indices of the drawings a change falls on."""
    return torch.nonzero(torch.rand(n_drawings, generator=generator) < share).flatten()


def _uniform(n: int, low: float, high: float, generator: torch.Generator) -> Tensor:
    return low + (high - low) * torch.rand(n, generator=generator)


def _matrices(n_drawings: int, config: AugmentConfig, generator: torch.Generator) -> Tensor:
    """Random affine maps from output to input coordinates: float32 [B, 2, 3]."""
    turned = torch.rand(n_drawings, generator=generator) < config.rotate
    angle = turned * _uniform(
        n_drawings, -config.max_rotation_deg, config.max_rotation_deg, generator
    ) * (math.pi / 180)
    quarter = torch.rand(n_drawings, generator=generator) < config.quarter_turn
    direction = torch.randint(0, 2, (n_drawings,), generator=generator) * 2 - 1
    angle = angle + quarter * direction * (math.pi / 2)
    flip = 1 - 2 * (torch.rand(n_drawings, generator=generator) < config.mirror).float()
    stretch = _uniform(n_drawings, -config.max_stretch, config.max_stretch, generator).exp()
    zoomed = torch.rand(n_drawings, generator=generator) < config.zoom
    zoom = torch.where(
        zoomed,
        _uniform(n_drawings, 1, config.max_zoom, generator),
        _uniform(n_drawings, 0.92, 1.04, generator),
    )
    cos, sin = angle.cos(), angle.sin()
    # a turned drawing must still fit, as the crop to its ink would see to
    fit = torch.where(zoomed | quarter, torch.ones_like(cos), cos.abs() + 0.5 * sin.abs())
    across, down = fit * flip * stretch.sqrt() / zoom, fit / stretch.sqrt() / zoom
    reach = torch.where(zoomed, 1 - 1 / zoom, torch.full_like(zoom, 0.03))
    shift_x = reach * _uniform(n_drawings, -1, 1, generator)
    shift_y = reach * _uniform(n_drawings, -1, 1, generator)
    top = torch.stack([cos * across, -sin * down, shift_x], dim=1)
    bottom = torch.stack([sin * across, cos * down, shift_y], dim=1)
    return torch.stack([top, bottom], dim=1)


def _thicken(ink: Tensor, chosen: Tensor) -> Tensor:
    """Draw with a pen two pixels wider."""
    if len(chosen) == 0:
        return ink
    wider = F.max_pool2d(ink[chosen], 3, stride=1, padding=1)
    return ink.index_copy(0, chosen.to(ink.device), wider)


def _break_strokes(ink: Tensor, chosen: Tensor, generator: torch.Generator) -> Tensor:
    """Wipe small blotches so that lines are interrupted."""
    if len(chosen) == 0:
        return ink
    side = ink.shape[-1]
    keep = (torch.rand(len(chosen), 1, side // 8, side // 8, generator=generator) > 0.12).float()
    keep = F.interpolate(keep, size=(side, side), mode="nearest").to(ink.device)
    return ink.index_copy(0, chosen.to(ink.device), ink[chosen] * keep)


def _erase(ink: Tensor, chosen: Tensor, generator: torch.Generator) -> Tensor:
    """Wipe one rectangle of each chosen drawing (random erasing, Zhong et al. 2020)."""
    if len(chosen) == 0:
        return ink
    side = ink.shape[-1]
    axis = torch.arange(side)
    inside = []
    for _ in range(2):
        length = _uniform(len(chosen), 0.15, 0.45, generator) * side
        start = torch.rand(len(chosen), generator=generator) * (side - length)
        inside.append((axis >= start[:, None]) & (axis < (start + length)[:, None]))
    wiped = (inside[0][:, None, :, None] & inside[1][:, None, None, :]).to(ink.device)
    return ink.index_copy(0, chosen.to(ink.device), ink[chosen].masked_fill(wiped, 0))


def _speckle(ink: Tensor, chosen: Tensor, generator: torch.Generator) -> Tensor:
    """Scatter scanner dust."""
    if len(chosen) == 0:
        return ink
    dust = torch.rand(len(chosen), *ink.shape[1:], generator=generator) > 0.997
    dusty = torch.maximum(ink[chosen], dust.to(ink.device).float())
    return ink.index_copy(0, chosen.to(ink.device), dusty)
