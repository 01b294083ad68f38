"""A few queries with their best hits, to be looked at."""

import numpy as np
from numpy.typing import NDArray

from core.ports import Embeddings
from encoder.evaluation.evaluate import Evaluation
from encoder.evaluation.relevance import Indices
from encoder.evaluation.tracks import TrackResult, iter_rankings

N_HITS = 5
_QUERIES_A_PART = 3


def choose_queries(result: TrackResult, *, seed: int = 0) -> Indices:
    """Places [≤ 6] among the queries, drawn at random: three classes of the head, three of the
    tail; where too few classes are known, any queries fill up.
    """
    rng = np.random.default_rng(seed)
    order = rng.permutation(result.n_queries)
    chosen: list[int] = []
    for part in ("head", "tail"):
        seen: set[str] = set()
        for place in order:
            group = str(result.classes[place])
            if result.parts[place] == part and group not in seen and len(seen) < _QUERIES_A_PART:
                seen.add(group)
                chosen.append(int(place))
    rest = [int(place) for place in order if place not in chosen]
    n_wanted = 2 * _QUERIES_A_PART
    return np.array((chosen + rest)[:n_wanted], dtype=np.int64)


def top_hits(
    evaluation: Evaluation, vectors: Embeddings, query_idx: Indices
) -> tuple[Indices, NDArray[np.bool_]]:
    """Best hits of queries by one system's vectors.

    Args:
        evaluation: Says what is asked, and of which figures.
        vectors: float32 [N, D].
        query_idx: [Q], rows of the set.

    Returns:
        Rows [Q, 5] of the best hits, −1 where there are fewer, and whether each is relevant.
    """
    question = evaluation.question
    hits, relevant = [], []
    for block in iter_rankings(
        vectors,
        evaluation.figures.rows,
        question.track,
        exclude_own_publication=question.hides_own_publication,
        cites=question.cites,
        query_idx=query_idx,
    ):
        allowed = np.arange(N_HITS) < block.n_allowed[:, None]
        width = ((0, 0), (0, max(0, N_HITS - block.ranked_idx.shape[1])))
        ranked = np.pad(block.ranked_idx, width)[:, :N_HITS]
        hits.append(np.where(allowed, ranked, -1))
        relevant.append(np.pad(block.gains, width)[:, :N_HITS] > 0)
    return np.concatenate(hits), np.concatenate(relevant)
