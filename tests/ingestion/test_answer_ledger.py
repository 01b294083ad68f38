"""What models answered and what that cost, and whose figures may be asked about."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from core.describing import Description
from ingestion.answer_ledger import AnswerKey, Asked, Spending, Standing
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


def _asked(key: AnswerKey = KEY, upload_id: str | None = UPLOAD) -> Asked:
    return Asked(key, "prompt", "https://models.example/v1", upload_id)


def test_an_answer_is_found_by_picture_request_and_model_alone(catalogue: Catalogue) -> None:
    answer = Description(("a razor", "a\0b"), 90, 10, "less than was asked for")
    catalogue.store_answer(_asked(), answer)
    others = [
        replace(KEY, picture_sha256="q" * 64),
        replace(KEY, request_hash="other"),
        replace(KEY, model="vlm/2"),
    ]
    found = catalogue.answers([*others, KEY])
    assert found == {KEY: replace(answer, texts=("a razor", "a\\x00b"))}


def test_an_answer_given_anew_replaces_the_text_and_adds_to_the_cost(catalogue: Catalogue) -> None:
    catalogue.store_answer(_asked(), Description((), 90, 10, "no JSON"))
    catalogue.store_answer(_asked(upload_id="v"), Description(("a razor",), 80, 20))
    assert catalogue.answers([KEY])[KEY] == Description(("a razor",), 170, 30)
    assert catalogue.spending(UPLOAD) == Spending(UPLOAD, 2, 170, 30, 200)


def test_what_was_paid_is_summed_by_upload(catalogue: Catalogue) -> None:
    assert catalogue.spending(UPLOAD) == Spending(UPLOAD)
    for n, upload in enumerate((UPLOAD, UPLOAD, "v")):
        key = replace(KEY, request_hash=str(n))
        catalogue.store_answer(_asked(key, upload), Description(("a",), 100 * n, 1))
    ours, theirs = Spending(UPLOAD, 2, 100, 2, 101), Spending("v", 1, 200, 1, 201)
    assert catalogue.spending(UPLOAD) == ours
    assert ours.n_tokens == 102
    assert catalogue.spending_by_upload() == [theirs, ours]


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
