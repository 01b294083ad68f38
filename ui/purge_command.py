"""`limn purge`."""

import json
import sys
from typing import Annotated

import typer
from rich.console import Console

from core.logs import configure_logs
from core.settings import LogSettings, read_settings

out = Console()


def purge(
    days: Annotated[
        int | None,
        typer.Option(min=0, help="Last sent so many days ago; else as LIMN_CASEBOOK says."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object and nothing else.")
    ] = False,
) -> None:
    """Delete drawings that were searched with and that no saved search or certificate refers to."""
    from workers.purging import purge_drawings
    from workers.resources import Resources

    settings = read_settings()
    configure_logs(LogSettings(level="WARNING", json_lines=settings.log.json_lines))
    n_purged = purge_drawings(Resources(settings), days)
    if as_json:
        sys.stdout.write(json.dumps({"purged": n_purged}) + "\n")
    else:
        out.print(f"{n_purged:,} drawings deleted")
