"""`limn purge`."""

from typing import Annotated

import typer

from ui.terminal import command_settings, out, print_json


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

    settings = command_settings()
    n_purged = purge_drawings(Resources(settings), days)
    if as_json:
        print_json({"purged": n_purged})
    else:
        out.print(f"{n_purged:,} drawings deleted")
