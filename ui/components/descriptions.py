"""What is said about the figures of a publication, by whom, and how a person corrects it."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from core.access import Permission
from core.errors import LimnError
from core.records import FigureText, Provenance
from ingestion.catalogue_records import Correction, FigureRow
from ingestion.figure_texts import MAX_TEXT_CHARS
from ui.components.notices import show_error
from ui.context import UiContext
from ui.corrections import correct_text, undo_correction
from ui.page_gate import page_viewer
from ui.wording import counted, figure_name

_WORDS = {
    Provenance.PERSON: "a person",
    Provenance.GRANT: "the publication",
    Provenance.GRANT_WORDING: "the publication, in other words",
    Provenance.CAPTIONER: "captioner, from the picture",
    Provenance.LLM: "language model",
    Provenance.TAGGER: "tagger, a guess from the picture",
    Provenance.THESAURUS: "thesaurus of goods",
    Provenance.THESAURUS_WORDING: "thesaurus of goods, in a sentence",
}
"""Who said it, people first."""
_STATES = {
    "pending": "Waits for a model",
    "withheld": "Not sent to a model",
    "done": "A model could not say all",
}
_ADD = "Add a description"


def draw_descriptions(context: UiContext, rows: Sequence[FigureRow]) -> None:
    """Draw all texts of figures with their provenance, and for operators the form to correct.

    They are folded away, and drawn once somebody unfolds them.
    """
    if not rows:
        return
    # A title that counted the texts would be another widget, and folded, after each correction.
    place = st.expander("What is said of these figures", key="said", on_change="rerun")
    if not place.open:  # a form and its lists, which a browser takes its time for
        return
    with place:
        st.caption(counted(sum(len(row.texts) for row in rows), "text"))
        st.html("".join(_figure_html(row) for row in rows))
        if page_viewer().may(Permission.OPERATE):
            _draw_form(context, rows)
            _draw_corrections(context, rows)


def _figure_html(row: FigureRow) -> str:
    order = list(_WORDS)
    texts = sorted(row.texts, key=lambda text: order.index(text.provenance))
    others = [text for text in texts if not text.provenance.is_searched]
    name = escape(figure_name(row.figure.label, row.figure.sheet))
    note = ""
    if row.described and row.described_note:
        note = f" <small>{_STATES[row.described]}: {escape(row.described_note)}</small>"
    return (
        f"<h4 class='limn-quiet'>{name}{note}</h4>"
        f"{_table_html([text for text in texts if text.provenance.is_searched])}"
        + (
            f"<details class='limn-quiet'><summary>{counted(len(others), 'other wording')}, "
            f"to train with, not searched by</summary>{_table_html(others)}</details>"
            if others
            else ""
        )
    )


def _table_html(texts: Sequence[FigureText]) -> str:
    cells = "".join(
        f"<tr><td>{escape(text.text)}</td><td class='limn-quiet'>{_author(text)}</td></tr>"
        for text in texts
    )
    return f"<table class='limn-table'><tbody>{cells}</tbody></table>"


def _author(text: FigureText) -> str:
    """Who wrote a text; the title of it names model and prompt in full."""
    words = escape(_WORDS[text.provenance])
    if text.model is None:
        return words
    prompt = f"prompt {text.prompt_hash[:8]}" if text.prompt_hash else ""
    model = escape(text.model)
    return (
        f"<span title='{model} {escape(text.prompt_hash or '')}'>{words}: {model} {prompt}</span>"
    )


def _draw_form(context: UiContext, rows: Sequence[FigureRow]) -> None:
    st.markdown("**Correct a text**")
    left, right = st.columns([1, 3])
    row_of = {row.figure.figure_id: row for row in rows}
    figure_id = left.selectbox(  # ids, since a row that was chosen before has the texts of before
        "Figure",
        list(row_of),
        format_func=lambda key: figure_name(row_of[key].figure.label, row_of[key].figure.sheet),
        key="corrected-figure",
    )
    row = row_of[figure_id]
    machines = [text for text in row.texts if text.provenance is not Provenance.GRANT]
    wrong = right.selectbox("Text", [_ADD, *(text.text for text in machines)], key="corrected-text")
    instead_of = None if wrong == _ADD else wrong
    with st.form("correction", border=False, clear_on_submit=True):
        text = st.text_input(
            "What is right",
            max_chars=MAX_TEXT_CHARS,
            placeholder="a folding chair with slatted back",
            help="Kept over what machines write, now and later, and searched by.",
        )
        save, hide = st.columns(2)
        is_saved = save.form_submit_button("Save", type="primary", width="stretch")
        is_hidden = hide.form_submit_button(
            "Hide this text", disabled=instead_of is None, width="stretch"
        )
    if is_saved and not text.strip():
        st.warning("Write what the figure shows, then save.")
    elif is_saved or is_hidden:
        _correct(context, row.figure.figure_id, "" if is_hidden else text, instead_of)


def _draw_corrections(context: UiContext, rows: Sequence[FigureRow]) -> None:
    """List what people corrected, each with the way back."""
    figure_of = {row.figure.figure_id: row.figure for row in rows}
    made = context.resources.catalogue.corrections(list(figure_of))
    if not made:
        return
    st.markdown("**Corrected by people**")
    for figure_id, corrections in made.items():
        figure = figure_of[figure_id]
        for kept in corrections:
            said, undo = st.columns([5, 1], vertical_alignment="center")
            name = escape(figure_name(figure.label, figure.sheet))
            said.html(f"<span class='limn-quiet'>{name}:</span> {_correction_words(kept)}")
            if undo.button("Undo", key=f"undo-{figure_id}-{kept.correction_id}", width="stretch"):
                _undo(context, figure_id, kept)


def _correction_words(kept: Correction) -> str:
    if kept.original is None:
        return f"{escape(kept.text or '')} <span class='limn-quiet'>(added)</span>"
    if kept.text is None:
        return f"<s>{escape(kept.original)}</s> <span class='limn-quiet'>(hidden)</span>"
    return f"<s>{escape(kept.original)}</s> {escape(kept.text)}"


def _undo(context: UiContext, figure_id: str, kept: Correction) -> None:
    try:
        undo_correction(context.resources, figure_id, kept.correction_id)
    except LimnError as error:
        show_error(error)
        return
    st.toast("Taken back. The search knows it in a moment.")
    st.rerun()


def _correct(context: UiContext, figure_id: str, text: str, instead_of: str | None) -> None:
    try:
        correct_text(context.resources, figure_id, text, instead_of)
    except LimnError as error:
        show_error(error)
        return
    st.toast("Kept. The search knows it in a moment.")
    st.rerun()
