"""Ways to look, as the engine is asked: one vector, or several fused by rank."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qdrant_client import models

from search import schema
from search.conditions import both
from search.contributions import RRF_K, Fusion
from search.orientation import Orientation
from search.ranking import Match

_FUSION_DEPTH = 300
_FUSION_DEPTH_PER_RESULT = 10


@dataclass(frozen=True, slots=True, eq=False)
class Branch:
    """One way to look: a query vector against one of the named vectors.

    Attributes:
        name: What results call it, ``"image"``.
        using: Named vector it is compared with.
        vector: float32 [D] of unit length, or a sparse word vector. Or float32 [V, D]: the most
            similar of these counts, in one pass over the figures.
        weight: Share in a fused ranking, > 0; shares are relative to each other.
        within: Narrows this branch alone, beside the filter of the whole query.
        query_view: Which query picture this is, 0 for the first; None for words.
        orientation: How that picture was laid; None where several orientations are asked at once.
    """

    name: str
    using: str
    vector: NDArray[np.float32] | models.SparseVector
    weight: float = 1.0
    within: models.Filter | None = None
    query_view: int | None = None
    orientation: Orientation | None = None

    @property
    def query(self) -> Any:
        """The vector as the client takes it."""
        if isinstance(self.vector, models.SparseVector):
            return self.vector
        if self.vector.ndim == 1:
            return self.vector.tolist()
        return models.RecommendQuery(
            recommend=models.RecommendInput(
                positive=self.vector.tolist(), strategy=models.RecommendStrategy.BEST_SCORE
            )
        )

    def similarity(self, score: float) -> float:
        """The similarity that an engine's score stands for.

        The best of several is answered as (x / (1 + |x|) + 1) / 2; undone here, which is true
        to 1e-6.
        """
        if isinstance(self.vector, models.SparseVector) or self.vector.ndim == 1:
            return score
        squashed = 2 * score - 1
        return squashed / (1 - abs(squashed))


def fusion_depth(limit: int) -> int:
    """How deep each branch of a fused query is read for `limit` results."""
    return max(_FUSION_DEPTH, _FUSION_DEPTH_PER_RESULT * limit)


def branch_request(
    branches: Sequence[Branch],
    *,
    condition: models.Filter | None,
    limit: int,
    exact: bool,
    fusion: Fusion,
) -> dict[str, Any]:
    """What `query_points` and `query_points_groups` share."""
    if len(branches) == 1:
        (branch,) = branches
        return {
            "query": branch.query,
            "using": branch.using,
            "query_filter": both(condition, branch.within),
            "search_params": branch_params(branch, limit, exact=exact),
        }
    depth = fusion_depth(limit)
    return {
        "prefetch": [
            models.Prefetch(
                query=branch.query,
                using=branch.using,
                filter=both(condition, branch.within),
                limit=depth,
                params=branch_params(branch, depth, exact=exact),
            )
            for branch in branches
        ],
        "query": _fusion_query(branches, fusion),
    }


def relative_weights(branches: Sequence[Branch]) -> list[float]:
    """The branches' shares, scaled to mean 1."""
    mean = sum(branch.weight for branch in branches) / len(branches)
    return [branch.weight / mean for branch in branches]


def _fusion_query(branches: Sequence[Branch], fusion: Fusion) -> models.Query:
    if fusion == "dbsf":
        return models.FusionQuery(fusion=models.Fusion.DBSF)
    weights = relative_weights(branches)
    plain = all(abs(weight - 1) < 1e-9 for weight in weights)
    return models.RrfQuery(rrf=models.Rrf(k=RRF_K, weights=None if plain else weights))


def branch_params(branch: Branch, limit: int, *, exact: bool) -> models.SearchParams | None:
    """How hard the engine looks for one branch; word vectors are always scored exactly."""
    if isinstance(branch.vector, models.SparseVector):
        return None
    return schema.search_params(limit, exact=exact)


def read_match(hit: models.ScoredPoint, branch: Branch | None = None) -> Match:
    """A point as answered; `branch` is the one that was asked alone."""
    facts = hit.payload or {}
    return Match(
        figure_id=str(facts["figure_id"]),
        publication_id=str(facts["publication_id"]),
        score=branch.similarity(hit.score) if branch else float(hit.score),
        payload=facts,
        query_view=branch.query_view if branch else None,
        orientation=branch.orientation if branch else None,
    )
