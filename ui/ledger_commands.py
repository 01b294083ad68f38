"""Commands about the ledger: `limn watch`, `limn reconcile` and `limn migrate`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from core.errors import BadInput
from ui.terminal import command_settings, err, out, say


def reconcile(
    fix: Annotated[bool, typer.Option("--fix", help="Repair what differs.")] = False,
    deep: Annotated[
        bool, typer.Option("--deep", help="Also read every picture, to find damaged ones.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object and nothing else.")
    ] = False,
) -> None:
    """Prove that nothing is lost: each figure is a point or a listed failure, each member of an
    archive taken in or rejected, each publication without figures has its reason.

    With --fix, what differs is repaired: sent to the workers again, cut again from its archive, or
    deleted where nothing needs it. Exit code 1 where something differs still.
    """
    from rich.progress import Progress

    from ui import reconciliation
    from ui.progress import IngestProgress
    from ui.services import INGESTING, SEARCHING
    from ui.supervisor import use_services

    with use_services(command_settings(), INGESTING if fix else SEARCHING, say) as session:
        with Progress(console=err, transient=True) as bars:
            bar = bars.add_task("pictures", total=None)
            found = reconciliation.compare(
                session.resources,
                lambda done, total: bars.update(bar, completed=done, total=total),
                deep=deep,
            )
        if fix:
            with IngestProgress(err) as progress:
                account = reconciliation.fix(session.resources, found, progress.show, session.check)
        else:
            account = reconciliation.report(session.resources, found)
    if as_json:
        sys.stdout.write(account.model_dump_json() + "\n")
    else:
        reconciliation.print_reconciliation(out, account)
    if not account.agrees or (account.repaired and account.repaired.unrepaired):
        raise typer.Exit(1)


def watch(
    folder: Annotated[Path, typer.Argument(help="Where archives are put.")],
    settled_s: Annotated[
        float, typer.Option(min=0, help="A file unchanged for so many seconds is complete.")
    ] = 10,
    every_s: Annotated[
        float, typer.Option(min=0.1, help="Seconds between two looks at the folder.")
    ] = 2,
) -> None:
    """Take in every file that is put into a folder, once it is complete, until Ctrl-C.

    Nothing is moved or deleted. What was taken is remembered, over restarts too; a file that cannot
    be read is told once, and looked at again if it changes. Files ending in .part, .crdownload or
    .tmp are left alone, and so are folders.
    """
    from ui.services import INGESTING
    from ui.supervisor import use_services
    from ui.watch_run import FolderWatch
    from workers.ingestion import resume
    from workers.watching import WatchedFolder

    if not folder.is_dir():
        raise BadInput(f"no such folder: {folder}")
    folder = folder.resolve()
    try:
        with use_services(command_settings(), INGESTING, say) as session:
            if session.is_owner:
                resume(session.resources)
            say(f"watching {folder}; Ctrl-C ends it")
            watched = WatchedFolder(folder, settled_s)
            FolderWatch(session.resources, watched, say, session.check).run(every_s)
    except KeyboardInterrupt:
        say("stopped; what is unfinished goes on when this or `limn ingest` is run again")


def migrate() -> None:
    """Make the catalogue's tables, or bring those of an older Limn up to date, and stop.

    Every command does this by itself; on servers, run it once before the workers start.
    """
    from ingestion.catalogue_version import REVISION
    from workers.resources import Resources

    catalogue = Resources(command_settings()).catalogue
    out.print(f"{catalogue.where}: revision {REVISION}", soft_wrap=True, highlight=False)
