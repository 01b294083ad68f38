"""A query and its pictures → the branches the index is asked with."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import QueryInvalid
from core.ports import Encoder, GreyImage
from search import schema
from search.branches import Branch
from search.examples import Examples, read_examples
from search.index import FigureIndex
from search.orientation import Orientations
from search.query import SearchQuery, check_asked
from search.query_picture import QueryPicture, build_picture

BRANCH_TEXT_TO_IMAGE = "text-image"
BRANCH_TEXT = "text"
BRANCH_WORDS = "words"
BRANCH_NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a query asks of the index.

    Attributes:
        pictures: The query pictures, liked figures and figures of the publication asked for.
        words: The branches of the text; none without text.
        own_publications: Those of all figures that the query names; left out of the answer.
        figure_ids: The indexed figures among `pictures`, which end with them.

    With neither pictures nor words, what is newest is asked for.
    """

    pictures: tuple[QueryPicture, ...]
    words: tuple[Branch, ...]
    own_publications: tuple[str, ...]
    figure_ids: tuple[str, ...]

    @property
    def is_listing(self) -> bool:
        """Whether likeness plays no part."""
        return not (self.pictures or self.words)


def read_asked(
    index: FigureIndex,
    encoder: Encoder,
    query: SearchQuery,
    images: Sequence[GreyImage],
    orientations: Orientations,
) -> Asked:
    """Embed what is asked.

    Args:
        index: Holds the liked figures' vectors.
        encoder: Of that index.
        query: What is asked.
        images: Query pictures, uint8 [H, W].
        orientations: Of that encoder; indexed figures are only asked as drawn.

    Raises:
        QueryInvalid: An indexed figure or publication is unknown, there are too many pictures, or
            nothing is asked.
        IndexUnavailable: Qdrant does not answer.
    """
    check_asked(query, len(images))
    examples = read_examples(index, query, len(images))
    tolerated = orientations.tolerated(query.orientation, len(images))
    laid = orientations.embed(images, tolerated)
    laid += [figure.image[None] for figure in examples.liked]
    pictures = [
        build_picture(view, examples.steer(rows), tolerated[: len(rows)])
        for view, rows in enumerate(laid)
    ]
    words = _text_branches(encoder, query, examples)
    liked = tuple(figure.figure_id for figure in examples.liked)
    return Asked(tuple(pictures), words, examples.publications, liked)


def _text_branches(encoder: Encoder, query: SearchQuery, examples: Examples) -> tuple[Branch, ...]:
    """The text's branches, their weights as `text_weights` says; those of weight 0 left out."""
    if query.text is None:
        return ()
    row = examples.steer(encoder.encode_texts([query.text]))[0]
    weights = query.text_weights
    branches = [
        Branch(BRANCH_TEXT_TO_IMAGE, schema.IMAGE, row, weights.pictures),
        Branch(BRANCH_TEXT, schema.TEXT, row, weights.descriptions),
    ]
    sparse = schema.query_word_vector(query.text)
    if sparse.indices:
        branches.append(Branch(BRANCH_WORDS, schema.BM25, sparse, weights.words))
    kept = tuple(branch for branch in branches if branch.weight > 0)
    if not kept:
        raise QueryInvalid("text: these words are too common to search by; type others")
    return kept
