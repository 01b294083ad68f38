"""One collection in this process: what reaches the disk, and what a restart leaves as it was."""

import uuid
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest
from qdrant_edge import FacetRequest

from search.edge_service.collection import Collection
from search.edge_service.collection_config import parse_config

N, N_DELETED = 1500, 900
VECTORS = {"vectors": {"v": {"size": 4, "distance": "Cosine"}}}
CONFIG = parse_config(VECTORS)
WITH_WORDS = parse_config(VECTORS | {"sparse_vectors": {"w": {}}})
"""The engine tells of sparse vectors how many it holds, deleted ones too."""


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


def _replace_all(collection: Collection, n_weeks: int) -> None:
    """Weeks of 200 points, each in place of the week before."""
    for week in range(n_weeks):
        kept, gone = (range(w * 200, w * 200 + 200) for w in (week, week - 1))
        words = {"w": {"indices": [1], "values": [1]}}
        points = [{"id": i, "vector": {"v": [1, i, 0, 0]} | words} for i in kept]
        collection.upsert({"points": points})
        if week:
            collection.delete({"points": list(gone)})


@pytest.mark.parametrize(("cleared_up_to", "is_cleared"), [(1000, True), (100, False)])
def test_room_of_replaced_points_is_given_back_while_serving(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cleared_up_to: int, is_cleared: bool
) -> None:
    """Unless there are so many points that searches would wait for long."""
    monkeypatch.setattr("search.edge_service.collection._FLUSH_EVERY_POINTS", 2000)
    monkeypatch.setattr("search.edge_service.collection._ANEW_WHILE_SERVING", cleared_up_to)
    collection = Collection.create(tmp_path / "shard", WITH_WORDS)
    _replace_all(collection, n_weeks=20)
    held = collection.describe()["indexed_vectors_count"]
    assert (held < 2000) is is_cleared
    assert held >= 200
    assert collection.count({}) == {"count": 200}
    ids = [hit["id"] for hit in answers(collection)]
    assert set(ids) <= set(range(19 * 200, 20 * 200))
    collection.close()


def test_values_of_replaced_points_are_forgotten_while_serving(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine itself keeps all that a point ever had."""
    monkeypatch.setattr("search.edge_service.collection._FLUSH_EVERY_POINTS", 50)
    collection = Collection.create(tmp_path / "shard", CONFIG)
    collection.create_index({"field_name": "g", "field_schema": "keyword"})
    for n in range(110):
        point = {"id": 1, "vector": {"v": [1, 2, 0, 0]}, "payload": {"g": f"owner {n}"}}
        collection.upsert({"points": [point]})
    known = collection._shard.facet(FacetRequest(key="g", limit=1000, exact=True)).hits
    assert 1 <= len(known) <= 50
    assert groups(collection) == {"owner 109": [1]}
    collection.close()


@pytest.mark.parametrize("n_free", [1 << 40, 1000])
def test_a_full_disk_leaves_the_shard_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, n_free: int
) -> None:
    """It could not be loaded again."""
    monkeypatch.setattr("search.edge_service.collection._FLUSH_EVERY_POINTS", 1)
    usage = namedtuple("usage", "total used free")(1 << 40, 0, n_free)
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage)
    collection = Collection.create(tmp_path / "shard", CONFIG)
    before = collection._shard
    collection.upsert({"points": [{"id": 1, "vector": {"v": [1, 2, 0, 0]}}]})
    assert (collection._shard is before) == (n_free < 1 << 28)
    assert collection.count({}) == {"count": 1}
    collection.close()


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


def groups(collection: Collection) -> dict[Any, list[Any]]:
    body = {"using": "v", "query": [1, 0, 0, 0], "limit": 10, "group_by": "g", "group_size": 5}
    found = collection.query_groups(body)["groups"]
    return {group["id"]: sorted(hit["id"] for hit in group["hits"]) for group in found}


def test_groups_and_counts_follow_every_write(tmp_path: Path) -> None:
    """Both are kept in memory between writes."""

    def point(number: int, group: Any) -> dict[str, Any]:
        return {"id": number, "vector": {"v": [1, number, 0, 0]}, "payload": {"g": group}}

    collection = Collection.create(tmp_path / "shard", CONFIG)
    collection.create_index({"field_name": "g", "field_schema": "keyword"})
    collection.upsert({"points": [point(1, "a"), point(2, "a"), point(3, "b")]})
    in_a = {"filter": {"must": [{"key": "g", "match": {"any": ["a"]}}]}}
    assert groups(collection) == {"a": [1, 2], "b": [3]}
    assert collection.count(in_a) == {"count": 2}
    collection.upsert({"points": [point(2, ["b", "c"]), point(4, None), point(5, "a")]})
    assert groups(collection) == {"a": [1, 5], "b": [2, 3], "c": [2]}
    collection.delete({"points": [1]})
    assert groups(collection) == {"a": [5], "b": [2, 3], "c": [2]}
    assert collection.count(in_a) == {"count": 1}
    collection.delete(in_a)
    assert groups(collection) == {"b": [2, 3], "c": [2]}
    assert collection.count(in_a) == {"count": 0}
    facet = collection.facet({"key": "g"})["hits"]
    assert {hit["value"]: hit["count"] for hit in facet} == {"b": 2, "c": 1}
    collection.close()
    again = Collection.load(tmp_path / "shard", CONFIG)
    assert groups(again) == {"b": [2, 3], "c": [2]}
    again.close()


def test_groups_tell_numbers_from_uuids(tmp_path: Path) -> None:
    collection = Collection.create(tmp_path / "shard", CONFIG)
    same = uuid.UUID(int=7)
    for key, group in ((7, "number"), (str(same), "uuid")):
        point = {"id": key, "vector": {"v": [1, 0, 0, 0]}, "payload": {"g": group}}
        collection.upsert({"points": [point]})
    assert groups(collection) == {"number": [7], "uuid": [same]}
    collection.close()
