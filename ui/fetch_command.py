"""`limn fetch`: archives from an office into a folder, and taken in if asked."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.filesize import decimal
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from core.errors import BadInput
from ui.terminal import command_settings, err, print_json, say

if TYPE_CHECKING:
    from stamina.instrumentation import RetryDetails

    from ingestion.downloads import RemoteFile
    from ui.fetch_run import FetchReport

fetch = typer.Typer(no_args_is_help=True, help="Download archives from an office.")


@fetch.callback()
def _offices() -> None:
    """Download archives from an office."""


@fetch.command()
def uspto(
    first: Annotated[
        datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day of publication.")
    ],
    last: Annotated[
        datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day of publication.")
    ],
    into: Annotated[
        Path | None, typer.Option(help="Folder; by default `downloads/uspto` under LIMN_HOME.")
    ] = None,
    ingest: Annotated[bool, typer.Option("--ingest", help="Take them in afterwards.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object and nothing else.")
    ] = False,
) -> None:
    """Download the weekly design grants of the USPTO; run again to go on, nothing comes twice.

    Needs an API key of the Open Data Portal in LIMN_FETCH__USPTO_API_KEY.
    """
    from stamina.instrumentation import set_on_retry_hooks

    from ui.fetch_run import fetch_uspto

    if first > last:
        raise BadInput(f"--from {first:%Y-%m-%d} lies after --to {last:%Y-%m-%d}")
    settings = command_settings()
    folder = (into or settings.home / "downloads" / "uspto").expanduser().resolve()
    set_on_retry_hooks([_say_retry])
    with FetchProgress(err) as progress:
        report = fetch_uspto(settings.fetch, first.date(), last.date(), folder, progress.begin)
    answer: dict[str, Any] = report.model_dump()
    is_whole = not report.failed
    if not as_json:
        _print_report(report)
    if ingest and report.paths:
        from ingestion.catalogue_records import UploadTerms
        from ui.ingest_session import print_ingest_report, take_archives_in

        taken_in = take_archives_in(settings, report.paths, UploadTerms(), err, say)
        answer["ingest"] = taken_in.model_dump()
        is_whole = is_whole and not taken_in.failed and not taken_in.rejected
        if not as_json:
            print_ingest_report(Console(), taken_in)
    if as_json:
        print_json(answer)
    if not is_whole:
        raise typer.Exit(1)


class FetchProgress(AbstractContextManager["FetchProgress"]):
    """One bar over all archives, with the rate of this run and the time left."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.description:<22}"),
            BarColumn(bar_width=32),
            DownloadColumn(),
            TextColumn("{task.fields[rate]:>12}", style="dim"),
            TextColumn("{task.fields[left]:>12}", style="dim"),
            console=console,
        )
        self._there: dict[str, int] = {}
        self._n_before = 0
        self._began = time.monotonic()

    def __enter__(self) -> "FetchProgress":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def begin(self, files: "tuple[RemoteFile, ...]") -> "Callable[[RemoteFile, int], None]":
        """Show how much there is to bring."""
        sizes = [file.n_bytes for file in files]
        total = sum(size or 0 for size in sizes) if all(sizes) else None
        bar = self._progress.add_task(f"{len(files)} archives", total=total, rate="", left="")

        def watch(file: "RemoteFile", n_bytes: int) -> None:
            if file.name not in self._there:
                self._n_before += n_bytes  # was there before this run
            self._there[file.name] = n_bytes
            n_there = sum(self._there.values())
            elapsed_s = time.monotonic() - self._began
            rate = (n_there - self._n_before) / elapsed_s if elapsed_s else 0.0
            left_s = (total - n_there) / rate if rate and total else None
            self._progress.update(
                bar,
                description=file.name,
                completed=n_there,
                rate=f"{decimal(int(rate))}/s" if rate else "",
                left=f"{left_s // 60:.0f}:{left_s % 60:02.0f} left" if left_s else "",
            )

        return watch


def _say_retry(details: "RetryDetails") -> None:
    say(f"{details.caused_by}; trying again in {details.wait_for:.0f} s")


def _print_report(report: "FetchReport") -> None:
    out = Console()
    for file in report.files:
        if file.reason:
            out.print(f"  [red]failed[/] {escape(file.name)}: {escape(file.reason)}")
    new = [file for file in report.files if file.state == "downloaded"]
    present = sum(file.state == "present" for file in report.files)
    out.print(
        f"{len(new)} archives downloaded ({decimal(sum(file.bytes for file in new))}), "
        f"{present} there already, {len(report.failed)} failed: {escape(report.into)}"
        if report.files
        else "the portal lists no weekly archive of these days"
    )
