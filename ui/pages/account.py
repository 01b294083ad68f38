"""The account page: who is signed in, what they may do, and the way out."""

from html import escape

import streamlit as st

from core.access import ALLOWED
from ui.page_gate import current_context, page_viewer
from ui.sign_in import SIGN_OUT


def render() -> None:
    """Draw the page."""
    viewer = page_viewer()
    may = ", ".join(sorted(ALLOWED[viewer.role]))
    st.html(
        f"<header class='limn-head'><h1>{escape(viewer.name)}</h1>"
        f"<p>{escape(viewer.role.capitalize())}: may {escape(may)}.</p></header>"
    )
    if current_context().identities.mode == "oidc":
        if st.button("Sign out"):
            st.logout()
    else:
        st.html(
            f"<form method='post' action='{SIGN_OUT}' target='_self'>"
            "<button type='submit'>Sign out</button></form>"
        )


if __name__ == "__main__":
    render()
