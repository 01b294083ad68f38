"""Indexed figures that a search points at: liked ones, a whole publication's, disliked ones."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import QueryInvalid
from core.ports import Embeddings
from core.publication_numbers import asked_number_keys
from search.figure_point import FigurePoint
from search.index import FigureIndex
from search.query import MAX_IMAGES, SearchQuery, check_n_pictures

_SAME = 0.9999


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Figures of the index that a search is like, and unlike.

    Attributes:
        liked: Each is a query picture.
        unlike: float32 [U, D], the disliked figures.
        unlike_weight: How far the search moves away from them.
        publications: All their own publications; they are left out of the answer.
    """

    liked: tuple[FigurePoint, ...]
    unlike: Embeddings
    unlike_weight: float
    publications: tuple[str, ...]

    def steer(self, rows: Embeddings) -> Embeddings:
        """Move query vectors away from what is disliked.

        Rocchio's feedback (1971) on the unit sphere: q' = unit(q - w · unit(mean(disliked))). It
        is kept for every query picture by itself, where Rocchio has one query.

        Args:
            rows: float32 [Q, D], unit length.

        Returns:
            float32 [Q, D], unit length; `rows` where nothing is disliked.

        Raises:
            QueryInvalid: If the same picture is wanted and not wanted.
        """
        if not len(self.unlike) or not len(rows):
            return rows
        away = self.unlike.mean(axis=0)
        away /= np.linalg.norm(away)
        if float((rows @ away).max()) > _SAME:
            raise QueryInvalid("unlike_figure_ids: the same picture is searched for and disliked")
        moved = rows - self.unlike_weight * away
        steered: Embeddings = moved / np.linalg.norm(moved, axis=1, keepdims=True)
        return steered.astype(np.float32)


def read_examples(index: FigureIndex, query: SearchQuery, n_images: int) -> Examples:
    """Fetch the figures that a query names.

    Args:
        index: Holds their vectors.
        query: What is asked.
        n_images: Pictures that come beside the query.

    Raises:
        QueryInvalid: A figure or publication is not in the index, a number is that of several
            publications, or there are too many pictures.
        IndexUnavailable: Qdrant does not answer.
    """
    check_n_pictures(n_images + len(query.figure_ids))
    room = MAX_IMAGES - n_images - len(query.figure_ids)
    of_publication = _figures_of(index, query.publication_id) if query.publication_id else ()
    liked = list(dict.fromkeys((*query.figure_ids, *of_publication)))
    liked = liked[: len(query.figure_ids) + room]
    stored = index.fetch([*liked, *query.unlike_figure_ids])
    unknown = [f for f in (*query.figure_ids, *query.unlike_figure_ids) if f not in stored]
    if unknown:
        raise QueryInvalid(f"not in the index: {', '.join(unknown)}")
    unlike = [stored[figure].image for figure in query.unlike_figure_ids]
    return Examples(
        liked=tuple(stored[figure] for figure in liked if figure in stored),
        unlike=np.stack(unlike) if unlike else np.zeros((0, index.dimension), np.float32),
        unlike_weight=query.unlike_weight,
        publications=tuple(dict.fromkeys(figure.publication_id for figure in stored.values())),
    )


def _figures_of(index: FigureIndex, number: str) -> Sequence[str]:
    """Figures of the one publication that a number names, in the order of their labels."""
    found = index.listing.figures_of(number, asked_number_keys(number))
    if not found:
        raise QueryInvalid(
            f"no publication {number} is in the index; check the number, or search with a picture"
        )
    if len(found) > 1:
        raise QueryInvalid(
            f"{number} is the number of {len(found)} publications: {', '.join(sorted(found))};"
            " give one of them"
        )
    (figures,) = found.values()
    return sorted(figures, key=_in_order)


def _in_order(figure_id: str) -> list[tuple[int, str]]:
    """Sort key under which FIG. 2 comes before FIG. 10."""
    return [(int(n or 0), word) for n, word in re.findall(r"(\d+)|(\D+)", figure_id)]
