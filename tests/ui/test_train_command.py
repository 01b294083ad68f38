"""`limn train` from a configuration to a checkpoint folder, and the picture of augmentations."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from core.errors import QueryInvalid
from encoder.training.drawings import Drawing, DrawnObject
from encoder.training.packing import write_drawing_set
from ui.cli import app

CONFIG = """
name = "tiny-bars"
seed = 1
cache_dir = "{folder}/cache"
run_dir = "{folder}/run"
device = "cpu"
mixed_precision = false
[[sources]]
kind = "cache"
path = "{folder}/bars"
share = 1
[model]
backbone = {{ kind = "resnet", stem_width = 8, stage_widths = [8], stage_depths = [1] }}
projector_width = 16
[preprocess]
size_px = 32
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
n_steps = 3
batch_size = 8
chunk_size = 4
learning_rate = 1e-3
weight_decay = 0.01
n_warmup_steps = 1
early_size_px = 32
"""


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    folder = tmp_path_factory.mktemp("train")
    drawings = []
    for number in range(6):
        for view in range(2):
            image = np.full((64, 64), 255, np.uint8)
            image[8:56, 6 + 8 * number : 9 + 8 * number + view] = 0
            image[10 + 4 * number, 4:60] = 0
            drawings.append(Drawing(str(number), DrawnObject(f"bar {number}", ("bar",)), image))
    write_drawing_set(folder / "bars", drawings, recipe="bars")
    path = folder / "tiny.toml"
    path.write_text(CONFIG.format(folder=folder), encoding="utf-8")
    return path


def test_train_publishes_a_checkpoint_and_keeps_a_record(config):
    checkpoint = config.parent / "checkpoint"
    arguments = ["train", str(config), "--publish", str(checkpoint), "--json"]
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {"step": 3, "best_map": None}
    assert (checkpoint / "image.onnx").is_file()
    record = json.loads((config.parent / "run" / "run.json").read_text(encoding="utf-8"))
    assert record["recipe"]["schedule"]["n_steps"] == 3
    assert record["data"]["bars"]["n_drawings"] == 12
    assert list((config.parent / "run" / "tensorboard").iterdir())


def test_train_draws_every_augmentation(config):
    sheet = config.parent / "sheet.png"
    arguments = ["train", str(config), "--show-augmentations", str(sheet)]
    assert CliRunner().invoke(app, arguments, catch_exceptions=False).exit_code == 0
    picture = np.asarray(Image.open(sheet))
    assert picture.shape[0] == 15 * 128  # unchanged, the mixture, and thirteen changes
    assert (picture < 128).any(axis=1).reshape(15, 128).any(axis=1).all()


def test_train_without_a_configuration_says_so(tmp_path):
    with pytest.raises(QueryInvalid, match="no such training configuration"):
        CliRunner().invoke(app, ["train", str(tmp_path / "none.toml")], catch_exceptions=False)


def test_train_on_several_devices_starts_torchrun_with_the_same_command(config, monkeypatch):
    started = []

    def run(command, *, env, check):
        started.append((command, env["OMP_NUM_THREADS"]))
        return SimpleNamespace(returncode=3)

    monkeypatch.setattr("ui.train_command.subprocess.run", run)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    arguments = ["train", str(config), "--devices", "2", "--publish", "new", "--json"]
    assert CliRunner().invoke(app, arguments, catch_exceptions=False).exit_code == 3
    ((command, n_threads),) = started
    assert command[1:6] == ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    assert command[-5:] == ["train", str(config), "--publish", "new", "--json"]
    assert n_threads == "1"
