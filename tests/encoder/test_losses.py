import math

import pytest
import torch

from encoder.training.losses import (
    LearnableTemperature,
    UncertaintyWeighting,
    contrastive,
    effective_number_weights,
    graded_gains,
    inverse_frequency_weights,
    symmetric_contrastive,
)

LOGITS = torch.tensor([[2.0, 0.0, 1.0], [0.0, 1.0, 3.0], [0.0, 0.0, 0.0]])
NOTHING = torch.zeros(3, 3, dtype=torch.bool)


def soft(values, chosen):
    return -math.log(math.exp(values[chosen]) / sum(math.exp(value) for value in values))


def test_contrastive_with_one_positive_is_infonce():
    loss = contrastive(LOGITS, torch.eye(3, dtype=torch.bool), NOTHING)
    expected = (soft([2, 0, 1], 0) + soft([0, 1, 3], 1) + soft([0, 0, 0], 2)) / 3
    assert float(loss) == pytest.approx(expected, rel=1e-6)


def test_contrastive_averages_over_positives():
    positives = torch.tensor([[True, False, True], [False, False, False], [False, False, False]])
    expected = (soft([2, 0, 1], 0) + soft([2, 0, 1], 2)) / 2
    assert float(contrastive(LOGITS, positives, NOTHING)) == pytest.approx(expected, rel=1e-6)


def test_contrastive_leaves_ignored_pairs_out_of_the_sum():
    ignored = NOTHING.clone()
    ignored[0, 2] = True
    positives = torch.zeros(3, 3, dtype=torch.bool)
    positives[0, 0] = True
    expected = soft([2, 0], 0)
    assert float(contrastive(LOGITS, positives, ignored)) == pytest.approx(expected, rel=1e-6)


def test_contrastive_weights_rows():
    eye = torch.eye(3, dtype=torch.bool)
    loss = contrastive(LOGITS, eye, NOTHING, torch.tensor([3.0, 1.0, 0.0]))
    expected = (3 * soft([2, 0, 1], 0) + soft([0, 1, 3], 1)) / 4
    assert float(loss) == pytest.approx(expected, rel=1e-6)


def test_contrastive_without_any_positive_is_zero_and_has_a_gradient():
    logits = LOGITS.clone().requires_grad_()
    loss = contrastive(logits, NOTHING, torch.eye(3, dtype=torch.bool))
    loss.backward()
    assert float(loss.detach()) == 0
    assert torch.isfinite(logits.grad).all()


def test_symmetric_contrastive_does_not_change_under_transposition():
    eye = torch.eye(3, dtype=torch.bool)
    assert float(symmetric_contrastive(LOGITS, eye, NOTHING)) == pytest.approx(
        float(symmetric_contrastive(LOGITS.T, eye, NOTHING))
    )


def test_inverse_frequency_weights_balance_classes():
    weights = inverse_frequency_weights(torch.tensor([1, 0, 3]))
    assert weights.tolist() == pytest.approx([1.5, 0.0, 0.5])


def test_effective_number_weights_hand_computed():
    weights = effective_number_weights(torch.tensor([1, 0, 3]), 0.5)
    raw = [0.5 / (1 - 0.5), 0.5 / (1 - 0.5**3)]
    mean = sum(raw) / 2
    assert weights.tolist() == pytest.approx([raw[0] / mean, 0, raw[1] / mean])


def test_effective_number_weights_of_beta_0_weigh_all_alike():
    assert effective_number_weights(torch.tensor([1, 50]), 0.0).tolist() == [1, 1]


def test_graded_gains_take_the_closest_kinship():
    objects = torch.tensor([0, 0, 1, 2])
    subclasses = torch.tensor([4, 4, 4, -1])
    classes = torch.tensor([6, 6, 6, 6])
    gains = graded_gains((objects, subclasses, classes), (1.0, 0.5, 0.25))
    assert gains.tolist() == [
        [1, 1, 0.5, 0.25],
        [1, 1, 0.5, 0.25],
        [0.5, 0.5, 1, 0.25],
        [0.25, 0.25, 0.25, 1],
    ]


def test_contrastive_weighs_graded_positives_by_their_share():
    gains = torch.tensor([[1.0, 0.0, 0.5], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    expected = (soft([2, 0, 1], 0) + 0.5 * soft([2, 0, 1], 2)) / 1.5
    assert float(contrastive(LOGITS, gains, NOTHING)) == pytest.approx(expected, rel=1e-6)


def test_uncertainty_weighting_hand_computed():
    weighting = UncertaintyWeighting(("a", "b"))
    with torch.no_grad():
        weighting.log_variance["a"].fill_(0.5)
    total = weighting({"a": torch.tensor(2.0), "b": torch.tensor(3.0)})
    assert float(total.detach()) == pytest.approx(math.exp(-0.5) * 2 + 0.5 + 3)


def test_uncertainty_of_a_term_without_any_drawing_stays():
    weighting = UncertaintyWeighting(("a", "b"))
    weighting({"a": torch.tensor(2.0), "b": torch.tensor(0.0)}).backward()
    slopes = {term: float(value.grad) for term, value in weighting.log_variance.items()}
    assert slopes == {"a": -1.0, "b": 0.0}


def test_learnable_temperature_starts_where_told_and_stops_at_a_hundredth():
    temperature = LearnableTemperature(0.07)
    assert float(temperature(torch.tensor(0.07)).detach()) == pytest.approx(1)
    with torch.no_grad():
        temperature.log_scale.fill_(9.0)
    assert float(temperature(torch.tensor(1.0)).detach()) == 100
