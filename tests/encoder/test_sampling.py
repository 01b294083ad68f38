"""Which objects come into a batch."""

import numpy as np
import pytest

from encoder.training.sampling import ObjectSampler, SamplingConfig, balanced

CLASSES = np.array([0] * 80 + [1] * 15 + [2] * 5 + [-1] * 20)
UNIFORM = np.full(len(CLASSES), 1 / len(CLASSES))


def share_of(weights, code):
    return weights[code == CLASSES].sum()


def test_inverse_balance_draws_known_classes_alike_and_leaves_unknown_ones():
    weights = balanced(UNIFORM, CLASSES, SamplingConfig(balance="inverse"))
    assert weights.sum() == pytest.approx(1)
    assert share_of(weights, -1) == pytest.approx(20 / 120)
    assert [share_of(weights, code) for code in range(3)] == pytest.approx([100 / 120 / 3] * 3)


def test_effective_balance_lies_between_none_and_inverse():
    config = SamplingConfig(balance="effective", effective_beta=0.95)
    tail = share_of(balanced(UNIFORM, CLASSES, config), 2)
    assert 5 / 120 < tail < 100 / 120 / 3
    assert np.array_equal(balanced(UNIFORM, CLASSES, SamplingConfig()), UNIFORM)


def test_balance_is_kept_by_what_is_drawn():
    weights = balanced(UNIFORM, CLASSES, SamplingConfig(balance="inverse"))
    sampler = ObjectSampler(weights, CLASSES)
    rng = np.random.default_rng(0)
    drawn = np.concatenate([sampler.pick(3, rng) for _ in range(2000)])
    counts = [(CLASSES[drawn] == code).mean() for code in (-1, 0, 1, 2)]
    assert counts == pytest.approx([1 / 6, 5 / 18, 5 / 18, 5 / 18], abs=0.03)


@pytest.mark.parametrize("n_per_class", [1, 2, 4])
def test_no_object_is_drawn_twice_and_all_that_are_asked_for_are(n_per_class):
    sampler = ObjectSampler(UNIFORM, CLASSES, n_per_class)
    for seed in range(20):
        picked = sampler.pick(40, np.random.default_rng(seed))
        assert len(set(picked.tolist())) == 40
    assert len(sampler.pick(1000, np.random.default_rng(0))) == len(CLASSES)


def test_classes_come_together():
    sampler = ObjectSampler(UNIFORM, CLASSES, 4)
    rng = np.random.default_rng(1)
    for _ in range(20):
        codes = CLASSES[sampler.pick(8, rng)]
        known = codes[codes >= 0]
        whole = [code for code in set(known.tolist()) if (known == code).sum() >= 4]
        assert len(known) < 5 or whole


def test_objects_without_weight_never_come_not_even_with_their_class():
    weights = np.where(np.arange(120) < 70, 0.0, 1.0)
    sampler = ObjectSampler(weights / weights.sum(), CLASSES, 4)
    assert min(sampler.pick(1000, np.random.default_rng(0))) >= 70
