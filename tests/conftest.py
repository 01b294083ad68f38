"""What the whole suite shares: where real drawings lie, and who served."""

from pathlib import Path

import pytest

REAL_DATA = Path(__file__).parents[2] / "shared" / "data"
"""Real drawings laid beside the project for its developers; users do not have them."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave tests on real drawings out where there are none, and count them in the summary."""
    if REAL_DATA.is_dir():
        return
    without = [item for item in items if item.get_closest_marker("realdata")]
    if without:
        items[:] = [item for item in items if item not in without]
        config.hook.pytest_deselected(items=without)


def pytest_report_header() -> str:
    """Say whether the tests on real drawings run."""
    return f"real drawings: {'found' if REAL_DATA.is_dir() else 'none; realdata tests left out'}"
