"""How many candidates are scored again with full vectors when more is fetched than was asked."""

import pytest

from search.edge_service.queries import Effort


@pytest.mark.parametrize(
    ("given", "limit", "asked", "expected"),
    [
        (20.0, 10, 10, 20.0),
        (20.0, 40, 10, 5.0),
        (20.0, 400, 10, 2.0),
        (1.5, 400, 10, 1.5),
        (20.0, 5, 10, 20.0),
        (None, 400, 10, None),
    ],
)
def test_at_depth_keeps_the_candidates_of_what_was_asked(
    given: float | None, limit: int, asked: int, expected: float | None
) -> None:
    effort = Effort(exact=False, is_quantised=True, ignore=False, rescore=True, oversampling=given)
    quantisation = effort.at_depth(limit, asked=asked).quantization
    assert quantisation is not None
    assert quantisation.oversampling == expected


def test_at_depth_leaves_out_what_was_not_given() -> None:
    effort = Effort(exact=True, is_quantised=False, ignore=False, rescore=True, oversampling=None)
    assert effort.at_depth(400, asked=10).quantization is None
    assert effort.at_depth(400, asked=10).exact is True
