"""`limn backup` and `limn restore`."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from pydantic import BaseModel
from rich.markup import escape
from rich.progress import Progress

from ui.terminal import AsJson, command_settings, err, out, say

Folder = Annotated[Path, typer.Argument(help="Where backups are kept, best on another disk.")]


class Restored(BaseModel):
    """The stable JSON of `limn restore --json`."""

    backup: str
    indexed: int
    """Figures in the index."""
    unreadable: tuple[str, ...]
    """Pictures that the backup has and that were damaged, with the reason."""


def backup(folder: Folder, as_json: AsJson = False) -> None:
    """Keep the catalogue as it is now and every picture; searches and uploads go on meanwhile.

    Only new pictures are copied; the index is not, since `limn restore` makes it again. Exit code
    1 where a picture is missing or damaged. Run again after an interruption.
    """
    from workers.backups import back_up
    from workers.resources import Resources

    with Progress(console=err, transient=True) as bars:
        kept = back_up(Resources(command_settings()), folder, _Bar(bars))
    if as_json:
        sys.stdout.write(kept.model_dump_json() + "\n")
    else:
        n_rows = {table.table: table.n_rows for table in kept.tables}
        out.print(
            f"backup {kept.name} in {folder}: {n_rows['publications']:,} publications, "
            f"{n_rows['figures']:,} figures, {kept.n_copied:,} new pictures",
            soft_wrap=True,
            highlight=False,
        )
        _print_damage([*kept.unreadable, *(f"{name}: no picture" for name in kept.missing)])
    if kept.unreadable or kept.missing:
        raise typer.Exit(1)


def restore(
    folder: Folder,
    name: Annotated[
        str | None, typer.Option("--backup", help="Which one, 20261126T194530Z; else the newest.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make catalogue, pictures and index of a backup, in an empty place (LIMN_HOME).

    Exit code 1 where a picture was damaged. Run again after an interruption.
    """
    from ui.services import SEARCHING
    from ui.supervisor import use_services
    from workers.backups import read_backup
    from workers.backups import restore as restore_backup
    from workers.reindexing import reindex

    chosen = read_backup(folder, name)
    with (
        use_services(command_settings(), SEARCHING, say) as session,
        Progress(console=err, transient=True) as bars,
    ):
        show = _Bar(bars)
        damaged = restore_backup(session.resources, folder, chosen, show)
        n_figures = reindex(
            session.resources, lambda done, total: show("figures indexed", done, total)
        )
    if as_json:
        report = Restored(backup=chosen.name, indexed=n_figures, unreadable=damaged)
        sys.stdout.write(report.model_dump_json() + "\n")
    else:
        out.print(f"backup {chosen.name} restored, {n_figures:,} figures in the index")
        _print_damage(damaged)
    if damaged:
        raise typer.Exit(1)


class _Bar:
    """One bar that shows whatever is done now."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._bar = bars.add_task("", total=None)

    def __call__(self, what: str, done: int, total: int) -> None:
        self._bars.update(self._bar, description=what, completed=done, total=total)


def _print_damage(lines: Sequence[str]) -> None:
    for line in lines:
        out.print(f"  [red]damaged[/] {escape(line)}", soft_wrap=True, highlight=False)
