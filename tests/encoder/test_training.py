"""A tiny network learns generated shapes end to end, and a killed run goes on exactly."""

import copy
import json

import numpy as np
import pytest
import torch
from PIL import Image

from core.errors import ConfigurationFault, QueryInvalid
from encoder.checkpoint import load_encoder
from encoder.evaluation.plots import PART_COLOURS
from encoder.model import DrawingNet
from encoder.sentence_module import DrawingModule
from encoder.training.augment import unpack
from encoder.training.caches import build_caches
from encoder.training.config import (
    BlendConfig,
    ProjectorFitConfig,
    ProjectorStepsConfig,
    read_config,
)
from encoder.training.corpus import build_corpus
from encoder.training.drawings import Drawing, DrawnObject, read_drawing_set
from encoder.training.features import PooledFeatures, pooled_features
from encoder.training.objectives import ObjectiveConfig
from encoder.training.packing import write_drawing_set
from encoder.training.parallel import Ranks
from encoder.training.projector_training import train_projector
from encoder.training.run import start_run
from encoder.training.state import load_best
from encoder.training.train import publish_run, train

CONFIG = """
name = "tiny-shapes"
seed = 5
cache_dir = "{folder}/cache"
run_dir = "{folder}/{run}"
device = "cpu"
mixed_precision = false

[[sources]]
kind = "cache"
path = "{folder}/shapes"
share = 1

[model]
backbone = {{ kind = "resnet", stem_width = 8, stage_widths = [8, 16], stage_depths = [1, 1] }}
projector_width = 32

[preprocess]
size_px = 48

[augment]
mirror = 0.5
quarter_turn = 0.1
rotate = 0.5
max_rotation_deg = 10
max_stretch = 0.1
zoom = 0.1
max_zoom = 1.3
thicken = 0.3
break_strokes = 0.1
hatch = 0.2
erase = 0.1
speckle = 0.1

[schedule]
n_steps = 40
batch_size = 16
learning_rate = 5e-3
weight_decay = 0.01
n_warmup_steps = 5
early_size_px = 32
early_share = 0.25
ema_decay = 0.9
save_every_steps = 10
"""
KINDS = ("square frame", "cross", "ladder", "tee", "comb", "corner", "pillar", "grid")


def shape(kind, seed):
    rng = np.random.default_rng(seed)
    image = np.full((160, 160), 255, np.uint8)
    low, high, pen = rng.integers(10, 40), rng.integers(110, 150), rng.integers(3, 9)
    middle = (low + high) // 2
    bars = {
        "square frame": ([low, high], [low, high]),
        "cross": ([middle], [middle]),
        "ladder": ([low, middle, high], [low + 20, high - 20]),
        "tee": ([low], [middle]),
        "comb": ([high], list(range(low, high, 16))),
        "corner": ([high], [low]),
        "pillar": ([], [middle - 14, middle, middle + 14]),
        "grid": (list(range(low, high, 22)), list(range(low, high, 22))),
    }[kind]
    for y in bars[0]:
        image[y : y + pen, low : high + pen] = 0
    for x in bars[1]:
        image[low : high + pen, x : x + pen] = 0
    return image


def shapes():
    for number in range(6):
        for kind_idx, kind in enumerate(KINDS):
            drawn = DrawnObject(kind, (kind, f"a line drawing of a {kind}"), f"{kind_idx + 1:02}")
            for view in range(2):
                image = shape(kind, [kind_idx, number, view])
                yield Drawing(f"{kind}/{number}", drawn, image)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("training")
    write_drawing_set(made / "shapes", shapes(), recipe="generated shapes")
    return made


@pytest.fixture(scope="module")
def make_config(folder):
    def make(run):
        path = folder / f"{run}.toml"
        path.write_text(CONFIG.format(folder=folder, run=run), encoding="utf-8")
        return read_config(path)

    return make


@pytest.fixture(scope="module")
def trained(make_config):
    return train(make_config("whole"))


def losses_of(config):
    lines = (config.run_dir / "history.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["losses"] for line in lines]


def test_training_learns_to_tell_shapes_apart(trained, make_config, tmp_path):
    publish_run(make_config("whole"), tmp_path / "checkpoint")
    encoder = load_encoder(tmp_path / "checkpoint", n_threads=1, batch_size=16)
    unseen = [shape(kind, [99, kind_idx]) for kind_idx, kind in enumerate(KINDS)]
    gallery = [shape(kind, [77, kind_idx]) for kind_idx, kind in enumerate(KINDS)]
    scores = encoder.encode_images(unseen) @ encoder.encode_images(gallery).T
    found = (scores.argmax(axis=1) == np.arange(len(KINDS))).mean()
    by_text = encoder.encode_texts(list(KINDS)) @ encoder.encode_images(gallery).T
    named = (by_text.argmax(axis=1) == np.arange(len(KINDS))).mean()
    assert trained.step == 40
    assert found >= 0.6  # chance is 1 in 8
    assert named >= 0.5


def test_training_leaves_the_smallest_numbers_alone(trained):
    assert trained.step == 40
    assert np.nextafter(np.zeros(1), 1)[0] > 0, "SciPy's trees need them"


def test_a_killed_run_goes_on_exactly(trained, make_config):
    config = make_config("halved")
    train(config, until_step=20)
    resumed = train(config)
    assert resumed.step == trained.step
    for name, value in resumed.net.state_dict().items():
        assert torch.equal(value, trained.net.state_dict()[name]), name
    assert losses_of(config)[-1] == losses_of(trained.config)[-1]


def test_loss_falls(make_config):
    config = make_config("falling")
    first = train(config, until_step=1)
    assert first.step == 1
    train(config)
    start, end = losses_of(config)[0], losses_of(config)[-1]
    assert end["total"] < 0.85 * start["total"]
    assert end["view"] < start["view"]


def test_projector_steps_bring_drawings_of_a_kind_together_and_repeat(make_config):
    config = make_config("steps")
    config = config.model_copy(
        update={
            "model": config.model.model_copy(update={"projector": "linear"}),
            "objective": ObjectiveConfig(terms=("view",)),
        }
    )
    corpus = build_corpus(config, build_caches(config))
    fit = ProjectorFitConfig(n_drawings_per_object=3)
    torch.manual_seed(0)
    net = DrawingNet(config.model)
    pooled = pooled_features(net, corpus, config, fit)
    steps = ProjectorStepsConfig(n_steps=60, batch_size=32, learning_rate=3e-3)
    begun, weights = copy.deepcopy(net.projector), []
    for _ in range(2):
        net.projector.load_state_dict(begun.state_dict())
        train_projector(net.projector, pooled, corpus, config.objective, steps, seed=1)
        weights.append(net.projector.weight.detach().clone())
    assert torch.equal(*weights)
    mixed = rearranged(pooled)
    net.projector.load_state_dict(begun.state_dict())
    train_projector(net.projector, mixed, corpus, config.objective, steps, seed=1)
    assert torch.equal(net.projector.weight, weights[0])
    kinds = corpus.levels["label"][pooled.objects]
    assert gap(net.projector, pooled, kinds) > gap(begun, pooled, kinds) + 0.1


def rearranged(pooled):
    """The same features, their objects in another order, as a fit to some objects draws them."""
    objects = np.unique(pooled.objects)
    order = np.concatenate([np.flatnonzero(pooled.objects == one) for one in objects[::-1]])
    return PooledFeatures(pooled.features[order], pooled.objects[order])


def gap(projector, pooled, kinds):
    """How much more alike drawings of one kind are than drawings of two."""
    with torch.inference_mode():
        vectors = torch.nn.functional.normalize(projector(torch.from_numpy(pooled.features)))
    likeness, is_same = (vectors @ vectors.T).numpy(), kinds[:, None] == kinds[None, :]
    return likeness[is_same].mean() - likeness[~is_same].mean()


def test_a_run_trains_its_projector_before_the_first_step(make_config):
    config = make_config("projector")
    fit = ProjectorFitConfig(n_drawings_per_object=2)
    steps = ProjectorStepsConfig(n_steps=2, batch_size=16)
    wide = config.model.backbone.model_copy(update={"stage_widths": (8, 200)})
    net = config.model.model_copy(update={"projector": "linear", "backbone": wide})
    schedule = config.schedule.model_copy(update={"n_steps": 0})
    weights = []
    for name, given in (
        ("begun", None),
        ("fitted", fit),
        ("trained", fit.model_copy(update={"steps": steps})),
        ("kept", fit.model_copy(update={"kept": 0.9})),
    ):
        changes = {"model": net, "schedule": schedule, "projector_fit": given}
        run = train(config.model_copy(update=changes | {"run_dir": config.run_dir / name}))
        weights.append(run.average.projector.weight)
    begun, fitted, trained_on, kept = weights
    assert 0 < (trained_on - fitted).norm() < 0.2 * fitted.norm()
    rest = (kept - 0.1 * fitted).flatten()
    assert float(torch.cosine_similarity(rest, begun.flatten(), dim=0)) == pytest.approx(1)


def test_a_projector_is_fitted_before_the_network_leaves_the_processor(make_config, monkeypatch):
    config = make_config("elsewhere")
    wide = config.model.backbone.model_copy(update={"stage_widths": (8, 200)})
    changes = {
        "model": config.model.model_copy(update={"projector": "linear", "backbone": wide}),
        "projector_fit": ProjectorFitConfig(
            n_drawings_per_object=2, steps=ProjectorStepsConfig(n_steps=1, batch_size=16)
        ),
    }
    config = config.model_copy(update=changes)
    # torch's device that computes nothing stands for a GPU: mixing the two fails alike
    monkeypatch.setattr("encoder.training.run.pick_device", lambda config: "meta")
    run = start_run(config, build_corpus(config, build_caches(config)), Ranks())
    modules = (run.net, run.average)
    assert {value.device.type for one in modules for value in one.parameters()} == {"meta"}


def test_a_blend_lies_between_beginning_and_end(make_config, tmp_path):
    config = make_config("blend")
    wide = config.model.backbone.model_copy(update={"stage_widths": (8, 200)})
    net = config.model.model_copy(update={"projector": "linear", "backbone": wide})
    fit = ProjectorFitConfig(n_drawings_per_object=2)
    still = config.schedule.model_copy(update={"n_steps": 0})
    changes = {"model": net, "schedule": still, "run_dir": config.run_dir / "begin"}
    begin = train(config.model_copy(update=changes))
    changes = {
        "model": net,
        "schedule": still.model_copy(update={"n_steps": 2}),
        "start_from": config.run_dir / "begin",
        "run_dir": config.run_dir / "end",
        "blend": BlendConfig(share=0.25, projector_fit=fit),
    }
    config = config.model_copy(update=changes)
    end = train(config)
    publish_run(config, tmp_path / "checkpoint")
    found = DrawingModule.load(str(tmp_path / "checkpoint")).net.state_dict()
    name = "backbone.network.embedder.embedder.convolution.weight"
    first, last = (run.average.state_dict()[name] for run in (begin, end))
    assert not torch.equal(first, last)
    assert torch.allclose(found[name], 0.75 * first + 0.25 * last, atol=1e-3)
    record = json.loads((tmp_path / "checkpoint" / "encoder.json").read_text(encoding="utf-8"))
    assert record["training"]["step"] == 2
    with pytest.raises(ConfigurationFault, match="needs `start_from`"):
        publish_run(config.model_copy(update={"start_from": None}), tmp_path / "other")


def test_published_training_record_names_no_places(make_config, trained, tmp_path, folder):
    assert trained.step == 40
    publish_run(make_config("whole"), tmp_path / "checkpoint")
    record = (tmp_path / "checkpoint" / "encoder.json").read_text(encoding="utf-8")
    assert str(folder) not in record
    shapes = json.loads(record)["training"]["data"]["shapes"]
    assert (shapes["n_drawings"], shapes["n_objects"]) == (96, 48)
    tail = json.loads(record)["training"]["long_tail"]["label"]
    assert tail == {
        "n_classes": 8,
        "n_drawings": 96,
        "n_classes_with_a_third": 3,
        "largest": 12,
    }


def test_load_best_of_an_empty_run_says_so(tmp_path):
    with pytest.raises(QueryInvalid, match="no saved state"):
        load_best(tmp_path)


@pytest.mark.parametrize(
    ("text", "reason"), [("name = ", "r.toml"), ('name = "x"\nsurprise = 1', "surprise")]
)
def test_read_config_says_what_is_wrong(tmp_path, text, reason):
    (tmp_path / "r.toml").write_text(text, encoding="utf-8")
    with pytest.raises(QueryInvalid, match=reason):
        read_config(tmp_path / "r.toml")


def test_read_config_of_a_missing_file(tmp_path):
    with pytest.raises(QueryInvalid, match="no such training configuration"):
        read_config(tmp_path / "none.toml")


def test_batches_hold_two_drawings_of_each_object_and_depend_on_the_step_alone(make_config):
    config = make_config("whole")
    corpus = build_corpus(config, build_caches(config))
    batch, again = (corpus.batch(16, seed=5, step=3) for _ in range(2))
    assert np.array_equal(batch.packed, again.packed)
    assert np.array_equal(batch.texts, again.texts)
    assert (batch.objects[::2] == batch.objects[1::2]).all()
    assert len(set(batch.objects[::2])) == 8
    assert set(batch.levels["locarno"]) <= set(range(1, 9))
    assert not np.array_equal(batch.objects, corpus.batch(16, seed=5, step=4).objects)


def test_parts_of_a_batch_are_the_whole_batch(make_config):
    config = make_config("whole")
    corpus = build_corpus(config, build_caches(config))
    whole = corpus.batch(16, seed=5, step=3)
    parts = [corpus.batch(16, seed=5, step=3, part=(part, 2)) for part in range(2)]
    assert np.array_equal(np.concatenate([part.packed for part in parts]), whole.packed)
    assert all(np.array_equal(part.texts, whole.texts) for part in parts)
    assert all(np.array_equal(part.objects, whole.objects) for part in parts)


def test_one_publication_in_two_sources_is_one_and_wordless_objects_have_no_text(tmp_path):
    named = DrawnObject("cross", ("cross",), "01", "US-D0000001-S1")
    wordless = DrawnObject("", (), None, "USD0000001")
    other = DrawnObject("", (), None, "USD0000002")
    for name, objects in (("one", [named]), ("two", [wordless, other])):
        views = [
            Drawing(drawn.publication_id, drawn, shape("grid", [number, view]))
            for number, drawn in enumerate(objects)
            for view in range(2)
        ]
        write_drawing_set(tmp_path / name, views, recipe=name)
    text = CONFIG.format(folder=tmp_path, run="run").replace("shapes", "one")
    source = f'[[sources]]\nkind = "cache"\npath = "{tmp_path}/two"\nshare = 2\n\n[model]'
    (tmp_path / "r.toml").write_text(text.replace("[model]", source), encoding="utf-8")
    config = read_config(tmp_path / "r.toml")
    corpus = build_corpus(config, build_caches(config))
    assert corpus.identities.tolist() == [0, 0, 2]
    assert corpus.levels["label"].tolist() == [0, -1, -1]
    assert corpus.levels["frequency"].tolist() == [0, -1, -1]
    batch = corpus.batch(8, seed=1, step=0)
    has_text = batch.texts.any(axis=1)
    assert has_text.tolist() == (batch.levels["label"] == 0).tolist()
    assert corpus.first_texts(np.array([0, 1, 2])).any(axis=1).tolist() == [True, False, False]


def test_a_run_writes_its_long_tail(trained):
    table = (trained.config.run_dir / "long_tail.csv").read_text(encoding="utf-8").splitlines()
    assert table[0] == "level,class,part,n_drawings"
    assert next(line for line in table if line.startswith("label,")) == "label,comb,head,12"
    assert {line.split(",")[2] for line in table[1:]} == {"head", "middle", "tail"}
    picture = np.asarray(Image.open(trained.config.run_dir / "long_tail.png").convert("RGB"))
    for colour in PART_COLOURS.values():
        drawn = [int(colour[start : start + 2], 16) for start in (1, 3, 5)]
        assert (picture == drawn).all(axis=2).sum() > 500, colour


def test_drawing_set_keeps_pixels_objects_and_leaves_blank_drawings_out(tmp_path):
    drawn = DrawnObject("box", ("box",), "09")
    views = [
        Drawing("a", drawn, shape("cross", 1)),
        Drawing("b", drawn, np.full((9, 9), 255, np.uint8)),
        Drawing("a", drawn, shape("grid", 1)),
    ]
    assert write_drawing_set(tmp_path, views, recipe="r") == 2
    kept = read_drawing_set(tmp_path)
    assert kept.objects == (drawn,)
    assert kept.object_idx.tolist() == [0, 0]
    bits = unpack(torch.from_numpy(kept.packed_at(np.array([0, 1]))))
    assert bits.shape == (2, 1, 192, 192)
    assert bits[0].sum() < bits[1].sum()
