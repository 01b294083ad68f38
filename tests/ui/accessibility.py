"""What axe-core finds wrong with a page, in both themes."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
_AXE = Axe()
_LOOKS = 4
_BETWEEN_LOOKS_MS = 400
_AT_REST = """() => {
    const app = document.querySelector('[data-testid=stApp]');
    return app && app.dataset.testScriptState === 'notRunning'
        && !document.querySelector('[data-testid=stSkeleton]')
        && !document.getAnimations().some((one) => one.playState === 'running');
}"""


def rest(page: Page) -> None:
    """Wait until the page's script has ended and what it drew is there."""
    page.wait_for_function(_AT_REST)


def faults(page: Page) -> list[str]:
    """Violations of WCAG 2.1 A and AA in the light, and of its contrasts in the dark.

    Args:
        page: In the light.

    Returns:
        A line each: theme, rule, reason, element.
    """
    found = _settled(page, "light", {"type": "tag", "values": _STANDARDS})
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(
        "() => getComputedStyle(document.querySelector('[data-testid=stApp]')).colorScheme"
        " === 'dark'"
    )
    found += _settled(page, "dark", {"type": "rule", "values": ["color-contrast"]})
    page.emulate_media(color_scheme="light")
    return found


def _settled(page: Page, theme: str, rules: dict[str, Any]) -> list[str]:
    """What is still wrong once widgets have followed the theme, which some do a little later."""
    found = []
    for _ in range(_LOOKS):
        rest(page)
        found = _run(page, theme, rules)
        if not found:
            break
        page.wait_for_timeout(_BETWEEN_LOOKS_MS)
    return found


def _run(page: Page, theme: str, rules: dict[str, Any]) -> list[str]:
    options = {"resultTypes": ["violations"], "runOnly": rules}
    found = []
    for violation in _AXE.run(page, options=options).response["violations"]:
        for node in violation["nodes"]:
            checks = [*node["any"], *node["all"], *node["none"]]
            reasons = "; ".join(check["message"] for check in checks)
            found.append(f"{theme}: {violation['id']}: {reasons} {node['html'][:200]}")
    return found
