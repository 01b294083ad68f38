"""Every member and every publication stands in one place of the account, with its reason."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from core.errors import ArchiveCorrupt
from core.records import Stage
from core.settings import LimitSettings
from ingestion.account import FewerFigures, Refused, WithoutFigures
from ingestion.archive_entries import Rejection
from ingestion.catalogue import Catalogue
from ingestion.catalogue_records import StoredPublication
from ingestion.deliveries import find_deliveries, left_beside, list_units
from tests.conftest import REAL_DATA

LIMITS = LimitSettings()
UPLOAD = "a" * 64


@pytest.fixture
def filled(catalogue: Catalogue, make_stored: Callable[..., StoredPublication]) -> Catalogue:
    whole = make_stored("D0900001")
    front_alone = replace(whole, **_renumbered(whole, "D0900002", n_sheets=1), problems=())
    words = replace(whole, **_renumbered(whole, "D0900003", n_sheets=0), problems=())
    blank = replace(whole, **_renumbered(whole, "D0900004", n_sheets=2))
    blank = replace(blank, figures=(), problems=(Rejection("4", "nothing is drawn"),) * 2)
    gone = make_stored("D0900005")
    gone = replace(gone, publication=replace(gone.publication, status="withdrawn"))
    short = make_stored("D0900006")
    short = replace(short, publication=replace(short.publication, n_declared_figures=5))
    stored = [whole, front_alone, words, blank, gone, short]
    members = [one.publication.publication_id for one in stored]
    refused = [Rejection("/etc/passwd", "leaves the archive")]
    catalogue.begin_upload("/in/a.tar", UPLOAD, 10, [*members, "bad", "waits"], refused)
    for one in stored:
        catalogue.store_publication(one, UPLOAD, one.publication.publication_id)
    catalogue.reject_member(UPLOAD, "bad", "no XML")
    catalogue.fail(["US-D0900001-S1/1"], Stage.EMBEDDED, "no ink")
    return catalogue


def _renumbered(stored: StoredPublication, number: str, n_sheets: int) -> dict[str, object]:
    key = f"US-{number}-S1"
    sheets = stored.sheets[:n_sheets]
    return {
        "publication": replace(
            stored.publication, publication_id=key, number=number, n_declared_figures=None
        ),
        "sheets": tuple(replace(sheet, publication_id=key) for sheet in sheets),
        "figures": tuple(
            replace(figure, publication_id=key, figure_id=f"{key}/{figure.sheet}")
            for figure in stored.figures[:n_sheets]
        ),
        "texts": (),
    }


def test_account_puts_everything_in_one_place_with_its_reason(filled: Catalogue) -> None:
    account = filled.account()
    assert (account.n_uploads, account.n_members) == (1, 8)
    assert (account.n_taken, account.n_rejected, account.n_pending) == (6, 1, 1)
    assert {(one.member, one.reason) for one in account.refused} >= {
        ("/etc/passwd", "leaves the archive"),
        ("bad", "no XML"),
    }
    assert all(isinstance(one, Refused) and one.upload == "/in/a.tar" for one in account.refused)
    assert account.n_publications == 6
    assert account.n_with_figures == 2
    assert account.without_figures == (
        WithoutFigures("US-D0900002-S1", "no drawing came with it but its front-page copy"),
        WithoutFigures("US-D0900003-S1", "its document came without images"),
        WithoutFigures("US-D0900004-S1", "nothing is drawn"),
        WithoutFigures("US-D0900005-S1", "withdrawn: its own status says so"),
    )
    assert account.fewer_figures == (FewerFigures("US-D0900006-S1", 5, 3),)


def test_account_of_those_who_see_less_leaves_it_out(filled: Catalogue) -> None:
    account = filled.without(frozenset({UPLOAD})).account()
    assert (account.n_uploads, account.n_members, account.n_publications) == (0, 0, 0)
    assert account.refused == account.without_figures == account.fewer_figures == ()


def test_account_of_an_empty_catalogue_is_empty(catalogue: Catalogue) -> None:
    assert catalogue.account().n_uploads == catalogue.account().n_members == 0


@pytest.mark.realdata
def test_every_file_of_a_mixed_delivery_is_in_a_unit_refused_or_left_alone() -> None:
    """Files = those in deliveries + those beside them; a delivery names units, or says why not."""
    deliveries = find_deliveries(REAL_DATA)
    beside = left_beside(REAL_DATA)
    files = {path for path in REAL_DATA.rglob("*") if path.is_file()}
    inside = {file for file in files if not {file, *file.parents}.isdisjoint(deliveries)}
    assert inside.isdisjoint(beside)
    assert inside | set(beside) == files
    n_units, reasons = 0, []
    for delivery in deliveries:
        try:
            n_units += len(list_units(delivery, LIMITS).members)
        except ArchiveCorrupt as error:
            reasons.append(error.reason)
    assert n_units == 1_180
    assert all("no design publication" in reason for reason in reasons)
