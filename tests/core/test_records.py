"""Identities: the same figure always has the same id and the same point."""

import uuid

from hypothesis import given
from hypothesis import strategies as st

from core.records import figure_id, point_id, publication_id

_IDS = st.text(min_size=1, max_size=30)


def test_a_figure_is_named_by_its_printed_label_else_by_its_place() -> None:
    publication = publication_id("US", "D0907292", "S1")
    assert figure_id(publication, 2, 1, "3A") == "US-D0907292-S1/3A"
    assert figure_id(publication, 2, 1, None) == "US-D0907292-S1/s2.1"


def test_point_ids_never_change() -> None:
    """Stored indexes depend on it: a change needs a re-index."""
    assert point_id("US-D0907292-S1/3A") == "9189c4a8-7379-541d-b475-ba2e4323d6cb"


@given(_IDS, _IDS)
def test_two_figures_never_share_a_point(one: str, other: str) -> None:
    assert (point_id(one) == point_id(other)) == (one == other)
    assert uuid.UUID(point_id(one)).version == 5
