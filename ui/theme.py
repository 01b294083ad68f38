"""How the pages look, and what Streamlit must not do: every option it is started with."""

from typing import Any

from core.settings import UiSettings

_SHARED: dict[str, Any] = {
    "font": "sans-serif",
    "headingFont": "serif",
    "headingFontSizes": ["1.9rem", "1.35rem", "1.1rem", "1rem", "0.95rem", "0.9rem"],
    "headingFontWeights": [600, 600, 600, 600, 600, 600],
    "baseFontSize": 16,
    "baseRadius": "6px",
    "showWidgetBorder": True,
    "linkUnderline": False,
}
_LIGHT: dict[str, Any] = {
    "primaryColor": "#1f5673",
    "backgroundColor": "#f8f6f1",
    "secondaryBackgroundColor": "#fffefb",
    "textColor": "#24231f",
    "borderColor": "#dfdad0",
    "linkColor": "#1f5673",
}
_DARK: dict[str, Any] = {
    "primaryColor": "#38799d",
    "backgroundColor": "#17181a",
    "secondaryBackgroundColor": "#202225",
    "textColor": "#e9e6df",
    "borderColor": "#36383c",
    "linkColor": "#9cc8e1",
}
_LIGHT_SIDEBAR = {"backgroundColor": "#f1eee6", "secondaryBackgroundColor": "#fffefb"}
_DARK_SIDEBAR = {"backgroundColor": "#1d1f22", "secondaryBackgroundColor": "#27292d"}


def streamlit_options(settings: UiSettings) -> dict[str, Any]:
    """Options for `st.App.run`: address, safety, no telemetry, theme."""
    theme = {
        **{f"theme.{name}": value for name, value in _SHARED.items()},
        **{f"theme.light.{name}": value for name, value in _LIGHT.items()},
        **{f"theme.dark.{name}": value for name, value in _DARK.items()},
        **{f"theme.light.sidebar.{name}": value for name, value in _LIGHT_SIDEBAR.items()},
        **{f"theme.dark.sidebar.{name}": value for name, value in _DARK_SIDEBAR.items()},
    }
    return {
        "server.address": settings.host,
        "server.port": settings.port,
        "server.headless": True,
        "server.fileWatcherType": "none",
        "server.enableXsrfProtection": True,
        "server.enableCORS": True,
        "server.enableStaticServing": False,
        "server.maxUploadSize": 1,
        "server.showEmailPrompt": False,
        "browser.gatherUsageStats": False,
        "browser.serverAddress": settings.host,
        "runner.magicEnabled": False,  # it would draw the docstrings of constants on the pages
        "client.toolbarMode": "viewer",
        "client.showErrorDetails": "none",
        "client.showErrorLinks": False,
        **theme,
    }
