"""What every page stands in: title, navigation, style. Streamlit runs this file on every rerun."""

import streamlit as st

from core.errors import LimnError
from ui.components.assets import FOLDER, read_asset
from ui.components.notices import show_error

st.set_page_config(
    page_title="Limn",
    page_icon=str(FOLDER / "icon.svg"),
    layout="wide",
    initial_sidebar_state=330,
)
st.html(f"<style>{read_asset('pages.css')}</style>")
logo = "logo_dark.svg" if st.context.theme.type == "dark" else "logo.svg"
st.logo(str(FOLDER / logo), size="large")
page = st.navigation(
    [
        st.Page("search.py", title="Search", url_path="search", default=True),
        st.Page("uploads.py", title="Uploads", url_path="uploads"),
        st.Page("publication.py", title="Publication", url_path="publication", visibility="hidden"),
    ],
    position="top",
)
try:
    page.run()
except LimnError as error:
    show_error(error)
