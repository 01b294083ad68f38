"""Log lines go to standard error as it is when they are written."""

import io
import sys

import pytest
import structlog

from core.logs import configure_logs
from core.settings import LogSettings


def test_a_logger_outlives_the_standard_error_it_first_wrote_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log, first, then = structlog.get_logger(), io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stderr", first)
    configure_logs(LogSettings())
    log.warning("one")
    first.close()
    monkeypatch.setattr(sys, "stderr", then)
    log.warning("two")
    assert "two" in then.getvalue()
    structlog.reset_defaults()
