"""Another encoder is a setting: a collection of its own is built, and nothing is mixed up."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

from tests.encoder.tiny_models import write_tiny_clip


@pytest.mark.model
@pytest.mark.slow
def test_figures_are_ingested_and_searched_by_a_clip_and_then_by_the_shipped_encoder(
    limn: Any, archives: list[Path], tmp_path: Path
) -> None:
    folder = write_tiny_clip(tmp_path / "tiny-clip")
    by_clip = dataclasses.replace(limn, variables={"LIMN_ENCODER__CHECKPOINT": str(folder)})
    ingested = by_clip("ingest", archives[0], "--json")
    assert ingested.code == 0, ingested.err
    drawing = Image.new("L", (300, 500), 255)
    ImageDraw.Draw(drawing).rectangle((40, 40, 240, 440), outline=0, width=4)
    drawing.save(tmp_path / "query.png")
    asked = ("search", "--image", tmp_path / "query.png", "--text", "chair", "--json")
    assert by_clip(*asked).json["hits"]

    mixed = limn(*asked)
    assert mixed.code == 2
    assert "tiny-clip-" in mixed.err
    assert "limn reindex" in mixed.err

    rebuilt = limn("reindex")
    assert rebuilt.code == 0, rebuilt.err
    assert f"{ingested.json['indexed']} figures in the index" in rebuilt.out
    assert limn(*asked).json["hits"]
    assert by_clip(*asked).code == 2
