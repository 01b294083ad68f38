"""Asking a collection: nearest figures, grouped or fused, and figures compared one by one."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from qdrant_client import QdrantClient, models

from core.ports import Embeddings
from core.records import point_id
from search import schema
from search.branches import Branch, branch_params, branch_request, fusion_depth, read_match
from search.conditions import both
from search.connection import calling
from search.ranking import Match, MatchGroup, group, order, order_groups


class FigureQueries:
    """What can be asked of one collection over an open client."""

    def __init__(self, client: QdrantClient, url: str, collection: str) -> None:
        self._client = client
        self.url = url
        self.collection = collection

    def query(
        self,
        branches: Sequence[Branch],
        *,
        condition: models.Filter | None,
        limit: int,
        group_size: int | None,
        exact: bool = False,
    ) -> tuple[MatchGroup, ...]:
        """The best publications or figures for one or more fused branches.

        A server groups a fused query by asking again without the groups it has, which ranks the
        rest anew and scores it too high; so fused figures are grouped here.

        Args:
            branches: One: scores are its own similarities (cosine for dense vectors). More:
                fused in the engine by weighted reciprocal rank, score Σ 1 / (rank/wᵢ + 1), rank
                1 for the first, shares wᵢ of mean 1.
            condition: What may be found.
            limit: How many groups at most.
            group_size: Figures kept of each publication; None for one figure a group.
            exact: No approximation.

        Raises:
            IndexUnavailable: Qdrant does not answer.
        """
        asked = branch_request(branches, condition=condition, limit=limit, exact=exact)
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

    def ranks(
        self,
        branches: Sequence[Branch],
        figure_ids: Sequence[str],
        *,
        condition: models.Filter | None,
        limit: int,
        exact: bool = False,
    ) -> Mapping[str, Mapping[str, int]]:
        """Where each branch alone ranks the given figures: 0-based rank by branch and figure.

        A figure beyond a branch's depth (that of the fused query of the same `limit`) is missing;
        branches of the same name count as one, at the better rank.
        """
        depth = fusion_depth(limit)
        requests = [
            models.QueryRequest(
                query=branch.query,
                using=branch.using,
                filter=both(condition, branch.within),
                limit=depth,
                params=branch_params(branch, depth, exact=exact),
            )
            for branch in branches
        ]
        with self._calling():
            answers = self._client.query_batch_points(self.collection, requests)
        wanted = {point_id(figure): figure for figure in figure_ids}
        best: dict[str, dict[str, int]] = {branch.name: {} for branch in branches}
        for branch, answer in zip(branches, answers, strict=True):
            for rank, hit in enumerate(answer.points):
                figure = wanted.get(str(hit.id))
                if figure is not None:
                    known = best[branch.name].get(figure, rank)
                    best[branch.name][figure] = min(known, rank)
        return best

    def similarities(
        self,
        vectors: Embeddings,
        publication_ids: Sequence[str],
        *,
        condition: models.Filter | None,
    ) -> tuple[tuple[Match, ...], Embeddings]:
        """Compare vectors with every figure of some publications, exactly and in the engine.

        Args:
            vectors: float32 [M, D], unit rows.
            publication_ids: Whose figures.
            condition: Which of their figures count.

        Returns:
            The figures by id, with score 0, and float32 [M, F], their cosines.
        """
        among = models.FieldCondition(
            key="publication_id", match=models.MatchAny(any=list(publication_ids))
        )
        narrowed = both(models.Filter(must=[among]), condition)
        with self._calling():
            count = self._client.count(self.collection, count_filter=narrowed, exact=True).count
            if not count:
                return (), np.empty((len(vectors), 0), np.float32)
            requests = [
                models.QueryRequest(
                    query=row.tolist(),
                    using=schema.IMAGE,
                    filter=narrowed,
                    limit=count,
                    params=schema.search_params(count, exact=True),
                    with_payload=i == 0,
                )
                for i, row in enumerate(vectors)
            ]
            answers = self._client.query_batch_points(self.collection, requests)
        figures = sorted(
            ((str(hit.id), replace(read_match(hit), score=0.0)) for hit in answers[0].points),
            key=lambda pair: pair[1].figure_id,
        )
        column = {key: i for i, (key, _) in enumerate(figures)}
        scores = np.full((len(vectors), len(figures)), -1, np.float32)
        for row, answer in zip(scores, answers, strict=True):
            for hit in answer.points:
                if (i := column.get(str(hit.id))) is not None:
                    row[i] = hit.score
        return tuple(match for _, match in figures), scores

    def _calling(self) -> contextlib.AbstractContextManager[None]:
        return calling(self.url, self.collection)
