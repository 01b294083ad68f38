"""Pictures that are gone, cut again from the archives they came from."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from core.errors import ArchiveCorrupt, BadInput
from core.records import Stage
from ingestion.archive_marks import check_unchanged
from ingestion.catalogue_records import Upload
from ingestion.deliveries import read_units
from ingestion.delivery import Withdrawal
from ingestion.picture_ledger import KeptFrom
from workers.resources import Resources
from workers.stages import take_in_unit

_NO_ORIGIN = "its picture is gone, and nobody noted the archive it came from; ingest it again"


def restore_pictures(resources: Resources, publication_ids: Sequence[str]) -> Mapping[str, str]:
    """Put every picture of publications back into the store; the catalogue stays as it is.

    Returns:
        Why not, by publication, for those whose archive does not give them any more.
    """
    catalogue = resources.catalogue
    reasons = dict.fromkeys(publication_ids, _NO_ORIGIN)
    by_upload: dict[str, list[KeptFrom]] = {}
    for kept in catalogue.kept_from(publication_ids):
        by_upload.setdefault(kept.upload_id, []).append(kept)
    for upload_id, members in by_upload.items():
        upload = catalogue.upload(upload_id)
        if upload is not None:
            reasons |= _restore_from(resources, upload, members)
    return {publication: reason for publication, reason in reasons.items() if reason}


def recut(resources: Resources, figure_ids: Sequence[str]) -> int:
    """Cut figures again that had lost their picture; those that cannot be are listed once more.

    Args:
        figure_ids: Figures at STORED, their failure struck out.

    Returns:
        How many are at CUT now.
    """
    rows = resources.catalogue.figures(figure_ids)
    reasons = restore_pictures(resources, [row.publication.publication_id for row in rows])
    back = [row for row in rows if resources.pictures.holds(row.figure.sha256)]
    for row in rows:
        if row not in back:
            reason = reasons.get(row.publication.publication_id, "it is cut otherwise by now")
            resources.catalogue.lose_figures([row.figure.figure_id], reason)
    return resources.catalogue.advance([row.figure.figure_id for row in back], Stage.CUT)


def _restore_from(
    resources: Resources, upload: Upload, members: Sequence[KeptFrom]
) -> Mapping[str, str]:
    """Reasons by publication, empty where it is back."""
    publication_of = {kept.member: kept.publication_id for kept in members}
    reasons = dict.fromkeys(publication_of.values(), "")
    pending = dict.fromkeys(publication_of)
    path, limits = Path(upload.path), resources.settings.limits
    try:
        check_unchanged(upload, thoroughly=True)
        for name, unit in read_units(path, list(publication_of), limits):
            del pending[name]
            if isinstance(unit, Withdrawal | BadInput):
                reasons[publication_of[name]] = f"{path}: {unit}"
                continue
            try:
                take_in_unit(resources, unit)
            except BadInput as error:
                reasons[publication_of[name]] = f"{path}: {error}"
    except ArchiveCorrupt as error:  # of the archive as a whole
        reasons |= {publication_of[name]: f"its archive is gone: {error}" for name in pending}
    return reasons
