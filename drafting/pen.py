"""Polylines become ink: round pens, broken lines, grey edges."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.ports import GreyImage
from drafting.chains import Chains
from drafting.depth_buffer import ragged_arange


class Paper:
    """A sheet that is drawn on at several times its resolution, then averaged."""

    def __init__(self, width_px: int, height_px: int, *, oversampling: int) -> None:
        self._scale = oversampling
        self._ink = np.zeros((height_px * oversampling, width_px * oversampling), np.uint8)

    def stroke(self, points_px: NDArray[np.float64], width_px: float) -> None:
        """Press a round pen down at every point: float64 [N, 2] in pixels of the paper."""
        height, width = self._ink.shape
        radius = max(width_px * self._scale / 2 - 0.25, 0.0)
        reach = int(radius)
        cells = np.floor(points_px * self._scale).astype(np.int64)
        inside = ((cells >= -reach) & (cells < [width + reach, height + reach])).all(axis=1)
        padded = np.zeros((height + 4 * reach, width + 4 * reach), np.bool_)
        flat = padded.ravel()
        flat[(cells[inside, 1] + 2 * reach) * padded.shape[1] + cells[inside, 0] + 2 * reach] = True
        dy, dx = np.mgrid[-reach : reach + 1, -reach : reach + 1]
        nib = (dy * padded.shape[1] + dx)[dy**2 + dx**2 <= radius**2]
        flat[(np.flatnonzero(flat)[:, None] + nib).ravel()] = True
        self._ink[padded[2 * reach :, 2 * reach :][:height, :width]] = 255

    def image(self) -> GreyImage:
        """The drawing, averaged down: uint8 [H, W], 0 ink, 255 paper."""
        ink = Image.fromarray(self._ink)
        return 255 - np.asarray(ink.reduce(self._scale) if self._scale > 1 else ink, np.uint8)


def trace(chains: Chains, *, step_px: float, dash_px: float, gap_px: float) -> NDArray[np.float64]:
    """Places where the pen touches the paper along chains: float64 [N, 2].

    A broken chain starts and ends with a dash; dashes are stretched to come out even. One too
    short for a gap is drawn whole.

    Args:
        chains: Polylines in pixels.
        step_px: Distance of places at most.
        dash_px: Length of a dash.
        gap_px: Length of the gap after it.
    """
    if len(chains) == 0:
        return np.zeros((0, 2))
    n_segments = np.diff(chains.starts) - 1
    segment = ragged_arange(chains.starts[:-1], n_segments)
    chain = np.repeat(np.arange(len(chains)), n_segments)
    first = chains.points[segment, :2]
    step = chains.points[segment + 1, :2] - first
    length = np.hypot(step[:, 0], step[:, 1])
    count = np.ceil(length / step_px).astype(np.int64) + 1
    rank = ragged_arange(np.zeros(len(count), np.int64), count).astype(np.float64)
    share = rank / np.repeat(np.maximum(count - 1, 1), count)
    place = np.repeat(first, count, axis=0) + share[:, None] * np.repeat(step, count, axis=0)
    place = np.asarray(place, np.float64)
    if not chains.broken.any():
        return place
    total = np.bincount(chain, weights=length, minlength=len(chains))
    walked = np.cumsum(length) - length
    offset = walked - (np.cumsum(total) - total)[chain]
    at = np.repeat(offset, count) + share * np.repeat(length, count)
    down = _is_dash(at, np.repeat(chain, count), chains, total, dash_px=dash_px, gap_px=gap_px)
    return np.asarray(place[down], np.float64)


def _is_dash(
    at: NDArray[np.float64],
    owner: NDArray[np.int64],
    chains: Chains,
    total: NDArray[np.float64],
    *,
    dash_px: float,
    gap_px: float,
) -> NDArray[np.bool_]:
    """Whether the pen is down at a distance along its chain: bool [N]."""
    period = dash_px + gap_px
    n_periods = np.round((total + np.where(chains.closed, 0, gap_px)) / period)
    whole = ~chains.broken | (n_periods < 1.5)
    nominal = np.maximum(n_periods, 1) * period - np.where(chains.closed, 0, gap_px)
    stretch = np.maximum(total, 1e-9) / nominal
    phase = (at / stretch[owner]) % period
    # the far end falls on a whole number of periods less the gap: allow for rounding
    return np.asarray(whole[owner] | (phase <= dash_px + 1e-6), np.bool_)
