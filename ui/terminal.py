"""What every command shares: its settings, and how it speaks to people and to programs.

People are told on standard error what goes on; what was asked for goes to standard output.
"""

import json
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from core.logs import configure_logs
from core.settings import LogSettings, Settings, read_settings

out = Console()
err = Console(stderr=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


def command_settings() -> Settings:
    """Read the settings, and let the log of this process tell of nothing below a warning.

    Raises:
        ConfigurationFault: If a variable makes no sense; names each and says why.
    """
    settings = read_settings()
    configure_logs(LogSettings(level="WARNING", json_lines=settings.log.json_lines))
    return settings


def say(line: str) -> None:
    """Tell a person one line about what goes on."""
    err.print(f"limn: {escape(line)}", highlight=False, soft_wrap=True)


def print_json(value: object) -> None:
    """Answer a program: one JSON value on a line of its own."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
