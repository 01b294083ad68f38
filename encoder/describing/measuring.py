"""Measures, on figures with titles, how far a name must stand out to be more likely right."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.ports import Embeddings, Encoder
from encoder.describing.calibration import Calibration
from encoder.describing.tagger import guess_names
from encoder.describing.vocabulary import Vocabulary

_RIGHT = 0.6
"""Cosine of a name and a title above which the name is called right."""
_MIN_PRECISION = 0.5
_MIN_TAGGED = 8


def calibrate(
    encoder: Encoder,
    vocabulary: Vocabulary,
    vectors: Embeddings,
    titles: Sequence[str],
    *,
    centre: NDArray[np.float32] | None = None,
) -> Calibration | None:
    """Find the least margin at which half of the names said, and those said more surely, are right.

    Args:
        encoder: What made the vectors.
        vocabulary: In its text space.
        vectors: float32 [N, D], one figure a publication; figures that the encoder was trained on
            make it look better than it is.
        titles: N, none empty.
        centre: float32 [D], mean vector of drawings; None for that of these figures.

    Returns:
        None where at no margin so many are right, or fewer than eight figures would get a name:
        such an encoder must not name anything.
    """
    centre = vectors.mean(axis=0) if centre is None else centre
    guesses = guess_names(vectors, centre, vocabulary.vectors)
    title_vectors = encoder.encode_texts(titles)
    right = (title_vectors * vocabulary.vectors[guesses.names]).sum(axis=1) >= _RIGHT
    surest_first = np.argsort(-guesses.margins, kind="stable")
    n_right = right[surest_first].cumsum()
    n_tagged = np.arange(1, len(titles) + 1)
    fit = np.flatnonzero((n_right >= _MIN_PRECISION * n_tagged) & (n_tagged >= _MIN_TAGGED))
    if fit.size == 0:
        return None
    last = int(fit[-1])
    return Calibration(
        encoder_id=encoder.encoder_id,
        centre=tuple(round(float(value), 5) for value in centre),
        min_margin=round(float(guesses.margins[surest_first[last]]), 4),
        n_figures=len(titles),
        n_tagged=last + 1,
        n_right=int(n_right[last]),
    )
