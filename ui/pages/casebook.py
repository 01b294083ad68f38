"""The casebook page: projects, saved searches, marks, watches with their hits, certificates."""

from collections.abc import Mapping, Sequence
from html import escape

import streamlit as st

from core.access import Permission
from ingestion.catalogue_records import StoredPublication
from search.casebook_records import Opinion, Project, SavedSearch, Watch
from search.query_words import query_words
from ui.cards import drawn_figures, publication_href
from ui.components.assets import API, query_view_url, thumbnail_url
from ui.components.notices import show_notice
from ui.context import UiContext
from ui.keeping import SIGNED_BY, sign
from ui.page_gate import current_context, page_viewer
from ui.search_state import SearchState
from ui.wording import MARK_WORDS, counted, number_of
from workers.certifying import make_certificate
from workers.watch_runs import run_watches, start_watch

_PROJECT = "project"


def render() -> None:
    """Draw the project that the address names, else the first one."""
    context = current_context()
    st.html(
        "<header class='limn-head'><h1>Casebook</h1><p>Searches that can be run again, what was "
        "thought of their hits, and searches put on the record.</p></header>"
    )
    summaries = context.resources.casebook.projects()
    if not summaries:
        show_notice(
            "Nothing is kept yet",
            "A search, a mark or a note opens the first project.",
            "Search, then choose “Keep” above the results.",
        )
        if page_viewer().may(Permission.SEARCH):
            st.page_link("search.py", label="Go to Search", icon=":material/search:")
        return
    names = [summary.project.name for summary in summaries]
    asked = st.query_params.get(_PROJECT)
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    chosen = left.selectbox(
        "Project", names, index=names.index(asked) if asked in names else 0, key="casebook_project"
    )
    sign(context, right)
    st.query_params[_PROJECT] = chosen
    summary = summaries[names.index(chosen)]
    _draw_project(context, summary.project)


def _draw_project(context: UiContext, project: Project) -> None:
    casebook = context.resources.casebook
    searches = casebook.searches(project)
    opinions = casebook.opinions(project)
    watched = {watch.search.search_id: watch for watch in casebook.watches()}
    of_project = [watched[s.search_id] for s in searches if s.search_id in watched]
    n_hits = sum(watch.n_hits for watch in of_project)
    certificates = casebook.certificates(project)
    tabs = st.tabs(
        [
            f"Searches ({len(searches)})",
            f"Marked ({len(opinions)})",
            f"Watch hits ({n_hits})",
            f"Certificates ({len(certificates)})",
        ]
    )
    with tabs[0]:
        for search in searches:
            _draw_search(context, search, watched.get(search.search_id))
        if not searches:
            show_notice("No saved search", "Marks of this project came from other searches.")
    with tabs[1]:
        _draw_opinions(context, opinions)
    with tabs[2]:
        _draw_watches(context, of_project)
    with tabs[3]:
        _draw_certificates(context, project)


def _draw_search(context: UiContext, search: SavedSearch, watch: Watch | None) -> None:
    with st.container(border=True):
        text, buttons = st.columns([5, 3], vertical_alignment="center")
        with text:
            st.html(_search_html(search))
        with buttons:
            if page_viewer().may(Permission.SEARCH):
                _draw_search_buttons(context, search, watch)


def _draw_search_buttons(context: UiContext, search: SavedSearch, watch: Watch | None) -> None:
    key = f"search_{search.search_id}"
    first, second = st.columns(2)
    first.page_link(
        "search.py", label="Open", icon=":material/search:",
        query_params=SearchState.from_query(search.query, _drawings(search)).to_params(),
    )  # fmt: skip
    is_on = watch is not None and watch.is_on
    if second.toggle("Watch", value=is_on, key=f"{key}_watch") != is_on:
        by = st.session_state[SIGNED_BY]
        if is_on:
            context.resources.casebook.end_watch(search.search_id)
        else:
            start_watch(context.resources, search.search_id, by)
        st.rerun()
    if st.button("Make a certificate", key=f"{key}_certify", width="stretch"):
        with st.spinner("Searching exactly, printing…"):
            made = make_certificate(
                context.resources, search.search_id, by=st.session_state[SIGNED_BY]
            )
        st.toast(f"Certificate {made.record.number} is under Certificates")
        st.rerun()


def _search_html(search: SavedSearch) -> str:
    drawings = "".join(
        f"<img src='{query_view_url(sha256)}' alt='query drawing {number}' loading='lazy'>"
        for number, sha256 in enumerate(_drawings(search), start=1)
    )
    asked = " · ".join(
        f"{label}: {words}"
        for label, words in query_words(search.query)
        if label not in ("Ranks listed", "One rank for each", "Comparison")
    )
    return (
        "<div class='limn-kept'>"
        f"<div class='limn-kept-drawings'>{drawings}</div><div>"
        f"<h2>{escape(search.name)}</h2><p>{escape(asked)}</p>"
        f"<p class='limn-quiet'>no. {search.search_id}, {search.made_at[:10]}, "
        f"{escape(search.made_by)}</p></div></div>"
    )


def _draw_opinions(context: UiContext, opinions: Mapping[str, Opinion]) -> None:
    if not opinions:
        show_notice("Nothing is marked yet", "Marks and notes are made above the results.")
        return
    rows = []
    for said in opinions.values():
        stored = context.resources.catalogue.publication(said.publication_id)
        remarks = "".join(
            f"<li>{escape(MARK_WORDS[remark.mark] if remark.mark else '')}"
            f"{': ' if remark.mark and remark.note else ''}{escape(remark.note)} "
            f"<span class='limn-quiet'>{escape(remark.made_by)}, {remark.made_at[:10]}</span></li>"
            for remark in reversed(said.remarks)
        )
        mark = (
            f"<b class='limn-mark limn-mark-{said.mark}'>{MARK_WORDS[said.mark]}</b>"
            if said.mark
            else ""
        )
        rows.append((_publication(said.publication_id, stored), mark, f"<ul>{remarks}</ul>"))
    _table(("Publication", "Mark", "Said"), rows)


def _draw_watches(context: UiContext, watches: Sequence[Watch]) -> None:
    if not watches:
        show_notice(
            "Nothing is watched",
            "A watched search is run against what is new half a minute after it came in.",
            "Switch “Watch” on beside a saved search.",
        )
        return
    if page_viewer().may(Permission.SEARCH) and st.button("Run now"):
        with st.spinner("Searching what is new…"):
            runs = run_watches(context.resources)
        st.toast(f"{counted(sum(len(run.hits) for run in runs), 'new hit')}")
        st.rerun()
    for watch in watches:
        state = (
            f"last run {watch.last_run_at[:16].replace('T', ' ')} UTC"
            if watch.last_run_at
            else "not run yet"
        )
        if not watch.is_on:
            state = "off"
        st.html(
            f"<h2 class='limn-watch'>{escape(watch.search.name)} "
            f"<span class='limn-quiet'>{state}</span></h2>"
        )
        if watch.problem:
            show_notice("This watch could not search", watch.problem, kind="error")
        rows = [
            (
                _publication(
                    hit.publication_id, context.resources.catalogue.publication(hit.publication_id)
                ),
                f"{hit.score:.3f}",
                hit.found_at[:10],
            )
            for hit in context.resources.casebook.watch_hits(watch.search.search_id)
        ]
        if rows:
            _table(("Publication", "Score", "Found"), rows)
        else:
            st.html("<p class='limn-quiet'>Nothing new was found so far.</p>")


def _draw_certificates(context: UiContext, project: Project) -> None:
    entries = context.resources.casebook.certificates(project)
    if not entries:
        show_notice(
            "No certificate yet",
            "A certificate puts a saved search on the record, as PDF and JSON.",
            "Choose “Make a certificate” beside a saved search.",
        )
        return
    rows = []
    for entry in entries:
        address = f"{API}/certificates/{entry.certificate_id}/certificate"
        rows.append(
            (
                escape(entry.search.name),
                f"{entry.n_hits}",
                f"{entry.made_at[:16].replace('T', ' ')} UTC, {escape(entry.made_by)}",
                f"<code>{entry.sha256[:16]}…</code>",
                f"<a href='{address}.pdf' target='_blank'>PDF</a> · "
                f"<a href='{address}.json' target='_blank'>JSON</a>",
            )
        )
    _table(("Search", "Hits", "Made", "Record SHA-256", "Files"), rows)


def _publication(publication_id: str, stored: StoredPublication | None) -> str:
    if stored is None:
        return f"{escape(publication_id)} <span class='limn-quiet'>not here any more</span>"
    record = stored.publication
    figures = drawn_figures(stored)
    picture = (
        f"<img src='{thumbnail_url(figures[0].sha256)}' alt='' loading='lazy'>" if figures else ""
    )
    return (
        f"<div class='limn-kept'>{picture}<div>"
        f"<a href='{escape(publication_href(publication_id))}' target='_self'>"
        f"{escape(record.title or 'No title')}</a><br><span class='limn-quiet'>"
        f"{escape(number_of(record.office, record.number, record.kind))}</span></div></div>"
    )


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table of HTML that is escaped already."""
    head = "".join(f"<th>{name}</th>" for name in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    st.html(
        f"<table class='limn-table'><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _drawings(search: SavedSearch) -> list[str]:
    return [picture.sha256 for picture in search.pictures]


if __name__ == "__main__":
    render()
