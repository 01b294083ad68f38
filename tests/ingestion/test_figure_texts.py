"""Drafts by machines and corrections by people become the texts of figures."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from core.errors import BadInput
from core.records import FigureText, Provenance, Stage
from ingestion.catalogue import Catalogue
from ingestion.catalogue_records import Described, FigureRow, StoredPublication, TextDraft
from ingestion.figure_texts import MAX_TEXT_CHARS

MakeStored = Callable[..., StoredPublication]
FIGURE = "US-D0907292-S1/1"


@pytest.fixture
def stored(catalogue: Catalogue, make_stored: MakeStored) -> StoredPublication:
    """A publication of three figures, at CUT."""
    stored = make_stored(pixels="p")
    _store(catalogue, stored)
    return stored


def _store(catalogue: Catalogue, stored: StoredPublication) -> None:
    catalogue.begin_upload("/in/I20210105.tar", "u" * 64, 10, ["a.ZIP"])
    catalogue.store_publication(stored, "u" * 64, "a.ZIP")


def _row(catalogue: Catalogue, figure_id: str = FIGURE) -> FigureRow:
    return catalogue.figures([figure_id])[0]


def _draft(catalogue: Catalogue, *texts: FigureText, **standing: object) -> list[str]:
    row = _row(catalogue)
    return catalogue.store_texts([TextDraft(FIGURE, texts, **standing)], [row.revision])


def _texts(catalogue: Catalogue) -> list[tuple[Provenance, str]]:
    return [(text.provenance, text.text) for text in _row(catalogue).texts]


GRANT = FigureText(FIGURE, Provenance.GRANT, "Razor handle")
SEEN = FigureText(FIGURE, Provenance.CAPTIONER, "a razor", "vlm/1", "p1")
TOLD = FigureText(FIGURE, Provenance.LLM, "a shaver", "llm/1", "p2")


def test_sentences_with_a_name_that_a_person_hid_are_hidden_too(
    catalogue: Catalogue, stored: StoredPublication
) -> None:
    name, sentence, other = (
        FigureText(FIGURE, provenance, text, "goods/1", "p")
        for provenance, text in (
            (Provenance.THESAURUS, "Spoons"),
            (Provenance.THESAURUS_WORDING, "front view of spoons"),
            (Provenance.THESAURUS_WORDING, "front view of ladles"),
        )
    )
    _draft(catalogue, GRANT, name, sentence, other)
    catalogue.correct_text(FIGURE, "", instead_of="Spoons")
    assert [text for _, text in _texts(catalogue)] == ["Razor handle", "front view of ladles"]
    (kept,) = catalogue.corrections([FIGURE])[FIGURE]
    catalogue.undo_correction(FIGURE, kept.correction_id)
    _draft(catalogue, GRANT, name, sentence, other)
    assert len(_texts(catalogue)) == 4


def test_a_draft_becomes_the_texts_of_a_figure_and_moves_it_on(
    catalogue: Catalogue, stored: StoredPublication
) -> None:
    odd = replace(TOLD, text="a\0b \ud800")
    before = _row(catalogue).revision
    pending = {"described": Described.PENDING, "note": "not asked\0"}
    assert _draft(catalogue, SEEN, SEEN, GRANT, odd, **pending) == [FIGURE]
    row = _row(catalogue)
    assert row.texts == (SEEN, GRANT, replace(TOLD, text="a\\x00b \\ud800"))
    assert (row.stage, row.revision) == (Stage.DESCRIBED, before)
    assert (row.described, row.described_note) == (Described.PENDING, "not asked\\x00")
    gone = TextDraft("US-D0907292-S1/77", (replace(TOLD, figure_id="US-D0907292-S1/77"),))
    assert catalogue.store_texts([gone], ["a"]) == []


def test_other_words_take_a_figure_back_and_the_same_ones_leave_it(
    catalogue: Catalogue, stored: StoredPublication
) -> None:
    _draft(catalogue, GRANT)
    catalogue.advance([FIGURE], Stage.INDEXED)
    old = _row(catalogue)
    assert _draft(catalogue, GRANT, described=Described.PENDING) == []
    assert _row(catalogue).revision == old.revision
    assert _draft(catalogue, GRANT, SEEN, described=Described.DONE) == [FIGURE]
    assert _row(catalogue).stage is Stage.DESCRIBED
    catalogue.advance([FIGURE], Stage.INDEXED)
    again = replace(SEEN, model="vlm/2")
    assert _draft(catalogue, GRANT, again) == []  # the same words by another model
    assert _row(catalogue).texts[0].model == "vlm/2"
    vectors = np.eye(1, 4, dtype=np.float32)
    assert catalogue.store_embeddings("e", [FIGURE], vectors, revisions=[old.revision]) == []
    assert catalogue.advance([FIGURE], Stage.INDEXED, [old.revision]) == 0
    assert catalogue.store_texts([TextDraft(FIGURE, ())], [old.revision]) == []
    assert dict(catalogue.iter_revisions())[FIGURE] == _row(catalogue).revision != old.revision


def test_a_listed_failure_to_describe_is_struck_out(
    catalogue: Catalogue, stored: StoredPublication
) -> None:
    catalogue.fail([FIGURE], Stage.DESCRIBED, "broken")
    assert _draft(catalogue, GRANT) == [FIGURE]
    assert catalogue.failures() == []


def test_a_correction_stands_for_the_text_it_corrects_over_new_drafts(
    catalogue: Catalogue, stored: StoredPublication
) -> None:
    _draft(catalogue, GRANT, SEEN, TOLD, described=Described.DONE)
    catalogue.advance([FIGURE], Stage.INDEXED)
    assert catalogue.correct_text(FIGURE, " a hair \n comb", instead_of="a razor")
    assert _row(catalogue).described is Described.DONE
    corrected = [
        (Provenance.GRANT, "Razor handle"),
        (Provenance.LLM, "a shaver"),
        (Provenance.PERSON, "a hair comb"),
    ]
    assert _texts(catalogue) == corrected
    assert _row(catalogue).stage is Stage.DESCRIBED
    _draft(catalogue, GRANT, SEEN, TOLD)
    assert _texts(catalogue) == corrected
    catalogue.correct_text(FIGURE, "a comb", instead_of="a hair comb")
    catalogue.correct_text(FIGURE, "", instead_of="a shaver")
    catalogue.correct_text(FIGURE, "grooming tool")
    catalogue.correct_text(FIGURE, "grooming tool")
    _draft(catalogue, GRANT, SEEN, TOLD)
    assert [text for _, text in _texts(catalogue)] == ["Razor handle", "a comb", "grooming tool"]
    catalogue.correct_text(FIGURE, "", instead_of="grooming tool")
    assert [text for _, text in _texts(catalogue)] == ["Razor handle", "a comb"]


def test_a_correction_that_is_undone_leaves_what_the_machine_wrote(
    catalogue: Catalogue, stored: StoredPublication
) -> None:
    _draft(catalogue, GRANT, SEEN, TOLD)
    before = _row(catalogue).texts
    catalogue.advance([FIGURE], Stage.INDEXED)
    catalogue.correct_text(FIGURE, "a comb", instead_of="a razor")
    catalogue.correct_text(FIGURE, "", instead_of="a shaver")
    catalogue.correct_text(FIGURE, "grooming tool")
    catalogue.correct_text(FIGURE, "a pocket comb", instead_of="a comb")
    catalogue.correct_text(FIGURE, "of wood")
    catalogue.correct_text(FIGURE, "", instead_of="of wood")
    made = catalogue.corrections([FIGURE])[FIGURE]
    assert [(kept.text, kept.original) for kept in made] == [
        ("a pocket comb", "a razor"),
        (None, "a shaver"),
        ("grooming tool", None),
    ]
    assert all(catalogue.undo_correction(FIGURE, kept.correction_id) for kept in made)
    assert _row(catalogue).texts == before
    assert catalogue.corrections([FIGURE]) == {}
    with pytest.raises(BadInput, match="no such correction"):
        catalogue.undo_correction(FIGURE, made[0].correction_id)


def test_a_correction_survives_a_new_version_with_the_same_picture_alone(
    catalogue: Catalogue, stored: StoredPublication, make_stored: MakeStored
) -> None:
    _draft(catalogue, GRANT, SEEN)
    catalogue.correct_text(FIGURE, "a comb", instead_of="a razor")
    _store(catalogue, make_stored(pixels="p", revision="b", title="Handle"))
    assert not catalogue.correct_text(FIGURE, "of wood")  # at CUT: describing will say it
    _draft(catalogue, GRANT, SEEN)
    assert [text for _, text in _texts(catalogue)] == ["Razor handle", "a comb", "of wood"]
    _store(catalogue, make_stored(pixels="q", revision="c", title="Handle"))
    _draft(catalogue, GRANT, SEEN)
    assert [text for _, text in _texts(catalogue)] == ["a razor", "Razor handle"]


@pytest.mark.parametrize(
    ("figure_id", "text", "instead_of", "reason"),
    [
        ("US-D1-S1/1", "a comb", None, "no figure"),
        ("US-D0907292-S1/s0.1", "a comb", None, "not searched"),
        (FIGURE, "a comb", "Razor handle", "own words"),
        (FIGURE, "a comb", "never said", "no such text any more"),
        (FIGURE, "  ", None, "nothing was written"),
        (FIGURE, "x" * (MAX_TEXT_CHARS + 1), None, "251 characters"),
    ],
)
def test_a_correction_that_makes_no_sense_is_refused(
    catalogue: Catalogue,
    stored: StoredPublication,
    figure_id: str,
    text: str,
    instead_of: str | None,
    reason: str,
) -> None:
    _draft(catalogue, GRANT, SEEN)
    with pytest.raises(BadInput, match=reason):
        catalogue.correct_text(figure_id, text, instead_of)
    assert _texts(catalogue) == [(Provenance.CAPTIONER, "a razor"), (Provenance.GRANT, GRANT.text)]


def test_who_embeds_reads_only_the_texts_by_which_figures_are_found(
    catalogue: Catalogue, stored: StoredPublication
) -> None:
    wording = FigureText(FIGURE, Provenance.GRANT_WORDING, "drawing of razor handle")
    _draft(catalogue, GRANT, wording)
    (row,) = catalogue.figures([FIGURE], searched_texts=True)
    assert row.texts == (GRANT,)
    assert row.revision == _row(catalogue).revision
    assert _row(catalogue).texts == (GRANT, wording)
