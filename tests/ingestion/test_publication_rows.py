"""Records of the catalogue, also as older versions wrote them."""

from datetime import date

import pytest

from core.records import Citation
from ingestion.publication_rows import parse_publication, publication_values


def test_a_record_comes_back_as_it_was_written(make_stored):
    stored = make_stored()
    assert parse_publication(publication_values(stored)["record"]) == stored.publication


def test_a_record_from_before_citations_keeps_what_it_cited(make_stored):
    record = dict(publication_values(make_stored())["record"])
    for field in ("citations", "applicants", "assignees"):
        del record[field]
    publication = parse_publication({**record, "cited_publication_ids": ["D0553080", "D0000001"]})
    assert publication.citations == (
        Citation(office="US", number="D0553080"),
        Citation(office="US", number="D0000001"),
    )
    assert publication.cited_publication_ids == ("D0553080", "D0000001")
    assert publication.assignees == ()


@pytest.mark.parametrize(
    ("kept", "day", "left"),
    [
        (
            {"priority_date": "2019-06-01", "expiry_date": "x"},
            date(2019, 6, 1),
            {"expiry_date": "x"},
        ),
        ({"priority_date": "June 2019"}, None, {"priority_date": "June 2019"}),
        ({}, None, {}),
    ],
    ids=str,
)
def test_a_record_from_before_priority_dates_keeps_a_register_s(make_stored, kept, day, left):
    record = {**publication_values(make_stored())["record"], "extra": kept}
    del record["priority_date"]
    publication = parse_publication(record)
    assert (publication.priority_date, publication.extra) == (day, left)
