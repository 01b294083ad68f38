"""The index rebuilt for a new schema."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from core.errors import LimnError, SchemaMismatch
from search import schema
from search.branches import Branch
from search.index import FigureIndex
from tests.ingestion import builders
from tests.workers.line import HashEncoder, open_line, take_all_in
from workers.reindexing import reindex


@contextmanager
def _searched(index: FigureIndex) -> Iterator[list[object]]:
    """A process of the version before, which goes on searching until it is stopped."""
    found: list[object] = []
    ends = threading.Event()
    ink = Branch("image", schema.IMAGE, np.eye(1, index.dimension, dtype=np.float32)[0])

    def search() -> None:
        while not ends.is_set():
            try:
                groups = index.query([ink], condition=None, limit=5, group_size=None)
                found.append(len(groups))
            except LimnError as error:
                found.append(error)

    searcher = threading.Thread(target=search)
    searcher.start()
    yield found
    n_until_switched = len(found)
    while searcher.is_alive() and len(found) < n_until_switched + 5:
        ends.wait(0.01)
    ends.set()
    searcher.join()


def test_an_index_of_an_older_schema_is_rebuilt_beside_searches_without_embedding_again(
    tmp_path: Path, index_url: str, queue_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    week = tmp_path / "I20210105.tar"
    week.write_bytes(builders.tar_of(builders.weekly_files(["D0900001"], n_sheets=3)))
    now = schema.SCHEMA_VERSION
    monkeypatch.setattr(HashEncoder, "encoder_id", "hash-of-reindexing")
    monkeypatch.setattr(schema, "SCHEMA_VERSION", now - 1)
    (tmp_path / "home").mkdir()
    with open_line(tmp_path / "home", index_url, queue_url) as line:
        line.unprepared_index().prepare(beside=True)
        line.unprepared_index().activate()
        take_all_in(line, [week])
        ids = set(line.index.iter_figure_ids())
        assert len(ids) == 3

        monkeypatch.setattr(schema, "SCHEMA_VERSION", now)
        with pytest.raises(SchemaMismatch, match="limn reindex"):
            line.unprepared_index().prepare()
        for name in ("encode_images", "encode_texts"):
            monkeypatch.setattr(HashEncoder, name, _never)
        with _searched(line.index) as found:
            assert reindex(line, lambda *_: None) == 3
        assert set(found) == {3}, found

        fresh = line.unprepared_index()
        fresh.prepare()
        assert set(fresh.iter_figure_ids()) == ids
        (record,) = fresh._client.scroll(fresh.collection, limit=1)[0]
        assert record.payload
        assert record.payload["source"] == "I20210105.tar"
        assert record.payload["year"] == "2021"
        line.index._client.delete_collection(line.index.collection)
        fresh._client.delete_collection(fresh.collection)


def _never(*_: object) -> None:
    raise AssertionError("nothing needs to be embedded again")
