"""What are the microseconds of a search call under a narrow filter spent on?

Caller and service are in this one process, and what the caller posts is answered at once: so a
clock can stand around every part, and other work on the machine disturbs little. What lies between
two processes is asked apart: a call of the same size that finds nothing, to a service of its own.
The rival is faiss, which evaluates the filter for each query (see `search_rivals.py`).

Each call twice in a row, the second one counts; and each after other memory was written, as much as
a processor's nearer caches hold, since searches seldom come one right after another. Told is the
10th percentile of all laps: what the code takes where nothing interrupts it.

    OPENBLAS_NUM_THREADS=1 ./run bench bench_narrow_call --n-figures 100000 > call.json
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.bench_search_latency import asking, query_rows
from benchmarks.measured_on import running_service, surroundings
from benchmarks.search_corpus import FIFTY, Corpus, build_corpus, service_folder, serving
from benchmarks.search_rivals import Ask, faiss_everything, faiss_filtered, owner_column
from core.ports import Embeddings
from core.settings import read_settings
from encoder.checkpoint import load_encoder
from search import direct_client, figure_queries
from search.edge_service import app, collection, filters, ordered, queries
from search.edge_service.serving import Answering, Request
from search.edge_service.store import Store
from search.index import FigureIndex
from search.kept_connections import KeptConnections
from search.query import SearchQuery

N_WARM_UP = 20
N_BYTES_BETWEEN = 6 << 20
NOTHING = b'{"ids": ["%s"]}' % (b"-" * 8000)
"""A body as long as that of a query of 384 numbers."""
WATCHED: Sequence[tuple[Any, str, str]] = (
    (figure_queries.FigureQueries, "query", "caller: around the others"),
    (figure_queries, "branch_request", "caller: request put together"),
    (direct_client.DirectClient, "_post", "caller: JSON written and read"),
    (direct_client, "_read_groups", "caller: hits made of JSON"),
    (figure_queries, "order_groups", "caller: matches made and ordered"),
    (app, "_called", "service: around the others"),
    (app, "_parse", "service: JSON read"),
    (queries.QueryReader, "read_groups", "service: query read"),
    (filters.FilterReader, "read", "service: filter read"),
    (ordered, "_first", "service: the engine looks"),
    (queries.ParsedQuery, "request", "service: the engine's request"),
    (ordered, "_settled", "service: scores looked through for ties"),
    (ordered, "_collect", "service: groups, by the ids of points"),
    (collection, "grouped", "service: around the groups"),
    (collection.Collection, "_records", "service: payload of ten"),
    (collection.Collection, "_told", "service: hits told"),
    (app, "_enveloped", "service: JSON written"),
)
"""Where clocks stand, and what they count: that part without the others."""


class Account:
    """Time that parts take of their own, without what they call of each other; ns by part."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()
        self._inner: list[int] = []

    def watch(self, owner: Any, name: str, part: str) -> None:
        """Put a clock around a function of a module or class, for good."""
        plain = getattr(owner, name)

        def watched(*args: object, **keywords: object) -> object:
            self._inner.append(0)
            started = time.perf_counter_ns()
            try:
                return plain(*args, **keywords)
            finally:
                spent = time.perf_counter_ns() - started
                self.spent[part] += spent - self._inner.pop()
                if self._inner:
                    self._inner[-1] += spent

        setattr(owner, name, watched)


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n-figures", type=int, default=100_000)
    parser.add_argument("--n-laps", type=int, default=400)
    given = parser.parse_args()
    encoder = load_encoder(read_settings().encoder.checkpoint, n_threads=1, batch_size=8)
    corpus = build_corpus(given.n_figures, encoder)
    with serving(corpus, encoder):
        pass  # filled, where it was not
    store = Store(service_folder(corpus, encoder))
    index = FigureIndex("http://127.0.0.1", encoder.encoder_id, encoder.dimension)
    answer_here(index, app.build_answering(store))
    report = {
        "question": "a picture query for 10 publications among fifty",
        "metric": "wall time, 10th percentile",
        "unit": "µs",
        "n_figures": given.n_figures,
        "n_laps": given.n_laps,
        **measure(index, corpus, given.n_laps),
    }
    store.close()
    json.dump({**report, **surroundings(encoder.encoder_id, "faiss-cpu")}, sys.stdout, indent=1)


def answer_here(index: FigureIndex, answering: Answering) -> None:
    """Let what is posted be answered in this process, without HTTP."""

    def post(path: str, body: bytes) -> tuple[int, bytes]:
        answer = answering(Request("POST", path, body=body))
        return answer.status, answer.body

    client: Any = index._client
    client._connections.post = post


def measure(index: FigureIndex, corpus: Corpus, n_laps: int) -> dict[str, Any]:
    """Whole calls in turn, then the search once more with clocks in it."""
    rows = query_rows(corpus.rows, N_WARM_UP + n_laps, np.random.default_rng(1))
    search = asking(index, SearchQuery(owner=(FIFTY,)), exact=False)
    scan = faiss_filtered(faiss_everything(corpus.rows), owner_column(corpus), FIFTY)
    scratch = np.zeros(N_BYTES_BETWEEN, np.uint8)
    between = {"one after another": None, "other memory written between": scratch}
    with TemporaryDirectory() as folder, running_service(Path(folder)) as url:
        there_and_back = KeptConnections(url, {}, default_port=0, timeout_s=30)
        calls: dict[str, Callable[[Embeddings], object]] = {
            "caller and service in one process": search,
            "a call that finds nothing, to another": lambda _: there_and_back.post(
                "/collections/none/points", NOTHING
            ),
            "faiss, filtered": scan,
        }
        whole = {
            state: tenth(
                [{name: clocked(calls[name], row, other) for name in calls} for row in rows]
            )
            for state, other in between.items()
        }
        there_and_back.close()
    account = Account()
    for owner, name, part in WATCHED:
        account.watch(owner, name, part)
    parts = {
        state: tenth([accounted(account, search, row, other) for row in rows])
        for state, other in between.items()
    }
    return {"whole calls": whole, "parts of the search, with clocks in it": parts}


def clocked(
    call: Callable[[Embeddings], object], row: Embeddings, other: NDArray[np.uint8] | None
) -> float:
    """Microseconds of a call that comes after its like, or after other memory was written."""
    prepare(call, row, other)
    started = time.perf_counter_ns()
    call(row)
    return (time.perf_counter_ns() - started) / 1000


def accounted(
    account: Account, search: Ask, row: Embeddings, other: NDArray[np.uint8] | None
) -> dict[str, float]:
    """Microseconds of each part of such a call."""
    prepare(search, row, other)
    account.spent.clear()
    search(row)
    return {part: spent / 1000 for part, spent in account.spent.items()}


def prepare(
    call: Callable[[Embeddings], object], row: Embeddings, other: NDArray[np.uint8] | None
) -> None:
    """Leave the processor's caches as a call like it leaves them, or as other work does."""
    if other is None:
        call(row)
    else:
        other += 1


def tenth(laps: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The 10th percentile of each, the first laps left out."""
    counted = laps[N_WARM_UP:]
    return {
        name: round(float(np.percentile([lap[name] for lap in counted], 10)), 1)
        for name in counted[0]
    }


if __name__ == "__main__":
    main()
