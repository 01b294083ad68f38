"""The service's engine in the process that asks, over a copy of the service's own store.

It finds and groups as the service does and hands over no more than faiss does, the publications in
their order: no HTTP, no JSON, no payload. Questions are read beforehand; the filter in them is
evaluated for each query, as the rival's is.
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.search_rivals import Answer, Ask, K
from core.ports import Embeddings
from search.branches import Branch
from search.conditions import build_filter
from search.edge_service.ordered import grouped
from search.edge_service.queries import ParsedGroups
from search.edge_service.store import Store
from search.index import FigureIndex
from search.query import SearchQuery
from search.schema import IMAGE

_NOTHING_FOUND = b'{"result": {"groups": []}}'


class EngineAlone:
    """A store that is open here, asked what the service is asked.

    Args:
        store: A copy; two processes must not open one.
        encoder_id: Whose collection is asked.
        dimension: D of its vectors.
    """

    def __init__(self, store: Store, encoder_id: str, dimension: int) -> None:
        self._index = FigureIndex("http://127.0.0.1", encoder_id, dimension)
        self._collection = store.get(self._index.collection)

    def asking(self, query: SearchQuery, rows: Embeddings) -> Ask:
        """The best publications for any of these rows, float32 [Q, D], under the query's filter."""
        asked = {row.tobytes(): self._read(query, row) for row in rows}
        shard, values = self._collection._shard, self._collection._group_values

        def ask(row: Embeddings) -> Answer:
            question = asked[row.tobytes()]
            groups = grouped(shard, question, values.column(question.group_by))
            return tuple(str(group.value) for group in groups)

        return ask

    def _read(self, query: SearchQuery, row: Embeddings) -> ParsedGroups:
        """The question as the service reads it: what a client posts, caught on its way."""
        posted: list[bytes] = []

        def post(_path: str, body: bytes) -> tuple[int, bytes]:
            posted.append(body)
            return 200, _NOTHING_FOUND

        client: Any = self._index._client
        client._connections.post = post
        self._index.query(
            [Branch("image", IMAGE, row)], condition=build_filter(query), limit=K, group_size=1
        )
        return self._collection._queries().read_groups(json.loads(posted[0]))


@contextmanager
def engine_alone(folder: Path, encoder_id: str, dimension: int) -> Iterator[EngineAlone]:
    """The engine over a copy of what a stopped service keeps in a folder."""
    with TemporaryDirectory(dir=folder.parent) as beside:
        copy = Path(beside) / folder.name
        shutil.copytree(folder, copy)
        store = Store(copy)
        yield EngineAlone(store, encoder_id, dimension)
        store.close()
