"""The example that trains a tiny encoder from generated designs: fewer of them, the same way."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from encoder.training.config import read_config
from ui.cli import app

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "train_tiny.toml"
SMALLER = {
    "n_designs = 8": "n_designs = 4",
    '"chair", "mug", "bottle", "hammer", "wrench", "comb", "ladder", "eyeglasses"': '"mug", "comb"',
    "held_out_one_in = 5": "held_out_one_in = 3",
    "n_steps = 250": "n_steps = 6",
    "batch_size = 64": "batch_size = 8",
    "n_warmup_steps = 20": "n_warmup_steps = 1",
    "\nevery_steps = 50\n": "\nevery_steps = 3\n",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the example was followed."""
    folder = tmp_path_factory.mktemp("tiny")
    text = EXAMPLE.read_text(encoding="utf-8")
    for whole, part in SMALLER.items():
        assert whole in text, whole
        text = text.replace(whole, part)
    (folder / "tiny.toml").write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        arguments = ["train", "tiny.toml", "--publish", "runs/tiny/checkpoint", "--json"]
        result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["step"] == 6
    return folder


def test_the_example_trains_and_what_it_publishes_can_be_measured(folder, monkeypatch):
    monkeypatch.chdir(folder)
    arguments = ["evaluate", "--checkpoint", "runs/tiny/checkpoint", "--as-is", "--json"]
    arguments += ["--images", "runs/tiny/held_out", "--relevance", "publication"]
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert report["n_queries"] > 0
    assert 0 < report["model"]["map"] <= 1


def test_the_example_keeps_a_record_of_what_was_held_out_and_looked_for(folder):
    record = json.loads((folder / "runs/tiny/run/run.json").read_text(encoding="utf-8"))
    (drawn,) = record["data"].values()
    assert drawn["n_drawings"] > 20
    assert record["leaks"]["policy"] == "drop"
    assert str(folder) not in json.dumps(record)
    assert (folder / "runs/tiny/run/long_tail.png").is_file()


def test_the_example_as_it_stands_is_a_valid_configuration():
    assert read_config(EXAMPLE).schedule.n_steps == 250
