"""Catalogue, pictures and index held against each other, both ways, and brought to agree.

The catalogue is read first and asked again about whatever seems wrong, so that work which goes on
meanwhile is not taken for a fault.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from core.errors import PictureUnreadable
from core.records import Stage
from ingestion.picture_ledger import PictureUse
from workers.ingestion import resume
from workers.recovery import restore_pictures
from workers.resources import Resources

if TYPE_CHECKING:
    from ingestion.catalogue import Catalogue
    from search.index import FigureIndex

_PREFIXES = tuple(f"{first:02x}" for first in range(256))
_YOUNG_S = 3600
"""A picture is written before its publication is; younger ones may belong to work in hand."""

Watch: TypeAlias = Callable[[int, int], None]
"""Takes parts done and parts in all."""


@dataclass(frozen=True, slots=True)
class IndexDifferences:
    """Figures and points that do not fit."""

    n_figures: int
    """Figures to be indexed, listed failures included."""
    n_points: int
    n_failures: int
    missing: tuple[str, ...]
    """Figures neither in the index nor listed as failed."""
    orphans: tuple[str, ...]
    """Points without a figure, or of one that is withdrawn or listed as failed."""
    stale: tuple[str, ...]
    """Points made from an older version of their publication."""


@dataclass(frozen=True, slots=True)
class PictureDifferences:
    """Pictures that are needed and not there, or there and not needed."""

    missing: tuple[PictureUse, ...] = ()
    corrupt: tuple[PictureUse, ...] = ()
    """Looked for only where asked: every picture is read."""
    orphans: tuple[str, ...] = ()
    """Keys of pictures that nothing needs, an hour old or older."""


@dataclass(frozen=True, slots=True)
class Repairs:
    """What a repair did, by number, and what it could not do."""

    points_deleted: int
    figures_sent_again: int
    pictures_restored: int
    pictures_deleted: int
    unrepaired: tuple[tuple[str, str], ...]
    """Name and reason; figures among them are listed as failed now."""


def compare_index(catalogue: "Catalogue", index: "FigureIndex") -> IndexDifferences:
    """Hold every figure of the catalogue against every point of an index.

    Raises:
        IndexUnavailable: If Qdrant does not answer.
    """
    expected = dict(catalogue.iter_revisions())
    n_failures = len(catalogue.figure_ids(stage=Stage.FAILED))
    found = dict(index.iter_revisions())
    odd = [key for key in {**expected, **found} if expected.get(key) != found.get(key)]
    revision_now = {
        row.figure.figure_id: row.revision
        for row in catalogue.figures(odd)
        if row.stage not in (Stage.STORED, Stage.FAILED)
    }
    return IndexDifferences(
        n_figures=len(expected) + n_failures,
        n_points=len(found),
        n_failures=n_failures,
        missing=tuple(sorted(key for key in odd if key in revision_now and key not in found)),
        orphans=tuple(sorted(key for key in odd if key not in revision_now and key in found)),
        stale=tuple(
            sorted(
                key
                for key in odd
                if key in found and key in revision_now and found[key] != revision_now[key]
            )
        ),
    )


def count_missing(catalogue: "Catalogue", index: "FigureIndex") -> int:
    """How many indexed figures have no point, by counts alone: quick, and never too many at rest.

    Figures that are worked on again, and those that failed meanwhile, may still have their former
    points: those stand for nobody else. Points that no figure has are not told apart from others;
    `compare_index` does that.

    Raises:
        IndexUnavailable: If Qdrant does not answer.
    """
    n_indexed = catalogue.counts().by_stage[Stage.INDEXED]
    others = [
        figure_id
        for stage in Stage
        if stage is not Stage.INDEXED
        for figure_id in catalogue.figure_ids(stage=stage)
    ]
    return max(0, n_indexed - (index.count() - index.count_among(others)))


def compare_pictures(resources: Resources, watch: Watch, *, deep: bool) -> PictureDifferences:
    """Hold every picture that the catalogue needs against what lies in the store.

    Args:
        resources: Catalogue and pictures.
        watch: Called after each part of the store.
        deep: Read every picture, and hold its bytes against its key.

    Raises:
        StorageFailed: If the store cannot be read.
    """
    missing: list[PictureUse] = []
    corrupt: list[PictureUse] = []
    orphans: list[str] = []
    for n_done, prefix in enumerate(_PREFIXES):
        watch(n_done, len(_PREFIXES))
        uses: dict[str, list[PictureUse]] = {}
        for use in resources.catalogue.pictures_wanted(prefix):
            uses.setdefault(use.sha256, []).append(use)
        there = resources.pictures.keys(prefix)
        for key, using in uses.items():
            if key not in there:
                missing += using
            elif deep and not _is_sound(resources, key):
                corrupt += using
        old = time.time() - _YOUNG_S
        orphans += [key for key, written in there.items() if key not in uses and written < old]
    watch(len(_PREFIXES), len(_PREFIXES))
    return PictureDifferences(tuple(missing), tuple(corrupt), tuple(sorted(orphans)))


def repair(resources: Resources, index: IndexDifferences, pictures: PictureDifferences) -> Repairs:
    """Bring index and pictures to what the catalogue says; workers do what takes a model.

    Points without a figure go; figures without their point, or with an old one, are sent to the
    workers again with the vectors they have; pictures that are gone are cut again from their
    archive, and where that is gone too, their figures are listed as failed. Pictures that nothing
    needs are deleted, unless archives are being taken in.
    """
    catalogue = resources.catalogue
    resources.index.delete_figures(index.orphans)
    n_restored, unrepaired = _repair_pictures(resources, pictures)
    n_sent = _send_back(resources, [*index.missing, *index.stale])
    is_quiet = all(upload.finished_at for upload in catalogue.uploads())
    n_deleted = _delete_surplus(resources, pictures) if is_quiet else 0
    resume(resources)
    return Repairs(len(index.orphans), n_sent, n_restored, n_deleted, unrepaired)


def _delete_surplus(resources: Resources, pictures: PictureDifferences) -> int:
    for key in pictures.orphans:
        resources.pictures.delete(key)
    return len(pictures.orphans) + resources.pictures.sweep(_YOUNG_S)


def _send_back(resources: Resources, figure_ids: list[str]) -> int:
    """Have figures indexed again: from their vectors, or without those from their pictures."""
    kept = resources.catalogue.embeddings(resources.encoder.encoder_id, figure_ids).figure_ids
    bare = sorted(set(figure_ids) - set(kept))
    return resources.catalogue.send_back(kept, Stage.EMBEDDED) + resources.catalogue.send_back(
        bare, Stage.DESCRIBED
    )


def _repair_pictures(
    resources: Resources, pictures: PictureDifferences
) -> tuple[int, tuple[tuple[str, str], ...]]:
    """How many are back, and why the others are not."""
    for use in pictures.corrupt:
        resources.pictures.delete(use.sha256)
    gone = [*pictures.missing, *pictures.corrupt]
    reasons = restore_pictures(resources, list({use.publication_id: None for use in gone}))
    unrepaired = [
        (use, reasons.get(use.publication_id, "its archive now gives other pictures"))
        for use in gone
        if not resources.pictures.holds(use.sha256)
    ]
    for use, reason in unrepaired:
        if use.figure_id is not None:
            resources.catalogue.lose_figures([use.figure_id], reason)
    return len(gone) - len(unrepaired), tuple((use.name, reason) for use, reason in unrepaired)


def _is_sound(resources: Resources, key: str) -> bool:
    try:
        resources.pictures.get(key)
    except PictureUnreadable:
        return False
    return True
