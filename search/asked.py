"""A query and its pictures → the branches the index is asked with."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import QueryInvalid
from core.ports import Encoder, GreyImage
from search import schema
from search.index import Branch, FigureIndex
from search.query import SearchQuery

MAX_IMAGES = 32
"""Query pictures of one search."""

BRANCH_IMAGE = "image"
BRANCH_TEXT_TO_IMAGE = "text-image"
BRANCH_TEXT = "text"
BRANCH_WORDS = "words"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a query asks of the index.

    Attributes:
        pictures: One branch a query picture or liked figure.
        words: The branches of the text; none without text.
        own_publications: Those of the liked figures; they are left out of the answer.
    """

    pictures: tuple[Branch, ...]
    words: tuple[Branch, ...]
    own_publications: tuple[str, ...]


def read_asked(
    index: FigureIndex, encoder: Encoder, query: SearchQuery, images: Sequence[GreyImage]
) -> Asked:
    """Embed what is asked.

    Args:
        index: Holds the liked figures' vectors.
        encoder: Of that index.
        query: What is asked.
        images: Query pictures, uint8 [H, W].

    Raises:
        QueryInvalid: Nothing is asked, an indexed figure is unknown, or too many pictures.
        IndexUnavailable: Qdrant does not answer.
    """
    pictures, own_publications = _picture_branches(index, encoder, query, images)
    return Asked(pictures, _text_branches(encoder, query), own_publications)


def _picture_branches(
    index: FigureIndex, encoder: Encoder, query: SearchQuery, images: Sequence[GreyImage]
) -> tuple[tuple[Branch, ...], tuple[str, ...]]:
    """One branch a picture or liked figure, and the liked figures' own publications."""
    if not (images or query.figure_ids or query.text):
        raise QueryInvalid("nothing is asked: give a picture, some words or a figure id")
    if len(images) + len(query.figure_ids) > MAX_IMAGES:
        raise QueryInvalid(f"at most {MAX_IMAGES} pictures and figures in one search")
    vectors = list(encoder.encode_images(images)) if images else []
    own: dict[str, None] = {}
    if query.figure_ids:
        stored = index.fetch(query.figure_ids)
        unknown = [figure for figure in query.figure_ids if figure not in stored]
        if unknown:
            raise QueryInvalid(f"not in the index: {', '.join(unknown)}")
        for figure in query.figure_ids:
            vectors.append(stored[figure].image)
            own[stored[figure].publication_id] = None
    return tuple(Branch(BRANCH_IMAGE, schema.IMAGE, row) for row in vectors), tuple(own)


def _text_branches(encoder: Encoder, query: SearchQuery) -> tuple[Branch, ...]:
    if query.text is None:
        return ()
    (row,) = encoder.encode_texts([query.text])
    branches = [
        Branch(BRANCH_TEXT_TO_IMAGE, schema.IMAGE, row),
        Branch(BRANCH_TEXT, schema.TEXT, row),
    ]
    sparse = schema.query_word_vector(query.text)
    if sparse.indices:
        branches.append(Branch(BRANCH_WORDS, schema.BM25, sparse))
    return tuple(branches)
