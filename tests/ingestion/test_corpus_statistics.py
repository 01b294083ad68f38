"""Counts of the whole catalogue, on both databases."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

from core.records import Stage
from ingestion.catalogue import Catalogue
from ingestion.catalogue_records import StoredPublication
from ingestion.corpus_statistics import CorpusCell

UPLOAD = "a" * 64


def _fill(catalogue: Catalogue, *publications: StoredPublication) -> None:
    members = [stored.publication.publication_id for stored in publications]
    catalogue.begin_upload("/in/I20210105.tar", UPLOAD, 10, members)
    for stored, member in zip(publications, members, strict=True):
        catalogue.store_publication(stored, UPLOAD, member)


def _dated(stored: StoredPublication, day: date | None) -> StoredPublication:
    return replace(stored, publication=replace(stored.publication, publication_date=day))


def test_cells_count_publications_and_figures_once(
    catalogue: Catalogue, make_stored: Callable[..., StoredPublication]
) -> None:
    unclassified = make_stored("D0907295", n_figures=1)
    _fill(
        catalogue,
        make_stored("D0907292", n_figures=3),
        make_stored("D0907293", n_figures=2),
        _dated(make_stored("D0907294", n_figures=2), None),
        replace(unclassified, publication=replace(unclassified.publication, locarno=())),
        make_stored("D0907296", n_figures=4),
    )
    catalogue.withdraw(
        "US-D0907296-S1", UPLOAD, "US-D0907296-S1", "surrendered", on=date(2022, 1, 1)
    )
    assert catalogue.corpus_cells() == [
        CorpusCell("US", None, "28", 1, 2),
        CorpusCell("US", 2021, None, 1, 1),
        CorpusCell("US", 2021, "28", 2, 5),
    ]


def test_what_came_today_counts_today(
    catalogue: Catalogue, make_stored: Callable[..., StoredPublication]
) -> None:
    before = datetime.now(UTC).date()
    _fill(catalogue, make_stored("D0907292"), make_stored("D0907293"))
    days = catalogue.intake_by_day(7)
    assert sum(day.n_publications for day in days) == 2
    assert {day.day for day in days} <= {before, datetime.now(UTC).date()}


def test_failures_are_counted_by_reason_the_commonest_first(
    catalogue: Catalogue, make_stored: Callable[..., StoredPublication]
) -> None:
    _fill(catalogue, make_stored("D0907292", n_figures=3))
    ids = [f"US-D0907292-S1/{n}" for n in (1, 2, 3)]
    for figure, reason in zip(ids, ("too large", "too large", "empty"), strict=True):
        catalogue.fail([figure], Stage.EMBEDDED, reason)
    found = [(f.stage, f.reason, f.n_figures) for f in catalogue.failures_by_reason(5)]
    assert found == [(Stage.EMBEDDED, "too large", 2), (Stage.EMBEDDED, "empty", 1)]
    assert len(catalogue.failures_by_reason(1)) == 1
