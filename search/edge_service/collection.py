"""One collection: its configuration and its shard of the engine.

Every write is checked whole, applied, and on disk before it is answered. The engine appends it to
a write-ahead log without syncing; here the log is synced after every write (10 ms). Flushing the
segments themselves costs some 50 ms for every payload index and blocks searches, so it is done
once in a while, which also keeps the log short; what was not flushed is replayed at loading.

The engine keeps in memory every value that an indexed key ever had, until the shard is loaded. So
a collection that is not large is closed and loaded where it would be flushed.
"""

import shutil
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from qdrant_edge import (
    EdgeShard,
    PayloadSchemaType,
    ScrollRequest,
    UpdateOperation,
)

from search.edge_service.collection_config import CollectionConfig
from search.edge_service.counts import Counts
from search.edge_service.fields import Fields, PointKey, point_key
from search.edge_service.filters import FilterReader
from search.edge_service.folder import sync_files
from search.edge_service.group_values import GroupValues
from search.edge_service.keys import parse_order
from search.edge_service.ordered import Hit, grouped, ranked, ranked_together
from search.edge_service.points import (
    parse_ids,
    parse_points,
    parse_with_payload,
    parse_with_vector,
    vector_json,
)
from search.edge_service.queries import ParsedQuery, QueryReader
from search.edge_service.refusals import BadRequest

_INDEX_TYPES = {
    "keyword": PayloadSchemaType.Keyword,
    "integer": PayloadSchemaType.Integer,
    "float": PayloadSchemaType.Float,
    "bool": PayloadSchemaType.Bool,
    "datetime": PayloadSchemaType.Datetime,
    "uuid": PayloadSchemaType.Uuid,
}
_LOG = "wal"
_DEFAULT_PAGE = 10
_FLUSH_EVERY_POINTS = 5000
_ANEW_WHILE_SERVING = 30_000
"""Points up to which a collection is loaded anew without a restart: nobody is answered meanwhile,
1.4 s at so many points, 2 s where a third of them are deleted."""
_ROOM_TO_LOAD = 256 << 20
"""Bytes free on disk, without which a shard that is open stays so: the engine lays a piece of its
log out when it loads."""


class Collection:
    """A collection that is open.

    Args:
        folder: Where the engine keeps the shard.
        shard: The engine's shard, owned by this object.
        config: What it was created with.
    """

    def __init__(self, folder: Path, shard: EdgeShard, config: CollectionConfig) -> None:
        self._folder = folder
        self._config = config
        self._n_unflushed = 0
        self._n_operations = 0
        self._hold(shard)

    @classmethod
    def create(cls, folder: Path, config: CollectionConfig) -> "Collection":
        """Make the shard's files in a folder that does not exist yet."""
        return cls(folder, EdgeShard.create(str(folder), config.edge_config()), config)

    @classmethod
    def load(cls, folder: Path, config: CollectionConfig) -> "Collection":
        """Open what is there and drop the room of deleted points where it is a fifth or more."""
        return cls(folder, _loaded(folder, config), config)

    def close(self) -> None:
        """Write everything out and let go."""
        self._shard.flush()
        self._shard.close()

    def _hold(self, shard: EdgeShard) -> None:
        self._shard = shard
        self._counts = Counts(shard)
        self._group_values = GroupValues(shard)
        self._filters = self._filter_reader()

    def describe(self) -> dict[str, Any]:
        """Qdrant's collection info."""
        state = self._shard.info()
        return {
            "status": "green",
            "optimizer_status": "ok",
            "points_count": state.points_count,
            "indexed_vectors_count": state.indexed_vectors_count,
            "segments_count": state.segments_count,
            "config": self._config.json(),
            "payload_schema": {
                key: {"data_type": _type_name(index.data_type), "points": index.points}
                for key, index in state.payload_schema.items()
            },
        }

    def create_index(self, body: object) -> dict[str, Any]:
        """Index a payload key."""
        fields = Fields(body, "index")
        key = fields.string("field_name")
        schema = fields.need("field_schema")
        if isinstance(schema, dict):
            inner = Fields(schema, fields.at("field_schema"))
            schema = inner.string("type")
            inner.end()
        fields.end()
        if schema not in _INDEX_TYPES:
            raise BadRequest(f"index.field_schema: {schema!r} is none of {', '.join(_INDEX_TYPES)}")
        answer = self._write(UpdateOperation.create_field_index(key, _INDEX_TYPES[schema]))
        self._filters = self._filter_reader()
        return answer

    def upsert(self, body: object) -> dict[str, Any]:
        """Store points, all or none."""
        points = parse_points(body, self._config)
        self._group_values.store(points)
        return self._write(UpdateOperation.upsert_points(points), len(points))

    def delete(self, body: object) -> dict[str, Any]:
        """Remove points by id or by filter."""
        fields = Fields(body, "delete")
        if "points" in fields:
            ids = parse_ids(fields.take("points"), fields.at("points"))
            fields.end()
            answer = self._write(UpdateOperation.delete_points(ids), len(ids))
            self._group_values.forget(ids)
            return answer
        condition = self._filters.read(fields.need("filter"), fields.at("filter"))
        fields.end()
        if condition is None:
            raise BadRequest("delete.filter is empty")
        return self._write(UpdateOperation.delete_points_by_filter(condition))

    def retrieve(self, body: object) -> list[dict[str, Any]]:
        """Points by id, in the order asked; unknown ones are missing."""
        fields = Fields(body, "retrieve")
        ids = parse_ids(fields.need("ids"), fields.at("ids"))
        with_payload = parse_with_payload(
            fields.take("with_payload"), fields.at("with_payload"), default=True
        )
        with_vector = parse_with_vector(
            fields.take("with_vector"), fields.at("with_vector"), self._config
        )
        fields.end()
        records = self._records(ids, with_payload, with_vector)
        return [records[key] for key in dict.fromkeys(ids) if key in records]

    def scroll(self, body: object) -> dict[str, Any]:
        """A page of points in order of id, or the first ones in order of an indexed key."""
        fields = Fields(body, "scroll")
        order = parse_order(fields, self._shard.info().payload_schema)
        limit = fields.integer("limit", default=_DEFAULT_PAGE, least=1)
        offset = fields.take("offset")
        condition = self._filters.read(fields.take("filter"), fields.at("filter"))
        with_payload = parse_with_payload(
            fields.take("with_payload"), fields.at("with_payload"), default=True
        )
        with_vector = parse_with_vector(
            fields.take("with_vector"), fields.at("with_vector"), self._config
        )
        fields.end()
        if order is not None and offset is not None:
            raise BadRequest("scroll.offset cannot be combined with scroll.order_by")
        records, following = self._shard.scroll(
            ScrollRequest(
                offset=None if offset is None else point_key(offset, "scroll.offset"),
                limit=limit,
                filter=condition,
                with_payload=with_payload,
                with_vector=with_vector,
                order_by=order,
            )
        )
        return {
            "points": [_record_json(record.id, record) for record in records],
            "next_page_offset": following,
        }

    def facet(self, body: object) -> dict[str, Any]:
        """How many points that pass a filter hold each value of an indexed key; always exact."""
        return self._counts.facet(body, self._filters, self._shard.info().payload_schema)

    def count(self, body: object) -> dict[str, int]:
        """How many points pass a filter; always exact."""
        return self._counts.count(body, self._filters)

    def query(self, body: object) -> dict[str, Any]:
        """A ranked page of points."""
        query = self._queries().read(body)
        return self._page(query, ranked(self._shard, query))

    def query_batch(self, body: object) -> list[dict[str, Any]]:
        """Several queries, looked for together; all are read before the engine looks."""
        fields = Fields(body, "batch")
        searches = fields.need("searches")
        fields.end()
        if not isinstance(searches, list):
            raise BadRequest("batch.searches is not an array")
        reader = self._queries()
        parsed = [reader.read(item, f"searches[{i}]") for i, item in enumerate(searches)]
        pages = ranked_together(self._shard, parsed)
        return [self._page(query, hits) for query, hits in zip(parsed, pages, strict=True)]

    def query_groups(self, body: object) -> dict[str, Any]:
        """The best groups of points."""
        asked = self._queries().read_groups(body)
        groups = grouped(self._shard, asked, self._group_values.column(asked.group_by))
        told = iter(self._told(asked.query, [hit for group in groups for hit in group.hits]))
        return {
            "groups": [
                {"id": group.value, "hits": list(islice(told, len(group.hits)))} for group in groups
            ]
        }

    def _page(self, query: ParsedQuery, hits: Sequence[Hit]) -> dict[str, Any]:
        return {"points": self._told(query, hits)}

    def _told(self, query: ParsedQuery, hits: Sequence[Hit]) -> list[dict[str, Any]]:
        """Hits as JSON, with payload and vectors where the query wants any."""
        plain = [{"id": hit.key, "version": hit.version, "score": hit.score} for hit in hits]
        if query.with_payload is False and not query.with_vector:
            return plain
        keys = [hit.key for hit in hits]
        records = self._records(keys, query.with_payload, query.with_vector)
        return [{**records[hit.key], **told} for hit, told in zip(hits, plain, strict=True)]

    def _records(
        self, keys: Sequence[PointKey], with_payload: Any, with_vector: bool | list[str]
    ) -> dict[PointKey, dict[str, Any]]:
        found = self._shard.retrieve(list(keys), with_payload=with_payload, with_vector=with_vector)
        return {key: _record_json(key, record) for record in found for key in (record.id,)}

    def _write(self, operation: UpdateOperation, n_points: int = 1) -> dict[str, Any]:
        self._counts.forget()
        self._shard.update(operation)
        sync_files(self._folder / _LOG)
        self._n_unflushed += n_points
        if self._n_unflushed >= _FLUSH_EVERY_POINTS:
            self._n_unflushed = 0
            self._write_out()
        self._n_operations += 1
        return {"operation_id": self._n_operations, "status": "completed"}

    def _write_out(self) -> None:
        small = self._shard.info().points_count <= _ANEW_WHILE_SERVING
        if small and shutil.disk_usage(self._folder).free >= _ROOM_TO_LOAD:
            self.close()
            self._hold(_loaded(self._folder, self._config))
        else:
            self._shard.flush()

    def _filter_reader(self) -> FilterReader:
        if not self._config.indexed_filters_only:
            return FilterReader(None)
        return FilterReader(self._shard.info().payload_schema.keys())

    def _queries(self) -> QueryReader:
        return QueryReader(self._config, self._filters)


def _loaded(folder: Path, config: CollectionConfig) -> EdgeShard:
    shard = EdgeShard.load(str(folder), config.edge_config())
    shard.optimize()  # does nothing until a fifth of all points is deleted
    return shard


def _type_name(kind: PayloadSchemaType) -> str:
    return next(name for name, known in _INDEX_TYPES.items() if known == kind)


def _record_json(key: PointKey, record: Any) -> dict[str, Any]:
    # The engine makes both anew each time that they are read.
    payload, vector = record.payload, record.vector
    answer: dict[str, Any] = {"id": key}
    if payload is not None:
        answer["payload"] = payload
    if vector is not None:
        answer["vector"] = vector_json(vector)
    return answer
