"""`limn ingest --dry-run`: what taking deliveries in would do, as JSON or for people."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from pydantic import BaseModel
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from core.settings import Settings
from ingestion.catalogue_records import StoreOutcome
from ingestion.deliveries import find_deliveries, left_beside
from ingestion.known_publications import KnownPublications
from ingestion.preview import Example, Preview, preview_delivery
from ui.ingest_run import LeftAlone, Rejected, list_left_alone
from ui.left_alone import print_left_alone
from ui.wording import beside_words
from workers.addresses import catalogue_url

_N_REJECTED_SHOWN = 50


class ExampleReport(BaseModel):
    """How one unit would be read."""

    unit: str
    publication_id: str
    title: str
    date: str | None
    locarno: str | None
    us_class: str | None
    owner: str | None
    status: str
    confidential: bool
    sheets: int
    """Images to be cut."""
    figures: int
    """Images that are figures already cut."""
    front_pages: int
    images: int
    """Images that are there."""
    extra: dict[str, str]
    outcome: str


class DeliveryReport(BaseModel):
    """What taking one delivery in would do."""

    path: str
    format: str
    units: int
    looked_at: int
    """Units that were read; the counts below are of these."""
    new: int
    replaced: int
    unchanged: int
    older: int
    """Publications of which a newer version is in the catalogue."""
    withdrawn: int
    images: int
    images_kept: int
    """Images that do not come again: amendments keep those of the version before."""
    images_missing: int
    images_decoded: int
    """Images opened for a look."""
    skipped: int
    left_alone_files: list[LeftAlone]
    """Files that are skipped, up to 10,000 of them."""
    notes: list[str]
    rejected: list[Rejected]
    examples: list[ExampleReport]


class DryRunReport(BaseModel):
    """What taking deliveries in would do; the stable JSON of `limn ingest --dry-run --json`."""

    dry_run: bool = True
    publications: int
    """Units of all deliveries; `new` and so on count those that were looked at."""
    new: int
    replaced: int
    unchanged: int
    images: int
    images_kept: int
    images_missing: int
    rejected: list[Rejected]
    beside: list[str]
    """Files beside the deliveries that belong to none of them."""
    deliveries: list[DeliveryReport]
    seconds: float

    @property
    def exit_code(self) -> int:
        """0 all well, 1 with listed problems, 2 where nothing could be taken in."""
        outcomes = ("new", "replaced", "unchanged", "older", "withdrawn")
        if not any(getattr(one, name) for one in self.deliveries for name in outcomes):
            return 2
        return 1 if any(one.rejected for one in self.deliveries) else 0


def preview_all(
    settings: Settings, paths: Sequence[Path], say: Callable[[str], None]
) -> DryRunReport:
    """Find out what taking deliveries in would do; writes nothing and starts no service.

    Args:
        settings: Of the home, whose catalogue is asked what it knows if it is there.
        paths: Deliveries, or folders of them.
        say: Tells people which one is looked at.

    Raises:
        StorageFailed, CatalogueUnavailable: If the catalogue is there and cannot be read.
    """
    started = time.monotonic()
    known = KnownPublications(catalogue_url(settings))
    deliveries = []
    try:
        for path in (delivery for given in paths for delivery in find_deliveries(given)):
            say(f"looking at {path.name or path} …")
            deliveries.append(_report(preview_delivery(path, settings.limits, known.find)))
    finally:
        known.close()
    return DryRunReport(
        publications=sum(one.units for one in deliveries),
        new=sum(one.new for one in deliveries),
        replaced=sum(one.replaced for one in deliveries),
        unchanged=sum(one.unchanged for one in deliveries),
        images=sum(one.images for one in deliveries),
        images_kept=sum(one.images_kept for one in deliveries),
        images_missing=sum(one.images_missing for one in deliveries),
        rejected=[bad for one in deliveries for bad in one.rejected],
        beside=[str(file) for given in paths for file in left_beside(given)],
        deliveries=deliveries,
        seconds=round(time.monotonic() - started, 2),
    )


def _report(preview: Preview) -> DeliveryReport:
    counts = {outcome.value: preview.outcomes[outcome] for outcome in StoreOutcome}
    path = str(preview.path)
    return DeliveryReport(
        path=path,
        format=preview.format,
        units=preview.n_units,
        looked_at=preview.n_read,
        **counts,
        images=preview.n_images,
        images_kept=preview.n_images_kept,
        images_missing=preview.n_images_missing,
        images_decoded=preview.n_images_decoded,
        skipped=preview.left.n_files,
        left_alone_files=list_left_alone(preview.path, preview.left),
        notes=list(preview.notes),
        rejected=[
            Rejected(archive=path, member=bad.member, reason=bad.reason) for bad in preview.rejected
        ],
        examples=[_example(example) for example in preview.examples],
    )


def _example(example: Example) -> ExampleReport:
    publication = example.publication
    drawn = [image for image in publication.images if not image.is_front_page]
    n_figures = sum(image.figure is not None for image in drawn)
    day = publication.publication_date
    return ExampleReport(
        unit=example.unit,
        publication_id=publication.publication_id,
        title=publication.title,
        date=day.isoformat() if day else None,
        locarno=str(publication.locarno[0]) if publication.locarno else None,
        us_class=publication.us_class[0] if publication.us_class else None,
        owner=publication.owner,
        status=publication.status,
        confidential=publication.confidential,
        sheets=len(drawn) - n_figures,
        figures=n_figures,
        front_pages=len(publication.images) - len(drawn),
        images=example.n_images,
        extra=dict(publication.extra),
        outcome=example.outcome.value,
    )


def print_dry_run(out: Console, report: DryRunReport) -> None:
    """Say for each delivery what would happen."""
    for one in report.deliveries:
        _print_delivery(out, one)
    if (n_deliveries := len(report.deliveries)) > 1:
        _say_line(
            out,
            f"{n_deliveries:,} deliveries: {report.publications:,} publications, "
            f"{len(report.rejected):,} rejections",
        )
    if report.beside:
        _say_line(out, escape(beside_words(report.beside)))
    _say_line(out, f"nothing was written; it took {report.seconds:.1f} s to look")


def _print_delivery(out: Console, one: DeliveryReport) -> None:
    _say_line(out, f"[bold]{escape(one.path)}[/]: {escape(one.format)}, {one.units:,} publications")
    if one.looked_at < one.units:
        _say_line(
            out,
            f"  looked at {one.looked_at:,} of them, evenly spread; the counts are of these alone",
        )
    outcomes = (
        (one.new, "new"),
        (one.replaced, "would replace an older version"),
        (one.unchanged, "unchanged"),
        (one.older, "older than what is here"),
        (one.withdrawn, "to be withdrawn"),
    )
    known = ", ".join(f"{n:,} {what}" for n, what in outcomes if n)
    _say_line(out, f"  publications: {known or 'none that can be taken in'}")
    kept = f"{one.images_kept:,} kept from the version before, " if one.images_kept else ""
    _say_line(
        out,
        f"  images: {one.images:,} found, {kept}{one.images_missing:,} missing "
        f"({one.images_decoded:,} of them opened for a look)",
    )
    print_left_alone(out, one.skipped, one.left_alone_files)
    for note in one.notes:
        _say_line(out, f"  {escape(note)}")
    if one.examples:
        out.print(_table(one.examples))
    for bad in one.rejected[:_N_REJECTED_SHOWN]:
        _say_line(out, f"  [red]rejected[/] {escape(bad.member)}: {escape(bad.reason)}")
    if len(one.rejected) > _N_REJECTED_SHOWN:
        n_more = len(one.rejected) - _N_REJECTED_SHOWN
        _say_line(out, f"  and {n_more:,} more; --json lists all of them")


def _table(examples: Sequence[ExampleReport]) -> Table:
    table = Table("publication", "title", "date", "class", "pictures", "outcome", box=None)
    for one in examples:
        kinds = ((one.sheets, "sheet"), (one.figures, "figure"), (one.front_pages, "front"))
        cells = (
            one.publication_id,
            one.title or "(none)",
            one.date or "(none)",
            one.locarno or one.us_class or "(none)",
            " + ".join(_counted(n, kind) for n, kind in kinds if n) or "(none)",
            one.outcome,
        )
        table.add_row(*map(escape, cells))
    return table


def _counted(n: int, kind: str) -> str:
    return kind if kind == "front" else f"{n} {kind}{'s' * (n > 1)}"


def _say_line(out: Console, line: str) -> None:
    out.print(line, highlight=False, soft_wrap=True)
