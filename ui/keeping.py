"""The bar above the results: save the search, mark a hit, take the hits along."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.errors import BadInput
from search.casebook import DEFAULT_PROJECT
from search.casebook_records import Mark, Opinion, QueryPicture
from search.hits import SearchResult
from search.query import SearchQuery
from ui.components.notices import show_error
from ui.context import UiContext
from ui.export_files import FORMATS, MEDIA_TYPES
from ui.hit_export import export_hits
from ui.page_gate import page_viewer
from ui.signature import signed_by
from workers.saved_searches import save_search

SIGNED_BY = "signed_by"
"""Key of the session under which the name lies that signs what is kept."""
PROJECT = "keep_project"
"""Key of the session under which the name of the project lies that marks go to."""
MARKS = {"Relevant": Mark.RELEVANT, "Not relevant": Mark.NOT, "Later": Mark.LATER}


def sign(context: UiContext, place: Any) -> None:
    """Ask who signs, unless somebody is signed in; the name stays for the session."""
    viewer = page_viewer()
    if viewer.name:
        st.session_state[SIGNED_BY] = viewer.name
        place.caption(f"Signed by {viewer.name}")
        return
    if SIGNED_BY not in st.session_state:
        st.session_state[SIGNED_BY] = signed_by(context.resources.settings)
    st.session_state[SIGNED_BY] = (
        place.text_input("Signed by", value=st.session_state[SIGNED_BY], key="sign_name")
        or st.session_state[SIGNED_BY]
    )


def keep_bar(
    context: UiContext, query: SearchQuery, drawings: tuple[str, ...], result: SearchResult
) -> dict[str, Opinion]:
    """Draw what a search and its hits can be kept by, side by side where the caller says so.

    Args:
        context: Casebook and pictures.
        query: What was asked.
        drawings: SHA-256 of the drawings it was asked with.
        result: What was found.

    Returns:
        What is thought of the hits in the project chosen for marks, by publication.
    """
    with st.popover("Keep this search", icon=":material/bookmark:"):
        _draw_saving(context, query, drawings)
    with st.popover("Mark a hit", icon=":material/rate_review:", disabled=not result.hits):
        project = _draw_marking(context, result)
    opinions = opinions_of(context, project, [hit.publication_id for hit in result.hits])
    with st.popover("Export the hits", icon=":material/download:", disabled=not result.hits):
        for kind in FORMATS:
            st.download_button(
                f"{kind.upper()}{' with pictures' if kind == 'xlsx' else ''}",
                data=lambda kind=kind: export_hits(context.resources, result.hits, kind, opinions),  # type: ignore[misc]
                file_name=f"hits.{kind}",
                mime=MEDIA_TYPES[kind],
                key=f"export_{kind}",
                width="stretch",
            )
    return opinions


def _draw_saving(context: UiContext, query: SearchQuery, drawings: tuple[str, ...]) -> None:
    project = choose_project(context, "save")
    name = st.text_input("Name of the search", key="keep_name", placeholder="Armchairs, front")
    sign(context, st)
    if st.button("Save", type="primary", width="stretch", key="keep_save"):
        try:
            saved = save_search(
                context.resources,
                query,
                [QueryPicture(sha256=sha256) for sha256 in drawings],
                project=project,
                name=name,
                by=st.session_state[SIGNED_BY],
            )
        except BadInput as error:
            show_error(error)
        else:
            st.success(f"Saved as no. {saved.search_id} in {project}")


def _draw_marking(context: UiContext, result: SearchResult) -> str:
    project = choose_project(context, "mark")
    hits = {f"{hit.rank}  {hit.title or hit.publication_id}": hit for hit in result.hits}
    chosen = st.selectbox("Hit", list(hits), key="mark_hit")
    mark = st.segmented_control("Mark", list(MARKS), key="mark_mark")
    note = st.text_area("Note", key="mark_note", height=80)
    if st.button("Write it down", type="primary", width="stretch", key="mark_write"):
        by = signed_by(context.resources.settings, st.session_state.get(SIGNED_BY), page_viewer())
        casebook = context.resources.casebook
        try:
            casebook.remark(
                casebook.project(project, by),
                hits[chosen].publication_id,
                by=by,
                mark=MARKS[mark] if mark else None,
                note=note,
            )
        except BadInput as error:
            show_error(error)
        else:
            st.success(f"{hits[chosen].publication_id}: {(mark or 'noted').lower()}")
    return project


def opinions_of(
    context: UiContext, name: str, publication_ids: Sequence[str]
) -> dict[str, Opinion]:
    """What is thought of publications in the project of this name, by publication."""
    casebook = context.resources.casebook
    known = [s.project for s in casebook.projects() if s.project.name == name]
    if not known:
        return {}
    return casebook.opinions(known[0], publication_ids)


def choose_project(context: UiContext, key: str) -> str:
    """A project that is there, or a new one by its name."""
    names = [summary.project.name for summary in context.resources.casebook.projects()]
    last = st.session_state.get(PROJECT)
    usual = page_viewer().name or DEFAULT_PROJECT
    options = names or [usual]
    chosen = st.selectbox(
        "Project", options, index=options.index(last) if last in options else 0,
        key=f"{key}_project", accept_new_options=True,
    ) or usual  # fmt: skip
    st.session_state[PROJECT] = chosen
    return chosen
