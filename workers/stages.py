"""What each stage does to a batch of figures. No Celery here; each is safe to run again.

Describing is in `workers.describing`.

Every stage reads the catalogue, persists its output, moves the figures on, and returns the ids
that the next stage may take. Figures that are already past the stage are passed on untouched, so
a message delivered twice costs little and changes nothing. Figures whose publication was replaced
while a stage worked on them are dropped by their revision; the replacement has its own messages.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import structlog

from core.errors import ArchiveCorrupt, BadInput, PictureUnreadable, PublicationInvalid
from core.records import Stage
from ingestion.archive_marks import check_unchanged
from ingestion.carried_images import inherit_images
from ingestion.catalogue_records import FigureRow, MemberState, StoredPublication, Upload
from ingestion.completion import complete, other_half
from ingestion.deliveries import read_units
from ingestion.delivery import Unit, Withdrawal
from ingestion.intake import take_in
from workers.figure_points import (
    complete_vectors,
    enter,
    ids_of,
    revisions_of,
    store_vectors,
    upsert_points,
)
from workers.resources import Resources

StageFunction: TypeAlias = Callable[[Resources, Sequence[str]], list[str]]
log = structlog.get_logger()


def iter_cut(resources: Resources, upload_id: str, members: Sequence[str]) -> Iterator[str]:
    """Parse and cut units of one upload into the catalogue.

    A unit that cannot be read is listed in the ledger with its reason; its siblings go on.

    Yields:
        Ids of cut figures, ready to be described: a publication's once it is stored, before the
        next one is cut. First come those that an earlier attempt at these units stored.
    """
    catalogue = resources.catalogue
    upload = catalogue.upload(upload_id)
    if upload is None:
        raise BadInput(f"upload {upload_id} is not in the ledger")
    units = catalogue.members(upload_id, among=members)
    for publication_id in sorted({unit.publication_id for unit in units if unit.publication_id}):
        yield from catalogue.figure_ids(stage=Stage.CUT, publication_id=publication_id)
    pending = [unit.member for unit in units if unit.state is MemberState.PENDING]
    try:
        for name, unit in read_units(Path(upload.path), pending, resources.settings.limits):
            stored_id = _take_in(resources, upload, name, unit)
            if stored_id is not None:
                yield from catalogue.figure_ids(stage=Stage.CUT, publication_id=stored_id)
    except ArchiveCorrupt as error:  # of the archive as a whole
        for name in catalogue.pending_members(upload_id, among=pending):
            _reject(resources, upload_id, name, error)
    log.info("members ingested", upload=upload_id, n_members=len(pending))


def _take_in(
    resources: Resources, upload: Upload, name: str, unit: Unit | Withdrawal | BadInput
) -> str | None:
    """Store a unit, or list why it is not.

    Returns:
        The publication that holds it.

    Raises:
        ArchiveCorrupt: If the archive is not the one that was entered.
    """
    upload_id = upload.upload_id
    check_unchanged(upload, thoroughly=isinstance(unit, BadInput))
    if isinstance(unit, BadInput):
        _reject(resources, upload_id, name, unit)
        return None
    if isinstance(unit, Withdrawal):
        _withdraw(resources, upload_id, unit)
        return None
    try:
        stored = _completed(resources, unit, take_in_unit(resources, unit), upload_id)
        is_folder = Path(upload.path).is_dir()
        check_unchanged(upload, thoroughly=bool(stored.problems) and is_folder)
        resources.catalogue.store_publication(stored, upload_id, name)
    except (
        PictureUnreadable,
        PublicationInvalid,
    ) as error:  # one half of it: lost, or behind a wall
        _reject(resources, upload_id, name, error)
        return None
    return stored.publication.publication_id


def _reject(resources: Resources, upload_id: str, member: str, error: BadInput) -> None:
    reason = str(error).removeprefix(f"{member}: ")
    resources.catalogue.reject_member(upload_id, member, reason)
    log.warning("member rejected", upload=upload_id, member=member, reason=reason)


def _withdraw(resources: Resources, upload_id: str, notice: Withdrawal) -> None:
    catalogue = resources.catalogue
    take_back = catalogue.withdraw_registration if notice.whole_registration else catalogue.withdraw
    try:
        take_back(notice.publication_id, upload_id, notice.name, notice.reason, on=notice.on)
    except BadInput as error:
        _reject(resources, upload_id, notice.name, error)


def take_in_unit(resources: Resources, unit: Unit) -> StoredPublication:
    """Cut a unit and keep its pictures; nothing enters the catalogue yet."""
    pictures, limits = resources.pictures, resources.settings.limits
    former = _former_version(resources, unit)
    whole = inherit_images(unit, former, pictures) if former else unit
    return take_in(whole, pictures=pictures, limits=limits, former=former)


def _completed(
    resources: Resources, unit: Unit, stored: StoredPublication, upload_id: str
) -> StoredPublication:
    """Take a unit in again with the words or pictures that came apart from it, if they did."""
    former = other_half(resources.catalogue, stored, upload_id)
    if former is None:
        return stored
    whole = complete(unit, stored, former, resources.pictures)
    taken = take_in(whole, pictures=resources.pictures, limits=resources.settings.limits)
    return replace(taken, keeps_pictures=bool(former.sheets))


def _former_version(resources: Resources, unit: Unit) -> StoredPublication | None:
    """The version before, where a unit takes images from it."""
    if not unit.inherits_images:
        return None
    named = {image.file.casefold() for image in unit.publication.images}
    if named and named <= {file.casefold() for file in unit.images}:
        return None
    return resources.catalogue.publication(unit.publication.publication_id)


def embed(resources: Resources, figure_ids: Sequence[str]) -> list[str]:
    """Embed each figure's picture and its texts, and keep the vectors in the catalogue."""
    rows, passed = _rows_at(resources, figure_ids, Stage.DESCRIBED, Stage.EMBEDDED)
    rows = store_vectors(resources, rows)
    resources.catalogue.advance(ids_of(rows), Stage.EMBEDDED, revisions_of(rows))
    log.info("figures embedded", n_figures=len(rows))
    return passed + ids_of(rows)


def index(resources: Resources, figure_ids: Sequence[str]) -> list[str]:
    """Put embedded figures into the index, and take those out that do not belong there any more."""
    catalogue = resources.catalogue
    rows, _ = _rows_at(resources, figure_ids, Stage.EMBEDDED, Stage.INDEXED)
    complete_vectors(resources, rows)
    indexed = upsert_points(resources, resources.index, rows)
    _enter_live_index(resources, ids_of(indexed))
    n_advanced = catalogue.advance(ids_of(indexed), Stage.INDEXED, revisions_of(indexed))
    if n_advanced < len(indexed):  # replaced or withdrawn since they were read
        wanted = {row.figure.figure_id: row.stage for row in catalogue.figures(ids_of(indexed))}
        resources.index.delete_figures(
            [key for key in ids_of(indexed) if wanted.get(key, Stage.STORED) is Stage.STORED]
        )
    n_removed = clear_obsolete(resources)
    log.info("figures indexed", n_figures=n_advanced, n_removed=n_removed)
    return []


def _enter_live_index(resources: Resources, figure_ids: Sequence[str]) -> None:
    """Put figures into the index of the model that was promoted while a stage worked on them.

    Figures that are not INDEXED yet are found by whoever switches after this.

    Raises:
        EncoderMismatch: If these resources may not follow, and so must not say that they indexed.
    """
    successor = resources.successor()
    if successor is None:
        resources.index.check_live()
    else:
        enter(successor, successor.index, figure_ids)


def clear_obsolete(resources: Resources) -> int:
    """Delete the points of figures that a replacement or a withdrawal took away.

    Returns:
        How many.
    """
    obsolete = resources.catalogue.obsolete_points()
    if obsolete:
        resources.index.delete_figures(obsolete)
        resources.catalogue.forget_obsolete(obsolete)
    return len(obsolete)


def _rows_at(
    resources: Resources, figure_ids: Sequence[str], stage: Stage, following: Stage
) -> tuple[list[FigureRow], list[str]]:
    """Figures waiting at a stage, and the ids of those that have just passed it."""
    rows = resources.catalogue.figures(figure_ids, searched_texts=True)
    waiting = [row for row in rows if row.stage == stage]
    return waiting, [row.figure.figure_id for row in rows if row.stage == following]
