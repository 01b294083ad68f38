"""Archives into the ledger, and everything unfinished back onto the queues."""

from dataclasses import dataclass
from pathlib import Path

from core.errors import ArchiveChanged, ArchiveCorrupt
from core.records import Stage
from ingestion.archive_entries import Rejection
from ingestion.archive_marks import hash_unchanged, read_mark
from ingestion.catalogue_records import Described, Upload, UploadTerms
from ingestion.deliveries import list_units, reader_of, refused_id, unread_id
from ingestion.delivery import Leftovers
from ingestion.refused_uploads import without_replaced
from workers.resources import Resources

_NEXT_QUEUE = {Stage.CUT: "describe", Stage.DESCRIBED: "embed", Stage.EMBEDDED: "index"}


@dataclass(frozen=True, slots=True)
class Entered:
    """An archive that is in the ledger and of which nothing was sent to the workers yet."""

    upload: Upload
    is_to_be_sent: bool
    """It is new, or some of it was refused before; what else it lacks is `resume`'s work."""
    left: Leftovers
    """Files that belong to no design publication; told when it is entered, not kept."""


def start_upload(resources: Resources, path: Path, terms: UploadTerms | None = None) -> Upload:
    """Enter an archive into the ledger and send what it holds to the workers.

    Raises:
        ArchiveCorrupt: If the file is no archive at all.
        ArchiveChanged: If it was written to meanwhile; nothing was entered.
        QueueUnavailable: If Redis does not answer; the ledger keeps the members for `resume`.
    """
    entered = enter_upload(resources, path, terms)
    send_upload(resources, entered)
    return entered.upload


def enter_upload(resources: Resources, path: Path, terms: UploadTerms | None = None) -> Entered:
    """Enter an archive into the ledger; `send_upload` has the workers begin.

    Raises:
        ArchiveCorrupt: If the file is no archive at all; it is entered as refused.
        ArchiveChanged: If it was written to meanwhile; nothing was entered.
    """
    path = path.expanduser().resolve()
    mark = read_mark(path)
    try:
        listing = list_units(path, resources.settings.limits)
        sha256 = hash_unchanged(path, mark)
    except ArchiveCorrupt as error:
        if not isinstance(error, ArchiveChanged):
            _enter_refused(resources, path, mark, error, terms)
        raise
    known = resources.catalogue.upload(sha256)
    if known is not None and known.n_rejected:
        resources.catalogue.reopen_members(sha256)
    upload = resources.catalogue.begin_upload(
        path=str(path),
        sha256=sha256,
        size_bytes=path.stat().st_size,
        members=listing.members,
        rejected=listing.rejected,
        mark=mark,
        terms=terms,
    )
    return Entered(
        upload=upload,
        is_to_be_sent=known is None or known.is_refused or known.n_rejected > 0,
        left=listing.left,
    )


def _enter_refused(
    resources: Resources,
    path: Path,
    mark: str,
    error: ArchiveCorrupt,
    terms: UploadTerms | None,
) -> None:
    """Note that an archive came of which nothing can be read, with the reason.

    Raises:
        ArchiveChanged: If it was written to meanwhile: it may have been incomplete.
    """
    upload_id = refused_id(path, mark)
    if read_mark(path) != mark:
        raise ArchiveChanged(path.name, "is still being written; try again when it is complete")
    known = resources.catalogue.upload(upload_id)
    if known is not None and not known.is_refused:
        return  # it was read before, and the reasons of its members are told one by one
    resources.catalogue.begin_upload(
        path=str(path),
        sha256=upload_id,
        size_bytes=path.stat().st_size,
        members=(),
        rejected=[Rejection(error.member, error.reason)],
        mark=mark,
        terms=terms,
    )


def enter_refused_again(resources: Resources) -> int:
    """List archives again of which nothing, or not all, could be read; `resume` sends what is new.

    One that is gone, or whose place another file has taken, stays listed as it is.

    Returns:
        How many were tried.
    """
    again = resources.catalogue.upload_ids_listed_in_part()
    uploads = without_replaced(resources.catalogue.uploads())
    return sum(_enter_again(resources, upload) for upload in uploads if upload.upload_id in again)


def _enter_again(resources: Resources, upload: Upload) -> bool:
    path = Path(upload.path)
    try:
        mark = read_mark(path)
        was_unread = upload.upload_id == unread_id(path, mark)
        if not was_unread and mark != upload.mark:
            return False
        entered = enter_upload(resources, path, upload.terms)
    except ArchiveCorrupt:
        return path.exists()  # listed, with what is wrong with it today
    if was_unread:
        resources.catalogue.supersede_upload(upload.upload_id, entered.upload.upload_id)
    return True


def send_upload(resources: Resources, entered: Entered) -> None:
    """Send what an archive holds to the workers; sending it again changes nothing.

    Raises:
        QueueUnavailable: If Redis does not answer; the ledger keeps the members for `resume`.
    """
    if entered.is_to_be_sent:
        _send_members(resources, entered.upload)


def resume(resources: Resources) -> int:
    """Send everything unfinished to the workers again; safe at any time, since stages repeat.

    Returns:
        Members and figures sent.
    """
    n_sent = sum(
        _send_members(resources, upload)
        for upload in resources.catalogue.uploads()
        if upload.finished_at is None
    )
    for stage, queue in _NEXT_QUEUE.items():
        figure_ids = resources.catalogue.figure_ids(stage=stage)
        resources.messages.send_figures(queue, figure_ids)
        n_sent += len(figure_ids)
    if resources.asks_models:
        figure_ids = resources.catalogue.figures_described([Described.PENDING])
        resources.messages.send_figures("enrich", figure_ids)
        n_sent += len(figure_ids)
    if resources.catalogue.obsolete_points(limit=1):
        resources.messages.send_clear_obsolete()
    return n_sent


def _send_members(resources: Resources, upload: Upload) -> int:
    pending = resources.catalogue.pending_members(upload.upload_id)
    n_a_message = reader_of(Path(upload.path)).units_a_message
    resources.messages.send_members(upload.upload_id, pending, n_a_message)
    return len(pending)
