"""Drawings that people searched with and kept no search by, deleted when their time has come."""

import time

import structlog

from workers.resources import Resources

_PREFIXES = tuple(f"{n:02x}" for n in range(256))
_DAY_S = 86_400
log = structlog.get_logger()


def purge_drawings(resources: Resources, days: int | None = None) -> int:
    """Delete drawings that were last sent long ago and that nothing in the casebook refers to.

    Args:
        resources: Of the whole installation.
        days: How long ago; None for the configured time.

    Returns:
        How many; none where they are to be kept for ever.

    Raises:
        StorageFailed: If they cannot be read or deleted.
        CatalogueUnavailable: If the casebook does not answer; nothing is deleted then.
    """
    kept_days = resources.settings.casebook.keep_drawings_days if days is None else days
    if kept_days is None:
        return 0
    store, limit = resources.query_pictures, time.time() - kept_days * _DAY_S
    old = [
        sha256 for prefix in _PREFIXES for sha256, at in store.keys(prefix).items() if at < limit
    ]
    if not old:
        return 0
    used = resources.casebook.files()  # asked last: what is saved meanwhile stays
    purged = [sha256 for sha256 in old if sha256 not in used]
    for sha256 in purged:
        store.delete(sha256)
        resources.casebook.forget_drawing(sha256)
    log.info("drawings purged", n_drawings=len(purged), days=kept_days)
    return len(purged)
