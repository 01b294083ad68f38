"""Models that take over from each other on a real catalogue and index, under load."""

import multiprocessing
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from core.errors import EncoderMismatch, GateRefused, LimnError, ModelInvalid
from core.settings import EncoderSettings
from ingestion.model_ledger import ModelState
from search import schema
from search.query import SearchQuery
from search.replay import Verdict as Replayed
from tests.search.engines import quick_folder, start_edge, stop
from tests.workers.line import LineResources, open_line, take_all_in
from tests.workers.shape_models import (
    ModelResources,
    SecondSizeEncoder,
    killed_embedding,
    write_grants,
)
from ui.context import build_context
from workers import figure_points, models, stages, tasks
from workers.backups import back_up, read_backup, restore
from workers.certifying import make_certificate, replay_certificate
from workers.model_quality import pass_judgement
from workers.quality_records import TrackQuality, Verdict
from workers.reindexing import reindex
from workers.saved_searches import GivenFile, keep_files, save_search

_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["tests.workers.shape_models"])
N_GRANTS, N_VIEWS = 12, 3
BY = "Ada Müller"


@pytest.fixture(scope="module")
def servers(queue_url: str) -> Iterator[dict[str, str]]:
    """A queue, and an index of its own: models are pruned here."""
    folder = Path(tempfile.mkdtemp(prefix="limn-models-", dir=quick_folder()))
    edge = start_edge(folder)
    yield {"index_url": edge.url, "queue_url": queue_url}
    stop(edge.process)
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def taken_in(servers: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with twelve grants, embedded by size."""
    home = tmp_path_factory.mktemp("taken-in")
    with open_line(home, **servers, kind=ModelResources) as resources:
        take_all_in(resources, [write_grants(home / "I20210105.tar", range(N_GRANTS))])
        _empty(resources)
    return home


@pytest.fixture
def line(servers: dict[str, str], taken_in: Path, tmp_path: Path) -> Iterator[ModelResources]:
    """A copy of that home, alone in the index."""
    shutil.copytree(taken_in, tmp_path / "home")
    with open_line(tmp_path / "home", **servers, kind=ModelResources) as resources:
        reindex(resources, _quiet)
        yield resources
        _empty(resources)


def _empty(resources: LineResources) -> None:
    client = resources.unprepared_index()._client
    for found in client.get_collections().collections:
        client.delete_collection(found.name)


def _quiet(*_: object) -> None:
    """Watch nothing."""


def _candidate(line: ModelResources, name: str) -> models.Model:
    model = models.register(line, name)
    models.embed_candidate(line, model, _quiet)
    return model


def _saved_search(resources: ModelResources) -> int:
    query, drawing = SearchQuery(limit=5), np.full((190, 100), 255, np.uint8)
    drawing[20:170, 10:14] = 0
    pictures = keep_files(resources, [GivenFile("hinge.png", b"the file", (drawing,))])
    saved = save_search(resources, query, pictures, project="P", name="Hinges", by=BY)
    return saved.search_id


def _figures_of(line: ModelResources, model: models.Model) -> set[str]:
    return set(line.beside(model).unprepared_index().iter_figure_ids())


@contextmanager
def _searchers(context) -> Iterator[list[object]]:
    """Three people who search all the time, and a page server that follows the current model."""
    found: list[object] = []
    ends = threading.Event()
    query = np.full((190, 100), 255, np.uint8)
    query[20:170, 10:14] = 0

    def search() -> None:
        while not ends.is_set():
            resources = context.resources
            try:
                result = resources.search.search(SearchQuery(limit=5), [query])
                found.append((resources.encoder.encoder_id, len(result.hits)))
            except LimnError as error:
                found.append(error)

    def follow() -> None:
        while not ends.wait(0.01):
            context.follow_model()

    threads = [threading.Thread(target=work) for work in (search, search, search, follow)]
    for thread in threads:
        thread.start()
    yield found
    ends.set()
    for thread in threads:
        thread.join()


def _wait_for(found: list[object], encoder_id: str) -> None:
    for _ in range(2000):
        if found and isinstance(found[-1], tuple) and found[-1][0] == encoder_id:
            return
        threading.Event().wait(0.005)
    raise AssertionError(f"nobody searches by {encoder_id}")


def test_a_model_takes_over_and_goes_back_while_people_search_and_uploads_come(
    line: ModelResources, tmp_path: Path
) -> None:
    weeks = [write_grants(tmp_path / f"I202101{n}.tar", [n]) for n in (12, 19, 26)]
    context = build_context(line, lambda *_: None)

    def meanwhile(n_done: int, _n_all: int) -> None:
        if n_done == 0:
            take_all_in(line, [weeks[0]])

    with _searchers(context) as found:
        model = models.register(line, "size-2")
        models.embed_candidate(line, model, meanwhile)
        everything = set(line.index.iter_figure_ids())
        assert len(everything) == (N_GRANTS + 1) * N_VIEWS
        assert _figures_of(line, model) == everything

        take_all_in(line, [weeks[1]])
        switch = models.promote(line, model, by=BY)
        assert switch is not None
        assert (switch.encoder_id, switch.former_id) == ("by-size-2", "by-size")
        assert (switch.by, switch.is_forced) == (BY, False)
        assert _figures_of(line, model) == set(line.index.iter_figure_ids()) > everything
        _wait_for(found, "by-size-2")
        now = line.successor()
        assert now is not None

        take_all_in(line, [weeks[2]])
        assert len(set(now.index.iter_figure_ids())) == (N_GRANTS + 3) * N_VIEWS
        back = models.roll_back(now, by=BY)
        assert (back.encoder_id, back.note) == ("by-size", "rolled back")
        _wait_for(found, "by-size")
        assert set(line.index.iter_figure_ids()) == set(now.index.iter_figure_ids())
    assert set(map(type, found)) == {tuple}, found
    assert {hits for _, hits in found} == {5}
    states = {model.encoder_id: model.state for model in line.catalogue.models()}
    assert states == {"by-size": ModelState.CURRENT, "by-size-2": ModelState.PREVIOUS}
    assert len(line.catalogue.model_switches()) == 3


def test_a_worse_model_is_refused_and_force_is_kept_on_record(line: ModelResources) -> None:
    model = _candidate(line, "pixel")
    with pytest.raises(GateRefused, match=r"first hit of the same publication -\d\.\d"):
        models.promote(line, model, by=BY)
    assert line.index.live_collection() == line.index.collection
    quality = line.catalogue.model("by-pixel")
    assert quality is not None
    assert quality.quality is not None
    assert quality.quality["verdict"] == "worse"
    switch = models.promote(line, model, by=BY, force=True)
    assert switch is not None
    assert switch.is_forced
    assert "worse than the current model at" in switch.note
    assert line.catalogue.model_switches()[0] == switch


def test_too_few_publications_prove_nothing(servers: dict[str, str], tmp_path: Path) -> None:
    with open_line(tmp_path, **servers, kind=ModelResources) as line:
        take_all_in(line, [write_grants(tmp_path / "I20210105.tar", range(3))])
        with pytest.raises(GateRefused, match=r"3 publications .* too few"):
            models.promote(line, _candidate(line, "size-2"), by=BY)
        _empty(line)


def test_an_embedding_that_is_killed_goes_on_where_it_stopped(
    line: ModelResources, servers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    process = _PROCESSES.Process(
        target=killed_embedding, args=(1,), kwargs={"home": line.settings.home, **servers}
    )
    monkeypatch.setattr("workers.reindexing._BATCH", 8)
    process.start()
    process.join(timeout=60)
    assert process.exitcode == -9
    ids = line.catalogue.figure_ids()
    kept = set(line.catalogue.embeddings("by-size-2", ids).figure_ids)
    n_embedded = 0

    def count(encoder: SecondSizeEncoder, images: list[object]) -> object:
        nonlocal n_embedded
        n_embedded += len(images)
        return super(SecondSizeEncoder, encoder).encode_images(images)

    monkeypatch.setattr(SecondSizeEncoder, "encode_images", count)
    model = _candidate(line, "size-2")
    assert n_embedded == len(ids) - len(kept)
    assert _figures_of(line, model) == set(ids)


def _take_in_but_for_the_index(
    line: ModelResources, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    embedded: list[str] = []
    with monkeypatch.context() as patch:
        patch.setattr(tasks.stages, "index", lambda _, ids: embedded.extend(ids) or [])
        take_all_in(line, [write_grants(folder / "I20210112.tar", [40])])
    assert len(embedded) == N_VIEWS
    return embedded


def test_figures_in_a_workers_hands_follow_a_promotion(
    line: ModelResources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = _candidate(line, "size-2")
    embedded = _take_in_but_for_the_index(line, tmp_path, monkeypatch)
    upsert = figure_points.upsert_points

    def promoted_meanwhile(resources, index, rows):
        monkeypatch.undo()
        done = upsert(resources, index, rows)
        models._Switch(*models._caught_up(line, model, _quiet)).make(by=BY, note="")
        line.beside(model).unprepared_index().delete_figures(embedded)
        return done

    monkeypatch.setattr(stages, "upsert_points", promoted_meanwhile)
    stages.index(line, embedded)
    assert set(embedded) < _figures_of(line, model)
    assert line.catalogue.counts().by_stage["indexed"] == (N_GRANTS + 1) * N_VIEWS


def test_who_is_held_to_another_checkpoint_refuses(
    line: ModelResources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = ModelResources(
        line.settings.model_copy(update={"encoder": EncoderSettings(checkpoint="pixel")})
    )
    with pytest.raises(EncoderMismatch, match=r"by-size .*by-pixel"):
        _ = held.index
    model = _candidate(line, "size-2")
    with pytest.raises(ModelInvalid, match="LIMN_ENCODER__CHECKPOINT holds Limn to pixel"):
        models.promote(held, model, by=BY)

    old = ModelResources(
        line.settings.model_copy(update={"encoder": EncoderSettings(checkpoint="size-2")})
    )
    embedded = _take_in_but_for_the_index(line, tmp_path, monkeypatch)
    assert line.index.count() == N_GRANTS * N_VIEWS  # opened while it was live
    reindex(old, _quiet)
    with pytest.raises(EncoderMismatch, match=r"figures_v\d+_by-size-2 is live"):
        stages.index(line, embedded)
    assert line.catalogue.counts().by_stage["embedded"] == N_VIEWS
    models.note_current(old, by=BY, note="")
    with pytest.raises(
        EncoderMismatch, match=r"by-size-2 is the current model, .* held to by-pixel"
    ):
        _ = held.index
    held.catalogue.close()
    old.catalogue.close()


def test_texts_that_changed_are_embedded_anew_by_the_other_model_too(line: ModelResources) -> None:
    model = _candidate(line, "size-2")
    chosen = line.catalogue.figure_ids()[0]
    before = line.catalogue.embeddings("by-size-2", [chosen]).text[0]
    assert line.catalogue.correct_text(chosen, "A hinge with three knuckles")
    for stage in (stages.embed, stages.index):
        stage(line, [chosen])
    models.promote(line, model, by=BY)
    after = line.catalogue.embeddings("by-size-2", [chosen])
    assert not np.array_equal(before, after.text[0])
    assert after.revisions == (line.catalogue.figures([chosen])[0].revision,)


def test_a_model_that_may_still_be_searched_by_is_not_pruned(line: ModelResources) -> None:
    pages_that_have_not_heard_of_it = line.search
    models.promote(line, _candidate(line, "size-2"), by=BY)
    now = line.successor()
    assert now is not None
    with pytest.raises(ModelInvalid, match="until a moment ago"):
        models.prune(now, "by-size")
    pruned = models.prune(now)
    assert (pruned.encoder_ids, pruned.collections, pruned.kept) == ((), (), ("by-size",))
    drawing = np.full((190, 100), 255, np.uint8)
    drawing[20:170, 10:14] = 0
    assert pages_that_have_not_heard_of_it.search(SearchQuery(limit=5), [drawing]).hits


def test_a_collection_of_an_older_schema_that_may_still_be_searched_is_not_pruned(
    line: ModelResources, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched_by_pages = line.unprepared_index()
    monkeypatch.setattr(schema, "SCHEMA_VERSION", schema.SCHEMA_VERSION + 1)
    now = ModelResources(line.settings)
    reindex(now, _quiet)
    pruned = models.prune(now)
    assert (pruned.collections, pruned.kept) == ((), (searched_by_pages.collection,))
    assert searched_by_pages.count() == N_GRANTS * N_VIEWS
    later = time.time() + models.STILL_SEARCHED_S
    monkeypatch.setattr("search.collection_setup.time.time", lambda: later)
    pruned = models.prune(now)
    assert (pruned.collections, pruned.kept) == ((searched_by_pages.collection,), ())
    assert now.index.count() == N_GRANTS * N_VIEWS
    now.catalogue.close()


def test_pruned_models_leave_nothing_behind(
    line: ModelResources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "STILL_SEARCHED_S", 0)
    models.promote(line, _candidate(line, "size-2"), by=BY)
    now = line.successor()
    assert now is not None
    with pytest.raises(ModelInvalid, match="is the current model"):
        models.prune(now, "by-size-2")
    assert now.kept_folder("by-size").is_dir()
    pruned = models.prune(now)
    assert pruned.encoder_ids == ("by-size",)
    assert pruned.collections == (line.unprepared_index().collection,)
    assert not now.kept_folder("by-size").exists()
    assert line.catalogue.embeddings("by-size", line.catalogue.figure_ids()).figure_ids == ()
    with pytest.raises(ModelInvalid, match="no previous model"):
        models.roll_back(now, by=BY)
    assert now.index.count() == N_GRANTS * N_VIEWS


def test_a_restored_home_searches_by_the_model_that_was_promoted(
    line: ModelResources, tmp_path: Path
) -> None:
    models.promote(line, _candidate(line, "size-2"), by=BY)
    now = line.successor()
    assert now is not None
    made = make_certificate(now, _saved_search(now), by=BY)
    back_up(line, tmp_path / "backups", _quiet)
    _empty(line)

    other = ModelResources(line.settings.model_copy(update={"home": tmp_path / "other"}))
    (tmp_path / "other").mkdir()
    restore(other, tmp_path / "backups", read_backup(tmp_path / "backups"), _quiet)
    assert other.encoder.encoder_id == "by-size-2"
    assert reindex(other, _quiet) == N_GRANTS * N_VIEWS
    assert replay_certificate(other, made.record).verdict is Replayed.SAME
    assert models.roll_back(other, by=BY).encoder_id == "by-size"
    assert Path(other.checkpoint_of(models.find_model(other, "by-size"))).is_dir()
    other.catalogue.close()


def test_a_wide_interval_stops_nobody_and_a_narrow_one_below_the_tolerance_does() -> None:
    def track(low: float, high: float) -> dict[str, TrackQuality]:
        measured = TrackQuality(
            n_queries=90, n_publications=30, n_gallery=90, systems={},
            gain={"hit_at_1": (low + high) / 2, "map": 0.0},
            gain_ci95={"hit_at_1": (low, high), "map": (0.0, 0.0)},
        )  # fmt: skip
        return {"publication": measured}

    assert pass_judgement(track(-0.2, 0.01), 0.01)[0] is Verdict.PASSED
    assert pass_judgement(track(-0.04, -0.005), 0.01)[0] is Verdict.PASSED
    assert pass_judgement(track(-0.04, -0.02), 0.01)[0] is Verdict.WORSE
    assert pass_judgement({}, 0.01)[0] is Verdict.UNKNOWN
