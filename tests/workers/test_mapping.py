"""Maps of a collection: drawn by lot, placed, kept; a failure is told to who asked."""

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from core.errors import IndexUnavailable, QueryInvalid
from core.locarno import LocarnoCode
from workers.map_records import FigureMap, MapFigure, MapRequest, MapState, MapStore
from workers.mapping import make_map, place

REQUEST = MapRequest(collection="figures", corpus="2 40", hidden=("secret",))


def vectors(n_figures: int) -> dict[str, np.ndarray]:
    """Two groups on opposite sides of the sphere."""
    rng = np.random.default_rng(0)
    rows = rng.normal(0, 0.05, (n_figures, 16)).astype(np.float32)
    rows[::2, 0] += 1
    rows[1::2, 1] += 1
    return {f"US-D{n % 2}-S1/{n}": row for n, row in enumerate(rows)}


class Desk:
    """Resources with so many figures."""

    def __init__(self, folder: Path, n_figures: int) -> None:
        self.maps = MapStore(folder)
        self.n_drawn = 0
        self._vectors = vectors(n_figures)
        self.catalogue = SimpleNamespace(figures=self._rows)

    def listing(self, collection: str, hidden: tuple[str, ...]) -> Any:
        assert (collection, hidden) == ("figures", ("secret",))
        return SimpleNamespace(lot=self._lot, count=lambda _: 4000)

    def _lot(self, *_: Any) -> dict[str, np.ndarray]:
        self.n_drawn += 1
        return self._vectors

    def _rows(self, ids: list[str]) -> list[Any]:
        return [
            SimpleNamespace(
                figure=SimpleNamespace(figure_id=i, sha256="a" * 64),
                publication=SimpleNamespace(
                    publication_id=i.split("/")[0],
                    title="Chair",
                    locarno=(LocarnoCode("06-01", "13"),) if "D0" in i else (),
                ),
            )
            for i in ids
        ]


def test_similar_figures_are_placed_near_each_other() -> None:
    rows = np.stack(list(vectors(60).values()))
    places = place(rows, seed=3)
    assert places.min() >= 0
    assert places.max() <= 1
    one, other = places[::2], places[1::2]
    apart = np.linalg.norm(one.mean(axis=0) - other.mean(axis=0))
    assert apart > 2 * max(np.linalg.norm(g - g.mean(axis=0), axis=1).mean() for g in (one, other))
    assert np.array_equal(places, place(rows, seed=3))


def test_a_map_is_drawn_once_and_kept(tmp_path: Path) -> None:
    desk: Any = Desk(tmp_path, 12)
    desk.maps.tell(REQUEST, MapState(phase="waiting", since_s=1))
    for _ in range(2):
        make_map(desk, REQUEST)
    drawn = desk.maps.map_of(REQUEST)
    assert desk.n_drawn == 1
    assert (len(drawn.figures), drawn.n_passing) == (12, 4000)
    assert [figure.locarno_class for figure in drawn.figures[:2]] == ["06", ""]
    assert desk.maps.state_of(REQUEST) is None
    assert desk.maps.map_of(REQUEST.model_copy(update={"seed": 1})) is None


def test_too_few_figures_are_no_map(tmp_path: Path) -> None:
    desk: Any = Desk(tmp_path, 7)
    with pytest.raises(QueryInvalid, match="7 figures pass"):
        make_map(desk, REQUEST)
    assert desk.maps.state_of(REQUEST).phase == "reading"


def test_a_worker_tells_why_there_is_no_map_and_tries_again_for_the_world(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workers import tasks

    desk = Desk(tmp_path, 7)
    monkeypatch.setattr(tasks, "resources", lambda: desk)
    tasks.make_map.run(REQUEST.model_dump(mode="json"))
    state = desk.maps.state_of(REQUEST)
    assert state is not None
    assert (state.phase, "a map needs 8" in state.reason) == ("failed", True)

    def away(*_: Any) -> Any:
        raise IndexUnavailable("http://127.0.0.1:6333")

    monkeypatch.setattr(desk, "listing", away)
    with pytest.raises(Exception, match="6333"):
        tasks.make_map.run(REQUEST.model_dump(mode="json"))
    state = desk.maps.state_of(REQUEST)
    assert state is not None
    assert state.phase == "reading"


def test_old_maps_go(tmp_path: Path) -> None:
    store = MapStore(tmp_path)
    dot = MapFigure(
        figure_id="f", publication_id="p", title="", locarno_class="", sha256="", x=0, y=0
    )
    requests = [REQUEST.model_copy(update={"seed": seed}) for seed in range(26)]
    for age, request in enumerate(requests):
        store.keep(request, FigureMap(figures=(dot,), n_passing=1, seconds=0))
        for path in tmp_path.glob(f"{request.key}*"):
            os.utime(path, (age, age))
    assert store.map_of(requests[0]) is None
    assert store.map_of(requests[-1]) is not None
    assert len(list(tmp_path.glob("*.map.json"))) == 24
