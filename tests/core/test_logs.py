"""Log lines go to standard error as it is when they are written."""

import io
import json
import logging
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


def test_lines_of_libraries_are_json_too_and_carry_the_ids_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    configure_logs(LogSettings(json_lines=True))
    with structlog.contextvars.bound_contextvars(request_id="r1"):
        structlog.get_logger().info("ours", n=1)
        logging.getLogger("library").warning("theirs: %d", 2)
        try:
            raise ValueError("broken")
        except ValueError:
            logging.getLogger("library").exception("gone")
    ours, theirs, gone = map(json.loads, sys.stderr.getvalue().splitlines())
    assert (ours["event"], ours["n"], ours["level"]) == ("ours", 1, "info")
    assert (theirs["event"], theirs["logger"], theirs["level"]) == (
        "theirs: 2",
        "library",
        "warning",
    )
    assert "ValueError: broken" in gone["exception"]
    assert {line["request_id"] for line in (ours, theirs, gone)} == {"r1"}
    structlog.reset_defaults()
