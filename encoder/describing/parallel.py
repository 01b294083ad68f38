"""Questions asked several at a time, answered in order, none after the service has gone away."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from core.describing import Description, Outcome
from core.errors import ProviderUnavailable

Item = TypeVar("Item")


def ask_in_order(
    items: Sequence[Item], ask: Callable[[Item], Description], n_parallel: int
) -> Iterator[Outcome]:
    """One outcome an item, in order, as soon as it and those before it are there.

    Once one finds the provider unavailable, no further question is sent; those under way are
    waited for, since they are paid. The rest get the same reason.

    Args:
        items: What is asked about.
        ask: Raises `ProviderUnavailable` where nobody answers.
        n_parallel: Questions under way at a time.
    """
    waiting: deque[Future[Description]] = deque()
    unavailable: ProviderUnavailable | None = None
    n_sent = 0
    with ThreadPoolExecutor(n_parallel, thread_name_prefix="describe") as threads:
        for _ in items:
            while unavailable is None and n_sent < len(items) and len(waiting) < n_parallel:
                waiting.append(threads.submit(ask, items[n_sent]))
                n_sent += 1
            if not waiting and unavailable is not None:
                yield unavailable
                continue
            try:
                yield waiting.popleft().result()
            except ProviderUnavailable as error:
                unavailable = error
                yield error
