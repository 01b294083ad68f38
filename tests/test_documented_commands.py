"""Commands in README, docs and compose files against the command line as it is."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import typer.core

from ui.cli import app

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_SPAN = re.compile(
    r"^```.*?\n(.*?)^```|(?<!`)`([^`\n]+(?:\n[^`\n]+)?)`(?!`)", re.MULTILINE | re.DOTALL
)
_COMMAND = re.compile(r"(?:^|[\s(;&])limn (?=[a-z])(.*)")


def _commands(page: Path) -> Iterator[str]:
    """What follows `limn` in blocks and spans of code, without comments."""
    for block, span in _SPAN.findall(page.read_text()):
        lines = block.replace("\\\n", " ").splitlines() or [span.replace("\n", " ")]
        for line in lines:
            found = _COMMAND.search(line.split(" #")[0])
            if found:
                yield found[1]


def _problem(told: str) -> str | None:
    """What of a command line does not exist."""
    command: Any = typer.main.get_command(app)
    known = set(_options(command))
    for word in shlex.split(told.replace("'", "").replace("…", "")):
        if isinstance(command, typer.core.TyperGroup) and word in command.commands:
            command = command.commands[word]
            known |= set(_options(command))
        elif isinstance(command, typer.core.TyperGroup) and re.fullmatch(r"[a-z][a-z-]*", word):
            return f"no command {word}"
        elif word.startswith("--") and word.partition("=")[0] not in known:
            return f"no option {word}"
    return None


def _options(command: Any) -> Iterator[str]:
    for parameter in command.params:
        yield from (*parameter.opts, *parameter.secondary_opts, "--help")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_of_the_documentation_exist(page: Path) -> None:
    wrong = [(told, problem) for told in _commands(page) if (problem := _problem(told))]
    assert wrong == []


def test_there_are_commands_to_check() -> None:
    assert sum(1 for page in PAGES for _ in _commands(page)) > 60
    assert _problem("ingest A.tar --no-such") == "no option --no-such"
    assert _problem("models forget") == "no command forget"
