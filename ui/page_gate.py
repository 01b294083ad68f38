"""Who looks at a page. Asked at every run, so that a key that was taken back ends at once."""

from html import escape
from urllib.parse import quote, urlencode, urlsplit

import streamlit as st

from core.access import Viewer
from ui.components.notices import show_notice
from ui.context import UiContext, whole_context
from ui.faults import SignInNeeded
from ui.sign_in import SIGN_IN


def page_viewer() -> Viewer:
    """Who looks at this page.

    Raises:
        SignInNeeded: If nobody is signed in.
    """
    headers = {name.lower(): value for name, value in st.context.headers.items()}
    return whole_context().identities.viewer(headers, st.context.cookies)


def current_context() -> UiContext:
    """What whoever looks at this page may see.

    Raises:
        SignInNeeded: If nobody is signed in.
        ConfigurationFault: If the page is not run by `ui.server`.
    """
    return whole_context().seen_by(page_viewer())


def visitor() -> Viewer | None:
    """Who looks at this page; None after drawing the way to sign in where nobody is signed in."""
    try:
        return page_viewer()
    except SignInNeeded:
        _draw_sign_in(whole_context().identities.mode)
        return None


def _draw_sign_in(mode: str) -> None:
    if mode == "oidc":
        _draw_provider_sign_in()
        return
    show_notice("Sign in first", "This collection is open to those who have a key.")
    asked = [(name, one) for name in st.query_params for one in st.query_params.get_all(name)]
    target = f"{urlsplit(st.context.url or '').path or '/'}?{urlencode(asked)}"
    st.html(f"<p><a href='{SIGN_IN}?next={escape(quote(target))}' target='_self'>Sign in</a></p>")


def _draw_provider_sign_in() -> None:
    known = bool(st.user.is_logged_in)
    email = str(st.user.get("email") or "")
    if not known:
        show_notice("Sign in first", "This collection is open to those who are known here.")
    elif not email:
        show_notice(
            "This account has no e-mail address here",
            "The identity provider did not say whose account it is.",
            "Ask whoever runs it to send the claim `email` to Limn.",
        )
    else:
        show_notice(
            "This account has no role here",
            f"{email} is not among those who may use this collection, or the session has ended.",
            "Ask an administrator for a role, or sign in anew.",
        )
    if st.button("Sign in anew" if known else "Sign in", type="primary"):
        st.login()
