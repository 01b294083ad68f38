"""`limn doctor`."""

import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from core.logs import configure_logs
from core.settings import LogSettings, read_settings

out = Console()
_COLOURS = {"ok": "green", "warning": "yellow", "fault": "red", "unknown": "dim"}


def doctor(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object and nothing else.")
    ] = False,
) -> None:
    """Say how this installation is set up, what it may speak to, what is wrong and how to mend it.

    Starts and changes nothing; secrets are not shown. Exit code 1 where something is wrong.
    """
    from ui.doctor import diagnose
    from ui.supervisor import running_services

    configure_logs(LogSettings(level="ERROR"))
    settings = read_settings()
    found = diagnose(settings, running_services(settings))
    if as_json:
        sys.stdout.write(found.model_dump_json() + "\n")
        raise typer.Exit(0 if found.is_well else 1)
    table = Table(box=None, show_header=False, pad_edge=False)
    for finding in found.findings:
        said = escape(finding.detail) + (
            f"\n[dim]→ {escape(finding.advice)}[/]" if finding.advice else ""
        )
        colour = _COLOURS[finding.state]
        table.add_row(f"[{colour}]{finding.state}[/]", finding.part, said)
    out.print(table)
    out.print("\n[bold]may speak to[/]")
    for endpoint in found.endpoints:
        line = f"  {endpoint.name}: {endpoint.url} ({endpoint.used_for})"
        out.print(line, markup=False, highlight=False, soft_wrap=True)
    if not found.endpoints:
        out.print("  nothing outside this machine is configured")
    out.print("\n[bold]set[/] (everything else: defaults)")
    for variable, value in found.settings.items():
        out.print(f"  {variable}={value}", markup=False, highlight=False, soft_wrap=True)
    versions = ", ".join(f"{name} {number}" for name, number in found.versions.items())
    out.print(f"\n[bold]versions[/] {escape(versions)}", highlight=False)
    raise typer.Exit(0 if found.is_well else 1)
