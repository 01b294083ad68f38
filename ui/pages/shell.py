"""What every page stands in: title, navigation, style. Streamlit runs this file on every rerun."""

import streamlit as st

from core.errors import LimnError
from ui.components.assets import FOLDER, read_asset
from ui.components.notices import show_error

_SIDEBAR_WIDTH_PX = 330


def render() -> None:
    """Draw the frame and the page that the address names."""
    st.set_page_config(
        page_title="Limn",
        page_icon=str(FOLDER / "icon.svg"),
        layout="wide",
        initial_sidebar_state=_SIDEBAR_WIDTH_PX,
    )
    st.html(f"<style>{read_asset('pages.css')}</style>")
    logo = "logo_dark.svg" if st.context.theme.type == "dark" else "logo.svg"
    st.logo(str(FOLDER / logo), size="large")
    page = st.navigation(
        [
            st.Page("search.py", title="Search", url_path="search", default=True),
            st.Page("casebook.py", title="Casebook", url_path="casebook"),
            st.Page("uploads.py", title="Uploads", url_path="uploads"),
            st.Page("dashboards.py", title="Dashboards", url_path="dashboards"),
            st.Page(
                "publication.py", title="Publication", url_path="publication", visibility="hidden"
            ),
        ],
        position="top",
    )
    try:
        page.run()
    except LimnError as error:
        show_error(error)


if __name__ == "__main__":
    render()
