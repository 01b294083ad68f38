"""Does Limn stay quick, right and slim while people search and figures come in all the time?

One home with `limn up`. Searchers ask its REST API one question after the other, by words and by
likeness to figures, while week after week of sample patents comes in under the same numbers: each
replaces the one before, so that the collection stays as large as it is and memory that grows is no
figure's. Memory is what a service and its children hold for themselves (RssAnon; Linux alone
tells), looked at every 5 s, of each service and, where it has several processes, of each of them
that lived half the time. Its slope after the first third is `memory_growth`'s; what has its whole
interval above zero grows. The same slope is told by 1,000 figures taken in: what grows with the
work and not with the hours shows there in runs of any pace.

    ./run bench soak --minutes 30 --searchers 8 --plot soak.png
    ./run bench soak --minutes 5 --json > soak.json
"""

import argparse
import json
import random
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import matplotlib
import numpy as np
import redis

from benchmarks.live_home import LiveHome
from benchmarks.measured_on import surroundings
from benchmarks.memory_growth import memory_growth
from benchmarks.process_memory import anonymous_mb, family
from samples.archive import write_weekly_archives

matplotlib.use("Agg")
from matplotlib import pyplot

_LOOK_EVERY_S = 5
_THINK_S = 0.5
"""Between an answer and the next question of the same searcher."""
_WORDS = ("bar stool", "lamp with a shade", "bottle", "a chair with four legs", "shoe", "handle")
_FIGURES = "SELECT count(*) FROM figures WHERE NOT is_front_page"
"""Of the week that is in the collection."""


@dataclass
class Seen:
    """What was seen, by minute since the start."""

    started: float = field(default_factory=time.monotonic)
    search_ms: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    memory_mb: dict[str, dict[int, list[float]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    """By service."""
    process_mb: dict[str, dict[int, list[float]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    """By service and process, `"ingest-worker child 4711"`."""
    queue_holds: dict[int, dict[str, int]] = field(default_factory=dict)
    """By the queue's own account: keys, and bytes of keys, clients and itself."""
    errors: Counter[str] = field(default_factory=Counter)
    n_archives: int = 0
    n_figures: int = 0
    """Taken in after the first archive."""
    n_replaced: int = 0

    @property
    def minute(self) -> int:
        """Whole minutes since the start."""
        return int((time.monotonic() - self.started) / 60)

    def look(self, service: str, pid: int) -> None:
        """Note what a service holds, and each of its processes."""
        minute, members = self.minute, family(pid)
        held = [anonymous_mb(member) for member in members]
        if not members:
            return  # it is being started again
        self.memory_mb[service][minute].append(sum(held))
        for member, mb in zip(members, held, strict=True):
            role = "parent" if member == pid else f"child {member}"
            self.process_mb[f"{service} {role}"][minute].append(mb)

    def lasting_processes(self) -> Mapping[str, Mapping[int, Sequence[float]]]:
        """Of services of several processes, those that lived at least half of the minutes."""
        n_minutes = max(map(len, self.memory_mb.values()), default=0)
        lasting = {
            name: held for name, held in self.process_mb.items() if 2 * len(held) >= n_minutes
        }
        n_of = Counter(name.partition(" ")[0] for name in lasting)
        return {name: held for name, held in lasting.items() if n_of[name.partition(" ")[0]] > 1}


def main() -> None:
    """Soak, then print a table or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--searchers", type=int, default=8)
    parser.add_argument("--publications", type=int, default=40, help="in the collection")
    parser.add_argument("--plot", type=Path, help="PNG to write")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="limn-soak-") as folder:
        limn = LiveHome(Path(folder, "home"))
        try:
            seen, agreed = soak(limn, given.minutes, given.searchers, given.publications)
        finally:
            limn.stop()
    told = account(seen, given.minutes) | {"searchers": given.searchers, "reconcile": agreed}
    if given.plot:
        plot(seen, given.plot)
    if given.json:
        json.dump(told | surroundings("shipped"), sys.stdout, indent=1)
    else:
        _print_table(told)
    sys.exit(bool(told["errors"]) or not agreed["agrees"])


def soak(
    limn: LiveHome, minutes: float, n_searchers: int, n_publications: int
) -> tuple[Seen, dict[str, Any]]:
    """Fill a home, then search it and take archives in until the time is over."""
    weeks = _weeks(limn.folder.with_name("archives"), n_publications)
    limn.serve()
    if limn.start("ingest", next(weeks)).wait() != 0:
        raise SystemExit(f"the first week was not taken in; see {limn.said}")
    url = f"http://127.0.0.1:{limn.services()['ui_port']}/api/v1"
    figures = [row["figure_id"] for row in limn.ask("export", "--figures")["figures"]]
    over, seen = threading.Event(), Seen()
    searchers = [
        threading.Thread(target=_search, args=(url, figures, seed, seen, over))
        for seed in range(n_searchers)
    ]
    feeder = threading.Thread(target=_feed, args=(limn, weeks, seen, over))
    for thread in (*searchers, feeder):
        thread.start()
    while time.monotonic() < seen.started + minutes * 60:
        for name, pid in limn.pids().items():
            seen.look(name, pid)
        seen.queue_holds[seen.minute] = _queue_holds(limn)
        time.sleep(_LOOK_EVERY_S)
    over.set()
    for thread in (*searchers, feeder):
        thread.join()
    agreed = limn.ask("reconcile")
    faults = ("missing", "orphans", "stale", "pictures_missing", "pictures_corrupt")
    told = {name: agreed[name] for name in ("figures", "points", "failures")}
    return seen, told | {"agrees": not any(agreed[fault] for fault in faults)}


def _weeks(folder: Path, n_publications: int) -> Iterator[Path]:
    """Archives without end, the same numbers drawn anew each time."""
    seed = 0
    while True:
        (archive,) = write_weekly_archives(
            folder / str(seed), n_publications=n_publications, seed=seed
        )
        yield archive
        archive.unlink()
        seed += 1


def _feed(limn: LiveHome, weeks: Iterator[Path], seen: Seen, over: threading.Event) -> None:
    while not over.is_set():
        if limn.start("ingest", next(weeks)).wait() != 0:
            seen.errors["an archive was not taken in"] += 1
        seen.n_archives += 1
        seen.n_figures += limn.count(_FIGURES)


def _search(url: str, figures: Sequence[str], seed: int, seen: Seen, over: threading.Event) -> None:
    chance = random.Random(seed)
    with httpx.Client(base_url=url, timeout=60) as client:
        while not over.wait(_THINK_S):
            question = (
                {"text": chance.choice(_WORDS)}
                if chance.random() < 0.5
                else {"figure_ids": [chance.choice(figures)]}
            )
            started = time.perf_counter()
            try:
                answer = client.post("/search", json=question)
            except httpx.HTTPError as error:
                seen.errors[f"search: {type(error).__name__}"] += 1
                continue
            seen.search_ms[seen.minute].append((time.perf_counter() - started) * 1e3)
            if answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY and "figure_ids" in question:
                seen.n_replaced += 1  # the figure asked for has gone since, and it says so
            elif answer.status_code != httpx.codes.OK:
                seen.errors[f"search: {answer.status_code} {answer.text[:120]}"] += 1


def _queue_holds(limn: LiveHome) -> dict[str, int]:
    with redis.Redis.from_url(limn.services()["redis_url"]) as queue:
        used = int(queue.info("memory")["used_memory"])
        return {"keys": int(queue.dbsize()), "used_bytes": used}


def account(seen: Seen, minutes: float) -> dict[str, Any]:
    """The numbers of a run."""
    return {
        "question": "is there an error, a leak, a slowing down under steady work",
        "minutes": minutes,
        "archives": seen.n_archives,
        "figures_taken_in": seen.n_figures,
        "searches": sum(map(len, seen.search_ms.values())),
        "errors": dict(seen.errors),
        "asked_for_replaced_figures": seen.n_replaced,
        "search_ms_by_minute": [
            {"minute": minute, **_quantiles(spent)}
            for minute, spent in sorted(seen.search_ms.items())
        ],
        "memory": {
            name: growth(by_minute, seen.n_figures / minutes * 60)
            for name, by_minute in (seen.memory_mb | dict(seen.lasting_processes())).items()
        },
        "queue_holds": {
            "after_a_third": seen.queue_holds[sorted(seen.queue_holds)[len(seen.queue_holds) // 3]],
            "at_the_end": seen.queue_holds[max(seen.queue_holds)],
        },
    }


def _quantiles(spent: Sequence[float]) -> dict[str, float]:
    p50, p95 = np.percentile(spent, [50, 95])
    return {"n": len(spent), "p50": round(float(p50), 1), "p95": round(float(p95), 1)}


def growth(
    by_minute: Mapping[int, Sequence[float]], figures_per_h: float
) -> dict[str, float | bool | None]:
    """How the memory of a service grows, by the hour and by the figures taken in."""
    found = memory_growth(by_minute)

    def by_hour(by_the_minute: float | None) -> float | None:
        return None if by_the_minute is None else round(by_the_minute * 60, 1)

    per_h = by_hour(found.slope)
    return {
        "mb": found.last,
        "level_mb": found.level,
        "mb_per_h": per_h,
        "reach": by_hour(found.reach),
        "reach_if_independent": by_hour(found.reach_if_independent),
        "grows": found.grows,
        "mb_per_1000_figures": (
            None if per_h is None or not figures_per_h else round(per_h / figures_per_h * 1000, 2)
        ),
    }


def _print_table(told: dict[str, Any]) -> None:
    print("minute  searches  p50 ms  p95 ms")
    for row in told["search_ms_by_minute"]:
        print(f"{row['minute']:>6} {row['n']:>9} {row['p50']:>7} {row['p95']:>7}")
    print(
        f"\n{'service':<33} MB at the end  level  MB an hour (95 %; were minutes independent)  "
        "by 1,000 figures taken in"
    )
    for name, held in told["memory"].items():
        print(
            f"{name:<33} {held['mb']:>13} {held['level_mb']:>6}  {held['mb_per_h']} ± "
            f"{held['reach']} (± {held['reach_if_independent']})  {held['mb_per_1000_figures']}"
        )
    print(
        f"\n{told['searches']:,} searches, {told['archives']} archives with "
        f"{told['figures_taken_in']:,} figures, errors: {told['errors']}"
    )
    print(f"the queue holds {told['queue_holds']}")
    print(f"reconcile: {told['reconcile']}")


def plot(seen: Seen, path: Path) -> None:
    """Draw latency and memory over the minutes."""
    figure, (above, below) = pyplot.subplots(2, 1, figsize=(8, 6), sharex=True, layout="tight")
    minutes = sorted(seen.search_ms)
    for share, name in ((50, "p50"), (95, "p95")):
        above.plot(minutes, [np.percentile(seen.search_ms[m], share) for m in minutes], label=name)
    above.set(ylabel="search, ms", ylim=0)
    for name, by_minute in seen.memory_mb.items():
        below.plot(
            sorted(by_minute), [np.nanmedian(by_minute[m]) for m in sorted(by_minute)], label=name
        )
    below.set(xlabel="minute", ylabel="memory, MB", ylim=0)
    for axes in (above, below):
        axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main()
