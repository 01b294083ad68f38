"""What the collection holds, without a question of likeness: newest first, counted, by number."""

import random
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qdrant_client import QdrantClient, models

from core.ports import Embeddings
from search.conditions import both
from search.connection import calling
from search.figure_point import LEADS_PUBLICATION, LEADS_VIEW
from search.schema import IMAGE

_PAGE = 1000
_SAMPLED_TOGETHER = 50
_DATE = "publication_date"
_MORE_THAN_SHOWN = 4
"""Engines cut equal counts where they stand; so many times more are asked for and cut here."""


class Listing:
    """Calls to one collection over an open client; see `FigureIndex.listing`.

    Every method may raise IndexUnavailable and SchemaMismatch.
    """

    def __init__(
        self, client: QdrantClient, url: str, collection: str, wall: models.Filter | None
    ) -> None:
        self._client = client
        self._url = url
        self._collection = collection
        self._wall = wall

    def newest(
        self, condition: models.Filter | None, *, views: Sequence[str], limit: int
    ) -> list[Mapping[str, Any]]:
        """Publications that pass a filter, newest first, then by id; undated ones last.

        Undated ones stand in the order of their points, which are hashes: no engine orders them
        by id without reading all of them.

        Args:
            condition: What may be listed; of figures, so a view is a filter like any other.
            views: The views that `condition` allows, none for any.
            limit: At most so many publications.

        Returns:
            The payload of the first figure of each that passes.
        """
        leads = leading(condition, views=views)
        n_points = limit * max(1, len(views))
        dated = _first_figures(self._by_date(leads, n_points))
        newest = sorted(
            (dated[publication] for publication in sorted(dated)),
            key=lambda facts: str(facts[_DATE]),
            reverse=True,
        )
        if len(newest) < limit:
            newest += self._undated(leads, n_points)
        return newest[:limit]

    def sample(self, n_publications: int) -> list[Embeddings]:
        """The picture vectors of some publications, the same ones every time.

        Those whose first figures have the lowest point ids, which are hashes.

        Returns:
            float32 [F, D] for each publication, F its figures.
        """
        with calling(self._url, self._collection):
            leaders, _ = self._client.scroll(
                self._collection,
                both(leading(None, views=()), self._wall),
                limit=n_publications,
                with_payload=["publication_id"],
            )
        chosen = [str((leader.payload or {})["publication_id"]) for leader in leaders]
        figures: dict[str, list[Any]] = {publication: [] for publication in chosen}
        for start in range(0, len(chosen), _SAMPLED_TOGETHER):
            among = models.MatchAny(any=chosen[start : start + _SAMPLED_TOGETHER])
            condition = models.FieldCondition(key="publication_id", match=among)
            for record in self._records(models.Filter(must=[condition]), with_vectors=[IMAGE]):
                named: Any = record.vector
                figures[str((record.payload or {})["publication_id"])].append(named[IMAGE])
        return [np.asarray(rows, np.float32) for rows in figures.values()]

    def lot(
        self, condition: models.Filter | None, n_figures: int, seed: int
    ) -> dict[str, NDArray[np.float32]]:
        """Figures drawn by lot among those that pass a filter, the same ones for the same seed.

        Point ids are hashes, so those that follow a random id are as good as drawn one by one.

        Returns:
            Picture vectors, float32 [D], by figure id; all figures where no more pass.
        """
        first = uuid.UUID(int=random.Random(seed).getrandbits(128), version=5)  # noqa: S311 - a lot
        drawn: dict[str, NDArray[np.float32]] = {}
        offset: Any = str(first)
        has_turned = False
        while len(drawn) < n_figures:
            with calling(self._url, self._collection):
                records, offset = self._client.scroll(
                    self._collection,
                    scroll_filter=both(condition, self._wall),
                    limit=min(_PAGE, n_figures - len(drawn)),
                    offset=offset,
                    with_payload=["figure_id"],
                    with_vectors=[IMAGE],
                )
            for record in records:
                named: Any = record.vector
                figure_id = str((record.payload or {})["figure_id"])
                drawn.setdefault(figure_id, np.asarray(named[IMAGE], np.float32))
            if offset is None and has_turned:
                break
            has_turned = has_turned or offset is None  # behind the last id comes the first
        return drawn

    def facet(self, key: str, condition: models.Filter | None, limit: int) -> dict[str, int]:
        """How many figures that pass a filter hold each value, exactly; most frequent first."""
        with calling(self._url, self._collection):
            hits = self._client.facet(
                self._collection,
                key,
                facet_filter=both(condition, self._wall),
                limit=limit * _MORE_THAN_SHOWN,
                exact=True,
            ).hits
        counts = {str(hit.value): hit.count for hit in hits}
        return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:limit])

    def count(self, condition: models.Filter | None) -> int:
        """How many figures pass a filter, exactly."""
        with calling(self._url, self._collection):
            narrowed = both(condition, self._wall)
            return self._client.count(self._collection, count_filter=narrowed, exact=True).count

    def figures_of(self, publication: str, number_keys: Sequence[str]) -> dict[str, list[str]]:
        """Indexed figures of the publications that a number may mean, by publication id.

        Args:
            publication: A publication id, which is taken before any number.
            number_keys: See `core.publication_numbers`; the first that is known is taken.
        """
        for key, value in (("publication_id", publication), *(("number", k) for k in number_keys)):
            wanted = models.FieldCondition(key=key, match=models.MatchValue(value=value))
            figures: dict[str, list[str]] = {}
            for facts in self._scroll(models.Filter(must=[wanted])):
                figures.setdefault(str(facts["publication_id"]), []).append(str(facts["figure_id"]))
            if figures:
                return figures
        return {}

    def family(self, numbers: Sequence[str]) -> list[str]:
        """Publications that share one of these numbers of a family, ``"DM204232"``, by id."""
        wanted = models.FieldCondition(key="family", match=models.MatchAny(any=list(numbers)))
        found = self._scroll(leading(models.Filter(must=[wanted]), views=()))
        return sorted(str(facts["publication_id"]) for facts in found)

    def _by_date(self, condition: models.Filter | None, limit: int) -> list[Mapping[str, Any]]:
        """The newest points and all that share the last one's day: no engine orders those."""
        order = models.OrderBy(key=_DATE, direction=models.Direction.DESC)
        with calling(self._url, self._collection):
            records, _ = self._client.scroll(
                self._collection,
                scroll_filter=both(condition, self._wall),
                limit=limit,
                order_by=order,
                with_payload=True,
            )
        found = [record.payload or {} for record in records]
        if len(found) < limit:
            return list(found)
        day = found[-1][_DATE]
        that_day = models.FieldCondition(key=_DATE, range=models.DatetimeRange(gte=day, lte=day))
        newer = [facts for facts in found if facts[_DATE] > day]
        return newer + self._scroll(both(condition, models.Filter(must=[that_day])))

    def _undated(self, condition: models.Filter, limit: int) -> list[Mapping[str, Any]]:
        """The first figures of the publications that the first undated points are of."""
        empty = models.IsEmptyCondition(is_empty=models.PayloadField(key=_DATE))
        undated = both(condition, models.Filter(must=[empty]))
        with calling(self._url, self._collection):
            records, _ = self._client.scroll(
                self._collection,
                scroll_filter=both(undated, self._wall),
                limit=limit,
                with_payload=["publication_id"],
            )
        listed = list(dict.fromkeys(str((r.payload or {})["publication_id"]) for r in records))
        among = models.FieldCondition(key="publication_id", match=models.MatchAny(any=listed))
        first = _first_figures(self._scroll(both(undated, models.Filter(must=[among]))))
        return [first[publication] for publication in listed if publication in first]

    def _scroll(self, condition: models.Filter | None) -> list[Mapping[str, Any]]:
        return [record.payload or {} for record in self._records(condition)]

    def _records(
        self, condition: models.Filter | None, *, with_vectors: Sequence[str] = ()
    ) -> list[models.Record]:
        found: list[models.Record] = []
        offset: Any = None
        while True:
            with calling(self._url, self._collection):
                records, offset = self._client.scroll(
                    self._collection,
                    scroll_filter=both(condition, self._wall),
                    limit=_PAGE,
                    offset=offset,
                    with_payload=True,
                    with_vectors=list(with_vectors) or False,
                )
            found += records
            if offset is None:
                return found


def _first_figures(found: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Of each publication, by its id, the payload of the figure that comes first by id."""
    first: dict[str, Mapping[str, Any]] = {}
    for facts in sorted(found, key=lambda facts: str(facts["figure_id"])):
        first.setdefault(str(facts["publication_id"]), facts)
    return first


def leading(condition: models.Filter | None, *, views: Sequence[str]) -> models.Filter:
    """A filter's figures, one for each publication; with views, one for each of its views."""
    lead = LEADS_VIEW if views else LEADS_PUBLICATION
    only = models.FieldCondition(key="leads", match=models.MatchValue(value=lead))
    narrowed = both(condition, models.Filter(must=[only]))
    assert narrowed
    return narrowed
