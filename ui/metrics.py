"""Counts of this process in the Prometheus text format."""

import threading
from collections.abc import Iterator, Mapping
from math import inf

_BUCKETS_S = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Histogram:
    """Durations by upper bound; safe to use from several threads."""

    def __init__(self, name: str, help_text: str) -> None:
        self._name = name
        self._help = help_text
        self._lock = threading.Lock()
        self._counts = [0] * len(_BUCKETS_S)
        self._n = 0
        self._sum_s = 0.0

    def observe(self, seconds: float) -> None:
        """Count one duration."""
        with self._lock:
            self._n += 1
            self._sum_s += seconds
            for position, bound in enumerate(_BUCKETS_S):
                if seconds <= bound:
                    self._counts[position] += 1

    def bound_of(self, share: float) -> float | None:
        """Within how many seconds this share of all durations ended, to the next bucket's bound.

        Returns:
            None where nothing was counted; infinity beyond the last bucket.
        """
        with self._lock:
            counts, n = list(self._counts), self._n
        if n == 0:
            return None
        pairs = zip(_BUCKETS_S, counts, strict=True)
        return next((bound for bound, count in pairs if count >= share * n), inf)

    @property
    def n_observed(self) -> int:
        """How many durations were counted."""
        return self._n

    def lines(self) -> Iterator[str]:
        """The text format."""
        with self._lock:
            counts, n, sum_s = list(self._counts), self._n, self._sum_s
        yield f"# HELP {self._name} {self._help}"
        yield f"# TYPE {self._name} histogram"
        for bound, count in zip(_BUCKETS_S, counts, strict=True):
            yield f'{self._name}_bucket{{le="{bound}"}} {count}'
        yield f'{self._name}_bucket{{le="+Inf"}} {n}'
        yield f"{self._name}_sum {sum_s:.6f}"
        yield f"{self._name}_count {n}"


SEARCHES = Histogram("limn_search_seconds", "Searches answered by this process.")


def gauge_lines(name: str, help_text: str, label: str, values: Mapping[str, int]) -> Iterator[str]:
    """One gauge with one label in the text format."""
    yield f"# HELP {name} {help_text}"
    yield f"# TYPE {name} gauge"
    for key, value in values.items():
        yield f'{name}{{{label}="{key}"}} {value}'
