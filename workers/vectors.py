"""Vectors of pictures and of words, each computed once."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.errors import PictureUnreadable
from core.ports import Embeddings, Encoder, GreyImage
from ingestion.catalogue_records import FigureRow

if TYPE_CHECKING:
    from workers.resources import Resources


def text_vectors(encoder: Encoder, texts: Sequence[Sequence[str]]) -> Embeddings:
    """One vector a figure: the mean direction of its texts.

    Args:
        encoder: Embeds each distinct text once.
        texts: N figures, each with at least one text.

    Returns:
        float32 [N, D], unit length.
    """
    distinct = list(dict.fromkeys(text for figure in texts for text in figure))
    row_of = {text: row for row, text in enumerate(distinct)}
    vectors = encoder.encode_texts(distinct)  # (distinct, D)
    sums = np.stack([vectors[[row_of[text] for text in figure]].sum(axis=0) for figure in texts])
    unit: Embeddings = (sums / np.linalg.norm(sums, axis=1, keepdims=True)).astype(np.float32)
    return unit


def searched_texts(row: FigureRow) -> list[str]:
    """What is said of a figure, once; other wordings of it are for training and for people."""
    return [text.text for text in row.texts if text.provenance.is_searched]


def image_vectors(
    resources: "Resources", rows: Sequence[FigureRow]
) -> tuple[Mapping[str, NDArray[np.float32]], Mapping[str, str]]:
    """Vectors of figures' pictures: those that are kept, and new ones, which are kept from now on.

    Returns:
        float32 [D] by figure id; and why there is none, for figures whose picture is unreadable.
    """
    encoder, catalogue = resources.encoder, resources.catalogue
    kept = catalogue.embeddings(encoder.encoder_id, [row.figure.figure_id for row in rows])
    found = dict(zip(kept.figure_ids, kept.image, strict=True))
    new, images, unreadable = read_pictures(
        resources, [row for row in rows if row.figure.figure_id not in found]
    )
    if new:
        ids = [row.figure.figure_id for row in new]
        vectors = encoder.encode_images(images)
        revisions = [row.revision for row in new]
        catalogue.store_embeddings(encoder.encoder_id, ids, vectors, revisions=revisions)
        found |= zip(ids, vectors, strict=True)
    return found, unreadable


def read_pictures(
    resources: "Resources", rows: Sequence[FigureRow]
) -> tuple[list[FigureRow], list[GreyImage], dict[str, str]]:
    """Figures with a readable picture, those pictures, and by figure id why others have none."""
    readable: list[FigureRow] = []
    images: list[GreyImage] = []
    unreadable: dict[str, str] = {}
    for row in rows:
        try:
            images.append(resources.pictures.get_figure(row.figure.sha256))
        except PictureUnreadable as error:
            unreadable[row.figure.figure_id] = str(error)
        else:
            readable.append(row)
    return readable, images, unreadable
