"""What models took to describe each upload, and the questions that wait for a person."""

from collections.abc import Mapping
from pathlib import PurePath

import streamlit as st

from core.errors import LimnError
from ingestion.call_ledger import Spending
from ingestion.catalogue_records import Upload
from ui.components.notices import show_error
from ui.components.tables import draw_table
from ui.context import UiContext
from ui.lost_answers import ask_again, waiting_words
from ui.wording import counted

_LOOK_EVERY_S = 15.0


def draw_costs(context: UiContext) -> None:
    """Draw costs by upload, looked at now and then; nothing where no model was asked."""
    st.fragment(_look, run_every=_LOOK_EVERY_S)(context)


def _look(context: UiContext) -> None:
    catalogue = context.resources.catalogue
    try:
        uploads = {upload.upload_id: upload for upload in catalogue.uploads(limit=100)}
        spent = {
            one.upload_id: one for one in catalogue.spending_by_upload() if one.upload_id in uploads
        }
    except LimnError as error:
        show_error(error)
        return
    if not spent:
        return
    st.subheader("What describing cost", anchor=False)
    configured = context.resources.settings.describe.budget_tokens
    rows = [_row(uploads[key], one, configured) for key, one in spent.items() if key]
    heads = ("Archive", "Answers", "Tokens", "Budget", "Price", "Possibly paid, answer lost")
    draw_table(heads, rows, n_numbers=5)
    _draw_waiting(context, uploads, {key: one for key, one in spent.items() if key})


def _row(upload: Upload, spent: Spending, configured: int | None) -> tuple[str, ...]:
    own = upload.terms.budget_tokens
    budget = configured if own is None else own
    lost = f"{counted(spent.n_lost, 'call')}, at most {spent.n_lost_tokens:,} tokens"
    return (
        PurePath(upload.path).name,
        f"{spent.n_calls:,}",
        f"{spent.n_tokens:,}",
        "none set" if budget is None else f"{budget:,}",
        f"{spent.price:,.4f}" if spent.price else "no prices set",
        lost if spent.n_lost else "none",
    )


def _draw_waiting(
    context: UiContext, uploads: Mapping[str, Upload], spent: Mapping[str, Spending]
) -> None:
    waiting = {key: one for key, one in spent.items() if one.n_waiting}
    if not waiting:
        return
    st.markdown(
        "**Questions that wait for you.** A model was asked and the answer never came: a worker "
        "was stopped, the connection broke, or the time ran out. Your provider may have billed "
        "them. Asked again, they may be paid twice. Until then their figures are found by what "
        "else is known of them."
    )
    for upload_id, one in waiting.items():
        said, button = st.columns([4, 1], vertical_alignment="center")
        said.text(f"{PurePath(uploads[upload_id].path).name}: {waiting_words(one)}")
        if button.button("Ask again", key=f"ask-again-{upload_id}", width="stretch"):
            _ask_again(context, upload_id)


def _ask_again(context: UiContext, upload_id: str) -> None:
    try:
        waited = ask_again(context.resources, upload_id)
    except LimnError as error:
        show_error(error)
        return
    st.toast(f"{counted(waited.n_waiting, 'question')} handed to the workers")
    st.rerun()
