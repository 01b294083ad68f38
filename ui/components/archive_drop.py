"""Where weekly archives are dropped; the browser streams them, however large."""

from dataclasses import dataclass

import streamlit as st

from ui.components.assets import API, read_asset
from ui.dry_run import DryRunReport

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
  <label class="confidential dry-run">
    <input type="checkbox">
    Dry run: say what would happen, take nothing in
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


@dataclass(frozen=True, slots=True)
class Dropped:
    """What came of archives that have just been dropped.

    Attributes:
        started: Ids of uploads handed to the workers.
        looked: What taking in others would do.
    """

    started: tuple[str, ...]
    looked: tuple[DryRunReport, ...]


def archive_drop(project: str = "", *, key: str) -> Dropped:
    """Draw the drop field, and boxes: confidential, a look only, and the budget.

    Args:
        project: Whose members alone see what is confidential; empty where people do not sign in.
        key: Of the element.
    """
    result = _render(
        key=key,
        data={
            "post_to": f"{API}/uploads",
            "look_at": f"{API}/uploads/dry-run",
            "project": project,
        },
        on_started_change=_ignore,
        on_looked_change=_ignore,
    )
    looked = tuple(map(DryRunReport.model_validate, result.looked or ()))
    return Dropped(tuple(result.started or ()), looked)


def _ignore() -> None:
    """A trigger needs a callback to be known; the value is read from the result."""
