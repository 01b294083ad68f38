"""One run of `limn reconcile`: what does not agree, what was done about it, how things stand."""

from collections import Counter
from dataclasses import dataclass
from pathlib import PurePath

from pydantic import BaseModel
from rich.console import Console
from rich.markup import escape

from ui.ingest_run import Check, settle
from ui.ingest_run import Watch as WatchProgress
from ui.wording import counted
from workers.reconciling import (
    IndexDifferences,
    PictureDifferences,
    Repairs,
    Watch,
    compare_index,
    compare_pictures,
    repair,
)
from workers.resources import Resources

_FIX = "limn reconcile --fix"
_SHOWN = 10
"""Names listed of each kind of fault."""


class Unrepaired(BaseModel):
    """Something that could not be brought back."""

    id: str
    reason: str


class Repaired(BaseModel):
    """What `--fix` did."""

    points_deleted: int
    figures_sent_again: int
    pictures_restored: int
    pictures_deleted: int
    unrepaired: list[Unrepaired]


class Members(BaseModel):
    """Units of all archives that ever came in; `all` = `taken` + `rejected` + `pending`."""

    all: int
    taken: int
    rejected: int
    pending: int


class Refused(BaseModel):
    """Something that could not be taken in."""

    upload: str
    member: str
    reason: str


class WithoutFigures(BaseModel):
    """A publication of which no figure can be searched, and why."""

    id: str
    reason: str


class FewerFigures(BaseModel):
    """A publication with fewer figures than its document declares."""

    id: str
    declared: int
    found: int


class Account(BaseModel):
    """Where every member and every publication is."""

    uploads: int
    refused_uploads: int
    """Of those, the ones of which nothing could be read."""
    members: Members
    rejected: list[Refused]
    """Whole members and single files, of all archives."""
    publications: int
    """Those with figures, and `without_figures`."""
    without_figures: list[WithoutFigures]
    fewer_figures: list[FewerFigures]
    """To be looked at: `limn inspect` shows how their sheets were cut."""


class Reconciliation(BaseModel):
    """The stable JSON of `limn reconcile --json`; after a repair, how things stand then."""

    figures: int
    """Figures to be indexed: no front-page copies, nothing withdrawn."""
    points: int
    """Points in the index."""
    failures: int
    """Figures listed as failed."""
    withdrawn: int
    """Figures of withdrawn publications, kept and not indexed."""
    missing: list[str]
    """Figures neither in the index nor listed as failed."""
    orphans: list[str]
    """Points without a figure, or of a figure that is withdrawn or listed as failed."""
    stale: list[str]
    """Figures whose point was made from an older version of their publication."""
    pictures_missing: list[str]
    """Figures and sheets whose picture is not in the store."""
    pictures_corrupt: list[str]
    """Figures and sheets whose picture is damaged; looked for with `--deep` only."""
    pictures_orphaned: list[str]
    """Pictures in the store, an hour old or older, that nothing needs."""
    account: Account
    """Where everything is that ever came in."""
    repaired: Repaired | None
    """None without `--fix`."""

    @property
    def agrees(self) -> bool:
        """Whether figures = points + failures, and every picture needed is there."""
        return not (self.missing or self.orphans or self.stale) and not (
            self.pictures_missing or self.pictures_corrupt
        )


@dataclass(frozen=True, slots=True)
class Findings:
    """What does not agree."""

    index: IndexDifferences
    pictures: PictureDifferences


def compare(resources: Resources, watch: Watch, *, deep: bool = False) -> Findings:
    """Hold catalogue, index and pictures against each other.

    Args:
        resources: With the address of a running index.
        watch: Called with parts of the picture store done, and in all.
        deep: Read every picture.

    Raises:
        IndexUnavailable: If Qdrant does not answer.
        StorageFailed: If the pictures cannot be read.
    """
    index = compare_index(resources.catalogue, resources.index)
    return Findings(index, compare_pictures(resources, watch, deep=deep))


def fix(
    resources: Resources, found: Findings, watch: WatchProgress, check: Check
) -> Reconciliation:
    """Repair what was found, wait for the workers, and compare again.

    Args:
        resources: With the addresses of running services.
        found: From `compare`.
        watch: Called with the progress of the workers.
        check: Keeps the services alive; see `Session.check`.
    """
    repairs = repair(resources, found.index, found.pictures)
    settle(resources, watch, check)
    return report(resources, compare(resources, lambda _done, _total: None), repairs)


def report(resources: Resources, found: Findings, repairs: Repairs | None = None) -> Reconciliation:
    """Findings as the command gives them."""
    index, pictures = found.index, found.pictures
    return Reconciliation(
        figures=index.n_figures,
        points=index.n_points,
        failures=index.n_failures,
        withdrawn=resources.catalogue.counts().withdrawn,
        missing=list(index.missing),
        orphans=list(index.orphans),
        stale=list(index.stale),
        pictures_missing=[use.name for use in pictures.missing],
        pictures_corrupt=[use.name for use in pictures.corrupt],
        pictures_orphaned=list(pictures.orphans),
        account=_account(resources),
        repaired=None
        if repairs is None
        else Repaired(
            points_deleted=repairs.points_deleted,
            figures_sent_again=repairs.figures_sent_again,
            pictures_restored=repairs.pictures_restored,
            pictures_deleted=repairs.pictures_deleted,
            unrepaired=[Unrepaired(id=name, reason=why) for name, why in repairs.unrepaired],
        ),
    )


def _account(resources: Resources) -> Account:
    account = resources.catalogue.account()
    return Account(
        uploads=account.n_uploads,
        refused_uploads=account.n_refused_uploads,
        members=Members(
            all=account.n_members,
            taken=account.n_taken,
            rejected=account.n_rejected,
            pending=account.n_pending,
        ),
        rejected=[
            Refused(upload=one.upload, member=one.member, reason=one.reason)
            for one in account.refused
        ],
        publications=account.n_publications,
        without_figures=[
            WithoutFigures(id=one.publication_id, reason=one.reason)
            for one in account.without_figures
        ],
        fewer_figures=[
            FewerFigures(id=one.publication_id, declared=one.n_declared, found=one.n_found)
            for one in account.fewer_figures
        ],
    )


def print_reconciliation(out: Console, account: Reconciliation) -> None:
    """Say how things stand, what was repaired and what is left to do."""
    if account.repaired:
        _print_repairs(out, account.repaired)
    _print_account(out, account.account)
    faults = {
        "missing from the index": account.missing,
        "in the index alone": account.orphans,
        "out of date in the index": account.stale,
        "pictures missing": account.pictures_missing,
        "pictures damaged": account.pictures_corrupt,
    }
    if account.agrees:
        _tell(
            out,
            f"{account.figures:,} figures = {account.points:,} points + "
            f"{account.failures:,} listed failures",
        )
    else:
        said = ", ".join(f"{len(items):,} {what}" for what, items in faults.items() if items)
        _tell(
            out,
            f"[red]{account.figures:,} figures, {account.points:,} points, "
            f"{account.failures:,} failures: {said}[/]",
        )
        for what, items in faults.items():
            for name in items[:_SHOWN]:
                _tell(out, f"  {what}: {escape(name)}")
            if len(items) > _SHOWN:
                _tell(out, f"  {what}: {len(items) - _SHOWN:,} more, see --json")
        command = "limn reconcile --deep --fix" if account.pictures_corrupt else _FIX
        _tell(out, f"`{command}` repairs what it can; `limn reindex` makes the index anew")
    if account.pictures_orphaned and not account.repaired:
        _tell(
            out, f"{len(account.pictures_orphaned):,} pictures that nothing needs (--fix deletes)"
        )


def _print_account(out: Console, account: Account) -> None:
    """Where every member and every publication is."""
    members = account.members
    unread = f", {account.refused_uploads:,} not readable" if account.refused_uploads else ""
    _tell(
        out,
        f"{counted(account.uploads, 'upload')}{unread}: {counted(members.all, 'member')} = "
        f"{members.taken:,} taken in + {members.rejected:,} rejected + {members.pending:,} pending",
    )
    for one in account.rejected[:_SHOWN]:
        archive = escape(PurePath(one.upload).name)
        _tell(out, f"  [red]rejected[/] {archive}, {escape(one.member)}: {escape(one.reason)}")
    if (n_more := len(account.rejected) - _SHOWN) > 0:
        _tell(out, f"  {n_more:,} more rejections, see --json")
    n_without = len(account.without_figures)
    _tell(
        out,
        f"{counted(account.publications, 'publication')} = {account.publications - n_without:,} "
        f"with figures + {n_without:,} without",
    )
    for reason, n in Counter(one.reason for one in account.without_figures).most_common(_SHOWN):
        _tell(out, f"  {n:,} without figures: {escape(reason)}")
    for short in account.fewer_figures[:_SHOWN]:
        _tell(out, f"  {short.id} declares {short.declared} figures, {short.found} were found")
    if (n_more := len(account.fewer_figures) - _SHOWN) > 0:
        _tell(out, f"  {n_more:,} more with fewer figures than declared, see --json")


def _print_repairs(out: Console, done: Repaired) -> None:
    _tell(
        out,
        f"repaired: {done.points_deleted:,} points deleted, {done.figures_sent_again:,} figures "
        f"indexed again, {done.pictures_restored:,} pictures restored, "
        f"{done.pictures_deleted:,} deleted",
    )
    for item in done.unrepaired:
        _tell(out, f"  [red]lost[/] {escape(item.id)}: {escape(item.reason)}")


def _tell(out: Console, line: str) -> None:
    out.print(line, highlight=False, soft_wrap=True)
