"""Drawings that people searched with and kept no search by, deleted when their time has come."""

import threading
import time
from collections.abc import Callable

import structlog

from core.errors import LimnError, StorageFailed
from workers.resources import Resources

EVERY_S = 3600.0
"""Between two rounds of whoever purges all the time."""
_PREFIXES = tuple(f"{n:02x}" for n in range(256))
_DAY_S = 86_400
log = structlog.get_logger()


def purge_drawings(resources: Resources, days: int | None = None) -> int:
    """Delete drawings that were last sent long ago and that nothing in the casebook refers to.

    What a killed process left half written goes too. A file that cannot be deleted keeps none of
    the others.

    Args:
        resources: Of the whole installation.
        days: How long ago; None for the configured time.

    Returns:
        How many; none where they are to be kept for ever.

    Raises:
        StorageFailed: If they cannot be read, or one could not be deleted.
        CatalogueUnavailable: If the casebook does not answer; nothing is deleted then.
    """
    kept_days = resources.settings.casebook.keep_drawings_days if days is None else days
    if kept_days is None:
        return 0
    store = resources.query_pictures
    store.sweep(older_than_s=_DAY_S)  # what is younger may be a living process's
    limit = time.time() - kept_days * _DAY_S
    old = [
        sha256 for prefix in _PREFIXES for sha256, at in store.keys(prefix).items() if at < limit
    ]
    if not old:
        return 0
    used = resources.casebook.files()  # asked last: what is saved meanwhile stays
    purged = [sha256 for sha256 in old if sha256 not in used]
    stuck: list[StorageFailed] = []
    for sha256 in purged:
        resources.casebook.forget_drawing(sha256)  # first: no later round knows what is deleted
        try:
            store.delete(sha256)
        except StorageFailed as error:
            stuck.append(error)
    log.info("drawings purged", n_drawings=len(purged) - len(stuck), days=kept_days)
    if stuck:
        more = f"; so it is with {len(stuck) - 1:,} more" if len(stuck) > 1 else ""
        raise StorageFailed(f"{stuck[0]}{more}") from stuck[0]
    return len(purged)


def keep_purging(current: Callable[[], Resources], over: threading.Event) -> None:
    """Purge now and every hour, whatever becomes of a round, until it is over.

    Args:
        current: Gives the resources of the whole installation; asked in each round, so that those
            of a former model are not held.
        over: Ends it, at once.
    """
    while True:
        try:
            purge_drawings(current())
        except LimnError as error:
            log.warning("old drawings could not be deleted yet", error=str(error))
        except Exception:  # the next round may go well, and no round at all keeps them for ever
            log.exception("a round of deleting old drawings broke")
        if over.wait(EVERY_S):
            return
