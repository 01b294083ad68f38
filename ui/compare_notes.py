"""What is thought of a design that is being compared: said so far, and room to say more."""

from html import escape

import streamlit as st

from core.errors import BadInput
from search.casebook_records import Remark
from ui.components.notices import show_error
from ui.context import UiContext
from ui.keeping import MARKS, SIGNED_BY, choose_project, opinions_of, sign
from ui.wording import MARK_WORDS


def draw_notes(context: UiContext, publication_id: str, title: str) -> None:
    """Draw the remarks on a design in one project, and the form for another."""
    st.subheader("Notes", anchor=False)
    said, form = st.columns([3, 2], gap="large")
    with form:
        project = choose_project(context, "compare")
    opinion = opinions_of(context, project, [publication_id]).get(publication_id)
    with said:
        st.html(_remarks_html(opinion.remarks if opinion else (), project, title))
    with form:
        _draw_form(context, project, publication_id)


def _remarks_html(remarks: tuple[Remark, ...], project: str, title: str) -> str:
    if not remarks:
        named = escape(title or "this design")
        return f"<p class='limn-quiet'>Nothing is noted of {named} in {escape(project)} yet.</p>"
    rows = "".join(
        f"<tr><td class='limn-whole'>{_mark(remark)}</td><td>{escape(remark.note)}</td>"
        f"<td class='limn-quiet limn-whole'>{escape(remark.made_by)}, "
        f"{escape(remark.made_at[:10])}</td></tr>"
        for remark in reversed(remarks)
    )
    return f"<table class='limn-table'><tbody>{rows}</tbody></table>"


def _mark(remark: Remark) -> str:
    if remark.mark is None:
        return "noted"
    return f"<b class='limn-mark-{remark.mark}'>{escape(MARK_WORDS[remark.mark])}</b>"


def _draw_form(context: UiContext, project: str, publication_id: str) -> None:
    with st.form(f"note-{publication_id}", border=False, clear_on_submit=True):
        mark = st.segmented_control("Mark", list(MARKS))
        note = st.text_area("Note", height=90, placeholder="Same legs; the back is lower")
        sign(context, st)
        is_kept = st.form_submit_button("Write it down", type="primary", width="stretch")
    if not is_kept:
        return
    by = st.session_state[SIGNED_BY]
    casebook = context.resources.casebook
    try:
        casebook.remark(
            casebook.project(project, by),
            publication_id,
            by=by,
            mark=MARKS[mark] if mark else None,
            note=note,
        )
    except BadInput as error:
        show_error(error)
        return
    st.toast(f"Written down in {project}")
    st.rerun()
