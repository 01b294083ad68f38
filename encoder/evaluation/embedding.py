"""Figures, read one after another, embedded by several systems at once."""

import io
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.errors import EvaluationInvalid
from core.ports import Embeddings, GreyImage
from encoder.evaluation.manifest import ManifestRow
from encoder.evaluation.systems import System

_CHUNK = 64
_THUMBNAIL_PX = 220


@dataclass(frozen=True, slots=True, eq=False)
class LabelledFigure:
    """A figure's pixels and what is known of it."""

    row: ManifestRow
    pixels: GreyImage


@dataclass(frozen=True, slots=True, eq=False)
class Embedded:
    """One system's vectors of a set."""

    system: System
    vectors: Embeddings
    """float32 [N, D]."""
    title_vectors: Embeddings | None
    """float32 [N, D], of each row's title; None where there are no titles, or no text side."""
    ms_per_image: float
    """Wall time, preprocessing included."""


@dataclass(frozen=True, slots=True, eq=False)
class EmbeddedSet:
    """N figures as every system sees them; the first system is the one evaluated."""

    rows: tuple[ManifestRow, ...]
    embedded: tuple[Embedded, ...]
    thumbnails: tuple[bytes, ...]
    """PNG files, for pictures of results; empty where none were kept."""

    def select(self, mask: NDArray[np.bool_]) -> "EmbeddedSet":
        """The same without the figures where `mask`, [N], is false."""
        kept = np.flatnonzero(mask)
        return EmbeddedSet(
            tuple(self.rows[i] for i in kept),
            tuple(
                replace(
                    one,
                    vectors=one.vectors[kept],
                    title_vectors=None if one.title_vectors is None else one.title_vectors[kept],
                )
                for one in self.embedded
            ),
            tuple(self.thumbnails[i] for i in kept) if self.thumbnails else (),
        )


def embed_figures(
    figures: Iterable[LabelledFigure],
    systems: Sequence[System],
    *,
    keep_thumbnails: bool = False,
) -> EmbeddedSet:
    """Embed figures as they come; only a chunk of pixels is held at a time.

    Args:
        figures: Read lazily, once.
        systems: The one evaluated first.
        keep_thumbnails: For pictures of results, about 3 kB a figure.

    Raises:
        EvaluationInvalid: If there is no figure at all.
    """
    rows: list[ManifestRow] = []
    thumbnails: list[bytes] = []
    vectors: list[list[Embeddings]] = [[] for _ in systems]
    seconds = [0.0] * len(systems)
    for chunk in _chunks(figures):
        pixels = [figure.pixels for figure in chunk]
        for position, system in enumerate(systems):
            started = time.perf_counter()
            vectors[position].append(system.encode_images(pixels))
            seconds[position] += time.perf_counter() - started
        rows += [figure.row for figure in chunk]
        if keep_thumbnails:
            thumbnails += [_thumbnail(image) for image in pixels]
    if not rows:
        raise EvaluationInvalid("there is no figure to evaluate on")
    embedded = tuple(
        Embedded(
            system,
            np.concatenate(vectors[position]),
            _title_vectors(system, rows),
            1000 * seconds[position] / len(rows),
        )
        for position, system in enumerate(systems)
    )
    return EmbeddedSet(tuple(rows), embedded, tuple(thumbnails))


def _chunks(figures: Iterable[LabelledFigure]) -> Iterator[list[LabelledFigure]]:
    coming = iter(figures)
    while chunk := list(islice(coming, _CHUNK)):
        yield chunk


def _title_vectors(system: System, rows: Sequence[ManifestRow]) -> Embeddings | None:
    titles = [row.title for row in rows]
    if system.encode_texts is None or not any(titles):
        return None
    distinct = sorted(set(titles))
    place = {title: position for position, title in enumerate(distinct)}
    return system.encode_texts(distinct)[[place[title] for title in titles]]


def _thumbnail(image: GreyImage) -> bytes:
    picture = Image.fromarray(image)
    picture.thumbnail((_THUMBNAIL_PX, _THUMBNAIL_PX), Image.Resampling.BOX)
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()
