import math

import pytest
import torch

from encoder.training.losses import (
    DrawingObjective,
    LearnableTemperature,
    UncertaintyWeighting,
    contrastive,
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


def test_inverse_frequency_weights_balance_classes_and_drop_unknown():
    weights = inverse_frequency_weights(torch.tensor([4, 4, 7, -1]))
    assert weights.tolist() == [0.5, 0.5, 1.0, 0.0]


def test_uncertainty_weighting_hand_computed():
    weighting = UncertaintyWeighting(("a", "b"))
    with torch.no_grad():
        weighting.log_variance["a"].fill_(0.5)
    total = weighting({"a": torch.tensor(2.0), "b": torch.tensor(3.0)})
    assert float(total.detach()) == pytest.approx(math.exp(-0.5) * 2 + 0.5 + 3)


def test_learnable_temperature_starts_where_told_and_stops_at_a_hundredth():
    temperature = LearnableTemperature(0.07)
    assert float(temperature(torch.tensor(0.07)).detach()) == pytest.approx(1)
    with torch.no_grad():
        temperature.log_scale.fill_(9.0)
    assert float(temperature(torch.tensor(1.0)).detach()) == 100


def batch():
    generator = torch.Generator().manual_seed(0)
    vectors = torch.nn.functional.normalize(torch.randn(6, 8, generator=generator), dim=1)
    texts = torch.nn.functional.normalize(torch.randn(6, 8, generator=generator), dim=1)
    objects = torch.tensor([0, 0, 1, 1, 2, 2])
    labels = torch.tensor([0, 0, 0, 0, 1, 1])
    classes = torch.tensor([5, 5, 5, 5, -1, -1])
    return vectors, texts, objects, labels, classes


def test_objective_view_term_pulls_only_views_of_one_object():
    vectors, texts, objects, labels, classes = batch()
    _, losses = DrawingObjective(("view",), 0.07, 0.1)(vectors, texts, objects, labels, classes)
    scores = (vectors @ vectors.T / 0.1).tolist()
    rows = [
        soft([scores[0][j] for j in (1, 4, 5)], 0),  # its twin against the other label alone
        soft([scores[1][j] for j in (0, 4, 5)], 0),
        soft([scores[2][j] for j in (3, 4, 5)], 0),
        soft([scores[3][j] for j in (2, 4, 5)], 0),
        soft([scores[4][j] for j in (5, 0, 1, 2, 3)], 0),
        soft([scores[5][j] for j in (4, 0, 1, 2, 3)], 0),
    ]
    assert float(losses["view"].detach()) == pytest.approx(sum(rows) / 6, rel=1e-5)


def test_objective_terms_can_be_left_out():
    full, losses = DrawingObjective(("instance", "label", "locarno", "view"), 0.07, 0.1)(*batch())
    assert set(losses) == {"instance", "label", "locarno", "view"}
    assert torch.isfinite(full)
    _, fewer = DrawingObjective(("instance",), 0.07, 0.1)(*batch())
    assert set(fewer) == {"instance"}
    assert float(fewer["instance"].detach()) == pytest.approx(float(losses["instance"].detach()))
