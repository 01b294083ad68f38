"""Ranking metrics as pure functions of ranked relevance.

Everything takes `relevance`, bool [Q, G], or `gains`, number [Q, G]: row q lists the gallery in the
order query q ranked it, best first. Galleries of unequal length are padded with False at the end,
which changes nothing. A query without any relevant item has no defined value: the caller leaves it
out. Below, rel(i) is 1 where the item at rank i (from 1) is relevant, and R is the number of
relevant items of a query.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Relevance = NDArray[np.bool_]
PerQuery = NDArray[np.float64]


def ranking(scores: NDArray[np.float32], gallery_ids: NDArray[np.str_]) -> NDArray[np.int64]:
    """Gallery order of each query: by score, best first, ties by id.

    Args:
        scores: float [Q, G], higher is better.
        gallery_ids: str [G].

    Returns:
        int64 [Q, G] of gallery indices.

    Example:
        >>> ranking(np.array([[0.5, 0.9, 0.5]], np.float32), np.array(["b", "c", "a"])).tolist()
        [[1, 2, 0]]
    """
    by_id = np.argsort(gallery_ids, kind="stable")
    order = np.argsort(-scores[:, by_id], axis=1, kind="stable")
    return by_id[order]


def average_precision(relevance: Relevance) -> PerQuery:
    """Mean precision at the ranks of the relevant items, over the full ranking.

    AP = 1/R · Σᵢ rel(i) · (Σⱼ≤ᵢ rel(j)) / i. Equals scikit-learn's `average_precision_score` on
    untied scores.

    Returns:
        float64 [Q] in (0, 1].

    Raises:
        ValueError: If a query has no relevant item.

    Example:
        >>> average_precision(np.array([[True, False, True]])).round(3).tolist()
        [0.833]
    """
    n_relevant = _count_relevant(relevance)
    precision = np.cumsum(relevance, axis=1) / np.arange(1, relevance.shape[1] + 1)
    return np.asarray((precision * relevance).sum(axis=1) / n_relevant, dtype=np.float64)


def hit_at_k(relevance: Relevance, k: int) -> PerQuery:
    """Recall@K as a hit rate: 1 where any of the first k is relevant, else 0.

    Hit@k = max over i ≤ k of rel(i).

    Returns:
        float64 [Q], 0 or 1.

    Raises:
        ValueError: If a query has no relevant item.

    Example:
        >>> hit_at_k(np.array([[False, True, True]]), k=2).tolist()
        [1.0]
    """
    _count_relevant(relevance)
    return np.asarray(relevance[:, :k].any(axis=1), dtype=np.float64)


def recall_at_k(relevance: Relevance, k: int) -> PerQuery:
    """Recall@K as a fraction: share of a query's relevant items found in the first k.

    Recall@k = 1/R · Σᵢ≤ₖ rel(i).

    Returns:
        float64 [Q] in [0, 1].

    Raises:
        ValueError: If a query has no relevant item.

    Example:
        >>> recall_at_k(np.array([[True, False, True]]), k=2).tolist()
        [0.5]
    """
    return np.asarray(relevance[:, :k].sum(axis=1) / _count_relevant(relevance), dtype=np.float64)


def reciprocal_rank_at_k(relevance: Relevance, k: int) -> PerQuery:
    """1 / rank of the first relevant item, 0 where it lies beyond k.

    RR@k = 1 / min{i ≤ k : rel(i) = 1}; its mean over queries is MRR@k.

    Returns:
        float64 [Q] in [0, 1].

    Raises:
        ValueError: If a query has no relevant item.

    Example:
        >>> reciprocal_rank_at_k(np.array([[False, True], [False, True]]), k=2).tolist()
        [0.5, 0.5]
    """
    _count_relevant(relevance)
    first = relevance[:, :k].argmax(axis=1)
    found = relevance[:, :k].any(axis=1)
    return np.where(found, 1 / (first + 1), 0.0)


def ndcg_at_k(gains: NDArray[Any], k: int) -> PerQuery:
    """Discounted gain of the first k over that of the best possible order.

    DCG@k = Σᵢ≤ₖ gain(i) / log2(i + 1), linear gain; nDCG@k = DCG@k / DCG@k of the gains sorted.

    Args:
        gains: number [Q, G] ≥ 0, 0 for irrelevant, in ranked order.
        k: Cut-off.

    Returns:
        float64 [Q] in [0, 1].

    Raises:
        ValueError: If a query has no gain at all.

    Example:
        >>> ndcg_at_k(np.array([[1, 0, 3]]), k=2).round(3).tolist()
        [0.275]
    """
    _count_relevant(gains > 0)
    k = min(k, gains.shape[1])
    discounts = 1 / np.log2(np.arange(2, k + 2))
    best = -np.sort(-np.partition(gains, -k, axis=1)[:, -k:].astype(np.float64), axis=1)
    return np.asarray((gains[:, :k] @ discounts) / (best @ discounts), dtype=np.float64)


def bootstrap_interval(
    values: PerQuery, groups: NDArray[np.str_], *, seed: int = 0, n_resamples: int = 1000
) -> tuple[float, float]:
    """95 % interval of the mean, whole groups drawn with replacement.

    Figures of one publication stand or fall together, so publications are drawn, not figures. For
    the difference of two systems give the differences by query: then it is a paired interval.

    Args:
        values: float64 [Q].
        groups: str [Q], publication of each query.
        seed: Fixes the draws.
        n_resamples: Number of draws.

    Returns:
        The 2.5th and 97.5th percentile of the resampled means.

    Example:
        >>> bootstrap_interval(np.array([0.25, 0.25]), np.array(["A", "B"]))
        (0.25, 0.25)
    """
    _, group_idx = np.unique(groups, return_inverse=True)
    sums = np.bincount(group_idx, weights=values)
    counts = np.bincount(group_idx)
    drawn = np.random.default_rng(seed).integers(len(sums), size=(n_resamples, len(sums)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


def _count_relevant(relevance: Relevance) -> NDArray[np.int64]:
    n_relevant = relevance.sum(axis=1)
    if not n_relevant.all():
        raise ValueError("a query without any relevant item has no defined value; leave it out")
    return np.asarray(n_relevant, dtype=np.int64)
