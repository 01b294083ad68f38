"""The method and its rivals are trained alike, once each, and compared query by query."""

import json

import numpy as np
import pytest
from PIL import Image

from benchmarks import method_runs
from benchmarks.bench_training_methods import compare, tables
from benchmarks.method_changes import RIVALS, changed, method_names
from benchmarks.method_runs import read_set, run_of
from encoder.training.caches import build_caches
from encoder.training.config import ProjectorFitConfig, ProjectorStepsConfig, read_config
from encoder.training.corpus import build_corpus
from encoder.training.drawings import Drawing, DrawnObject
from encoder.training.packing import write_drawing_set
from encoder.training.train import train
from tests.encoder.test_parallel import CONFIG, ROOT

NAMES = ("beginning", "informed", *RIVALS)
KINDS = ("lamp", "chair")
CONFIGS = sorted((ROOT / "encoder" / "training" / "configs").glob("*.toml"))


def bars(number, view):
    image = np.full((64, 64), 255, np.uint8)
    image[8:56, 6 + 6 * number : 9 + 6 * number + view] = 0
    image[10 + 4 * number, 4:60] = 0
    return image


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    """Two sources of bars, and figures to measure on, in a folder of their own."""
    folder = tmp_path_factory.mktemp("methods")
    for source in ("bars", "more"):
        drawings = (
            Drawing(
                f"{source} {number}",
                DrawnObject(KINDS[number % 2], (KINDS[number % 2], f"{source} {number}"), "06"),
                bars(number, view),
            )
            for number in range(4)
            for view in range(2)
        )
        write_drawing_set(folder / source, drawings, recipe=source)
    lines = ["file,publication_id,title,locarno"]
    (folder / "measured").mkdir()
    for number in range(4):
        for view in range(2):
            name = f"{number}-{view}.png"
            Image.fromarray(bars(number + 4, view)).save(folder / "measured" / name)
            lines.append(f"{name},P{number},{KINDS[number % 2]},{6 + number % 2:02}-01")
    (folder / "measured" / "manifest.csv").write_text("\n".join(lines), encoding="utf-8")
    text = CONFIG.format(folder=folder, batch_size=8)
    other = f'[[sources]]\nkind = "manifest"\npath = "{folder}/measured"\nshare = 1\n[model]'
    (folder / "m.toml").write_text(text.replace("[model]", other), encoding="utf-8")
    return read_config(folder / "m.toml")


@pytest.fixture(scope="module")
def sets(config):
    return {"bars": read_set(config.run_dir.parent / "measured")}


@pytest.fixture(scope="module")
def report(config, sets):
    """Of six networks; one run of them had been killed after two steps of four."""
    train(run_of(config, "arcface", 0), until_step=2)
    return compare(config, sets, NAMES, 1)


def test_whole_networks_are_compared_with_the_method_query_by_query(report):
    assert tuple(report) == NAMES
    for name, found in report.items():
        assert list(found) == ["bars: same publication", "bars: same class", "bars: title"]
        for entry in found.values():
            mean = entry.get("map", entry.get("r_at_10"))
            assert entry["ci95"][0] <= mean <= entry["ci95"][1]
            assert ("method_gains" in entry) == (name != "informed")
    theirs, own = (report[name]["bars: same publication"] for name in ("arcface", "informed"))
    assert theirs["method_gains"] == pytest.approx(own["map"] - theirs["map"], abs=2e-4)


def test_what_is_trained_is_not_trained_again_and_what_was_killed_goes_on(
    report, config, sets, monkeypatch
):
    history = (run_of(config, "arcface", 0).run_dir / "history.jsonl").read_text(encoding="utf-8")
    assert [json.loads(line)["step"] for line in history.splitlines()] == [2, 4]
    monkeypatch.setattr(method_runs, "train", lambda run: pytest.fail(f"{run.run_dir} again"))
    assert compare(config, sets, NAMES, 1) == report


def test_tables_have_a_row_for_each_objective_and_gains_for_all_but_the_method(report):
    means, gains = tables(report)
    assert means.splitlines()[0].count("|") == means.splitlines()[2].count("|") == 5
    assert [line.split(" | ")[0] for line in means.splitlines()[2:]] == [f"| {n}" for n in NAMES]
    assert "| method over clip | " in gains
    assert "informed" not in gains


def test_without_steps_of_the_network_projectors_are_compared(config, sets, monkeypatch):
    steps = ProjectorStepsConfig(n_steps=2, batch_size=8)
    changes = {
        "schedule": config.schedule.model_copy(update={"n_steps": 0}),
        "model": config.model.model_copy(update={"projector": "linear"}),
        "projector_fit": ProjectorFitConfig(n_drawings_per_object=2, steps=steps),
    }
    projectors, names = config.model_copy(update=changes), ("informed", "clip", "without cache")
    report = compare(projectors, sets, names, 2)
    assert "method_gains" in report["without cache"]["bars: title"]
    monkeypatch.setattr(method_runs, "train_projector", lambda *given: pytest.fail("again"))
    assert compare(projectors, sets, names, 2) == report


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_shipped_configuration_can_be_compared(path):
    config = read_config(path)
    assert set(RIVALS) < set(method_names(config))
    for name in method_names(config):
        assert changed(config, name).sources


def test_ablations_change_one_thing_each(config):
    names = method_names(config)
    assert names == (
        *NAMES,
        *(f"without {part}" for part in ("view", "coarse", "instance", "balance", "enrichment")),
        *("without cache", "without manifest"),
    )
    whole = config.model_dump()
    for name in set(names) - {"informed"}:
        other = changed(config, name).model_dump()
        assert len([part for part in whole if whole[part] != other[part]]) == 1, name
    assert changed(config, "without coarse").objective.terms == ("instance", "view")
    assert [one.kind for one in changed(config, "without cache").sources] == ["manifest"]
    runs = {run_of(config, name, seed).run_dir for name in names for seed in range(2)}
    assert len(runs) == 2 * len(names)


def test_without_enrichment_every_object_has_its_plain_name_alone(config):
    plain = changed(config, "without enrichment")
    corpus = build_corpus(plain, build_caches(plain))
    assert np.diff(corpus.text_starts).tolist() == [1] * 8
    whole = build_corpus(config, build_caches(config))
    objects = np.arange(8)
    assert np.array_equal(corpus.first_texts(objects), whole.first_texts(objects))
