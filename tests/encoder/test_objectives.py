"""The paper's terms and every rival against formulas written out by hand."""

import math

import pytest
import torch
from torch.nn.functional import normalize

from encoder.training.gradient_cache import backward_in_chunks
from encoder.training.objectives import ObjectiveConfig, Targets, build_objective

OBJECTS = torch.tensor([0, 0, 1, 1, 2, 2])
LEVELS = {
    "label": torch.tensor([0, 0, 0, 0, 1, 1]),
    "subclass": torch.tensor([3, 3, 3, 3, -1, -1]),
    "locarno": torch.tensor([5, 5, 5, 5, -1, -1]),
    "frequency": torch.tensor([0, 0, 0, 0, 2, 2]),
}
COUNTS = {name: torch.bincount(codes[codes >= 0]) for name, codes in LEVELS.items()}


def batch():
    generator = torch.Generator().manual_seed(0)
    vectors = normalize(torch.randn(6, 8, generator=generator), dim=1)
    texts = normalize(torch.randn(6, 8, generator=generator), dim=1)
    return vectors, Targets(texts, OBJECTS, LEVELS)


def objective(**changes):
    torch.manual_seed(1)
    config = ObjectiveConfig(**changes)
    return build_objective(config, n_objects=3, dimension=8, counts=COUNTS)


def soft(values, chosen):
    return -math.log(math.exp(values[chosen]) / sum(math.exp(value) for value in values))


def test_view_term_pulls_only_views_of_one_object():
    vectors, targets = batch()
    _, losses = objective(terms=["view"])(vectors, targets)
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


def test_terms_can_be_left_out():
    terms = ("instance", "label", "subclass", "locarno", "frequency", "graded", "view")
    total, losses = objective(terms=terms)(*batch())
    assert tuple(losses) == terms
    assert torch.isfinite(total)
    _, fewer = objective(terms=["instance"])(*batch())
    assert set(fewer) == {"instance"}
    assert float(fewer["instance"].detach()) == pytest.approx(float(losses["instance"].detach()))


def test_a_coarse_term_leaves_drawings_of_unknown_class_out():
    vectors, targets = batch()
    before, _ = objective(terms=["locarno"])(vectors, targets)
    vectors[4:] = -vectors[4:]
    after, _ = objective(terms=["locarno"])(vectors, targets)
    assert float(after.detach()) == pytest.approx(float(before.detach()))


def test_a_coarse_term_among_drawings_draws_those_of_a_class_together():
    vectors, targets = batch()
    _, losses = objective(terms=["locarno"], coarse="drawings")(vectors, targets)
    scores = (vectors @ vectors.T / 0.1).tolist()
    rows = []
    for i in range(4):  # the other two are of no known class
        others = [j for j in range(4) if j != i]
        row = [scores[i][j] for j in others]
        rows.append(sum(soft(row, place) for place in range(3)) / 3)
    assert float(losses["locarno"].detach()) == pytest.approx(sum(rows) / 4, rel=1e-5)


def test_solved_uncertainties_are_those_at_which_the_learned_sum_is_least():
    vectors, targets = batch()
    learned = objective(terms=["instance", "view"])
    _, losses = learned(vectors, targets)
    with torch.no_grad():
        for term, loss in losses.items():
            learned.uncertainty.log_variance[term].copy_(loss.log())
    least, _ = learned(vectors, targets)
    solved, _ = objective(terms=["instance", "view"], weighting="solved")(vectors, targets)
    assert float(solved.detach()) + len(losses) == pytest.approx(float(least.detach()), rel=1e-5)


def test_clip_is_symmetric_infonce_between_drawings_and_texts():
    vectors, targets = batch()
    loss, _ = objective(method="clip")(vectors, targets)
    scores = vectors @ targets.texts.T / 0.07
    rows = [soft(scores[i].tolist(), i) for i in range(6)]
    columns = [soft(scores[:, i].tolist(), i) for i in range(6)]
    assert float(loss.detach()) == pytest.approx((sum(rows) + sum(columns)) / 12, rel=1e-5)


def test_infonce_takes_the_other_drawings_of_a_publication():
    vectors, targets = batch()
    loss, _ = objective(method="infonce")(vectors, targets)
    scores = (vectors @ vectors.T / 0.1).tolist()
    rows = []
    for i in range(6):
        others = [j for j in range(6) if j != i]
        rows.append(soft([scores[i][j] for j in others], others.index(i ^ 1)))
    assert float(loss.detach()) == pytest.approx(sum(rows) / 6, rel=1e-5)


def test_arcface_adds_its_margin_to_the_angle_of_the_own_class():
    vectors, targets = batch()
    arcface = objective(method="arcface")
    centres = normalize(arcface.loss.W.detach(), dim=0)
    loss, _ = arcface(vectors, targets)
    rows = []
    for vector, own in zip(vectors, OBJECTS.tolist(), strict=True):
        cosines = (vector @ centres).tolist()
        cosines[own] = math.cos(math.acos(cosines[own]) + 0.5)
        rows.append(soft([30 * cosine for cosine in cosines], own))
    assert float(loss.detach()) == pytest.approx(sum(rows) / 6, rel=1e-3)


def test_triplet_counts_semi_hard_negatives_alone():
    vectors, targets = batch()
    loss, _ = objective(method="triplet")(vectors, targets)
    distances = torch.cdist(vectors, vectors).tolist()
    violations = [
        distances[a][p] - distances[a][n] + 0.2
        for a in range(6)
        for p in [a ^ 1]
        for n in range(6)
        if n not in (a, p) and 0 < distances[a][n] - distances[a][p] <= 0.2
    ]
    assert violations
    assert float(loss.detach()) == pytest.approx(sum(violations) / len(violations), rel=1e-4)


@pytest.mark.parametrize("chunk_size", [1, 2, 4])
def test_gradients_by_chunks_equal_those_of_the_whole_batch(chunk_size):
    _, targets = batch()
    ink = torch.randn(6, 1, 4, 4, generator=torch.Generator().manual_seed(2))

    def gradient(size):
        torch.manual_seed(3)
        layer = torch.nn.Linear(16, 8)
        informed = objective()
        losses = backward_in_chunks(
            ink,
            size,
            lambda some: normalize(layer(some.flatten(1)), dim=1),
            lambda vectors: informed(vectors, targets),
        )
        return layer.weight.grad, losses

    whole, losses = gradient(None)
    chunked, same_losses = gradient(chunk_size)
    assert torch.allclose(whole, chunked, atol=1e-5)
    assert losses == pytest.approx(same_losses, rel=1e-5)


def test_chunks_pass_twice_with_the_same_dropout():
    dropout, seen = torch.nn.Dropout(0.5), []
    weight = torch.ones(4, requires_grad=True)

    def embed(ink):
        seen.append(dropout(ink) * weight)
        return seen[-1]

    torch.manual_seed(3)
    backward_in_chunks(torch.ones(6, 4), 2, embed, lambda vectors: (vectors.square().sum(), {}))
    after = torch.rand(1)
    first, second = seen[:3], seen[3:]
    assert not torch.equal(first[0], first[1])
    assert all(torch.equal(one, again) for one, again in zip(first, second, strict=True))
    whole = torch.cat(first).detach().square().sum(dim=0) * 2
    assert torch.allclose(weight.grad, whole)
    torch.manual_seed(3)
    for _ in range(3):
        dropout(torch.ones(2, 4))
    assert torch.equal(after, torch.rand(1)), "the next step draws on from the first pass"


def test_instance_term_does_not_push_an_object_without_a_name_from_its_own_texts():
    vectors, targets = batch()
    unnamed = {**LEVELS, "label": torch.tensor([0, 0, 0, 0, -1, -1])}
    _, losses = objective(terms=["instance"])(vectors, Targets(targets.texts, OBJECTS, unnamed))
    _, named = objective(terms=["instance"])(vectors, targets)
    assert float(losses["instance"].detach()) == pytest.approx(float(named["instance"].detach()))


@pytest.mark.parametrize(
    "term", ["instance", "label", "subclass", "locarno", "frequency", "graded"]
)
def test_drawings_without_a_text_take_no_part_in_terms_with_texts(term):
    vectors, targets = batch()
    texts = targets.texts.clone()
    texts[:2] = 0
    some = Targets(texts, OBJECTS, LEVELS)
    fewer = {name: codes[2:] for name, codes in LEVELS.items()}
    rest = Targets(texts[2:], OBJECTS[2:], fewer)
    _, with_wordless = objective(terms=[term])(vectors, some)
    _, without = objective(terms=[term])(vectors[2:], rest)
    assert float(with_wordless[term].detach()) == pytest.approx(float(without[term].detach()))
    _, view = objective(terms=["view"])(vectors, some)
    assert float(view["view"].detach()) == pytest.approx(
        float(objective(terms=["view"])(vectors, targets)[1]["view"].detach())
    )
