"""Pictures that several publications share, that are needed, and that are lost."""

from collections.abc import Callable

import pytest

from core.records import Stage
from ingestion.catalogue import Catalogue
from ingestion.catalogue_records import StoredPublication

MakeStored = Callable[..., StoredPublication]


@pytest.fixture
def filled(catalogue: Catalogue, make_stored: MakeStored) -> Catalogue:
    """Two publications with the same drawings, one of them with one more; a third of its own."""
    several = [
        make_stored("D0900001", pixels="p", revision="a"),
        make_stored("D0900002", pixels="p", revision="b", n_figures=4),
        make_stored("D0900003", pixels="q", revision="c", n_figures=1),
    ]
    catalogue.begin_upload("/in/a.tar", "u" * 64, 10, ["1", "2", "3"])
    for member, stored in zip("123", several, strict=True):
        catalogue.store_publication(stored, "u" * 64, member)
    return catalogue


def test_duplicates_are_linked_across_publications_and_all_are_kept(filled: Catalogue) -> None:
    assert filled.counts().figures == 3 + 4 + 1
    assert filled.duplicates_of("US-D0900001-S1/2") == ["US-D0900002-S1/2"]
    assert filled.duplicates_of("US-D0900002-S1/4") == []
    assert filled.duplicates_of("US-D0000000-S1/1") == []
    assert filled.publications_sharing("US-D0900002-S1") == {"US-D0900001-S1": 3}
    assert filled.publications_sharing("US-D0900003-S1") == {}
    assert sorted(filled.first_of_duplicates().values()) == [
        f"US-D0900001-S1/{n}" for n in (1, 2, 3)
    ]


def test_every_picture_of_figures_and_sheets_is_wanted(filled: Catalogue) -> None:
    wanted = filled.pictures_wanted("p2")
    assert [use.name for use in wanted] == ["US-D0900001-S1/2", "US-D0900002-S1/2"]
    assert {use.sha256 for use in wanted} == {"p2".ljust(64, "0")}
    sheets = filled.pictures_wanted("1f")
    assert [use.name for use in sheets] == [f"US-D090000{n}-S1 sheet 1" for n in (1, 2, 3)]
    assert filled.pictures_wanted("77") == []


def test_a_figure_that_lost_its_picture_is_a_failure_without_a_point(filled: Catalogue) -> None:
    ids = filled.figure_ids(publication_id="US-D0900001-S1")
    filled.advance(ids, Stage.INDEXED)
    assert filled.lose_figures([ids[0], "US-D0900001-S1/s0.1", "unknown"], "its disk died") == 1
    (failure,) = filled.failures()
    assert (failure.id, failure.stage, failure.reason) == (ids[0], Stage.CUT, "its disk died")
    assert filled.obsolete_points() == [ids[0]]
    assert filled.reset_failures() == [ids[0]]
    assert filled.figure_ids(stage=Stage.STORED) == [ids[0]]
    assert filled.advance([ids[0]], Stage.CUT) == 1


def test_where_a_publication_was_taken_from_is_known(filled: Catalogue) -> None:
    (kept,) = filled.kept_from(["US-D0900002-S1", "US-D0000000-S1"])
    assert (kept.publication_id, kept.upload_id, kept.member) == ("US-D0900002-S1", "u" * 64, "2")
