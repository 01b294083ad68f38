"""Identities: the same figure always has the same id and the same point."""

import uuid
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.records import Publication, figure_id, point_id, publication_id

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


_BARE = Publication(
    publication_id="US-D0907292-S1", office="US", number="D0907292", kind="S1", title="Razor",
    publication_date=None, filing_date=None, application_number=None, locarno=(), us_class=(),
    owner=None, inventors=(), n_declared_sheets=None, n_declared_figures=None, captions=(),
    broken_line_statement=None, hague_number=None, images=(),
    source="/archives/I20210105.tar!I20210105/DESIGN/USD0907292-20210105.ZIP",
)  # fmt: skip


def test_a_publication_knows_its_owners_one_by_one() -> None:
    assert _BARE.owners == ()
    assert replace(_BARE, owner="A; B").owners == ("A; B",)
    assert replace(_BARE, owner="A; B", assignees=("A", "B"), applicants=("C",)).owners == (
        "A",
        "B",
    )
    assert replace(_BARE, owner="C", applicants=("C",)).owners == ("C",)


@pytest.mark.parametrize("written", ["DM/204232", "DM 204 232", "dm204232", "204232"])
def test_a_registration_and_the_grant_made_from_it_are_one_family(written: str) -> None:
    assert replace(_BARE, hague_number=written).family == ("DM204232",)
    assert _BARE.family == ()


def test_a_family_is_told_by_every_number_that_relatives_share() -> None:
    divided = replace(
        _BARE,
        application_number="29680800",
        related_applications=("US 29606243", "EM 005813094-0002"),
    )
    assert divided.family == ("EM 005813094-0002", "US 29606243", "US 29680800")
    registered = replace(_BARE, office="EM", number="005813094-0002")
    assert set(registered.family) & set(divided.family) == {"EM 005813094-0002"}
    beside = replace(registered, number="005813094-0003", application_number="005813094")
    assert not set(beside.family) & set(registered.family)


@pytest.mark.parametrize(
    ("number", "is_kin"),
    [
        ("000123456-0001", True),
        ("000123456-1", True),
        ("000123456", True),
        ("000123456-0002", False),
        ("000123456-0010", False),
    ],
)
def test_of_community_designs_filed_together_the_first_is_kin_to_what_they_claim(
    number: str, *, is_kin: bool
) -> None:
    claims = ("US 29606243",)
    design = replace(_BARE, office="EM", number=number, related_applications=claims)
    assert (claims[0] in design.family) == is_kin
    assert claims[0] in replace(design, office="DE").family


def test_a_delivery_is_named_without_the_folders_it_lies_in() -> None:
    assert _BARE.delivery == "I20210105.tar"
    assert replace(_BARE, source="week\\2021/").delivery == "2021"


@pytest.mark.parametrize(
    ("filed", "claimed", "effective"),
    [
        (date(2019, 9, 27), date(2019, 3, 29), date(2019, 3, 29)),
        (date(2019, 9, 27), None, date(2019, 9, 27)),
        (None, date(2019, 3, 29), date(2019, 3, 29)),
        (date(2019, 9, 27), date(2091, 3, 29), date(2019, 9, 27)),
        (None, None, None),
    ],
)
def test_a_publication_goes_back_to_its_filing_or_an_earlier_priority(
    filed: date | None, claimed: date | None, effective: date | None
) -> None:
    record = replace(_BARE, filing_date=filed, priority_date=claimed)
    assert record.effective_date == effective
