"""Two processes on halves of a batch do what one does on the whole."""

import json
import os
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
import torch

from core.errors import ConfigurationFault
from encoder.training.config import read_config
from encoder.training.drawings import Drawing, DrawnObject
from encoder.training.packing import write_drawing_set
from encoder.training.parallel import Ranks
from encoder.training.train import train
from tests.encoder.two_ranks import gradients

ROOT = Path(__file__).parents[2]
CONFIG = """
name = "two-ranks"
seed = 3
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
n_steps = 4
batch_size = {batch_size}
learning_rate = 1e-2
weight_decay = 0.01
n_warmup_steps = 1
early_size_px = 32
save_every_steps = 2
"""


def bars():
    for number in range(8):
        for view in range(2):
            image = np.full((64, 64), 255, np.uint8)
            image[8:56, 6 + 6 * number : 9 + 6 * number + view] = 0
            image[10 + 4 * number, 4:60] = 0
            drawn = DrawnObject(f"bar {number}", ("bar",), f"{number + 1:02}")
            yield Drawing(str(number), drawn, image)


def write_config(folder, *, batch_size=8):
    path = folder / f"two-{batch_size}.toml"
    path.write_text(CONFIG.format(folder=folder, batch_size=batch_size), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What two processes left."""
    folder = tmp_path_factory.mktemp("ranks")
    write_drawing_set(folder / "bars", bars(), recipe="bars")
    torchrun = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    script = [str(ROOT / "tests" / "encoder" / "two_ranks.py")]
    arguments = [str(write_config(folder)), str(folder)]
    done = subprocess.run(
        [sys.executable, *torchrun, *script, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


@pytest.mark.parametrize("kept", ["informed", "chunked", "arcface"])
def test_two_halves_give_the_loss_and_gradients_of_the_whole(folder, kept):
    method = "informed" if kept == "chunked" else kept
    # batch norms see eight drawings in each of two ranks, and four in a chunk of four
    whole = gradients(Ranks(), method, 4 if kept == "chunked" else 8)
    first, second = (torch.load(folder / f"{kept}-{rank}.pt") for rank in range(2))
    assert set(first) == set(whole)
    for name, value in whole.items():
        assert torch.equal(first[name], second[name]), name
        assert torch.allclose(first[name], value, rtol=1e-4, atol=1e-6), name


def test_a_run_of_two_goes_on_stays_equal_and_is_written_by_one(folder):
    first, second = (torch.load(folder / f"weights-{rank}.pt") for rank in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)
    state = torch.load(folder / "run" / "state.pt", weights_only=True)
    assert state["step"] == 4
    assert all(torch.equal(state["net"][name], value) for name, value in first.items())
    history = (folder / "run" / "history.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["step"] for line in history] == [2, 4]


def test_one_process_goes_on_with_what_two_began(folder):
    config = read_config(write_config(folder))
    longer = config.schedule.model_copy(update={"n_steps": 5})
    run = train(config.model_copy(update={"schedule": longer}))
    assert run.step == 5


def test_a_batch_that_cannot_be_split_is_refused(folder, monkeypatch):
    monkeypatch.setattr(
        "encoder.training.train.joined_ranks", lambda device: nullcontext(Ranks(0, 2))
    )
    with pytest.raises(ConfigurationFault, match="batch of 6 drawings"):
        train(read_config(write_config(folder, batch_size=6)))
