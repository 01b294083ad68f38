"""Deliveries in a folder of the server: what taking them in would do, and taking them in."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from core.errors import BadInput, LimnError
from ingestion.deliveries import find_deliveries
from ui.archive_inbox import upload_terms
from ui.components.notices import show_error
from ui.components.tables import draw_table
from ui.context import UiContext
from ui.dry_run import DryRunReport, preview_all
from ui.page_gate import page_viewer
from ui.wording import counted

_LOOKED = "server_deliveries_looked"
_LISTED_REASONS = 50


def list_deliveries(folder: Path) -> dict[str, Path]:
    """Deliveries by their name within the folder.

    Raises:
        BadInput: If the folder cannot be read.
    """
    try:
        found = [path for path in find_deliveries(folder) if path != folder]
        found = found or sorted(path for path in folder.iterdir() if path.name[0] != ".")
    except OSError as error:
        raise BadInput(
            f"{folder} cannot be read: {error.strerror}; LIMN_UI__DELIVERIES names a folder of the"
            " server"
        ) from error
    return {path.relative_to(folder).as_posix(): path for path in found}


def draw_server_deliveries(context: UiContext, project: str) -> tuple[str, ...]:
    """Draw what lies in the configured folder; nothing where none is configured.

    Args:
        context: Who takes them in.
        project: Whose members alone see what is confidential; empty where people do not sign in.

    Returns:
        Ids of uploads that have just been handed to the workers.
    """
    folder = context.resources.settings.ui.deliveries
    if folder is None:
        return ()
    with st.expander("From a folder of the server"):
        try:
            return _draw(context, folder, project)
        except LimnError as error:
            show_error(error)
            return ()


def _draw(context: UiContext, folder: Path, project: str) -> tuple[str, ...]:
    known = list_deliveries(folder)
    if not known:
        st.caption(f"Nothing lies in {folder}.")
        return ()
    names = st.multiselect(
        "Deliveries", list(known), key="server_deliveries", placeholder=f"Choose from {folder}"
    )
    confidential = st.checkbox(
        "Confidential: nothing of them is ever sent to a model on another machine",
        key="server_confidential",
    )
    paths = [known[name] for name in names if name in known]
    with st.container(horizontal=True):
        look = st.button("Dry run", disabled=not paths)
        take = st.button("Take in", type="primary", disabled=not paths)
    if look:
        with st.spinner("Looking, writing nothing…"):
            report = preview_all(context.resources.settings, paths, say=lambda _: None)
        st.session_state[_LOOKED] = (names, report)
    looked: tuple[list[str], DryRunReport] | None = st.session_state.get(_LOOKED)
    if looked and looked[0] == names:
        draw_dry_run([looked[1]])
    if not take:
        return ()
    with st.spinner("Reading the list of what they hold…"):
        terms = upload_terms(
            context.resources,
            page_viewer(),
            is_confidential=confidential,
            project=project if confidential else None,
        )
        return tuple(context.start_upload(path, terms).upload_id for path in paths)


def draw_dry_run(reports: Sequence[DryRunReport]) -> None:
    """Draw what taking deliveries in would do."""
    heads = ("Delivery", "Format", "Publications", "New", "Replaced", "Already here", "Images",
             "Images missing", "Not usable")  # fmt: skip
    rows = [
        (
            Path(one.path).name,
            one.format,
            *(
                f"{n:,}"
                for n in (one.units, one.new, one.replaced, one.unchanged, one.images,
                          one.images_missing, len(one.rejected))
            ),
        )
        for report in reports
        for one in report.deliveries
    ]  # fmt: skip
    draw_table(heads, rows, n_numbers=7)
    rejected = [bad for report in reports for bad in report.rejected]
    refused = [(bad.member, bad.reason) for bad in rejected[:_LISTED_REASONS]]
    if refused:
        draw_table(("Member", "Why it would not be used"), refused)
    n_more = len(rejected) - len(refused)
    more = f"; {counted(n_more, 'more part')} would not be used" if n_more else ""
    st.caption(f"Nothing was written{more}.")
