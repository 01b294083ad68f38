"""What models answered and what that cost, and whose figures may be asked about."""

import multiprocessing
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.describing import Description, Flaw, Tokens
from ingestion.answer_ledger import Standing
from ingestion.call_ledger import AnswerKey, Call, Cost, Fit, Spending
from ingestion.catalogue import Catalogue
from ingestion.catalogue_records import (
    Described,
    Origin,
    StoredPublication,
    TextDraft,
    UploadTerms,
)

MakeStored = Callable[..., StoredPublication]
UPLOAD = "u" * 64
KEY = AnswerKey("p" * 64, "asked", "vlm/1")
_PROCESSES = multiprocessing.get_context("forkserver")


def _call(
    key: AnswerKey = KEY, upload_id: str | None = UPLOAD, *, call_id: str = "1", due_s: float = 60
) -> Call:
    due_at = datetime.now(UTC) + timedelta(seconds=due_s)
    where = "https://models.example/v1"
    return Call(call_id, key, "prompt", where, upload_id, Cost(Tokens(300, 100), 0.5), due_at)


def _other(call_id: str, *, due_s: float = 60) -> Call:
    """About another question."""
    return _call(replace(KEY, request_hash=call_id), call_id=call_id, due_s=due_s)


def test_an_answer_is_found_by_picture_request_and_model_alone(catalogue: Catalogue) -> None:
    answer = Description(("a razor", "a\0b"), Tokens(90, 10), "less than was asked for")
    catalogue.store_answer(_call(), answer)
    others = [
        replace(KEY, picture_sha256="q" * 64),
        replace(KEY, request_hash="other"),
        replace(KEY, model="vlm/2"),
    ]
    found = catalogue.answers([*others, KEY])
    assert found == {KEY: Description(("a razor", "a\\x00b"), problem="less than was asked for")}


def test_an_answer_given_anew_replaces_the_text_and_each_upload_pays_its_own(
    catalogue: Catalogue,
) -> None:
    flaw = Flaw("[", "no JSON")
    catalogue.store_answer(_call(), Description((), Tokens(90, 10), "no JSON", flaw))
    assert catalogue.answers([KEY])[KEY].flaw == flaw
    again = _call(upload_id="v", call_id="2")
    catalogue.store_answer(again, Description(("a razor",), Tokens(80, 20)), 0.25)
    assert catalogue.answers([KEY])[KEY] == Description(("a razor",), n_answers=2)
    assert catalogue.spending(UPLOAD) == Spending(UPLOAD, 1, 90, 10)
    assert catalogue.spending("v") == Spending("v", 1, 80, 20, 0.25)


def test_what_was_paid_is_summed_by_upload(catalogue: Catalogue) -> None:
    assert catalogue.spending(UPLOAD) == Spending(UPLOAD)
    for n, upload in enumerate((UPLOAD, UPLOAD, "v")):
        call = _call(replace(KEY, request_hash=str(n)), upload, call_id=str(n))
        catalogue.store_answer(call, Description(("a",), Tokens(100 * n, 1)))
    ours, theirs = Spending(UPLOAD, 2, 100, 2), Spending("v", 1, 200, 1)
    assert catalogue.spending(UPLOAD) == ours
    assert ours.n_tokens == 102
    assert catalogue.spending_by_upload() == [theirs, ours]


def test_a_call_is_held_at_its_dearest_until_it_is_answered_or_was_not_made(
    catalogue: Catalogue,
) -> None:
    first, second, third = (_other(str(n)) for n in range(3))
    assert [catalogue.reserve(call, 900) for call in (first, second)] == [Fit.NOW, Fit.NOW]
    assert catalogue.reserve(third, 900) is Fit.LATER
    assert catalogue.reserve(replace(third, upload_id="v"), 399) is Fit.NEVER
    assert catalogue.spending(UPLOAD) == Spending(UPLOAD, n_open_tokens=800)
    catalogue.store_answer(first, Description((), Tokens(90, 10)))
    assert catalogue.fits(UPLOAD, third.most, 900) is Fit.NOW
    catalogue.take_back(second)
    assert catalogue.spending(UPLOAD) == Spending(UPLOAD, 1, 90, 10)
    assert catalogue.fits(UPLOAD, third.most, 499) is Fit.NEVER


def test_a_call_that_was_not_answered_when_due_is_lost_and_counts_until_written_off(
    catalogue: Catalogue,
) -> None:
    died, gone, late = _other("1", due_s=-1), _other("2"), _other("3", due_s=-1)
    for call in (died, gone, late):
        assert catalogue.reserve(call, None) is Fit.NOW
    catalogue.give_up(gone)
    lost = Spending(UPLOAD, 0, 0, 0, 0, 3, 1200, 1.5, 3, 1200, 1.5)
    assert catalogue.spending(UPLOAD) == lost
    assert catalogue.fits(UPLOAD, late.most, 1500) is Fit.NEVER
    catalogue.store_answer(late, Description(("a",), Tokens(1, 1)))  # it came after all
    assert catalogue.spending(UPLOAD).n_lost == 2
    assert catalogue.write_off_lost().n_lost_tokens == 800
    assert catalogue.spending(UPLOAD) == Spending(UPLOAD, 1, 1, 1)


def test_a_question_is_put_again_only_once_a_person_allowed_it(catalogue: Catalogue) -> None:
    again = _call(call_id="2")
    assert catalogue.reserve(_call(), None) is Fit.NOW
    assert catalogue.reserve(again, None) is Fit.ASKED
    assert catalogue.lost_questions([KEY]) == set()
    catalogue.give_up(_call())
    assert catalogue.reserve(again, None) is Fit.LOST
    elsewhere = replace(KEY, request_hash="other")
    assert catalogue.lost_questions([KEY, elsewhere]) == {KEY}
    assert catalogue.reserve(_call(elsewhere, call_id="3"), None) is Fit.NOW
    assert catalogue.release_lost("v").n_waiting == 0
    released = catalogue.release_lost(UPLOAD)
    assert (released.n_waiting, released.n_waiting_tokens, released.waiting_price) == (1, 400, 0.5)
    assert catalogue.lost_questions([KEY]) == set()
    assert (catalogue.spending(UPLOAD).n_lost, catalogue.spending(UPLOAD).n_waiting) == (1, 0)
    assert catalogue.reserve(again, None) is Fit.NOW
    catalogue.give_up(again)
    assert catalogue.reserve(_call(call_id="4"), None) is Fit.LOST


def test_what_costs_nothing_is_never_lost(catalogue: Catalogue) -> None:
    died, again = (replace(_call(call_id=n, due_s=-1), endpoint=None) for n in "12")
    assert catalogue.reserve(died, None) is Fit.NOW
    assert catalogue.spending(UPLOAD) == Spending(UPLOAD)
    assert catalogue.reserve(again, None) is Fit.NOW
    catalogue.store_answer(again, Description(("a",), Tokens(1, 1)))
    assert catalogue.release_lost() == Spending(None, 1, 1, 1)


def _spend(url: str, budget_tokens: int, granted: "multiprocessing.Queue[int]") -> None:
    """Make calls that cost what they cost at most, several at a time."""
    catalogue = Catalogue.open(url)

    def ask(_: int) -> int:
        call = _other(secrets.token_hex(8))
        if catalogue.reserve(call, budget_tokens) is not Fit.NOW:
            return 0
        catalogue.store_answer(call, Description((), call.most.tokens))
        return 1

    with ThreadPoolExecutor(4) as threads:
        granted.put(sum(threads.map(ask, range(12))))
    catalogue.close()


def test_processes_that_spend_together_never_pass_a_budget(
    catalogue: Catalogue, catalogue_url: str
) -> None:
    granted: multiprocessing.Queue[int] = _PROCESSES.Queue()
    processes = [
        _PROCESSES.Process(target=_spend, args=(catalogue_url, 4_100, granted)) for _ in range(2)
    ]
    for process in processes:
        process.start()
    assert sum(granted.get(timeout=60) for _ in processes) == 10
    for process in processes:
        process.join(timeout=60)
    assert catalogue.spending(UPLOAD).n_tokens == 4_000


def _enter(
    catalogue: Catalogue, stored: StoredPublication, upload_id: str, terms: UploadTerms
) -> None:
    catalogue.begin_upload(f"/in/{upload_id[0]}.tar", upload_id, 10, ["a.ZIP"], terms=terms)
    catalogue.store_publication(stored, upload_id, "a.ZIP")


def test_a_publication_that_any_confidential_upload_held_is_confidential(
    catalogue: Catalogue, make_stored: MakeStored
) -> None:
    stored = make_stored(n_figures=1)
    figure_id = stored.figures[1].figure_id
    _enter(catalogue, stored, UPLOAD, UploadTerms(budget_tokens=500))
    other = make_stored("D0900002", n_figures=1)
    _enter(catalogue, other, "w" * 64, UploadTerms())
    assert catalogue.origins([figure_id, "gone"]) == {figure_id: Origin(UPLOAD, False, 500)}
    _enter(catalogue, stored, "v" * 64, UploadTerms(is_confidential=True))
    assert catalogue.origins([figure_id])[figure_id].is_confidential
    assert not catalogue.origins([other.figures[1].figure_id])["US-D0900002-S1/1"].is_confidential


def test_an_upload_keeps_its_terms_and_never_becomes_open_again(
    catalogue: Catalogue, make_stored: MakeStored
) -> None:
    terms = UploadTerms(is_confidential=True, budget_tokens=500)
    _enter(catalogue, make_stored(), UPLOAD, terms)
    _enter(catalogue, make_stored(), UPLOAD, UploadTerms())
    assert catalogue.uploads()[0].terms == terms
    catalogue.set_budget(UPLOAD, 900)
    assert catalogue.uploads()[0].terms == replace(terms, budget_tokens=900)


@pytest.mark.parametrize("states", [(Described.PENDING,), (None, Described.WITHHELD)])
def test_figures_are_found_and_counted_by_how_far_they_are_described(
    catalogue: Catalogue, make_stored: MakeStored, states: tuple[Described | None, ...]
) -> None:
    stored = make_stored(n_figures=5)
    catalogue.begin_upload("/in/a.tar", UPLOAD, 10, ["a.ZIP"])
    catalogue.store_publication(stored, UPLOAD, "a.ZIP")
    ids = [figure.figure_id for figure in stored.figures[1:]]
    standing = [Described.PENDING, Described.PENDING, Described.WITHHELD, None]
    notes = ["no answer", "no answer", "confidential", None]
    drafts = [TextDraft(key, (), *how) for key, *how in zip(ids[:4], standing, notes, strict=True)]
    catalogue.store_texts(drafts, [row.revision for row in catalogue.figures(ids[:4])])
    expected = [key for key, state in zip(ids[:4], standing, strict=True) if state in states]
    assert catalogue.figures_described(states) == expected
    assert catalogue.figures_described(states, after=expected[0], limit=1) == expected[1:]
    assert catalogue.standings() == [
        Standing(Described.PENDING, "no answer", 2),
        Standing(Described.WITHHELD, "confidential", 1),
    ]
