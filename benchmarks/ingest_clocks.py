"""Where the time of the stages goes: every part clocked where it is called, and when it ran."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

from ingestion import intake
from ingestion.catalogue import Catalogue
from ingestion.durable_files import DurableFiles
from ingestion.pictures import PictureBatch, PictureStore
from search.index import FigureIndex
from workers.resources import Resources

ENGINES = ("decode", "encode images", "encode words")
Span = tuple[float, float]
"""When something began and ended, on the clock that all processes of a machine share."""


class Clocks:
    """Wall and processor seconds by name, and when each ran."""

    def __init__(self) -> None:
        self.wall: Counter[str] = Counter()
        self.processor: Counter[str] = Counter()
        self.spans: defaultdict[str, list[Span]] = defaultdict(list)

    @property
    def engines(self) -> list[Span]:
        """When something was decoded or encoded."""
        return [span for name in ENGINES for span in self.spans[name]]

    @contextmanager
    def running(self, name: str) -> Iterator[None]:
        """Add the time of a block."""
        wall, processor = time.monotonic(), time.process_time()
        try:
            yield
        finally:
            ended = time.monotonic()
            self.wall[name] += ended - wall  # type: ignore[assignment]
            self.processor[name] += time.process_time() - processor  # type: ignore[assignment]
            self.spans[name].append((wall, ended))

    def calls(self, function: Callable[..., Any], name: str) -> Callable[..., Any]:
        """The function, clocked."""

        def call(*args: Any, **options: Any) -> Any:
            with self.running(name):
                return function(*args, **options)

        return call

    @staticmethod
    def rounded(spent: Counter[str]) -> dict[str, float]:
        """By name, the longest first."""
        return {name: round(seconds, 2) for name, seconds in spent.most_common()}

    @staticmethod
    def share_outside(spent: Counter[str], parts: Sequence[str]) -> float:
        """Share of all time that went into none of these."""
        return round(1 - sum(spent[part] for part in parts) / spent["all"], 3)


def covered_s(spans: Sequence[Span]) -> float:
    """Seconds in which at least one of the spans ran.

    Example:
        >>> covered_s([(4.0, 5.0), (0.0, 2.0), (1.0, 3.0)])
        4.0
    """
    covered, until = 0.0, float("-inf")
    for began, ended in sorted(spans):
        covered += max(0.0, ended - max(began, until))
        until = max(until, ended)
    return covered


def bare_s(spans: Sequence[Span], covering: Sequence[Span]) -> float:
    """Seconds of some spans in which none of the covering ones ran.

    Example:
        >>> bare_s([(0.0, 2.0), (3.0, 4.0)], [(1.0, 3.5)])
        1.5
    """
    within = [
        (max(began, other_began), min(ended, other_ended))
        for began, ended in spans
        for other_began, other_ended in covering
        if other_began < ended and began < other_ended
    ]
    return sum(ended - began for began, ended in spans) - covered_s(within)


@contextmanager
def accounted(resources: Resources, seconds: Clocks) -> Iterator[None]:
    """Clock the parts of every stage where they are called."""
    encoder = type(resources.encoder)
    parts: tuple[tuple[object, str, str], ...] = (
        (intake, "decode_picture", "decode"),
        (intake, "cut_sheet", "cut"),
        (PictureBatch, "put_figure", "store pictures"),
        (DurableFiles, "finish", "store pictures"),
        (PictureStore, "get_figure", "decode"),
        (encoder, "encode_images", "encode images"),
        (encoder, "encode_texts", "encode words"),
        *(
            (Catalogue, name, "catalogue")
            for name in (
                "store_publication",
                "store_embeddings",
                "store_texts",
                "advance",
                "figures",
                "embeddings",
                "figure_ids",
                "members",
                "pending_members",
                "publication",
                "obsolete_points",
                "leads",
            )
        ),
        (FigureIndex, "upsert", "index"),
    )
    with ExitStack() as patched:
        for owner, name, part in parts:
            clocked = seconds.calls(getattr(owner, name), part)
            patched.enter_context(mock.patch.object(owner, name, clocked))
        yield
