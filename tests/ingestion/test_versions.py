"""Re-delivered, amended and withdrawn publications: the newest word holds, whoever comes first."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from core.errors import BadInput
from core.records import WITHDRAWN, Stage
from ingestion.catalogue import Catalogue
from ingestion.catalogue_records import StoredPublication, StoreOutcome
from ingestion.versions import delivery_date, delivery_key, version_key

MakeStored = Callable[..., StoredPublication]
ID = "US-D0907292-S1"
SEEN = datetime(2026, 11, 26, 12, tzinfo=UTC)

OLD, AMENDED, LATEST = "I20210105.tar", "I20210302.tar", "I20210316.tar"


def _enter(catalogue: Catalogue, *archives: str) -> None:
    for archive in archives:
        catalogue.begin_upload(f"/in/{archive}", _sha(archive), 10, ["a", "b"])


def _sha(archive: str) -> str:
    return archive.ljust(64, "0")


def _store(
    catalogue: Catalogue, stored: StoredPublication, archive: str, member: str = "a"
) -> StoreOutcome:
    return catalogue.store_publication(stored, _sha(archive), member)


@pytest.mark.parametrize(
    ("path", "member", "expected"),
    [
        ("/in/I20210302.tar", "DESIGN/USD0907292-20210105.ZIP", date(2021, 3, 2)),
        ("/2019/07/01/20190701/x.tar", "USD0907292-20210105/", date(2021, 1, 5)),
        ("/in/x.tar", "USD0907292.ZIP", SEEN.date()),
        ("/in/20211399.tar", "008123456-20210105", date(2021, 1, 5)),
        ("/in/I20991231.tar", "a", SEEN.date()),
        ("/in/1202101059.zip", "a", SEEN.date()),
    ],
)
def test_delivery_date_is_read_from_the_names(path: str, member: str, expected: date) -> None:
    assert delivery_date(path, member, SEEN) == expected


def test_versions_are_ordered_by_date_delivery_arrival_and_place() -> None:
    def key(published: date | None, path: str, seen: datetime = SEEN, position: int = 0) -> str:
        return version_key(published, delivery_key(path, "a", seen, "u", position))

    day = date(2021, 1, 5)
    in_order = [
        key(day, "I20210105.tar"),
        key(day, "I20210105.tar", position=11),
        key(day, "I20210105.tar", SEEN.replace(hour=13)),
        key(day, "I20210302.tar"),
        key(day, "corrections.tar"),
        key(None, "I20210106.tar"),
        key(date(2022, 1, 1), "I20210105.tar"),
        key(None, "corrections.tar"),
        key(date(2107, 1, 1), "corrections.tar", position=1),
    ]
    assert sorted(in_order) == in_order


@pytest.mark.parametrize("order", list(permutations((OLD, AMENDED, LATEST))))
def test_a_document_without_pictures_yields_to_one_with_them(
    catalogue: Catalogue, make_stored: MakeStored, order: Sequence[str]
) -> None:
    bare = {
        archive: replace(
            make_stored(revision=letter, title="Bare"), sheets=(), figures=(), texts=()
        )
        for archive, letter in ((OLD, "a"), (LATEST, "c"))
    }
    versions = bare | {AMENDED: make_stored(revision="b", n_figures=2, title="Whole")}
    _enter(catalogue, *order)
    outcomes = [_store(catalogue, versions[archive], archive) for archive in order]
    assert catalogue.publication(ID).publication.title == "Whole"
    assert len(catalogue.publication(ID).figures) == 3
    after = outcomes[order.index(AMENDED) + 1 :]
    assert after == [StoreOutcome.OLDER] * len(after)
    assert _store(catalogue, versions[LATEST], LATEST) is StoreOutcome.OLDER


def test_a_withdrawal_without_pictures_holds(catalogue: Catalogue, make_stored: MakeStored) -> None:
    withdrawn = make_stored(revision="b")
    publication = replace(withdrawn.publication, status=WITHDRAWN)
    withdrawn = replace(withdrawn, publication=publication, sheets=(), figures=(), texts=())
    _enter(catalogue, OLD, AMENDED)
    assert _store(catalogue, make_stored(), OLD) is StoreOutcome.NEW
    assert _store(catalogue, withdrawn, AMENDED) is StoreOutcome.REPLACED
    assert _store(catalogue, make_stored(revision="c"), OLD, "b") is StoreOutcome.OLDER
    assert catalogue.publication(ID).publication.is_withdrawn


@pytest.mark.parametrize("order", list(permutations((OLD, AMENDED, LATEST))))
def test_the_newest_version_is_kept_whatever_came_first(
    catalogue: Catalogue, make_stored: MakeStored, order: Sequence[str]
) -> None:
    versions = {
        archive: make_stored(revision=letter, n_figures=n)
        for archive, letter, n in ((OLD, "a", 4), (AMENDED, "b", 2), (LATEST, "c", 3))
    }
    _enter(catalogue, *order)
    for archive in order:
        _store(catalogue, versions[archive], archive)
    assert catalogue.publication(ID) == versions[LATEST]
    assert catalogue.figure_ids() == [f"{ID}/{n}" for n in (1, 2, 3)]
    outcomes = catalogue.progress([_sha(archive) for archive in order]).outcomes
    n_late = sum(archive < max(order[:n], default="") for n, archive in enumerate(order))
    assert outcomes[StoreOutcome.OLDER] == n_late
    assert outcomes[StoreOutcome.NEW] == 1


@pytest.mark.parametrize("archives", [("a.tar", "b.tar"), (OLD, f"corrected/{OLD}")])
def test_what_comes_later_is_the_newer_one_though_the_clock_was_set_back(
    catalogue: Catalogue,
    make_stored: MakeStored,
    monkeypatch: pytest.MonkeyPatch,
    archives: Sequence[str],
) -> None:
    class SetBack(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) - timedelta(days=1)

    first, corrected = archives
    _enter(catalogue, first)
    monkeypatch.setattr("ingestion.uploads.datetime", SetBack)
    _enter(catalogue, corrected)
    _store(catalogue, make_stored(), first)
    assert _store(catalogue, make_stored(revision="b"), corrected) is StoreOutcome.REPLACED


def test_an_old_week_after_an_amendment_changes_nothing(
    catalogue: Catalogue, make_stored: MakeStored
) -> None:
    amended = make_stored(revision="b", title="Handle")
    _enter(catalogue, AMENDED, OLD)
    _store(catalogue, amended, AMENDED)
    catalogue.advance(catalogue.figure_ids(), Stage.INDEXED)
    assert _store(catalogue, make_stored(), OLD) is StoreOutcome.OLDER
    assert catalogue.publication(ID) == amended
    assert len(catalogue.figure_ids(stage=Stage.INDEXED)) == 3
    assert catalogue.obsolete_points() == []
    assert catalogue.progress([_sha(OLD)]).n_done == 1


def test_the_same_content_delivered_again_counts_as_the_later_delivery(
    catalogue: Catalogue, make_stored: MakeStored
) -> None:
    _enter(catalogue, OLD, LATEST, AMENDED)
    assert _store(catalogue, make_stored(), OLD) is StoreOutcome.NEW
    assert _store(catalogue, make_stored(), LATEST) is StoreOutcome.UNCHANGED
    assert _store(catalogue, make_stored(revision="b"), AMENDED) is StoreOutcome.OLDER


def test_of_two_versions_in_one_archive_the_later_member_is_kept(
    catalogue: Catalogue, make_stored: MakeStored
) -> None:
    _enter(catalogue, OLD)
    assert _store(catalogue, make_stored(revision="b"), OLD, "b") is StoreOutcome.NEW
    assert _store(catalogue, make_stored(), OLD, "a") is StoreOutcome.OLDER


def _withdraw(catalogue: Catalogue, archive: str, reason: str = "surrendered") -> None:
    catalogue.withdraw(ID, _sha(archive), "b", reason)


def test_a_withdrawn_publication_is_kept_and_leaves_the_index(
    catalogue: Catalogue, make_stored: MakeStored
) -> None:
    stored = make_stored()
    _enter(catalogue, OLD, AMENDED)
    _store(catalogue, stored, OLD)
    ids = catalogue.figure_ids()
    catalogue.advance(ids, Stage.INDEXED)
    assert catalogue.withdrawal(ID) is None
    _withdraw(catalogue, AMENDED)
    assert catalogue.publication(ID) == stored
    withdrawal = catalogue.withdrawal(ID)
    assert withdrawal
    assert (withdrawal.reason, withdrawal.upload_id) == ("surrendered", _sha(AMENDED))
    assert catalogue.obsolete_points() == ids
    assert catalogue.figure_ids() == list(catalogue.iter_indexable_figure_ids()) == []
    assert [row.stage for row in catalogue.figures(ids)] == [Stage.STORED] * 3
    counts = catalogue.counts()
    assert (counts.publications, counts.figures, counts.withdrawn) == (1, 0, 3)
    assert catalogue.search_publications() == []
    assert [s.publication_id for s in catalogue.search_publications("D0907292")] == [ID]
    assert catalogue.locarno_counts() == {}
    progress = catalogue.progress([_sha(AMENDED)])
    assert progress.outcomes[StoreOutcome.WITHDRAWN] == progress.n_publications == 1


def test_work_in_hand_on_a_withdrawn_figure_moves_nothing(
    catalogue: Catalogue, make_stored: MakeStored
) -> None:
    _enter(catalogue, OLD, AMENDED)
    _store(catalogue, make_stored(), OLD)
    ids = catalogue.figure_ids()
    revisions = [row.revision for row in catalogue.figures(ids)]
    _withdraw(catalogue, AMENDED)
    assert catalogue.advance(ids, Stage.INDEXED, revisions) == 0
    assert catalogue.fail(ids, Stage.INDEXED, "no") == 0
    assert catalogue.failures() == []


@pytest.mark.parametrize("first", ["publication", "notice"])
def test_a_notice_holds_whether_it_or_the_publication_comes_first(
    catalogue: Catalogue, make_stored: MakeStored, first: str
) -> None:
    _enter(catalogue, OLD, AMENDED)
    steps = [
        lambda: _store(catalogue, make_stored(), OLD),
        lambda: _withdraw(catalogue, AMENDED),
    ]
    for step in steps if first == "publication" else reversed(steps):
        step()
    assert catalogue.withdrawal(ID)
    assert catalogue.counts().withdrawn == 3
    assert catalogue.figure_ids() == []


def test_a_version_newer_than_the_notice_comes_back_with_its_vectors(
    catalogue: Catalogue, make_stored: MakeStored
) -> None:
    _enter(catalogue, OLD, AMENDED, LATEST)
    _store(catalogue, make_stored(), OLD)
    ids = catalogue.figure_ids()
    catalogue.store_embeddings("e", ids, np.eye(3, dtype=np.float32))
    catalogue.advance(ids, Stage.INDEXED)
    _withdraw(catalogue, AMENDED)
    assert _store(catalogue, make_stored(), LATEST) is StoreOutcome.UNCHANGED
    assert catalogue.withdrawal(ID) is None
    assert catalogue.obsolete_points() == []
    assert catalogue.figure_ids(stage=Stage.EMBEDDED) == ids
    assert catalogue.embeddings("e", ids).figure_ids == tuple(ids)


def test_the_newest_of_several_notices_is_kept(
    catalogue: Catalogue, make_stored: MakeStored
) -> None:
    _enter(catalogue, OLD, LATEST, AMENDED)
    _store(catalogue, make_stored(), OLD)
    _withdraw(catalogue, LATEST, "second")
    _withdraw(catalogue, AMENDED, "first")
    _withdraw(catalogue, AMENDED, "first")
    withdrawal = catalogue.withdrawal(ID)
    assert withdrawal
    assert withdrawal.reason == "second"


def test_a_publication_whose_own_status_is_withdrawn_is_not_indexed(
    catalogue: Catalogue, make_stored: MakeStored
) -> None:
    _enter(catalogue, OLD, AMENDED)
    _store(catalogue, make_stored(), OLD)
    taken_back = make_stored(revision="b")
    taken_back = replace(taken_back, publication=replace(taken_back.publication, status=WITHDRAWN))
    assert _store(catalogue, taken_back, AMENDED) is StoreOutcome.REPLACED
    assert catalogue.publication(ID) == taken_back
    assert catalogue.figure_ids() == []
    assert catalogue.counts().withdrawn == 3
    assert catalogue.obsolete_points() == [f"{ID}/{n}" for n in (1, 2, 3)]
    withdrawal = catalogue.withdrawal(ID)
    assert withdrawal
    assert withdrawal.upload_id == _sha(AMENDED)


def test_a_notice_of_an_unknown_member_changes_nothing(
    catalogue: Catalogue, make_stored: MakeStored, tmp_path: Path
) -> None:
    _enter(catalogue, OLD)
    _store(catalogue, make_stored(), OLD)
    with pytest.raises(BadInput, match="has no member"):
        catalogue.withdraw(ID, _sha(OLD), "nobody", "why")
    assert len(catalogue.figure_ids()) == 3


def test_a_registration_is_withdrawn_whole(catalogue: Catalogue, make_stored: MakeStored) -> None:
    _enter(catalogue, OLD, AMENDED)
    _store(catalogue, make_stored(), OLD)
    _store(catalogue, make_stored("D09072921"), OLD, "b")
    catalogue.withdraw_registration("US-D0907292", _sha(AMENDED), "a", "deleted")
    assert catalogue.withdrawal(ID)
    assert catalogue.withdrawal("US-D09072921-S1") is None
    with pytest.raises(BadInput, match="of which nothing is here"):
        catalogue.withdraw_registration("US-D1", _sha(AMENDED), "b", "deleted")
