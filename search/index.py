"""Figures in Qdrant: create, validate, fill, empty and ask one collection.

The same code speaks to the embedded service and to a Qdrant server; both answer at a URL.
"""

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qdrant_client import models

from core.records import point_id
from search import schema
from search.collection_setup import CollectionSetup
from search.conditions import both
from search.connection import calling, check_version, connect
from search.figure_point import FigurePoint
from search.listing import Listing
from search.ranking import Match, MatchGroup, group, order, order_groups

_UPSERT_BATCH = 128
_SCROLL_PAGE = 1000
_RRF_K = 2
"""Qdrant's default. Cormack, Clarke & Büttcher's 60 (2009) is for many weak rankers: with it a
figure that three branches rank in passing beats the one whose title was typed."""
_FUSION_DEPTH = 300
_FUSION_DEPTH_PER_RESULT = 10


@dataclass(frozen=True, slots=True, eq=False)
class Branch:
    """One way to look: a query vector against one of the named vectors.

    Attributes:
        name: What results call it, ``"image"``.
        using: Named vector it is compared with.
        vector: float32 [D] of unit length, or a sparse word vector.
        weight: Share in a fused ranking, > 0; shares are relative to each other.
        within: Narrows this branch alone, beside the filter of the whole query.
    """

    name: str
    using: str
    vector: NDArray[np.float32] | models.SparseVector
    weight: float = 1.0
    within: models.Filter | None = None

    @property
    def query(self) -> Any:
        """The vector as the client takes it."""
        if isinstance(self.vector, models.SparseVector):
            return self.vector
        return self.vector.tolist()


class FigureIndex:
    """The collection of one encoder's figures.

    Calls go to the collection itself, never through the alias, so that an encoder is never
    compared with another's vectors while the alias moves. Nothing is sent before the first call.

    Args:
        url: Where Qdrant answers, ``http://127.0.0.1:6333``.
        encoder_id: Names the collection and is remembered in it.
        dimension: D of both dense vectors.
        api_key: For a server that asks for one.
        timeout_s: Of one call.
        quantised: Keep 4-bit copies for fast scanning; off for servers without TurboQuant.
        max_minor_skew: How many minor versions server and client may differ.
    """

    def __init__(  # noqa: PLR0913 - two of them only loosen what production keeps tight
        self,
        url: str,
        encoder_id: str,
        dimension: int,
        *,
        api_key: str | None = None,
        timeout_s: float = 30,
        quantised: bool = True,
        max_minor_skew: int = 1,
    ) -> None:
        self.url = url
        self.encoder_id = encoder_id
        self.dimension = dimension
        self.collection = schema.collection_name(encoder_id)
        self._quantised = quantised
        self._max_minor_skew = max_minor_skew
        self._client = connect(url, api_key, timeout_s)

    @property
    def _setup(self) -> CollectionSetup:
        return CollectionSetup(
            self._client, self.url, self.encoder_id, self.dimension, self._quantised
        )

    def prepare(self, *, beside: bool = False) -> None:
        """Create the collection with its indexes and alias, or check the one that is there.

        Args:
            beside: Leave an alias alone that points to another collection, to fill this one
                beside the live one; `activate` switches over.

        Raises:
            VersionSkew: Client and server are too far apart.
            SchemaMismatch: The live collection was written by another schema.
            EncoderMismatch: The live collection holds another encoder's vectors.
            IndexUnavailable: Qdrant does not answer.
        """
        with self._calling():
            check_version(self._client, self.url, self._max_minor_skew)
            self._setup.prepare(beside=beside)

    def activate(self) -> None:
        """Make this collection the live one; readers of the alias switch in one step."""
        with self._calling():
            self._setup.make_live()

    def check_server(self) -> None:
        """Find out whether the server answers and speaks our language.

        Raises:
            VersionSkew: Client and server are too far apart.
            IndexUnavailable: Qdrant does not answer.
        """
        with self._calling():
            check_version(self._client, self.url, self._max_minor_skew)

    def live_collection(self) -> str | None:
        """The collection that is live, this one or another; None before the first `prepare`."""
        with self._calling():
            return self._setup.live()

    def upsert(self, points: Sequence[FigurePoint]) -> None:
        """Store figures; one that is there already is replaced. Durable when this returns.

        Raises:
            ValueError: A vector has the wrong shape or is not finite; nothing was stored.
            IndexUnavailable: Qdrant does not answer; upserting again is safe.
        """
        for figure in points:
            schema.check_vectors(figure.image[None], self.dimension)
            if figure.text is not None:
                schema.check_vectors(figure.text[None], self.dimension)
        rows = iter(points)
        with self._calling():
            while batch := [schema.point(figure) for figure in islice(rows, _UPSERT_BATCH)]:
                self._client.upsert(self.collection, batch, wait=True)

    def delete_figures(self, figure_ids: Iterable[str]) -> None:
        """Remove figures; unknown ones are no error."""
        ids: list[models.ExtendedPointId] = [point_id(figure) for figure in figure_ids]
        if ids:
            with self._calling():
                self._client.delete(self.collection, models.PointIdsList(points=ids), wait=True)

    def iter_figure_ids(self) -> Iterator[str]:
        """Every figure in the collection, in order of point id."""
        return (figure_id for figure_id, _ in self.iter_revisions())

    def iter_revisions(self) -> Iterator[tuple[str, str]]:
        """Every figure in the collection with its `FigurePoint.revision`."""
        offset: Any = None
        while True:
            with self._calling():
                records, offset = self._client.scroll(
                    self.collection,
                    limit=_SCROLL_PAGE,
                    offset=offset,
                    with_payload=["figure_id", "revision"],
                )
            for record in records:
                facts = record.payload or {}
                yield str(facts["figure_id"]), str(facts.get("revision", ""))
            if offset is None:
                return

    def count(self, condition: models.Filter | None = None) -> int:
        """Exact number of figures, all or those that pass a filter."""
        with self._calling():
            return self._client.count(self.collection, count_filter=condition, exact=True).count

    def fetch(self, figure_ids: Sequence[str]) -> Mapping[str, FigurePoint]:
        """Stored picture vectors of figures, by figure id; unknown ones are missing.

        The points carry the picture vector, publication and codes only.
        """
        with self._calling():
            records = self._client.retrieve(
                self.collection,
                [point_id(figure) for figure in figure_ids],
                with_payload=["figure_id", "publication_id", "locarno"],
                with_vectors=[schema.IMAGE],
            )
        return {figure.figure_id: figure for figure in map(_stored_point, records)}

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
        asked = _request(branches, condition=condition, limit=limit, exact=exact)
        with self._calling():
            if len(branches) > 1 or group_size is None:
                depth = limit if group_size is None else fusion_depth(limit)
                found = self._client.query_points(self.collection, limit=depth, **asked).points
                return group(map(_match, found), group_size)[:limit]
            groups = self._client.query_points_groups(
                self.collection,
                group_by="publication_id",
                limit=limit,
                group_size=group_size,
                **asked,
            ).groups
        return order_groups(
            MatchGroup(str(hits.id), order(map(_match, hits.hits))) for hits in groups
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
                params=_params(branch, depth, exact=exact),
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

    @property
    def listing(self) -> Listing:
        """What the collection holds, without a question of likeness."""
        return Listing(self._client, self.url, self.collection)

    def close(self) -> None:
        """Release the connections."""
        self._client.close()

    def _calling(self) -> contextlib.AbstractContextManager[None]:
        return calling(self.url, self.collection)


def fusion_depth(limit: int) -> int:
    """How deep each branch of a fused query is read for `limit` results."""
    return max(_FUSION_DEPTH, _FUSION_DEPTH_PER_RESULT * limit)


def _request(
    branches: Sequence[Branch], *, condition: models.Filter | None, limit: int, exact: bool
) -> dict[str, Any]:
    """What `query_points` and `query_points_groups` share."""
    if len(branches) == 1:
        (branch,) = branches
        return {
            "query": branch.query,
            "using": branch.using,
            "query_filter": both(condition, branch.within),
            "search_params": _params(branch, limit, exact=exact),
            "with_payload": True,
        }
    depth = fusion_depth(limit)
    mean = sum(branch.weight for branch in branches) / len(branches)
    weights = [branch.weight / mean for branch in branches]
    plain = all(abs(weight - 1) < 1e-9 for weight in weights)
    return {
        "prefetch": [
            models.Prefetch(
                query=branch.query,
                using=branch.using,
                filter=both(condition, branch.within),
                limit=depth,
                params=_params(branch, depth, exact=exact),
            )
            for branch in branches
        ],
        "query": models.RrfQuery(rrf=models.Rrf(k=_RRF_K, weights=None if plain else weights)),
        "with_payload": True,
    }


def _params(branch: Branch, limit: int, *, exact: bool) -> models.SearchParams | None:
    if isinstance(branch.vector, models.SparseVector):
        return None
    return schema.search_params(limit, exact=exact)


def _match(hit: models.ScoredPoint) -> Match:
    facts = hit.payload or {}
    return Match(str(facts["figure_id"]), str(facts["publication_id"]), float(hit.score), facts)


def _stored_point(record: models.Record) -> FigurePoint:
    facts = record.payload or {}
    named = record.vector if isinstance(record.vector, dict) else {}
    return FigurePoint(
        figure_id=str(facts["figure_id"]),
        publication_id=str(facts["publication_id"]),
        image=np.asarray(named[schema.IMAGE], np.float32),
        locarno=tuple(facts.get("locarno", ())),
    )
