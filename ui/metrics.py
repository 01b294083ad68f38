"""What a monitor is told, in the Prometheus text format.

Counts of the workers come from Redis, where all machines add them up; those of the catalogue from
its tables; times of searches are of this process. A part that does not answer is said to be down,
and its numbers are left out: the others are told all the same.
"""

import platform
import shutil
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from math import inf

import structlog
from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from core.errors import LimnError
from ingestion.catalogue_records import StatusCounts
from search.hits import SearchResult
from search.schema import SCHEMA_VERSION
from ui.storage import existing_place
from workers.resources import Resources

_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_COUNTED_EVERY_S = 15
"""Counting reads whole tables of the catalogue: not with every scrape."""
log = structlog.get_logger()

_SEARCHES = Histogram(
    "limn_search_seconds", "Searches answered by this process.", buckets=_BUCKETS_S, registry=None
)
_PARTS = Histogram(
    "limn_search_part_seconds",
    "Parts of the searches answered by this process.",
    ["part"],
    buckets=_BUCKETS_S,
    registry=None,
)


def observe_search(result: SearchResult) -> None:
    """Count a search and its parts, and log it with the ids of its request."""
    _SEARCHES.observe(result.total_ms / 1000)
    for part, milliseconds in result.timings_ms.items():
        _PARTS.labels(part).observe(milliseconds / 1000)
    log.info(
        "searched",
        n_hits=len(result.hits),
        total_ms=round(result.total_ms, 1),
        **{f"{part}_ms": round(taken_ms, 1) for part, taken_ms in result.timings_ms.items()},
    )


def n_searches() -> int:
    """How many searches this process answered."""
    return int(_cumulative().get(inf, 0))


def searches_within(share: float) -> float | None:
    """Within how many seconds this share of all searches ended, to the next bucket's bound.

    Returns:
        None where nothing was searched; infinity beyond the last bucket.
    """
    counts = _cumulative()
    if not counts.get(inf):
        return None
    return next(bound for bound, n in sorted(counts.items()) if n >= share * counts[inf])


def _cumulative() -> dict[float, float]:
    """Searches by the bucket bound that they ended within."""
    (family,) = _SEARCHES.collect()
    return {
        float(sample.labels["le"]): sample.value
        for sample in family.samples
        if sample.name.endswith("_bucket")
    }


class Metrics(Collector):
    """Everything a monitor is told about one installation.

    Args:
        resources: What is asked.
    """

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._counted: tuple[float, StatusCounts] | None = None
        self._registry = CollectorRegistry()
        for collector in (_SEARCHES, _PARTS, self):
            self._registry.register(collector)

    def text(self) -> bytes:
        """The text format."""
        return generate_latest(self._registry)

    def describe(self) -> list[Metric]:
        """Nothing: registering asks no service."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Ask every part; called by the registry."""
        build = {
            "version": version("limn"),
            "index_schema": str(SCHEMA_VERSION),
            "python": platform.python_version(),
        }
        yield InfoMetricFamily("limn_build", "What this process is made of.", value=build)
        up = GaugeMetricFamily("limn_up", "Whether a part of Limn answers.", labels=["part"])
        parts: dict[str, Callable[[], list[Metric]]] = {
            "catalogue": self._catalogue,
            "index": self._index,
            "queue": self._queue,
        }
        for part, ask in parts.items():
            try:
                told = ask()
            except LimnError as error:
                log.warning("a part did not answer", part=part, reason=str(error))
                up.add_metric([part], 0)
            else:
                up.add_metric([part], 1)
                yield from told
        yield up
        disk = shutil.disk_usage(existing_place(self._resources.settings.home))
        yield GaugeMetricFamily(
            "limn_disk_bytes", "Size of the disk of the home.", value=disk.total
        )
        yield GaugeMetricFamily(
            "limn_disk_free_bytes", "Room left on the disk of the home.", value=disk.free
        )

    def _catalogue(self) -> list[Metric]:
        now = time.monotonic()
        if self._counted is None or now - self._counted[0] > _COUNTED_EVERY_S:
            self._counted = now, self._resources.catalogue.counts()
        counts = self._counted[1]
        by_stage = GaugeMetricFamily(
            "limn_figures", "Figures by the last stage they went through.", labels=["stage"]
        )
        for stage, n_figures in counts.by_stage.items():
            by_stage.add_metric([str(stage)], n_figures)
        return [
            by_stage,
            GaugeMetricFamily("limn_publications", "Publications kept.", value=counts.publications),
            GaugeMetricFamily(
                "limn_questions_lost",
                "Questions to models without the answer that was due; they may have to be paid.",
                value=sum(one.n_lost for one in self._resources.catalogue.spending_by_upload()),
            ),
        ]

    def _index(self) -> list[Metric]:
        n_points = self._resources.index.count()
        return [GaugeMetricFamily("limn_index_points", "Figures in the index.", value=n_points)]

    def _queue(self) -> list[Metric]:
        queue, told = self._resources.queue, list(self._stages())
        waiting = GaugeMetricFamily("limn_queue_messages", "Messages waiting.", labels=["queue"])
        oldest = GaugeMetricFamily(
            "limn_queue_oldest_seconds",
            "How long the oldest waiting message waits; 0 where none does.",
            labels=["queue"],
        )
        for name, backlog in queue.backlogs().items():
            waiting.add_metric([name], backlog.n_waiting)
            oldest.add_metric([name], backlog.oldest_s or 0)
        held = queue.unacked()
        told += [
            waiting,
            oldest,
            GaugeMetricFamily(
                "limn_unacked_messages", "Messages in workers' hands.", value=held.n_waiting
            ),
            GaugeMetricFamily(
                "limn_unacked_oldest_seconds",
                "How long the oldest message is in a worker's hands; 0 where none is.",
                value=held.oldest_s or 0,
            ),
            GaugeMetricFamily(
                "limn_workers", "Workers heard of lately.", value=len(queue.live_workers())
            ),
            GaugeMetricFamily(
                "limn_workers_stopped",
                "1 where workers wait for a person to mend something.",
                value=int(queue.fault() is not None),
            ),
        ]
        memory = GaugeMetricFamily(
            "limn_gpu_memory_bytes", "Memory of a worker's GPU.", labels=["gpu", "kind"]
        )
        for gpu in queue.gpus():
            memory.add_metric([gpu.name, "used"], gpu.used_bytes)
            memory.add_metric([gpu.name, "total"], gpu.total_bytes)
        return [*told, memory]

    def _stages(self) -> Iterator[Metric]:
        done = CounterMetricFamily(
            "limn_stage_items_done",
            "Archive members or figures that went through, repeats included.",
            labels=["stage"],
        )
        failed = CounterMetricFamily(
            "limn_stage_items_failed", "Items given up after three attempts.", labels=["stage"]
        )
        seconds = CounterMetricFamily(
            "limn_stage_seconds", "Wall time of batches that went through.", labels=["stage"]
        )
        for stage, count in self._resources.stage_counts.by_stage().items():
            done.add_metric([stage], count.n_done)
            failed.add_metric([stage], count.n_failed)
            seconds.add_metric([stage], count.seconds)
        yield from (done, failed, seconds)
