"""One collection in this process: what reaches the disk, and what a restart leaves as it was."""

from pathlib import Path
from typing import Any

import pytest

from search.edge_service.collection import Collection
from search.edge_service.collection_config import parse_config

N, N_DELETED = 1500, 900
CONFIG = parse_config({"vectors": {"v": {"size": 4, "distance": "Cosine"}}})


def answers(collection: Collection) -> list[dict[str, Any]]:
    body = {"using": "v", "params": {"exact": True}, "limit": 50, "with_payload": True}
    hits = [collection.query(body | {"query": [1, k, -k, 0.5]})["points"] for k in range(4)]
    return [{**hit, "version": None} for page in hits for hit in page]


def test_reload_after_deletions_keeps_every_answer(tmp_path: Path) -> None:
    collection = Collection.create(tmp_path / "shard", CONFIG)
    points = [
        {"id": i, "vector": {"v": [i % 7 - 3, i % 11, 1, i % 3]}, "payload": {"n": i}}
        for i in range(N)
    ]
    collection.upsert({"points": points})
    collection.delete({"points": list(range(N_DELETED))})
    before = answers(collection)
    collection.close()
    again = Collection.load(tmp_path / "shard", CONFIG)
    assert again.count({}) == {"count": N - N_DELETED}
    assert answers(again) == before
    again.upsert({"points": points[:1]})
    assert again.count({}) == {"count": N - N_DELETED + 1}
    again.close()


def test_every_write_is_synced_before_it_is_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dead machine cannot be played here; that the log is synced can be seen."""
    synced: list[str] = []
    monkeypatch.setattr("search.edge_service.folder._sync", lambda path: synced.append(path.name))
    collection = Collection.create(tmp_path / "shard", CONFIG)
    collection.upsert({"points": [{"id": 1, "vector": {"v": [1, 0, 0, 0]}}]})
    assert any(name.startswith("open-") for name in synced)
    assert synced[-1] == "wal"
    synced.clear()
    collection.delete({"points": [1]})
    assert synced[-1] == "wal"
    collection.close()
