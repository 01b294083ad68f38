"""The document that every page begins as: Streamlit's own, styled from its first paint on."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from streamlit.file_util import get_static_dir

from core.errors import VersionSkew
from ui.components.assets import read_asset
from ui.permissions import PAGES

_END = "</body>"  # behind the styles that Streamlit adds to the head while it draws
_TITLE = "<title>Streamlit</title>"
_FIRST = "search.py"


def page_routes() -> list[Route]:
    """Routes of all pages.

    Styles that come with the first message of a page's script come after its first paint: what was
    painted would move. Streamlit knows its first page by `/` alone: the search's own name leads
    there, with what is asked.

    Raises:
        VersionSkew: If Streamlit's document is not what this was written for.
    """
    document = _dressed((Path(get_static_dir()) / "index.html").read_text(encoding="utf-8"))

    def show(_request: Request) -> Response:
        return HTMLResponse(document, headers={"Cache-Control": "no-cache"})

    def lead_to_search(request: Request) -> Response:
        asked = request.url.query
        return RedirectResponse(f"./?{asked}" if asked else "./")

    others = [f"/{file.removesuffix('.py')}" for file in PAGES if file != _FIRST]
    first = Route(f"/{_FIRST.removesuffix('.py')}", lead_to_search)
    return [first, *(Route(path, show) for path in ("/", *others))]


def _dressed(document: str) -> str:
    """Streamlit's document with our title and styles, and what holds it back while it opens."""
    for mark in (_TITLE, _END):
        if document.count(mark) != 1:
            raise VersionSkew(f"Streamlit's index.html has not one {mark}: its version has changed")
    ours = f"<style>{read_asset('pages.css')}</style><script>{read_asset('opening.js')}</script>"
    return document.replace(_TITLE, "<title>Limn</title>").replace(_END, f"{ours}{_END}")
