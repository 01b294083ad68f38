"""Whether two packed drawings are copies: the same bits, or the same lines a little displaced.

A 64-bit perceptual hash (discrete cosines of the shrunken drawing) proposes pairs; it collides on
line art, where different drawings may be four bits apart, so every proposed pair is compared pixel
by pixel. Drawings that hold very little, such as a plain rectangle, are drawn alike in publications
that have nothing to do with each other, and count for nothing here.
"""

import hashlib
import zlib

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dct
from scipy.ndimage import maximum_filter

from encoder.training.drawings import CACHE_SIZE_PX

HASH_DISTANCE = 10
"""Bits in which a proposed pair differs at most. Among 36 grants, front pages cut like the figure
they copy differ by two at most."""
COVERED = 0.97
"""Share of each drawing's ink that lies on the other's, a pixel to either side, in a copy. Those
front pages reach 0.987 and more, different patents 0.946, plain drawings 0.961."""
PLAIN_BYTES = 200
"""Drawings that compress to fewer bytes hold too little to tell."""
_SIDE = 32
_LOW = 8
_COSINES = dct(np.eye(_SIDE), axis=0)[:_LOW].astype(np.float32)


def digest(packed: NDArray[np.uint8]) -> bytes:
    """SHA-256 of one packed drawing: uint8 [S·S/8] → 32 bytes."""
    return hashlib.sha256(packed.tobytes()).digest()


def is_plain(packed: NDArray[np.uint8]) -> bool:
    """Whether a packed drawing, uint8 [S·S/8], holds too little to be told from others."""
    return len(zlib.compress(packed.tobytes(), 6)) < PLAIN_BYTES


def perceptual_hashes(packed: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """64-bit hashes of drawings: which low cosines are above their median (Zauner 2010).

    Args:
        packed: uint8 [N, S·S/8].

    Returns:
        uint64 [N].
    """
    cell = CACHE_SIZE_PX // _SIDE
    bits = np.unpackbits(packed, axis=1).reshape(len(packed), _SIDE, cell, _SIDE, cell)
    shrunken = bits.sum(axis=(2, 4), dtype=np.uint8).astype(np.float32)
    low = (_COSINES @ shrunken @ _COSINES.T).reshape(len(packed), -1)
    above = low > np.median(low, axis=1, keepdims=True)
    return np.packbits(above, axis=1).view(np.uint64)[:, 0]


def near_pairs(
    one: NDArray[np.uint64], other: NDArray[np.uint64]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pairs that may be copies, by their hashes: indices into `one` and into `other`."""
    rows, columns = np.nonzero(np.bitwise_count(one[:, None] ^ other[None, :]) <= HASH_DISTANCE)
    return rows, columns


def covered_share(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """How far two packed drawings, uint8 [S·S/8] each, have their ink in the same places.

    Returns:
        The smaller of both shares of ink that has ink of the other at most a pixel away, in [0, 1].
    """
    first, second = (
        np.unpackbits(packed).reshape(CACHE_SIZE_PX, CACHE_SIZE_PX) for packed in (one, other)
    )
    near_first, near_second = (maximum_filter(ink, size=3) for ink in (first, second))
    there = (first & near_second).sum() / max(first.sum(), 1)
    back = (second & near_first).sum() / max(second.sum(), 1)
    return float(min(there, back))
