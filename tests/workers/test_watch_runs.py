"""Saved searches and watches over real archives, and processes that die in the middle."""

import io
import multiprocessing
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydantic import SecretStr

from core.errors import NotInCasebook, QueryInvalid
from core.ports import GreyImage
from core.settings import CatalogueSettings, Settings
from search.casebook_records import QueryPicture
from search.query import SearchQuery
from tests.ingestion import builders
from tests.workers.line import LineResources, die_at, open_line, take_all_in
from workers.resources import Resources
from workers.saved_searches import GivenFile, keep_files, load_pictures, run_search, save_search
from workers.watch_runs import run_watches, start_watch

ADA = "Ada"
_PROCESSES = multiprocessing.get_context("forkserver")


def _week(folder: Path, *numbers: str, name: str) -> Path:
    path = folder / name
    path.write_bytes(builders.tar_of(builders.weekly_files(numbers)))
    return path


def _drawing(seed: int = 0) -> GreyImage:
    return np.random.default_rng(seed).integers(0, 2, (40, 60), np.uint8) * 255


def _png(pixels: GreyImage) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def _save(resources: Resources, **query: Any) -> int:
    drawing = _drawing()
    pictures = keep_files(resources, [GivenFile("hinge.png", _png(drawing), (drawing,))])
    asked = SearchQuery.parse({"limit": 5, **query})
    saved = save_search(resources, asked, pictures, project="P", name="Hinges", by=ADA)
    return saved.search_id


@pytest.fixture
def line(
    tmp_path: Path, index_url: str, queue_url: str, catalogue_url: str
) -> Iterator[LineResources]:
    """A home with one grant, its catalogue in SQLite and in PostgreSQL."""
    (tmp_path / "home").mkdir()
    with open_line(tmp_path / "home", index_url, queue_url, catalogue_url) as resources:
        take_all_in(resources, [_week(tmp_path, "D0900001", name="I20210105.tar")])
        yield resources
        resources.index.delete_figures(list(resources.index.iter_figure_ids()))
        resources.queue.begin_watch_run()


def test_a_watch_lists_what_is_new_once(line: LineResources, tmp_path: Path) -> None:
    watched = _save(line)
    start_watch(line, watched, ADA)
    (run,) = run_watches(line)
    assert (run.n_new, run.hits) == (0, ()), "what was searchable before is not new"
    assert line.casebook.find_watch(watched).last_run_at

    take_all_in(line, [_week(tmp_path, "D0900002", "D0900003", name="I20210112.tar")])
    found = {hit.publication_id for hit in line.casebook.watch_hits(watched)}
    assert found == {"US-D0900002-S1", "US-D0900003-S1"}, "workers ran the watch after indexing"
    assert run_watches(line)[0].hits == ()

    take_all_in(line, [_week(tmp_path, "D0900002", "D0900004", name="I20210119.tar")])
    hits = line.casebook.watch_hits(watched)
    assert len(hits) == 3, "the publication delivered again is listed once"
    (new,) = (h for h in hits if h.publication_id == "US-D0900004-S1")
    best = run_search(line, line.casebook.search(watched), within=["US-D0900004-S1"]).hits[0]
    assert (new.score, new.figure_id) == (best.score, best.figures[0].figure_id)


def test_a_watch_keeps_to_its_filters_and_portions(
    line: LineResources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.watch_runs.PORTION", 2)
    wanted = {"US-D0900003-S1", "US-D0900005-S1"}
    for fields in ({"within": sorted(wanted)}, {}):
        start_watch(line, _save(line, **fields), ADA)
    line.queue.plan_watch_run()  # as if a run were planned: none is sent while figures come in
    names = [f"D090000{n}" for n in range(2, 7)]
    take_all_in(line, [_week(tmp_path, *names, name="I20210112.tar")])
    narrow, wide = run_watches(line)
    assert {hit.publication_id for hit in narrow.hits} == wanted
    assert {hit.publication_id for hit in wide.hits} == {f"US-{name}-S1" for name in names}
    assert narrow.n_new == wide.n_new == 5


def test_a_watch_that_cannot_search_stops_no_other(line: LineResources, tmp_path: Path) -> None:
    (liked, *_) = line.catalogue.figure_ids()
    broken = _save(line, figure_ids=[liked])
    sound = _save(line)
    for search_id in (broken, sound):
        start_watch(line, search_id, ADA)
    line.index.delete_figures([liked])
    take_all_in(line, [_week(tmp_path, "D0900002", name="I20210112.tar")])
    assert f"not in the index: {liked}" in str(line.casebook.find_watch(broken).problem)
    assert line.casebook.find_watch(broken).covered < line.casebook.find_watch(sound).covered
    assert line.casebook.find_watch(sound).n_hits == 1
    with pytest.raises(NotInCasebook, match="nothing is watched with search 99"):
        run_watches(line, 99)


def test_a_saved_search_outlives_its_file(line: LineResources, tmp_path: Path) -> None:
    path = tmp_path / "hinge.png"
    path.write_bytes(_png(_drawing(3)))
    given = GivenFile(path.name, path.read_bytes(), (_drawing(3), _drawing(4)))
    pictures = keep_files(line, [given])
    path.unlink()
    saved = save_search(line, SearchQuery(exact=True), pictures, project="P", name="Hinges", by=ADA)
    read = line.casebook.search(saved.search_id)
    assert [p.note for p in read.pictures] == [f"drawing {n} of 2 of the file" for n in (1, 2)]
    for kept, drawn in zip(load_pictures(line, read.pictures), given.drawings, strict=True):
        assert np.array_equal(kept, drawn)
    assert line.query_pictures.get(str(read.pictures[0].file_sha256)) == given.data
    now = line.search.search(SearchQuery(exact=True), given.drawings).hits
    assert run_search(line, read).hits == now
    line.query_pictures.delete(read.pictures[1].sha256)
    with pytest.raises(QueryInvalid, match="a drawing of this search is lost"):
        run_search(line, read)
    unkept = QueryPicture(sha256="0" * 64)
    with pytest.raises(QueryInvalid, match="is not kept here; send it again"):
        save_search(line, SearchQuery(), [unkept], project="P", name="Hinges", by=ADA)


def _open(home: Path, url: str) -> Resources:
    return Resources(Settings(home=home, catalogue=CatalogueSettings(url=SecretStr(url))))


def _save_and_die(kill_at: int, resources: Resources) -> None:
    """Save a search, and die at the n-th step that changes something outside the process."""
    resources.catalogue  # noqa: B018 - made before the steps are counted
    die_at(kill_at)
    _save(resources, text="hinge")
    os._exit(0)


def _die_at_every_step(home: Path, url: str) -> None:
    """Look at what is left after a death at each step; one process loads what all of them need."""
    for kill_at in range(1, 20):
        pid = os.fork()
        if pid == 0:
            _save_and_die(kill_at, _open(home, url))
        _, status = os.waitpid(pid, 0)
        resources = _open(home, url)
        searches = resources.casebook.searches()
        for search in searches:
            assert len(load_pictures(resources, search.pictures)) == 1
            assert resources.query_pictures.holds(str(search.pictures[0].file_sha256))
        assert len(resources.casebook.projects()) <= 1
        resources.catalogue.close()
        if status == 0:
            assert kill_at > 5
            assert searches
            return
        assert os.WTERMSIG(status) == signal.SIGKILL
    raise AssertionError("it dies at every step")


def test_a_process_killed_while_saving_leaves_whole_searches(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    where = (tmp_path / "home", f"sqlite:///{tmp_path / 'catalogue.sqlite3'}")
    process = _PROCESSES.Process(target=_die_at_every_step, args=where)
    process.start()
    process.join(timeout=200)
    assert process.exitcode == 0
