"""What the scores of a result mean, in the words of a certificate. Pure."""

from search.hits import SearchResult
from search.query import SearchQuery

_FUSED = (
    "Scores are fused from the ranks of several comparisons (reciprocal rank). They order this "
    "result and compare with no other."
)
_LIKENESS = (
    "Scores are likenesses of drawings as the model sees them (cosine, at most 1). They compare "
    "between searches by the same model."
)
_BY_CHANCE = (
    "The number by chance (expected_by_chance) estimates from a random sample of the collection "
    "how many of all its designs would be as similar to the query as this hit by chance alone: "
    "the smaller it is, the more the likeness tells."
)
_NONE_WEAK = "The last hit listed is not weak: fewer than one design is expected to be as similar."


def score_words(query: SearchQuery, result: SearchResult) -> str:
    """Say what the scores are, and what chance alone would bring where the hits tell it."""
    words = _LIKENESS if query.text is None else _FUSED
    if all(hit.expected_by_chance is None for hit in result.hits):
        return words
    if result.weak_from is None:
        weak = _NONE_WEAK
    else:
        weak = (
            f"From rank {result.weak_from} on all hits listed are weak: by chance alone one design "
            "of the collection, or more, is expected to be as similar."
        )
    return f"{words} {_BY_CHANCE} {weak}"
