"""The collection of one encoder: made, checked, and made the live one."""

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
        for alias in self.client.get_aliases().aliases:
            if alias.alias_name == schema.ALIAS:
                return alias.collection_name
        return None

    def make_live(self) -> None:
        """Point the alias here, in one step."""
        live = self.live()
        if live == self.name:
            return
        steps: list[models.AliasOperations] = []
        if live is not None:
            gone = models.DeleteAlias(alias_name=schema.ALIAS)
            steps.append(models.DeleteAliasOperation(delete_alias=gone))
        made = models.CreateAlias(collection_name=self.name, alias_name=schema.ALIAS)
        steps.append(models.CreateAliasOperation(create_alias=made))
        self.client.update_collection_aliases(steps)

    def drop_idle(
        self, encoder_ids: Collection[str] | None, kept: Collection[str]
    ) -> tuple[str, ...]:
        """See `FigureIndex.drop_idle`."""
        live = self.live()
        dropped = []
        for found in self.client.get_collections().collections:
            if found.name == live or not found.name.startswith(schema.COLLECTION_PREFIX):
                continue
            made_by = (self.client.get_collection(found.name).config.metadata or {}).get(
                "encoder_id"
            )
            if made_by not in kept and (encoder_ids is None or made_by in encoder_ids):
                self.client.delete_collection(found.name)
                dropped.append(found.name)
        return tuple(sorted(dropped))

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
