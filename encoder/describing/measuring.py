"""Teaches the tagger a corpus: its names, and how far one must stand out to be likely right."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.ports import Embeddings, Encoder
from encoder.describing.calibration import Calibration, calibration_path
from encoder.describing.prompts import tame
from encoder.describing.tagger import guess_names
from encoder.describing.vocabulary import Vocabulary, extend, load_vocabulary

_RIGHT = 0.6
"""Cosine of a name and a title above which the name is called right."""
_MIN_PRECISION = 0.6
"""Measured on drawings like those that an encoder knows; on others it will be less."""
_MIN_TAGGED = 8
_MIN_PUBLICATIONS = 2
_MAX_WORDS = 4
_MAX_LEARNT = 256


def learn_tagger(
    encoder: Encoder,
    vectors: Embeddings,
    titles: Sequence[str],
    classes: Sequence[str],
    folder: Path,
) -> Calibration:
    """Measure the tagger on a corpus, with names from its titles, and keep what was found.

    `open_providers` on the same folder finds it; texts by the tagger get another prompt hash.

    Args:
        encoder: What made the vectors.
        vectors: float32 [N, D], one figure a publication.
        titles: N, none empty.
        classes: N Locarno main classes, ``"06"`` or ``""``.
        folder: As for `open_providers`.
    """
    learnt = learn_names(titles, classes)
    vocabulary = extend(load_vocabulary(encoder, folder), learnt, encoder)
    found = calibrate(encoder, vocabulary, vectors, titles).model_copy(update={"learnt": learnt})
    folder.mkdir(parents=True, exist_ok=True)
    path = calibration_path(encoder.encoder_id, folder)
    unfinished = path.with_suffix(".part")
    unfinished.write_text(found.model_dump_json() + "\n", encoding="utf-8")
    unfinished.replace(path)
    return found


def learn_names(titles: Sequence[str], classes: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Short titles of several publications, commonest first, with the class most of them have.

    Example:
        >>> learn_names(["Bar stool", "bar stool", "Chair"], ["06", "06", "06"])
        (('06', 'bar stool'),)
    """
    classes_of: dict[str, Counter[str]] = {}
    for title, locarno_class in zip(titles, classes, strict=True):
        classes_of.setdefault(tame(title).casefold(), Counter())[locarno_class] += 1
    common = [
        (-counts.total(), name, counts.most_common(1)[0][0])
        for name, counts in classes_of.items()
        if counts.total() >= _MIN_PUBLICATIONS and 0 < len(name.split()) <= _MAX_WORDS
    ]
    return tuple((found, name) for _, name, found in sorted(common)[:_MAX_LEARNT])


def calibrate(
    encoder: Encoder,
    vocabulary: Vocabulary,
    vectors: Embeddings,
    titles: Sequence[str],
    *,
    centre: NDArray[np.float32] | None = None,
) -> Calibration:
    """Find the least margin at which three in five of the names said are right.

    Args:
        encoder: What made the vectors.
        vocabulary: In its text space.
        vectors: float32 [N, D], one figure a publication; figures that the encoder was trained on
            make it look better than it is.
        titles: N, none empty.
        centre: float32 [D], mean vector of drawings; None for that of these figures.

    Returns:
        Without a margin where at none so many are right, or fewer than eight figures would get a
        name: such an encoder must not name anything.
    """
    centre = vectors.mean(axis=0) if centre is None else centre
    guesses = guess_names(vectors, centre, vocabulary.vectors)
    title_vectors = encoder.encode_texts(titles)
    right = (title_vectors * vocabulary.vectors[guesses.names]).sum(axis=1) >= _RIGHT
    surest_first = np.argsort(-guesses.margins, kind="stable")
    n_right = right[surest_first].cumsum()
    n_tagged = np.arange(1, len(titles) + 1)
    fit = np.flatnonzero((n_right >= _MIN_PRECISION * n_tagged) & (n_tagged >= _MIN_TAGGED))
    last = int(fit[-1]) if fit.size else -1
    return Calibration(
        encoder_id=encoder.encoder_id,
        centre=tuple(round(float(value), 5) for value in centre),
        min_margin=float(guesses.margins[surest_first[last]]) if fit.size else None,
        n_figures=len(titles),
        n_tagged=last + 1,
        n_right=int(n_right[last]) if fit.size else 0,
    )
