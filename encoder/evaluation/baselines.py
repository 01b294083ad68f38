"""Classical descriptors every encoder must beat. Needs the `eval` extra."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.fft import dctn
from skimage.feature import hog, local_binary_pattern

from core.ports import Embeddings, GreyImage
from encoder.preprocess import PreprocessConfig, crop_to_ink, prepare

_PREPROCESSING = PreprocessConfig()
_HOG_CELL_PX = 16
_LBP_SIDE_PX = 256
_LBP_RINGS = ((8, 1), (16, 2), (24, 3))
"""Neighbours and radius in pixels."""
_HASH_SIDE = 8


def embed_hog(images: Sequence[GreyImage]) -> Embeddings:
    """Histograms of oriented gradients (Dalal & Triggs 2005) of drawings prepared like the model's.

    Nine orientations in 16 px cells, blocks of 2 × 2: of six settings tried on cut figures, the one
    with the best same-publication mAP.

    Args:
        images: uint8 [H, W] each, 0 ink, 255 paper.

    Returns:
        float32 [N, 1764], rows of unit length (zero for a blank drawing).
    """
    described = [
        hog(
            prepare(image, _PREPROCESSING)[0],
            pixels_per_cell=(_HOG_CELL_PX, _HOG_CELL_PX),
            cells_per_block=(2, 2),
        )
        for image in images
    ]
    return _unit_rows(np.stack(described))


def embed_lbp(images: Sequence[GreyImage]) -> Embeddings:
    """Rotation-invariant local binary patterns (Ojala, Pietikäinen & Mäenpää 2002, LBP^riu2).

    Histograms at three radii, side by side, of the drawing cut to its ink and scaled to 256 px. The
    root of each frequency is stored, so that the dot product is the Bhattacharyya coefficient of
    the histograms.

    Args:
        images: uint8 [H, W] each, 0 ink, 255 paper.

    Returns:
        float32 [N, 54], rows of unit length.
    """
    return _unit_rows(np.stack([_lbp_histogram(image) for image in images]))


def embed_phash(images: Sequence[GreyImage]) -> Embeddings:
    """Perceptual hash of 64 bits: signs of the low cosine frequencies about their median.

    The drawing is cut to its ink and scaled to 32 × 32 px, as `imagehash.phash` does. Bits are
    stored as ±1/8, so that the dot product is 1 − Hamming distance / 32.

    Args:
        images: uint8 [H, W] each, 0 ink, 255 paper.

    Returns:
        float32 [N, 64], rows of unit length.
    """
    return _unit_rows(np.stack([_hash_signs(image) for image in images]))


def _lbp_histogram(image: GreyImage) -> NDArray[np.float64]:
    square = _scaled(image, _LBP_SIDE_PX)
    parts = []
    for n_neighbours, radius_px in _LBP_RINGS:
        codes: NDArray[np.float64] = local_binary_pattern(  # type: ignore[no-untyped-call]
            square, n_neighbours, radius_px, method="uniform"
        )
        counts = np.bincount(codes.astype(np.int64).ravel(), minlength=n_neighbours + 2)
        parts.append(counts / counts.sum())
    return np.asarray(np.sqrt(np.concatenate(parts)))


def _hash_signs(image: GreyImage) -> NDArray[np.float64]:
    frequencies = dctn(_scaled(image, 4 * _HASH_SIDE).astype(np.float64))
    low = frequencies[:_HASH_SIDE, :_HASH_SIDE].ravel()
    return np.where(low > np.median(low), 1.0, -1.0)


def _scaled(image: GreyImage, side_px: int) -> GreyImage:
    """The ink's bounding box stretched to a square; white for a blank drawing."""
    cropped = crop_to_ink(image, _PREPROCESSING.ink_below)
    if not cropped.size:
        return np.full((side_px, side_px), 255, np.uint8)
    how = Image.Resampling.LANCZOS
    return np.asarray(Image.fromarray(cropped).resize((side_px, side_px), how))


def _unit_rows(vectors: NDArray[np.float64]) -> Embeddings:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-9), dtype=np.float32)
