"""What the whole suite shares: where real drawings lie, and who served."""

from pathlib import Path

import pytest

from tests.databases import SERVED_BY, catalogue_url, postgres_url

__all__ = ["catalogue_url", "postgres_url"]

REAL_DATA = Path(__file__).parents[2] / "shared" / "data"
"""Real drawings laid beside the project for its developers; users do not have them."""

_LONGEST_FIRST = ("whole", "ui", "search")
"""Rooms whose files take longest; short ones last leave no process working alone at the end."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the longest files first, and leave out tests on real drawings where there are none."""
    items.sort(key=_place)
    _leave_real_drawings_out(config, items)


def _place(item: pytest.Item) -> int:
    room = item.path.parent.name
    return _LONGEST_FIRST.index(room) if room in _LONGEST_FIRST else len(_LONGEST_FIRST)


def _leave_real_drawings_out(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Count them in the summary as deselected."""
    if REAL_DATA.is_dir():
        return
    without = [item for item in items if item.get_closest_marker("realdata")]
    if without:
        items[:] = [item for item in items if item not in without]
        config.hook.pytest_deselected(items=without)


def pytest_report_header() -> str:
    """Say whether the tests on real drawings run."""
    return f"real drawings: {'found' if REAL_DATA.is_dir() else 'none; realdata tests left out'}"


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say who served PostgreSQL."""
    if SERVED_BY in config.stash:
        terminalreporter.write_line(f"PostgreSQL served by {config.stash[SERVED_BY]}")
