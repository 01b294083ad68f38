"""What every page stands in: title, navigation, style. Streamlit runs this file on every rerun."""

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from core.access import Viewer
from core.errors import LimnError
from ui.components.assets import FOLDER
from ui.components.notices import show_error
from ui.context import whole_context
from ui.page_gate import visitor
from ui.permissions import PAGES
from ui.rate_limits import count_request

_SIDEBAR_WIDTH_PX = 330
_PAGES = (
    ("search.py", "Search"),
    ("compare.py", "Compare"),
    ("embedding_map.py", "Map"),
    ("casebook.py", "Casebook"),
    ("uploads.py", "Uploads"),
    ("dashboards.py", "Dashboards"),
    ("models.py", "Model quality"),
)


def render() -> None:
    """Draw the frame and the page that the address names."""
    st.set_page_config(
        page_title="Limn",
        page_icon=str(FOLDER / "icon.svg"),
        layout="wide",
        initial_sidebar_state=_SIDEBAR_WIDTH_PX,
    )
    logo = "logo_dark.svg" if st.context.theme.type == "dark" else "logo.svg"
    st.logo(str(FOLDER / logo), size="large")
    viewer = visitor()
    page = st.navigation(_pages(viewer), position="top" if viewer else "hidden")
    if viewer is None:
        return
    with st.container(key=page.title):  # pages.css moves that of the search beside its sidebar
        try:
            count_request(whole_context().resources, viewer)
            page.run()
        except LimnError as error:
            show_error(error)


def _pages(viewer: Viewer | None) -> list[StreamlitPage]:
    """Pages that somebody may see; where nobody is signed in their addresses, with nothing."""
    if viewer is None:
        return [
            st.Page(
                _nothing, title="Sign in", url_path=file.removesuffix(".py"),
                default=file == _PAGES[0][0],
            )
            for file in PAGES
        ]  # fmt: skip
    shown = [page for page in _PAGES if viewer.may(PAGES[page[0]])]
    has_search = viewer.may(PAGES["search.py"])
    pages = [
        st.Page(file, title=title, url_path=file.removesuffix(".py"), default=file == "search.py")
        for file, title in shown
    ]
    hidden = st.Page(
        "publication.py", title="Publication", url_path="publication", visibility="hidden"
    )
    account = st.Page(
        "account.py", title=viewer.name or "Account", url_path="account", default=not has_search
    )
    return [*pages, hidden, *([account] if viewer.name else [])]


def _nothing() -> None:
    """Stands at the address of a page that nobody is signed in for."""


if __name__ == "__main__":
    render()
