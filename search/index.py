"""Figures in Qdrant: create, validate, fill, empty and ask one collection.

The same code speaks to the embedded service and to a Qdrant server; both answer at a URL.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np
from qdrant_client import models

from core.errors import EncoderMismatch
from core.records import point_id
from search import schema
from search.collection_setup import ONE_NODE, Cleared, CollectionLayout, CollectionSetup
from search.conditions import both
from search.connection import check_version, connect
from search.figure_point import FigurePoint
from search.figure_queries import FigureQueries
from search.listing import Listing

_UPSERT_BATCH = 128
_SCROLL_PAGE = 1000
_ID_BATCH = 1000


class FigureIndex(FigureQueries):
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
        layout: How a collection that is made lies on its servers.
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
        layout: CollectionLayout = ONE_NODE,
    ) -> None:
        super().__init__(connect(url, api_key, timeout_s), url, schema.collection_name(encoder_id))
        self.encoder_id = encoder_id
        self.dimension = dimension
        self._quantised = quantised
        self._max_minor_skew = max_minor_skew
        self._layout = layout

    @property
    def _setup(self) -> CollectionSetup:
        return CollectionSetup(
            self._client, self.url, self.encoder_id, self.dimension, self._quantised, self._layout
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

    def drop_idle(
        self,
        encoder_ids: Collection[str] | None = None,
        *,
        kept: Collection[str] = (),
        grace_s: float = 0,
    ) -> Cleared:
        """Delete collections of figures that are not live, of older schemas too.

        Args:
            encoder_ids: Of these encoders alone; None for all.
            kept: But of these encoders none.
            grace_s: Nor those that were live less than so long ago.
        """
        with self._calling():
            return self._setup.drop_idle(encoder_ids, kept, grace_s)

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

    def check_live(self) -> None:
        """Find out whether this collection is the one that is searched.

        Raises:
            EncoderMismatch: If another one is: what is written here is not found.
        """
        live = self.live_collection()
        if live != self.collection:
            raise EncoderMismatch(
                f"{live or 'no collection'} is live at {self.url}, and this process writes with "
                f"encoder {self.encoder_id} to {self.collection}; start it again with the current "
                "model (leave LIMN_ENCODER__CHECKPOINT unset, see `limn models`)"
            )

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
        narrowed = both(condition, self._wall)
        with self._calling():
            return self._client.count(self.collection, count_filter=narrowed, exact=True).count

    def count_among(self, figure_ids: Sequence[str]) -> int:
        """How many of these figures are in the collection, each given once."""
        ids: list[models.ExtendedPointId] = [point_id(figure) for figure in figure_ids]
        return sum(
            self.count(models.Filter(must=[models.HasIdCondition(has_id=ids[at : at + _ID_BATCH])]))
            for at in range(0, len(ids), _ID_BATCH)
        )

    def fetch(self, figure_ids: Sequence[str]) -> Mapping[str, FigurePoint]:
        """Stored picture vectors of figures, by figure id; unknown ones are missing.

        The points carry the picture vector, publication and codes only.
        """
        if not figure_ids:
            return {}
        with self._calling():
            records = self._client.retrieve(
                self.collection,
                [point_id(figure) for figure in figure_ids],
                with_payload=["figure_id", "publication_id", "locarno", "upload"],
                with_vectors=[schema.IMAGE],
            )
        seen = (r for r in records if (r.payload or {}).get("upload") not in self._hidden)
        return {figure.figure_id: figure for figure in map(_stored_point, seen)}

    @property
    def listing(self) -> Listing:
        """What the collection holds, without a question of likeness."""
        return Listing(self._client, self.url, self.collection, self._wall)

    def close(self) -> None:
        """Release the connections."""
        self._client.close()


def _stored_point(record: models.Record) -> FigurePoint:
    facts = record.payload or {}
    named = record.vector if isinstance(record.vector, dict) else {}
    return FigurePoint(
        figure_id=str(facts["figure_id"]),
        publication_id=str(facts["publication_id"]),
        image=np.asarray(named[schema.IMAGE], np.float32),
        locarno=tuple(facts.get("locarno", ())),
    )
