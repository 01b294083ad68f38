"""What a page says when there is nothing to show, or something went wrong."""

import re
from html import escape

import streamlit as st

from core.errors import LimnError
from ui.faults import fault_of


def show_error(error: LimnError) -> None:
    """Say what went wrong and what to do, in the words of the REST API."""
    fault = fault_of(error)
    show_notice(fault.title, f"{error}", f"{fault.remedy} ({fault.code})", kind="error")


def show_notice(title: str, text: str, remedy: str = "", *, kind: str = "empty") -> None:
    """A quiet box in the page.

    Args:
        title: One line.
        text: What is the matter; plain text, commands between backticks.
        remedy: What to do; likewise.
        kind: ``"empty"`` or ``"error"``.
    """
    role = "alert" if kind == "error" else "status"
    last = f"<p class='limn-remedy'>{_marked_up(remedy)}</p>" if remedy else ""
    st.html(
        f"<section class='limn-notice limn-{kind}' role='{role}'>"
        f"<h2>{escape(title)}</h2><p>{_marked_up(text)}</p>{last}</section>"
    )


def _marked_up(text: str) -> str:
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(text))
