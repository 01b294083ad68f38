"""What each augmentation does to a drawing, one at a time."""

import numpy as np
import pytest
import torch

from encoder import preprocess
from encoder.training.augment import AugmentConfig, augment, level_ink

NO_CHANGE = dict.fromkeys(
    [
        "mirror",
        "quarter_turn",
        "rotate",
        "zoom",
        "thicken",
        "break_strokes",
        "hatch",
        "erase",
        "speckle",
        "max_rotation_deg",
        "max_stretch",
    ],
    0.0,
)


def augmented(bits, **changes):
    config = AugmentConfig(**{**NO_CHANGE, "max_zoom": 1.0, **changes})
    packed = torch.from_numpy(np.packbits(bits.flatten(1).numpy(), axis=1))
    return augment(packed, 96, config, 1.0, torch.Generator().manual_seed(1))


def two_squares():
    bits = torch.zeros(2, 1, 192, 192, dtype=torch.uint8)
    bits[:, :, 40:150, 40:44] = bits[:, :, 40:150, 146:150] = 1
    bits[:, :, 40:44, 40:150] = bits[:, :, 146:150, 40:150] = 1
    return bits


def test_augment_without_changes_only_scales():
    ink = augmented(two_squares())
    assert ink.shape == (2, 1, 96, 96)
    assert 0 <= float(ink.min()) <= float(ink.max()) <= 1
    assert float(ink.mean()) == pytest.approx(float(two_squares().float().mean()), rel=0.35)


@pytest.mark.parametrize(
    ("change", "more"),
    [
        ("thicken", True),
        ("hatch", True),
        ("break_strokes", False),
        ("grid_mask", False),
        ("erase", False),
        ("speckle", True),
        ("letter", True),
        ("scan", True),
    ],
)
def test_augment_changes_the_amount_of_ink(change, more):
    plain, changed = augmented(two_squares()).sum(), augmented(two_squares(), **{change: 1.0}).sum()
    assert (changed > plain) == more


def test_augment_hatches_inside_the_outline_only():
    ink = augmented(two_squares(), hatch=1.0) - augmented(two_squares())
    assert ink[..., 30:60, 30:60].max() > 0.5
    assert ink[..., :15, :].abs().max() == 0


def test_augment_lays_both_drawings_of_an_object_side_by_side_and_keeps_the_second():
    plain, changed = augmented(two_squares()), augmented(two_squares(), side_by_side=1.0)
    left, right = changed[0, 0, :, :48], changed[0, 0, :, 48:]
    assert left.sum() > 0
    assert right.sum() > 0
    assert changed[0, 0, :24].sum() == 0
    assert torch.equal(changed[1], plain[1])


def test_level_ink_equals_preprocessing():
    ink = np.random.default_rng(0).random((2, 16, 16), np.float32) * 0.4
    together = level_ink(torch.from_numpy(ink)[:, None], 0.75)[:, 0].numpy()
    assert together == pytest.approx(
        np.stack([preprocess.level_ink(one, 0.75) for one in ink]), abs=1e-5
    )
