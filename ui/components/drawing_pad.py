"""Where query drawings are dropped, pasted or picked, shown and removed."""

from dataclasses import asdict, dataclass

import streamlit as st

from ui.components.assets import API, read_asset

_HTML = """
<div class="pad">
  <ul class="views" aria-label="Drawings of this search"></ul>
  <label class="drop">
    <input type="file" multiple aria-label="Choose drawings"
           accept="image/png,image/jpeg,image/tiff,image/webp,image/gif,.tif,.tiff,.stl,.obj,.glb">
    <strong></strong>
    <small>a sheet, photograph or 3-D model too; paste with Ctrl V, or click to choose</small>
  </label>
  <p class="message" role="alert"></p>
</div>
"""
_render = st.components.v2.component(
    "limn.drawing_pad",
    html=_HTML,
    css=read_asset("drawing_pad.css"),
    js=read_asset("drawing_pad.js"),
)


@dataclass(frozen=True, slots=True)
class PadView:
    """A drawing or figure of the search.

    Attributes:
        key: What removing it names: SHA-256 or figure id.
        unlike: Whether hits should be less like it.
    """

    key: str
    src: str
    alt: str
    note: str
    unlike: bool = False


@dataclass(frozen=True, slots=True)
class PadEvent:
    """What a person did on the pad.

    Attributes:
        added: SHA-256 of new query drawings.
        removed: Key of the view to take away.
    """

    added: tuple[str, ...]
    removed: str | None


def drawing_pad(views: list[PadView], *, key: str) -> PadEvent:
    """Draw the pad with the views searched with."""
    result = _render(
        key=key,
        data={"views": [asdict(view) for view in views], "post_to": f"{API}/queries"},
        on_added_change=_ignore,
        on_removed_change=_ignore,
    )
    return PadEvent(added=tuple(result.added or ()), removed=result.removed)


def _ignore() -> None:
    """A trigger needs a callback to be known; the value is read from the result."""
