"""HTTP that cannot be drowned or kept waiting: answers end at a size and at a time."""

import time
from collections.abc import Iterator
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx2

from core.endpoints import is_local_endpoint
from core.errors import AnswerUnusable

MAX_ANSWER_BYTES = 1 << 20
_LIMITS = httpx2.Limits(keepalive_expiry=2)
"""Far below the five seconds after which uvicorn hangs up: a question that is sent into that moment
may look as if it were lost."""


class _BoundedStream(httpx2.SyncByteStream):
    def __init__(self, stream: httpx2.SyncByteStream, deadline: float, *, is_error: bool) -> None:
        self._stream = stream
        self._deadline = deadline
        self._is_error = is_error

    def __iter__(self) -> Iterator[bytes]:
        n_bytes = 0
        for chunk in self._stream:
            n_bytes += len(chunk)
            if n_bytes > MAX_ANSWER_BYTES:
                if self._is_error:
                    return  # the status says what there is to know
                raise AnswerUnusable(f"the answer is longer than {MAX_ANSWER_BYTES} bytes")
            if time.monotonic() > self._deadline:
                raise httpx2.ReadTimeout("the answer went on for too long")
            yield chunk

    def close(self) -> None:
        self._stream.close()


class BoundedTransport(httpx2.BaseTransport):
    """Reads at most a megabyte of an answer, for at most so many seconds, and unpacks nothing.

    Args:
        inner: What speaks to the service.
        timeout_s: From the question to the end of the answer; silence is the client's to time.
    """

    def __init__(self, inner: httpx2.BaseTransport, timeout_s: float) -> None:
        self._inner = inner
        self._timeout_s = timeout_s

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Ask; raises `AnswerUnusable` here or while the answer is read."""
        deadline = time.monotonic() + self._timeout_s
        response = self._inner.handle_request(request)
        if response.headers.get("content-encoding", "identity") != "identity":
            response.close()
            raise AnswerUnusable("the answer is packed, which it was not asked to be")
        stream = response.stream
        if not isinstance(stream, httpx2.SyncByteStream):
            raise TypeError(f"{type(stream).__name__} cannot be read step by step")
        return httpx2.Response(
            response.status_code,
            headers=response.headers,
            stream=_BoundedStream(stream, deadline, is_error=response.is_error),
            extensions=response.extensions,
        )

    def close(self) -> None:
        self._inner.close()


def bounded_client(url: str, timeout_s: float) -> httpx2.Client:
    """A client for one service; no redirect takes a question elsewhere.

    A local service is asked directly, others through the proxy that the environment names for them.
    """
    parts = urlsplit(url)
    proxied = not is_local_endpoint(url) and not proxy_bypass(parts.hostname or "")
    proxy = getproxies().get(parts.scheme) if proxied else None
    return httpx2.Client(
        transport=BoundedTransport(httpx2.HTTPTransport(proxy=proxy, limits=_LIMITS), timeout_s),
        timeout=timeout_s,
        follow_redirects=False,
        trust_env=False,
    )
