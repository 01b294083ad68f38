"""What a page says when there is nothing to show, or something went wrong."""

from html import escape

import streamlit as st

from core.errors import BadInput, ConfigurationFault, LimnError, QueryInvalid, TransientError

_KINDS: tuple[tuple[type[LimnError], str, str], ...] = (
    (QueryInvalid, "This search cannot be run", "Change what the message names."),
    (BadInput, "This cannot be used", "Change what the message names and try again."),
    (
        TransientError,
        "A part of Limn did not answer",
        "Nothing is lost. Try again in a moment; if it stays so, look at the log of the service.",
    ),
    (
        ConfigurationFault,
        "Limn is not set up for this",
        "Mend what the message names and start Limn again.",
    ),
)


def show_error(error: LimnError) -> None:
    """Say what went wrong and what to do."""
    title, remedy = next(
        ((title, remedy) for kind, title, remedy in _KINDS if isinstance(error, kind)),
        ("Something went wrong", "Try again."),
    )
    show_notice(title, f"{error}", remedy, kind="error")


def show_notice(title: str, text: str, remedy: str = "", *, kind: str = "empty") -> None:
    """A quiet box in the page.

    Args:
        title: One line.
        text: What is the matter; plain text.
        remedy: What to do; plain text.
        kind: ``"empty"`` or ``"error"``.
    """
    role = "alert" if kind == "error" else "status"
    last = f"<p class='limn-remedy'>{escape(remedy)}</p>" if remedy else ""
    st.html(
        f"<section class='limn-notice limn-{kind}' role='{role}'>"
        f"<h2>{escape(title)}</h2><p>{escape(text)}</p>{last}</section>"
    )
