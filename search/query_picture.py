"""A query picture as it is searched with: one branch for every orientation it is laid in."""

from dataclasses import dataclass, replace

import numpy as np

from core.ports import Embeddings
from search import schema
from search.branches import Branch
from search.orientation import Orientation

BRANCH_IMAGE = "image"


@dataclass(frozen=True, slots=True)
class QueryPicture:
    """One drawing or liked figure.

    Attributes:
        branches: As drawn first, then in its other orientations.
    """

    branches: tuple[Branch, ...]

    @property
    def as_drawn(self) -> Branch:
        return self.branches[0]

    @property
    def rows(self) -> Embeddings:
        """float32 [V, D], one for each orientation."""
        return np.stack([np.asarray(branch.vector, np.float32) for branch in self.branches])

    @property
    def laid(self) -> Branch:
        """All orientations asked at once; which of them is most similar stays untold."""
        if len(self.branches) == 1:
            return self.as_drawn
        return replace(self.as_drawn, vector=self.rows, orientation=None)


def build_picture(
    view: int, rows: Embeddings, orientations: tuple[Orientation, ...]
) -> QueryPicture:
    """A picture from its embeddings.

    Args:
        view: Its position among the query pictures.
        rows: float32 [V, D], one for each orientation.
        orientations: V of them, as drawn first.
    """
    return QueryPicture(
        tuple(
            Branch(BRANCH_IMAGE, schema.IMAGE, row, query_view=view, orientation=orientation)
            for row, orientation in zip(rows, orientations, strict=True)
        )
    )
