"""The command line. Exit code 0: done; 1: finished with listed failures; 2: wrong input or set-up.

With `--json` one object goes to standard output and nothing else; people are told the rest on
standard error.
"""

import signal
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from core.errors import BadInput, LimnError
from core.settings import Settings
from ui.backup_commands import backup, restore
from ui.casebook_commands import app as casebook
from ui.certificate_commands import app as certificate
from ui.describe_command import describe, print_reasons
from ui.doctor_command import doctor
from ui.evaluate_command import evaluate
from ui.faults import code_of
from ui.fetch_command import fetch
from ui.inspect_command import inspect
from ui.keys_commands import app as keys
from ui.learn_command import learn_tagger
from ui.ledger_commands import migrate, reconcile, watch
from ui.model_commands import app as models
from ui.model_commands import reindex
from ui.purge_command import purge
from ui.search_command import search
from ui.terminal import AsJson, command_settings, err, out, print_json, say
from ui.train_command import train

app = typer.Typer(
    name="limn",
    help="Semantic search for design-patent drawings, on your own machine.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(search)
app.command()(describe)
app.command("learn-tagger")(learn_tagger)
app.command()(evaluate)
app.command()(watch)
app.command()(reconcile)
app.command()(migrate)
app.command()(reindex)
app.command()(backup)
app.command()(restore)
app.command()(doctor)
app.command()(purge)
app.command()(inspect)
app.add_typer(fetch, name="fetch")
app.add_typer(casebook, name="casebook")
app.add_typer(certificate, name="certificate")
app.add_typer(keys, name="keys")
app.add_typer(models, name="models")
app.command()(train)


def main() -> None:
    """Entry point: turns errors raised on purpose into one clear line and an exit code."""
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # scripts start us with it ignored
    try:
        app()
    except LimnError as error:
        told = f"{escape(str(error))} [dim]({code_of(error)})[/]"
        err.print(f"[red]limn:[/] {told}", highlight=False, soft_wrap=True)
        sys.exit(2)
    except KeyboardInterrupt:
        err.print("limn: interrupted; run the same command again to go on", highlight=False)
        sys.exit(130)


@app.command()
def ingest(
    archives: Annotated[
        list[Path],
        typer.Argument(help="Weekly archives, folders, manifests; see docs/deliveries.md."),
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would happen; write nothing.")
    ] = False,
    confidential: Annotated[
        bool,
        typer.Option(
            "--confidential", help="Never send anything of it to a model on another machine."
        ),
    ] = False,
    project: Annotated[
        str | None,
        typer.Option(help="Whose members alone see what is confidential, once people sign in."),
    ] = None,
    budget_tokens: Annotated[
        int | None,
        typer.Option(min=0, help="What models may cost for each archive; see docs/describing.md."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Take archives in: parse, cut into figures, embed and index. Run again to go on or to check.

    Starts the services it needs unless Limn already runs for this home. Ends when every figure is
    searchable or listed; models that write about figures are not waited for, see `limn describe`.
    """
    missing = [str(path) for path in archives if not path.exists()]
    if missing:
        raise BadInput(f"no such file or folder: {', '.join(missing)}")
    if dry_run:
        from ui.dry_run import preview_all, print_dry_run

        preview = preview_all(command_settings(), archives, say)
        if as_json:
            print_json(preview.model_dump())
        else:
            print_dry_run(out, preview)
        raise typer.Exit(preview.exit_code)
    from ingestion.catalogue_records import UploadTerms
    from ui.ingest_session import print_ingest_report, take_archives_in

    if project and not confidential:
        raise BadInput("--project: give --confidential too; what is not is seen by all")
    terms = UploadTerms(confidential, budget_tokens, project)
    report = take_archives_in(command_settings(), archives, terms, err, say)
    if as_json:
        print_json(report.model_dump())
    else:
        print_ingest_report(out, report)
    if report.failed or report.rejected:
        raise typer.Exit(1)


@app.command()
def retry(as_json: AsJson = False) -> None:
    """Try again what is listed as failed or rejected, say after a full disk or a new version."""
    from ui.ingest_session import print_rejected
    from ui.progress import IngestProgress
    from ui.retry_run import retry_failed
    from ui.services import INGESTING
    from ui.supervisor import use_services

    with (
        use_services(command_settings(), INGESTING, say) as session,
        IngestProgress(err) as progress,
    ):
        report = retry_failed(session.resources, progress.show, session.check)
    if as_json:
        print_json(report.model_dump())
    else:
        out.print(f"{report.retried:,} tried again, {report.failed:,} figures still failed")
        print_rejected(out, report.rejected)
    if report.failed or report.rejected:
        raise typer.Exit(1)


@app.command()
def status(as_json: AsJson = False) -> None:
    """Say what the catalogue holds, how far it has come and what failed."""
    from workers.resources import Resources

    resources = Resources(command_settings())
    catalogue = resources.catalogue
    counts = catalogue.counts()
    reasons = [
        {"state": standing.described.value, "reason": standing.note, "figures": standing.n_figures}
        for standing in catalogue.standings()
    ]
    failures = [
        {"id": failure.id, "stage": failure.stage.value, "reason": failure.reason}
        for failure in catalogue.failures()
    ]
    report = {
        "publications": counts.publications,
        "sheets": counts.sheets,
        "front_pages": counts.front_page,
        "withdrawn": counts.withdrawn,
        "figures": counts.figures,
        "by_stage": {stage.value: n for stage, n in counts.by_stage.items()},
        "descriptions": reasons,
        "failures": failures,
    }
    if as_json:
        print_json(report)
        return
    out.print(
        f"{counts.publications:,} publications · {counts.sheets:,} sheets · "
        f"{counts.figures:,} figures (and {counts.front_page:,} front-page copies, not indexed)"
    )
    for stage, n in counts.by_stage.items():
        if n:
            out.print(f"  {stage.value:<10} {n:>8,}")
    if counts.withdrawn:
        out.print(f"  {'withdrawn':<10} {counts.withdrawn:>8,}  (kept, not searchable)")
    if reasons:
        out.print("descriptions by models ([bold]limn describe[/] goes on with them):")
        print_reasons(out, reasons)
    for failure in failures:
        out.print(f"  [red]failed[/] {escape(failure['id'])} at {failure['stage']}: ", end="")
        out.print(escape(failure["reason"]))


@app.command()
def export(
    figures: Annotated[
        bool, typer.Option("--figures", help="Every figure of the catalogue.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List figures with their sheet, label, view, caption, class and stage."""
    from ui.figure_export import export_figures, print_figures
    from workers.resources import Resources

    if not figures:
        raise BadInput("say what to export: --figures")
    rows = export_figures(Resources(command_settings()).catalogue)
    if as_json:
        print_json({"figures": rows})
        return
    print_figures(out, rows)


@app.command()
def up(
    port: Annotated[int | None, typer.Option(help="Port of the pages; 0 takes a free one.")] = None,
) -> None:
    """Run Limn and serve its pages and REST API until Ctrl-C."""
    from ui.serving import serve

    serve(_settings_at(port), say)


@app.command()
def demo(
    ui: Annotated[bool, typer.Option(help="Serve the pages after the search.")] = True,
    port: Annotated[int | None, typer.Option(help="Port of the pages; 0 takes a free one.")] = None,
) -> None:
    """Make sample patents, ingest them, search them by a drawing, then serve the pages."""
    from ui.demo import run_demo

    run_demo(_settings_at(port), out, err, serve_pages=ui)


def _settings_at(port: int | None) -> Settings:
    settings = command_settings()
    if port is not None:
        settings = settings.model_copy(update={"ui": settings.ui.model_copy(update={"port": port})})
    return settings


def _end(signum: int, _frame: object) -> None:
    raise SystemExit(128 + signum)
