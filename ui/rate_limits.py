"""Who asks too often is told to wait, in the words of every other refusal."""

import math

import structlog

from core.access import Viewer
from core.errors import QueueUnavailable
from core.settings import AccessSettings
from ui.faults import TooManyRequests
from workers.resources import Resources

PICTURE_PRICE = 0.1
"""Of a request: a page shows dozens of pictures at once."""
log = structlog.get_logger()


def count_request(resources: Resources, viewer: Viewer, price: float = 1) -> None:
    """Count a request of somebody who signed in; others are not counted.

    Raises:
        TooManyRequests: If they asked too often in the last minute.
    """
    limit = resources.settings.access.requests_per_minute
    if viewer.is_walled and limit is not None:
        _take(resources, f"name:{viewer.name}", limit, price)


def count_refusal(resources: Resources, address: str) -> None:
    """Count a key or session that opened nothing.

    Raises:
        TooManyRequests: If too many came from this address in the last minute.
    """
    access: AccessSettings = resources.settings.access
    _take(resources, f"address:{address}", access.refusals_per_minute, 1)


def _take(resources: Resources, name: str, a_minute: int, price: float) -> None:
    try:
        wait_s = resources.rates.take(name, a_minute, price)
    except QueueUnavailable as error:  # searching goes on without a queue
        log.warning("rates are not counted", reason=str(error))
        return
    if wait_s > 0:
        raise TooManyRequests(
            f"more than {a_minute} a minute; the next one is answered in {math.ceil(wait_s)} s",
            math.ceil(wait_s),
        )
