"""Archives taken in with the services that takes, and the account of it for people."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from core.errors import CatalogueUnavailable, IndexUnavailable, QueueUnavailable
from core.settings import Settings
from ingestion.catalogue_records import UploadTerms
from ingestion.deliveries import find_deliveries, left_beside
from ui.ingest_run import NOTHING_LOST, IngestReport, Rejected, ingest_archives
from ui.left_alone import print_left_alone
from ui.patience import Patience
from ui.progress import IngestProgress
from ui.services import INGESTING
from ui.signature import signed_by
from ui.supervisor import use_services
from ui.wording import beside_words, counted
from workers.ingestion import resume


def take_archives_in(
    settings: Settings,
    paths: Sequence[Path],
    terms: UploadTerms,
    err: Console,
    say: Callable[[str], None],
) -> IngestReport:
    """Take archives in, starting the services it needs unless Limn already runs for this home.

    Args:
        settings: Of the home.
        paths: Archives, or folders of archives.
        terms: What may be done with them.
        err: Where progress is drawn.
        say: Tells people what is started.

    Raises:
        TransientError: If a service stays away; says that nothing is lost and what to do.
    """
    found = [archive for path in paths for archive in find_deliveries(path)]
    beside = [str(file) for path in paths for file in left_beside(path)]
    with use_services(settings, INGESTING, say) as session:
        if terms.project:
            by = signed_by(settings)
            project = session.resources.casebook.project(terms.project, by)
            terms = replace(terms, project=project.name)
        if session.is_owner:
            resume(session.resources)
        patience = Patience(session.check, say, session.is_served)
        with IngestProgress(err) as progress:
            try:
                report = ingest_archives(session.resources, found, progress.show, patience, terms)
            except (CatalogueUnavailable, IndexUnavailable, QueueUnavailable) as error:
                told = str(error).rstrip(".")
                raise type(error)(f"{told}. {NOTHING_LOST}") from error
    return report.model_copy(update={"beside": beside})


def print_ingest_report(out: Console, report: IngestReport) -> None:
    """Say what one run did, every rejection with its reason."""
    publications = counted(report.publications, "publication")
    if report.figures and report.unchanged == report.figures and not report.rejected:
        figures = counted(report.unchanged, "figure")
        out.print(f"nothing new: {publications} with {figures} were here already")
    else:
        out.print(
            f"{publications}, {counted(report.figures, 'figure')}: "
            f"{report.indexed:,} indexed, {report.unchanged:,} unchanged, "
            f"{report.failed:,} failed, in {report.seconds:.1f} s"
        )
    out.print(f"  members: {_counts(report.members)}")
    out.print(f"  figures: {_counts(report.states)}")
    print_left_alone(out, report.left_alone, report.left_alone_files)
    if report.beside:
        out.print(f"  {escape(beside_words(report.beside))}", soft_wrap=True)
    if n_waiting := report.descriptions["pending"]:
        out.print(
            f"  models: not waited for; {n_waiting:,} figures are searchable and have yet to be "
            "written about, which [bold]limn describe[/] does now, and `limn up` in its own time"
        )
    print_rejected(out, report.rejected)


def _counts(numbers: Mapping[str, int]) -> str:
    return ", ".join(f"{n:,} {what}" for what, n in numbers.items() if n) or "none"


def print_rejected(out: Console, rejected: Sequence[Rejected]) -> None:
    """List what could not be used, each on a line; of several archives, each below its own."""
    archives = dict.fromkeys(item.archive for item in rejected)
    for archive in archives:
        if len(archives) > 1:
            out.print(f"  of {escape(archive)}:", highlight=False, soft_wrap=True)
        for item in rejected:
            if item.archive == archive:
                said = f"  [red]rejected[/] {escape(item.member)}: {escape(item.reason)}"
                out.print(said, highlight=False, soft_wrap=True)
