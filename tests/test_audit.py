"""The audit of dependencies: vulnerable fails, unknown is said, a missing tool is a fault."""

import importlib.util
import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from tools import audit_dependencies as audit

_CLEAN = {"name": "lxml", "version": "6.0", "vulns": []}
_VULNERABLE = {
    "name": "pillow",
    "version": "1.0",
    "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1"], "aliases": []}],
}
_UNKNOWN = {"name": "ours", "skip_reason": "not found"}


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """What the advisory services answer: packages, or the error they end with."""

    def answer(**by_service: list[dict[str, Any]] | str) -> None:
        def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
            said = by_service[command[command.index("--vulnerability-service") + 1]]
            if isinstance(said, str):
                return subprocess.CompletedProcess(command, 1, "", f"Traceback\n{said}")
            return subprocess.CompletedProcess(command, 0, json.dumps({"dependencies": said}), "")

        monkeypatch.setattr(audit.subprocess, "run", run)

    return answer


def test_a_known_vulnerability_fails_with_what_mends_it(
    services: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    services(pypi=[_CLEAN, _VULNERABLE, _UNKNOWN])
    assert audit.main([]) == 1
    said = capsys.readouterr().err
    assert "pillow 1.0: PYSEC-1, mended in 1.1" in said
    assert "pypi does not know ours" in said


def test_the_second_service_is_asked_where_the_first_knows_nothing(
    services: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    services(pypi=[_UNKNOWN], osv=[_CLEAN])
    assert audit.main(["--required"]) == 0
    assert "1 packages held against osv: 0 advisories" in capsys.readouterr().out


def test_without_any_service_it_is_said_that_nothing_is_known(
    services: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    services(pypi=[_UNKNOWN], osv="ConnectionError: no route")
    assert audit.main([]) == 0
    assert audit.main(["--required"]) == 1
    said = capsys.readouterr().err
    assert "NOT MADE" in said
    assert "osv ConnectionError: no route" in said


def test_a_missing_tool_is_a_fault(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert audit.main([]) == 2
    assert "not installed" in capsys.readouterr().err
