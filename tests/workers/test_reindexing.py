"""The index rebuilt for a new schema."""

from pathlib import Path

import pytest

from core.errors import SchemaMismatch
from search import schema
from tests.ingestion import builders
from tests.workers.line import HashEncoder, open_line, take_all_in
from workers.reindexing import reindex


def test_an_index_of_an_older_schema_is_rebuilt_without_embedding_again(
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
        assert reindex(line, lambda *_: None) == 3

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
