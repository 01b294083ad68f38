"""Where weekly archives are dropped; the browser streams them, however large."""

import streamlit as st

from ui.components.assets import API, read_asset

_HTML = """
<div class="pad">
  <label class="drop">
    <input type="file" multiple accept=".tar,.zip,.tgz,.gz" aria-label="Choose archives">
    <strong>Drop weekly archives here</strong>
    <small>I20220104.tar or .zip as the office publishes them, or click to choose</small>
  </label>
  <label class="confidential">
    <input type="checkbox">
    Confidential: nothing of it is ever sent to a model on another machine
  </label>
  <label class="budget">
    Models that write about it may take at most
    <input type="number" min="0" step="1000" placeholder="as configured">
    tokens
  </label>
  <ul class="sending" aria-live="polite"></ul>
</div>
"""
_render = st.components.v2.component(
    "limn.archive_drop",
    html=_HTML,
    css=read_asset("archive_drop.css"),
    js=read_asset("archive_drop.js"),
)


def archive_drop(project: str = "", *, key: str) -> tuple[str, ...]:
    """Draw the drop field, the box that makes what is dropped confidential, and its budget.

    Args:
        project: Whose members alone see what is confidential; empty where people do not sign in.
        key: Of the element.

    Returns:
        Ids of uploads that have just been handed to the workers.
    """
    result = _render(
        key=key, data={"post_to": f"{API}/uploads", "project": project}, on_started_change=_ignore
    )
    return tuple(result.started or ())


def _ignore() -> None:
    """A trigger needs a callback to be known; the value is read from the result."""
