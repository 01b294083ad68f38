import ir_measures
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ir_measures import AP, RR, R, Success, nDCG
from sklearn.metrics import average_precision_score, ndcg_score

from encoder.evaluation.metrics import (
    average_precision,
    bootstrap_interval,
    hit_at_k,
    ndcg_at_k,
    ranking,
    recall_at_k,
    reciprocal_rank_at_k,
)


def random_case(seed, n_queries=12, n_gallery=40):
    rng = np.random.default_rng(seed)
    scores = rng.random((n_queries, n_gallery)).astype(np.float32)
    relevant = rng.random((n_queries, n_gallery)) < 0.15
    relevant[np.arange(n_queries), rng.integers(n_gallery, size=n_queries)] = True
    ids = np.array([f"g{index:03}" for index in range(n_gallery)])
    ranked = np.take_along_axis(relevant, ranking(scores, ids), axis=1)
    return scores, relevant, ids, ranked


def irm(measure, scores, relevant, ids):
    qrels = [
        ir_measures.Qrel(str(query), doc, int(flag))
        for query, row in enumerate(relevant)
        for doc, flag in zip(ids, row, strict=True)
    ]
    run = [
        ir_measures.ScoredDoc(str(query), doc, float(score))
        for query, row in enumerate(scores)
        for doc, score in zip(ids, row, strict=True)
    ]
    found = {m.query_id: m.value for m in ir_measures.iter_calc([measure], qrels, run)}
    return np.array([found[str(query)] for query in range(len(scores))])


@pytest.mark.parametrize("seed", range(3))
def test_metrics_equal_ir_measures(seed):
    scores, relevant, ids, ranked = random_case(seed)
    for mine, theirs in (
        (average_precision(ranked), AP),
        (hit_at_k(ranked, 5), Success @ 5),
        (recall_at_k(ranked, 10), R @ 10),
        (reciprocal_rank_at_k(ranked, 10), RR @ 10),
        (ndcg_at_k(ranked.astype(float), 10), nDCG @ 10),
    ):
        assert mine == pytest.approx(irm(theirs, scores, relevant, ids), abs=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_metrics_with_ties_equal_ir_measures(seed):
    scores, relevant, ids, _ = random_case(seed)
    scores = np.round(scores * 6) / 6  # seven values among forty figures
    ranked = np.take_along_axis(relevant, ranking(scores, ids), axis=1)
    # trec_eval breaks ties by id as well, the last one first
    mirrored = np.array([f"g{len(ids) - index:03}" for index in range(len(ids))])
    for mine, theirs in (
        (average_precision(ranked), AP),
        (hit_at_k(ranked, 1), Success @ 1),
        (recall_at_k(ranked, 5), R @ 5),
        (reciprocal_rank_at_k(ranked, 40), RR),
        (ndcg_at_k(ranked, 10), nDCG @ 10),
    ):
        assert mine == pytest.approx(irm(theirs, scores, relevant, mirrored), abs=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_average_precision_equals_scikit_learn(seed):
    scores, relevant, _, ranked = random_case(seed, n_gallery=200)
    theirs = [average_precision_score(r, s) for r, s in zip(relevant, scores, strict=True)]
    assert average_precision(ranked) == pytest.approx(theirs, abs=1e-9)


def test_graded_ndcg_equals_scikit_learn():
    rng = np.random.default_rng(5)
    scores = rng.random((6, 30))
    gains = rng.integers(0, 4, (6, 30)).astype(float)
    ids = np.array([f"{index:02}" for index in range(30)])
    ranked = np.take_along_axis(gains, ranking(scores, ids), axis=1)
    theirs = [ndcg_score(g[None], s[None], k=10) for g, s in zip(gains, scores, strict=True)]
    assert ndcg_at_k(ranked, 10) == pytest.approx(theirs, abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(st.permutations(range(8)))
def test_ranking_with_ties_does_not_depend_on_gallery_order(order):
    ids = np.array(list("abcdefgh"))
    scores = np.array([[0.5, 0.5, 0.1, 0.9, 0.5, 0.1, 0.9, 0.2]], np.float32)
    order = np.array(order)
    shuffled = ids[order][ranking(scores[:, order], ids[order])[0]]
    assert "".join(shuffled) == "dgabehcf"


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 12))
def test_every_metric_lies_between_the_worst_and_the_best_order(seed, k):
    rng = np.random.default_rng(seed)
    relevance = rng.random((1, 10)) < 0.4
    relevance[0, rng.integers(10)] = True
    worst, best = np.sort(relevance, axis=1), -np.sort(-relevance.astype(int), axis=1) > 0
    for metric in (
        average_precision,
        lambda r: hit_at_k(r, k),
        lambda r: recall_at_k(r, k),
        lambda r: reciprocal_rank_at_k(r, k),
        lambda r: ndcg_at_k(r, k),
    ):
        low, value, high = metric(worst)[0], metric(relevance)[0], metric(best)[0]
        assert 0 <= low <= value + 1e-12 <= high + 2e-12 <= 1 + 3e-12
    assert average_precision(best)[0] == ndcg_at_k(best, k)[0] == 1


def test_padding_the_ranking_changes_nothing():
    _, _, _, ranked = random_case(1)
    padded = np.pad(ranked, ((0, 0), (0, 7)))
    assert average_precision(padded) == pytest.approx(average_precision(ranked))
    assert ndcg_at_k(padded.astype(float), 10) == pytest.approx(ndcg_at_k(ranked.astype(float), 10))


@pytest.mark.parametrize(
    "metric",
    [
        average_precision,
        lambda r: hit_at_k(r, 1),
        lambda r: recall_at_k(r, 1),
        lambda r: reciprocal_rank_at_k(r, 1),
        lambda r: ndcg_at_k(r.astype(float), 1),
    ],
)
def test_metrics_refuse_a_query_without_relevant_items(metric):
    with pytest.raises(ValueError, match="leave it out"):
        metric(np.array([[True, False], [False, False]]))


def test_bootstrap_interval_holds_the_mean_and_draws_whole_groups():
    rng = np.random.default_rng(0)
    per_group = rng.random(20)
    values, groups = np.repeat(per_group, 30), np.repeat(np.arange(20).astype(str), 30)
    low, high = bootstrap_interval(values, groups)
    assert low < values.mean() < high
    as_if_independent = bootstrap_interval(values, np.arange(600).astype(str))
    assert high - low > 2 * (as_if_independent[1] - as_if_independent[0])
