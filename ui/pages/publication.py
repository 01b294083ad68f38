"""The publication page: every figure, who and when, what its broken lines mean, what it cites."""

from html import escape

import streamlit as st

from core.access import Permission
from core.families import application_key
from core.locarno import LocarnoCode
from core.records import BrokenLines, Figure, Publication, Sheet
from ingestion.catalogue_records import StoredPublication
from search.query import MAX_IMAGES
from ui.cards import drawn_figures
from ui.compare_state import CompareState
from ui.components.assets import picture_url, thumbnail_url
from ui.components.descriptions import draw_descriptions
from ui.components.figure_wall import SheetFigure, SheetTile, Tile, figure_wall, sheet_wall
from ui.components.notices import show_notice
from ui.context import UiContext
from ui.page_gate import current_context, page_viewer
from ui.related_publications import related_rows
from ui.search_state import CAME_FROM, SearchState
from ui.wording import (
    application_of,
    class_words,
    counted,
    date_of,
    figure_alt,
    figure_name,
    number_of,
    source_of,
    view_words,
)

_LAST = "last_publication"
_SHEETS = "Sheets"
_SHOWN = ("Figures", _SHEETS)
_N_AHEAD = 8
"""Figures in sight on a large screen."""


def render() -> None:
    """Draw the publication that the address names."""
    context = current_context()
    # Streamlit leaves an entry without the id in the browser's history; Back lands there.
    publication_id = st.query_params.get("id") or st.session_state.get(_LAST, "")
    st.session_state[_LAST] = publication_id
    _draw_way_back()
    stored = context.resources.catalogue.publication(publication_id) if publication_id else None
    if stored is None:
        named = f"“{publication_id[:80]}”" if publication_id else "no publication"
        show_notice(
            "No such publication",
            f"The address names {named}; this collection does not hold it.",
            "Search for it, or load the archive it was published in.",
        )
        return
    in_sight = drawn_figures(stored)[:_N_AHEAD]
    context.thumbnails.draw(context.resources.pictures, [figure.sha256 for figure in in_sight])
    _draw_head(stored.publication)
    withdrawal = context.resources.catalogue.withdrawal(publication_id)
    if withdrawal:
        show_notice("Withdrawn", withdrawal.reason, "It is kept here and no search finds it.")
    figures, facts = st.columns([7, 3], gap="large")
    with facts:
        _draw_facts(context, stored)
    with figures:
        _draw_figures(stored)
        _draw_descriptions(context, stored)


def _draw_way_back() -> None:
    if not _may_search():
        return
    came_from: SearchState = st.session_state.get(CAME_FROM, SearchState())
    label = "Search" if came_from.is_empty else "Back to the results"
    address = came_from.to_params()
    st.page_link("search.py", label=label, icon=":material/arrow_back:", query_params=address)


def _draw_head(record: Publication) -> None:
    number = number_of(record.office, record.number, record.kind)
    dated = date_of(record.publication_date)
    st.html(
        f"<header class='limn-head'><h1>{escape(record.title or 'No title')}</h1>"
        f"<p><span class='limn-code'>{escape(number)}</span>"
        f"{f', published {escape(dated)}' if dated else ''}</p></header>"
    )


def _draw_figures(stored: StoredPublication) -> None:
    if not stored.figures:
        show_notice(
            "No drawings here yet",
            "This publication came as a document without its images.",
            "Load the archive that brings them.",
        )
        return
    drawn = drawn_figures(stored)
    ids = tuple(figure.figure_id for figure in drawn if not figure.is_front_page)
    n_sheets = len({figure.sheet for figure in drawn})
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.markdown(f"{counted(len(drawn), 'figure')} on {counted(n_sheets, 'sheet')}")
        as_what = st.segmented_control(
            "What is shown", _SHOWN, key="shown_as", default=_SHOWN[0], required=True,
            bind="query-params", label_visibility="collapsed",
        )  # fmt: skip
        if ids and _may_search():
            if st.button("Search with all figures"):
                _search_with(ids[:MAX_IMAGES])
            _draw_compare(stored)
    if as_what == _SHEETS:
        sheets = [_sheet(stored, sheet) for sheet in stored.sheets if not sheet.is_front_page]
        chosen = sheet_wall(sheets, label=f"Sheets of {stored.publication.title}", key="sheets")
    else:
        front = [f for f in stored.figures if f.is_front_page and f not in drawn]
        tiles = [_tile(figure, stored.publication) for figure in [*drawn, *front]]
        chosen = figure_wall(tiles, label=f"Figures of {stored.publication.title}", key="wall")
    if chosen and _may_search():
        _search_with((chosen,))


def _draw_compare(stored: StoredPublication) -> None:
    search: SearchState = st.session_state.get(CAME_FROM, SearchState())
    compared = CompareState(search=search, candidates=(stored.publication.publication_id,))
    label = "Compare with the query" if compared.has_query else "Compare with another"
    if st.button(label):
        st.switch_page("compare.py", query_params=compared.to_params())


def _draw_descriptions(context: UiContext, stored: StoredPublication) -> None:
    drawn = [figure.figure_id for figure in stored.figures if not figure.is_front_page]
    draw_descriptions(context, context.resources.catalogue.figures(drawn))


def _may_search() -> bool:
    return page_viewer().may(Permission.SEARCH)


def _search_with(figure_ids: tuple[str, ...]) -> None:
    st.switch_page("search.py", query_params=SearchState(figures=figure_ids).to_params())


def _tile(figure: Figure, record: Publication) -> Tile:
    view = view_words(figure.view)
    sheet = "copy, not searched" if figure.is_front_page else f"sheet {figure.sheet}"
    return Tile(
        id=figure.figure_id,
        src=thumbnail_url(figure.sha256),
        full_src=picture_url(figure.sha256),
        alt=figure_alt(figure, record),
        title=figure_name(figure.label, figure.sheet),
        note=" · ".join(part for part in (view, sheet) if part),
        caption=figure.caption or "",
        searchable=_may_search() and not figure.is_front_page,
    )


def _sheet(stored: StoredPublication, sheet: Sheet) -> SheetTile:
    figures = [figure for figure in stored.figures if figure.sheet == sheet.position]
    named = ", ".join(figure_name(figure.label, figure.sheet) for figure in figures)
    return SheetTile(
        src=thumbnail_url(sheet.sha256),
        full_src=picture_url(sheet.sha256),
        alt=f"Sheet {sheet.position} of {stored.publication.title}, with {named or 'no figure'}",
        title=f"Sheet {sheet.position}",
        width=sheet.width_px,
        height=sheet.height_px,
        rotation=sheet.rotation_deg,
        figures=tuple(
            SheetFigure(
                id=figure.figure_id,
                title=figure_name(figure.label, figure.sheet),
                searchable=_may_search(),
                x=figure.box.x_px,
                y=figure.box.y_px,
                width=figure.box.width_px,
                height=figure.box.height_px,
            )
            for figure in figures
        ),
    )


def _draw_facts(context: UiContext, stored: StoredPublication) -> None:
    record = stored.publication
    edition = next((code.edition for code in record.locarno if code.edition), None)
    rows = [
        ("Locarno" if edition is None else f"Locarno ({escape(edition)})", _codes(record.locarno)),
        ("US class", escape(", ".join(record.us_class))),
        ("Owner", escape(record.owner or "")),
        ("Applicants", escape(", ".join(record.applicants)) if record.assignees else ""),
        ("Inventors", escape(", ".join(record.inventors))),
        ("Filed", escape(date_of(record.filing_date))),
        ("Priority", escape(date_of(record.priority_date))),
        ("Application", escape(application_of(record.application_number or ""))),
        ("Reissue of", escape(_reissued(record))),
        ("Related applications", escape(", ".join(_related_applications(record)))),
        ("Hague number", escape(record.hague_number or "")),
        (_broken_lines(record), _quote(record.broken_line_statement)),
        ("Colour", _list([escape(said) for said in record.colour_statements])),
        ("Embodiments", _list([escape(said) for said in record.embodiment_statements])),
        *related_rows(context, record),
        ("Source", escape(source_of(record.source))),
        (
            "Not used",
            _list([f"{escape(p.member)}: {escape(p.reason)}" for p in stored.problems]),
        ),
    ]
    shown = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in rows if value)
    st.html(f"<dl class='limn-facts'>{shown}</dl>")


def _reissued(record: Publication) -> str:
    """The designs whose place it takes, ``"US D845,543"``."""
    numbers = record.extra.get("reissue_of", "").split("; ")
    return ", ".join(number_of(record.office, number, "") for number in numbers if number)


def _related_applications(record: Publication) -> list[str]:
    """Those it goes back to and those whose priority it claims, as they are printed."""
    own = application_key(record.office, record.application_number or "")
    others = [key for key in record.related_applications if key != own]
    return [
        application_of(key.removeprefix("US ")) if key.startswith("US ") else key for key in others
    ]


def _codes(codes: tuple[LocarnoCode, ...]) -> str:
    return _list(
        [
            f"<span class='limn-code'>{escape(code.code)}</span> {escape(class_words(code.code))}"
            for code in codes
        ]
    )


def _broken_lines(record: Publication) -> str:
    known = record.broken_lines not in (None, BrokenLines.UNKNOWN)
    return f"Broken lines ({record.broken_lines})" if known else "Broken lines"


def _quote(text: str | None) -> str:
    return f"<blockquote>{escape(text)}</blockquote>" if text else ""


def _list(items: list[str]) -> str:
    return f"<ul>{''.join(f'<li>{item}</li>' for item in items)}</ul>" if items else ""


if __name__ == "__main__":
    render()
