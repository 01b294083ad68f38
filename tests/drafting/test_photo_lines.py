"""Photographs: told from drawings, and redrawn as lines on white paper."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from scipy import ndimage

from core.ports import GreyImage
from drafting.photo_lines import line_art_of_photograph, looks_like_photograph
from tests.conftest import REAL_DATA


def ball(background: int = 210, noise: float = 4.0) -> GreyImage:
    """A shaded ball of radius 150 before a ramp of light."""
    rows, columns = np.indices((480, 600), np.float64)
    down, right = (rows - 240) / 150, (columns - 300) / 150
    height = np.sqrt(np.clip(1 - down**2 - right**2, 0, None))
    light = 60 + 110 * np.clip(0.6 * height - 0.5 * down - 0.4 * right, 0, 1)
    scene = np.where(height > 0, light, background - 30 * rows / 480)
    grain = np.random.default_rng(0).normal(0, noise, scene.shape)
    return np.clip(scene + grain, 0, 255).astype(np.uint8)


def drawing(step_px: int) -> GreyImage:
    """A densely hatched chair back, scaled so that its lines turn grey."""
    page = Image.new("L", (1600, 1600), 255)
    pen = ImageDraw.Draw(page)
    pen.rectangle((200, 200, 1400, 1400), outline=0, width=6)
    for x in range(200, 1400, step_px):
        pen.line((x, 200, x, 1400), fill=0, width=3)
    return np.asarray(page.resize((512, 512), Image.Resampling.LANCZOS))


def test_smooth_grey_is_a_photograph_and_hatching_is_not() -> None:
    assert looks_like_photograph(ball())
    for step_px in (20, 40, 200):
        assert not looks_like_photograph(drawing(step_px))
    assert not looks_like_photograph(np.full((90, 90), 255, np.uint8))


def test_outline_is_drawn_and_the_background_is_white() -> None:
    drawn = line_art_of_photograph(ball())
    assert set(np.unique(drawn)) == {0, 255}
    height, width = drawn.shape
    assert max(height, width) == 512
    rows, columns = np.nonzero(drawn == 0)
    away = np.hypot(rows - height / 2, columns - width / 2) / (512 / 600)
    assert np.quantile(away, [0.05, 0.95]) == pytest.approx([150, 150], abs=12)
    closed = ndimage.binary_fill_holes(drawn == 0)
    assert closed.sum() == pytest.approx(np.pi * (150 * 512 / 600) ** 2, rel=0.08)


def test_nothing_is_drawn_where_nothing_stands_out() -> None:
    ramp = np.tile(np.linspace(90, 180, 400).astype(np.uint8), (300, 1))
    assert (line_art_of_photograph(np.full((70, 50), 77, np.uint8)) == 255).all()
    assert (line_art_of_photograph(ramp) == 255).mean() > 0.99


def test_lively_background_is_kept_as_lines() -> None:
    scene = ball()
    scene[:, np.arange(600) % 40 < 12] = 0
    assert (line_art_of_photograph(scene)[:, :60] == 0).any()


def test_tiny_pictures_are_drawn_too() -> None:
    assert line_art_of_photograph(np.zeros((1, 1), np.uint8)).shape == (512, 512)
    assert line_art_of_photograph(ball()[:2, :300]).shape == (3, 512)


@pytest.mark.realdata
def test_no_front_page_drawing_is_taken_for_a_photograph() -> None:
    covers = sorted(Path(REAL_DATA / "covers").glob("*.png"))[:80]
    assert len(covers) == 80
    taken = [
        c.name for c in covers if looks_like_photograph(np.asarray(Image.open(c).convert("L")))
    ]
    assert taken == []
