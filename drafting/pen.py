"""Polylines become ink: round pens, broken lines, grey edges."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.ports import GreyImage
from drafting.chains import Chains, Samples, chain_lengths

_OVERLAP_PX = 1.0


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


def pen_down(
    chains: Chains, samples: Samples, *, dash_px: float, gap_px: float
) -> NDArray[np.bool_]:
    """Whether the pen touches the paper at each sample: bool [N]; false in gaps of broken lines.

    A broken chain starts and ends with a dash; dashes are stretched to come out even. One too
    short for a gap is drawn whole. Where broken chains run over each other only the longest is
    drawn, for the dashes of one would fill the gaps of the other.

    Args:
        chains: Polylines in pixels.
        samples: Places along them.
        dash_px: Length of a dash.
        gap_px: Length of the gap after it.
    """
    if not chains.broken.any():
        return np.ones(len(samples.owners), np.bool_)
    total = chain_lengths(chains)
    period = dash_px + gap_px
    open_gap = np.where(chains.closed, 0, gap_px)
    n_periods = np.round((total + open_gap) / period)
    whole = ~chains.broken | (n_periods < 1.5)
    stretch = np.maximum(total, 1e-9) / (np.maximum(n_periods, 1) * period - open_gap)
    phase = (samples.walked / stretch[samples.owners]) % period
    # the far end falls on a whole number of periods less the gap: allow for rounding
    down = whole[samples.owners] | (phase <= dash_px + 1e-6)
    return np.asarray(down & ~_run_over(chains, samples, total), np.bool_)


def _run_over(chains: Chains, samples: Samples, total: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Samples of broken chains that lie on a longer broken chain: bool [N]."""
    rank = np.empty(len(chains), np.int64)
    rank[np.lexsort((np.arange(len(chains)), -total))] = np.arange(len(chains))
    idx = np.flatnonzero(chains.broken[samples.owners])
    cells = np.floor(samples.places[idx] / _OVERLAP_PX).astype(np.int64)
    cells -= cells.min(axis=0) - 1
    own = rank[samples.owners[idx]]
    best = np.full((cells.max(axis=0) + 2)[::-1], len(chains), np.int64)
    for dy, dx in np.ndindex(3, 3):
        np.minimum.at(best, (cells[:, 1] + dy - 1, cells[:, 0] + dx - 1), own)
    over = np.zeros(len(samples.owners), np.bool_)
    over[idx] = best[cells[:, 1], cells[:, 0]] < own
    return over
