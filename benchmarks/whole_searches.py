"""Whole searches from a PNG file, their parts, and eight users at once: parts 2 and 3 of
`bench_search_latency.py`.
"""

import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from benchmarks.measured_on import cpu_ms_of
from benchmarks.search_corpus import FIFTY
from benchmarks.search_rivals import K
from benchmarks.timings import Lap, spread
from core.errors import LimnError
from core.ports import GreyImage
from core.settings import LimitSettings
from search.query import SearchQuery
from search.service import SearchService
from ui.query_images import read_query_figures

N_WARM_UP = 3
N_USERS = 8
_EVERYTHING = "everything"


def measure_whole(
    service: SearchService, pid: int, files: Sequence[bytes], tolerance: str
) -> dict[str, Any]:
    """Whole searches, their parts, and the processor time of both processes; no drawing twice."""
    parts: dict[str, list[float]] = {}
    cpu_ms: list[float] = []
    query = SearchQuery.parse({"limit": K, "orientation": tolerance})
    narrow = query.model_copy(update={"owner": (FIFTY,)})
    again: dict[str, list[Lap]] = {_EVERYTHING: [], FIFTY: []}
    for i, file in enumerate(files):
        cpu_before = _cpu_ms(pid)
        started = time.perf_counter()
        images = read_query_figures(file, "query.png", LimitSettings()).figures
        decoded = time.perf_counter()
        result = service.search(query, images[:1])
        if i < N_WARM_UP:
            continue
        laps = {"decode": (decoded - started) * 1000, **result.timings_ms}
        laps["total"] = (time.perf_counter() - started) * 1000
        cpu_ms.append(_cpu_ms(pid) - cpu_before)
        for part, spent in laps.items():
            parts.setdefault(part, []).append(spent)
        for asked, own in zip((query, narrow), again.values(), strict=True):
            own.append(_asked_again(service, pid, asked, images[0]))
    return {
        "laid": tolerance,
        "parts": {part: spread(spent) for part, spent in parts.items()},
        "cpu_ms": round(statistics.fmean(cpu_ms), 1),
        "asked_again": {
            name: {
                **spread([lap.ms for lap in own]),
                "cpu_ms": round(statistics.fmean(lap.cpu_ms for lap in own), 1),
            }
            for name, own in again.items()
        },
    }


def _asked_again(service: SearchService, pid: int, query: SearchQuery, image: GreyImage) -> Lap:
    """One search by a drawing whose vectors are kept, and the publications it finds."""
    cpu_before = _cpu_ms(pid)
    result = service.search(query, [image])
    return Lap(
        tuple(hit.publication_id for hit in result.hits),
        result.total_ms,
        _cpu_ms(pid) - cpu_before,
    )


def measure_users(service: SearchService, pid: int, files: Sequence[bytes]) -> dict[str, Any]:
    """Eight users at once, one question after another each; no drawing twice."""

    def user(number: int) -> tuple[list[float], list[str]]:
        times, errors = [], []
        for file in files[number::N_USERS]:
            started = time.perf_counter()
            try:
                images = read_query_figures(file, "query.png", LimitSettings()).figures
                service.search(SearchQuery(limit=K), images[:1])
            except LimnError as error:
                errors.append(str(error))
            times.append((time.perf_counter() - started) * 1000)
        return times, errors

    service.warm_up()
    cpu_before = _cpu_ms(pid)
    started = time.perf_counter()
    with ThreadPoolExecutor(N_USERS) as pool:
        outcomes = list(pool.map(user, range(N_USERS)))
    times = [spent for own, _ in outcomes for spent in own]
    return {
        "n_users": N_USERS,
        "n_searches": len(times),
        "errors": [error for _, errors in outcomes for error in errors],
        "searches_per_s": round(len(times) / (time.perf_counter() - started), 2),
        "cpu_ms_a_search": round((_cpu_ms(pid) - cpu_before) / len(times), 1),
        **spread(times),
    }


def _cpu_ms(pid: int) -> float:
    """Processor time so far, of the service and of this process."""
    return cpu_ms_of(pid) + time.process_time() * 1000
