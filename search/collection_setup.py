"""The collection of one encoder: made, checked, and made the live one."""

import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from qdrant_client import QdrantClient, models
from qdrant_client.http.exceptions import UnexpectedResponse

from core.errors import EncoderMismatch, IndexNotReady, SchemaMismatch
from search import schema


@dataclass(frozen=True, slots=True)
class CollectionLayout:
    """How a new collection lies on servers; the embedded service knows one node alone.

    Attributes:
        n_shards: Parts, spread over the nodes; a multiple of their number lets it grow.
        n_replicas: Copies of each part on different nodes.
        vectors_on_disk: Full vectors on disk, their 4-bit copies in memory.
    """

    n_shards: int = 1
    n_replicas: int = 1
    vectors_on_disk: bool = False

    def arguments(self) -> dict[str, Any]:
        """What `create_collection` is told beyond its defaults."""
        told = {"shard_number": self.n_shards, "replication_factor": self.n_replicas}
        return {name: value for name, value in told.items() if value > 1}


ONE_NODE = CollectionLayout()


@dataclass(frozen=True, slots=True)
class Cleared:
    """What was to be deleted, by name.

    Attributes:
        dropped: Collections that are gone.
        spared: Those that were live until a moment ago.
    """

    dropped: tuple[str, ...]
    spared: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CollectionSetup:
    """Makes and checks a collection over an open client.

    Attributes:
        url: For messages.
        quantised: Whether a new collection keeps 4-bit copies.
        layout: Of a new collection.
    """

    client: QdrantClient
    url: str
    encoder_id: str
    dimension: int
    quantised: bool
    layout: CollectionLayout = ONE_NODE

    @property
    def name(self) -> str:
        """Of this encoder's collection."""
        return schema.collection_name(self.encoder_id)

    def prepare(self, *, beside: bool) -> None:
        """See `FigureIndex.prepare`."""
        live = self.live()
        if live not in (None, self.name) and not beside:
            self._check_live(str(live))
        if not self.client.collection_exists(self.name):
            self._create()
        self._check(self.name)
        self._create_payload_indexes()
        if live is None:
            self.make_live()

    def live(self) -> str | None:
        """The collection the alias points to."""
        return self._aliases().get(schema.ALIAS)

    def make_live(self) -> None:
        """Point the alias here, in one step, and note at the former collection when that was."""
        aliases = self._aliases()
        live = aliases.get(schema.ALIAS)
        if live == self.name:
            return
        outdated = [
            alias
            for alias, collection in aliases.items()
            if alias == schema.ALIAS
            or (collection in (self.name, live) and schema.live_until(alias) is not None)
        ]
        made = {schema.ALIAS: self.name}
        if live is not None:
            made[schema.former_alias(live, time.time())] = live
        self.client.update_collection_aliases(
            [
                models.DeleteAliasOperation(delete_alias=models.DeleteAlias(alias_name=alias))
                for alias in outdated
            ]
            + [
                models.CreateAliasOperation(
                    create_alias=models.CreateAlias(collection_name=collection, alias_name=alias)
                )
                for alias, collection in made.items()
            ]
        )

    def drop_idle(
        self, encoder_ids: Collection[str] | None, kept: Collection[str], grace_s: float
    ) -> Cleared:
        """See `FigureIndex.drop_idle`."""
        aliases = self._aliases()
        live = aliases.get(schema.ALIAS)
        recent = {collection for alias, collection in aliases.items() if _was_live(alias, grace_s)}
        chosen = [
            found.name
            for found in self.client.get_collections().collections
            if found.name != live
            and found.name.startswith(schema.COLLECTION_PREFIX)
            and self._is_idle(found.name, encoder_ids, kept)
        ]
        dropped = [name for name in chosen if name not in recent]
        for name in dropped:
            self.client.delete_collection(name)
        return Cleared(tuple(sorted(dropped)), tuple(sorted(recent.intersection(chosen))))

    def _is_idle(
        self, collection: str, encoder_ids: Collection[str] | None, kept: Collection[str]
    ) -> bool:
        """Whether a collection that is not live may go; a newer Limn may be filling its own."""
        found = self.client.get_collection(collection).config.metadata or {}
        made_by = found.get("encoder_id")
        return (
            found.get("schema_version", 0) <= schema.SCHEMA_VERSION
            and made_by not in kept
            and (encoder_ids is None or made_by in encoder_ids)
        )

    def _aliases(self) -> dict[str, str]:
        """Collections by their aliases."""
        found = self.client.get_aliases().aliases
        return {alias.alias_name: alias.collection_name for alias in found}

    def _create(self) -> None:
        on_disk = self.layout.vectors_on_disk
        try:
            self.client.create_collection(
                self.name,
                vectors_config=schema.vectors(self.dimension, on_disk=on_disk),
                sparse_vectors_config=schema.sparse_vectors(),
                quantization_config=schema.quantisation(in_memory=on_disk)
                if self.quantised
                else None,
                strict_mode_config=schema.strict_mode(),
                metadata=schema.metadata(self.encoder_id, self.dimension),
                **self.layout.arguments(),
            )
        except UnexpectedResponse:
            # Another process may have been first.
            if not self.client.collection_exists(self.name):
                raise

    def _create_payload_indexes(self) -> None:
        known = self.client.get_collection(self.name).payload_schema
        for key, kind in schema.PAYLOAD_INDEXES.items():
            if key not in known:
                self.client.create_payload_index(self.name, key, field_schema=kind, wait=True)

    def _check_live(self, collection: str) -> None:
        """Refuse another encoder's or schema's collection; say so where its successor is begun.

        A collection of this encoder with as many figures as the live one is a former one.
        """
        try:
            self._check(collection)
        except (SchemaMismatch, EncoderMismatch) as error:
            if not self.client.collection_exists(self.name):
                raise
            n_figures = self.client.count(self.name, exact=True).count
            if n_figures and n_figures >= self.client.count(collection, exact=True).count:
                raise
            raise IndexNotReady(
                f"the index at {self.url} is being rebuilt, {n_figures:,} figures so far; search"
                " again when `limn reindex` has finished, and start it again if none is running"
            ) from error

    def _check(self, collection: str) -> None:
        """Compare what a collection remembers with what this encoder and schema write."""
        config = self.client.get_collection(collection).config
        found = config.metadata or {}
        wanted = schema.metadata(self.encoder_id, self.dimension)
        place = f"collection {collection} at {self.url}"
        if found.get("schema_version") != schema.SCHEMA_VERSION:
            raise SchemaMismatch(
                f"{place} has schema {found.get('schema_version')}, this Limn writes"
                f" {schema.SCHEMA_VERSION}; rebuild it with `limn reindex`"
            )
        if found != wanted:
            raise EncoderMismatch(
                f"{place} holds vectors of encoder {found.get('encoder_id')}"
                f" (D={found.get('dimension')}), the configured one is {self.encoder_id}"
                f" (D={self.dimension}); configure that checkpoint or run `limn reindex`"
            )
        sizes = config.params.vectors
        if not isinstance(sizes, dict) or {
            name: vector.size for name, vector in sizes.items()
        } != dict.fromkeys((schema.IMAGE, schema.TEXT), self.dimension):
            raise SchemaMismatch(f"{place} has other vectors than its metadata says; rebuild it")


def _was_live(alias: str, within_s: float) -> bool:
    """Whether an alias says that its collection was live until less than so long ago."""
    until = schema.live_until(alias)
    # A time to come was written before the clock was set back: nothing is known of that moment.
    return until is not None and 0 <= time.time() - until < within_s
