"""Asking a collection: nearest figures, grouped or fused, and figures compared one by one."""

import contextlib
import copy
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self, TypeAlias

import numpy as np
from qdrant_client import QdrantClient, models

from core.ports import Embeddings
from core.records import point_id
from search import schema
from search.branches import (
    Branch,
    branch_params,
    branch_request,
    fusion_depth,
    read_match,
    relative_weights,
)
from search.conditions import both, build_wall
from search.connection import calling
from search.contributions import BranchRanking, Fusion
from search.ranking import Match, MatchGroup, group, order, order_groups

PayloadKeys: TypeAlias = Sequence[str] | Literal[True]
_IDS = ("figure_id", "publication_id")
_FIGURES_A_PUBLICATION = 64
"""Asked for first; where the answer is full there may be more."""
_GROWTH = 8


class FigureQueries:
    """What can be asked of one collection over an open client."""

    def __init__(self, client: QdrantClient, url: str, collection: str) -> None:
        self._client = client
        self.url = url
        self.collection = collection
        self._hidden: frozenset[str] = frozenset()

    def without(self, hidden_uploads: frozenset[str]) -> Self:
        """The same collection in which what came with some uploads is not."""
        seen = copy.copy(self)
        seen._hidden = hidden_uploads
        return seen

    @property
    def _wall(self) -> models.Filter | None:
        return build_wall(self._hidden)

    def query(  # noqa: PLR0913 - the last ones have defaults that callers rarely change
        self,
        branches: Sequence[Branch],
        *,
        condition: models.Filter | None,
        limit: int,
        group_size: int | None,
        exact: bool = False,
        fusion: Fusion = "rrf",
        payload: PayloadKeys = True,
    ) -> tuple[MatchGroup, ...]:
        """The best publications or figures for one or more fused branches.

        A server groups a fused query by asking again without the groups it has, which ranks the
        rest anew and scores it too high; so fused figures are grouped here.

        Args:
            branches: One: scores are its own similarities (cosine for dense vectors). More:
                fused in the engine, see `search.contributions` for what each adds.
            condition: What may be found.
            limit: How many groups at most.
            group_size: Figures kept of each publication; None for one figure a group.
            exact: No approximation.
            fusion: By weighted reciprocal rank, or by distribution, which knows no weights.
            payload: Keys of the payload that are fetched with each figure, or all.

        Raises:
            IndexUnavailable: Qdrant does not answer.
        """
        asked = branch_request(
            branches, condition=both(condition, self._wall), limit=limit, exact=exact, fusion=fusion
        )
        asked["with_payload"] = _selected(payload)
        with self._calling():
            if len(branches) > 1 or group_size is None:
                depth = limit if group_size is None else fusion_depth(limit)
                found = self._client.query_points(self.collection, limit=depth, **asked).points
                only = branches[0] if len(branches) == 1 else None
                return group((read_match(hit, only) for hit in found), group_size)[:limit]
            groups = self._client.query_points_groups(
                self.collection,
                group_by="publication_id",
                limit=limit,
                group_size=group_size,
                **asked,
            ).groups
        return order_groups(
            MatchGroup(str(hits.id), order(read_match(hit, branches[0]) for hit in hits.hits))
            for hits in groups
        )

    def rankings(
        self,
        branches: Sequence[Branch],
        figure_ids: Sequence[str],
        *,
        condition: models.Filter | None,
        limit: int,
        exact: bool = False,
    ) -> tuple[BranchRanking, ...]:
        """Where each branch of a fused query of `limit` results places the given figures."""
        depth = fusion_depth(limit)
        requests = [
            models.QueryRequest(
                query=branch.query,
                using=branch.using,
                filter=both(both(condition, self._wall), branch.within),
                limit=depth,
                params=branch_params(branch, depth, exact=exact),
            )
            for branch in branches
        ]
        with self._calling():
            answers = self._client.query_batch_points(self.collection, requests)
        wanted = {point_id(figure): figure for figure in figure_ids}
        parts = zip(branches, relative_weights(branches), answers, strict=True)
        return tuple(_ranking(b.name, weight, answer.points, wanted) for b, weight, answer in parts)

    def similarities(
        self,
        vectors: Embeddings,
        publication_ids: Sequence[str],
        *,
        condition: models.Filter | None,
        payload: PayloadKeys = (),
    ) -> tuple[tuple[Match, ...], Embeddings]:
        """Compare vectors with every figure of some publications, exactly and in the engine.

        Args:
            vectors: float32 [M, D], unit rows.
            publication_ids: Whose figures.
            condition: Which of their figures count.
            payload: Keys of the payload that are fetched with each figure, or all.

        Returns:
            The figures by id, with score 0, and float32 [M, F], their cosines.
        """
        among = models.FieldCondition(
            key="publication_id", match=models.MatchAny(any=list(publication_ids))
        )
        narrowed = both(both(models.Filter(must=[among]), condition), self._wall)
        limit = _FIGURES_A_PUBLICATION * len(publication_ids)
        while True:
            requests = [
                models.QueryRequest(
                    query=row.tolist(),
                    using=schema.IMAGE,
                    filter=narrowed,
                    limit=limit,
                    params=schema.search_params(limit, exact=True),
                    with_payload=_selected(payload) if i == 0 else False,
                )
                for i, row in enumerate(vectors)
            ]
            with self._calling():
                answers = self._client.query_batch_points(self.collection, requests)
            if len(answers[0].points) < limit:
                break
            limit *= _GROWTH
        figures = sorted(
            ((str(hit.id), _unscored(hit)) for hit in answers[0].points),
            key=lambda pair: pair[1].figure_id,
        )
        column = {key: i for i, (key, _) in enumerate(figures)}
        scores = np.full((len(vectors), len(figures)), -1, np.float32)
        for row, answer in zip(scores, answers, strict=True):
            for hit in answer.points:
                if (i := column.get(str(hit.id))) is not None:
                    row[i] = hit.score
        return tuple(match for _, match in figures), scores

    def payloads(
        self, figure_ids: Sequence[str], payload: PayloadKeys = True
    ) -> Mapping[str, Mapping[str, Any]]:
        """What the index knows of figures, by figure id; unknown ones are missing.

        Args:
            figure_ids: Any number.
            payload: Keys that are wanted, or all.
        """
        if not figure_ids:
            return {}
        keys = _selected(payload)
        with self._calling():
            records = self._client.retrieve(
                self.collection,
                [point_id(figure) for figure in figure_ids],
                with_payload=True if keys is True else [*keys, "upload"],
            )
        return {
            str(facts["figure_id"]): facts
            for facts in (record.payload or {} for record in records)
            if facts.get("upload") not in self._hidden
        }

    def _calling(self) -> contextlib.AbstractContextManager[None]:
        return calling(self.url, self.collection)


def _selected(payload: PayloadKeys) -> list[str] | Literal[True]:
    return payload if payload is True else [*_IDS, *payload]


def _unscored(hit: models.ScoredPoint) -> Match:
    facts = hit.payload or {}
    return Match(str(facts["figure_id"]), str(facts["publication_id"]), 0.0, facts)


def _ranking(
    name: str, weight: float, hits: Sequence[models.ScoredPoint], wanted: Mapping[str, str]
) -> BranchRanking:
    scores = np.array([hit.score for hit in hits], np.float64)
    return BranchRanking(
        name=name,
        weight=weight,
        places={
            wanted[str(hit.id)]: (rank, hit.score)
            for rank, hit in enumerate(hits)
            if str(hit.id) in wanted
        },
        mean=float(scores.mean()) if len(scores) else 0.0,
        spread=float(scores.std(ddof=1)) if len(scores) > 1 else 0.0,
    )
