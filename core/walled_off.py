"""What is opened for those who do not see everything, kept while they go on asking."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

_N_KEPT = 32


class WalledOff(Generic[T]):
    """One thing as it is without some uploads; the last ones asked for are kept. Safe in threads.

    Args:
        make: Makes the thing without these uploads; once at a time.
    """

    def __init__(self, make: Callable[[frozenset[str]], T]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._kept: OrderedDict[frozenset[str], T] = OrderedDict()

    def without(self, hidden_uploads: frozenset[str]) -> T:
        """The thing without these uploads."""
        with self._lock:
            if hidden_uploads not in self._kept:
                self._kept[hidden_uploads] = self._make(hidden_uploads)
            self._kept.move_to_end(hidden_uploads)
            if len(self._kept) > _N_KEPT:
                self._kept.popitem(last=False)
            return self._kept[hidden_uploads]
