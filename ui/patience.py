"""Waiting for a service that is away, as a person at the command line would want it."""

import time
from collections.abc import Callable
from typing import TypeVar

from core.errors import TransientError

WAIT_S = 120.0
"""Longer than a service takes to be started again or to load its data."""
_LOOK_EVERY_S = 1.0

Done = TypeVar("Done")


class Patience:
    """Does things again while a service is away, and says so.

    Args:
        check: Keeps the services of this command alive; see `Session.check`.
        say: Takes one line for the person watching.
        is_served: Whether the services may come back where they were; see `Session.is_served`.
        wait_s: How long one absence may last.
    """

    def __init__(
        self,
        check: Callable[[], bool],
        say: Callable[[str], None] = lambda _: None,
        is_served: Callable[[], bool] = lambda: True,
        wait_s: float = WAIT_S,
    ) -> None:
        self.check = check
        self._say = say
        self._is_served = is_served
        self._wait_s = wait_s

    def run(self, act: Callable[[], Done]) -> Done:
        """Do something that may be done twice, until it is done.

        Raises:
            TransientError: If the service stays away, or cannot come back.
            ServiceFailed: From `check`.
        """
        began: float | None = None
        while True:
            try:
                done = act()
            except TransientError as error:
                now = time.monotonic()
                if began is None:
                    began = now
                    if self._wait_s:
                        self._say(f"{error}; waiting up to {self._wait_s:.0f} s for it")
                if now - began >= self._wait_s or not self._is_served():
                    raise
            else:
                if began is not None:
                    self._say(f"it answers again after {time.monotonic() - began:.0f} s; going on")
                return done
            self.check()
            time.sleep(_LOOK_EVERY_S)
