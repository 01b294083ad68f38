"""HTTP/1.1 around a function that answers: read in C, answered at once, sent in one piece.

Requests are answered one after another on the event loop, so they need neither tasks nor streams.
That is why this is no ASGI server: under a narrow filter one of those takes longer for a call than
the engine does.
"""

import asyncio
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TypeAlias, cast
from urllib.parse import unquote

import httptools
import structlog

_STOP_S = 5
_REASONS = {status.value: status.phrase for status in HTTPStatus}
_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Request:
    """One request, whole.

    Attributes:
        headers: Names in lower case.
        keeps_alive: Whether its caller may have more to ask.
    """

    method: str = ""
    path: str = ""
    query_string: str = ""
    headers: dict[bytes, bytes] = field(default_factory=dict)
    body: bytes = b""
    keeps_alive: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back."""

    status: int
    body: bytes
    media_type: str = "application/json"


Answering: TypeAlias = Callable[[Request], Answer]
"""Answers every request; an error it raises is logged and told as status 500."""


def serve(answering: Answering, listener: socket.socket) -> None:
    """Answer until SIGTERM or SIGINT; what was answered by then is still sent."""
    asyncio.run(_serve(answering, listener))


async def _serve(answering: Answering, listener: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for stop in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(stop, stopped.set)
    callers: set[_Caller] = set()
    server = await loop.create_server(lambda: _Caller(answering, callers), sock=listener)
    await stopped.wait()
    server.close()
    leaving = [caller.hang_up() for caller in callers]
    if leaving:
        await asyncio.wait(leaving, timeout=_STOP_S)


class _Caller(asyncio.Protocol):
    """One connection. Requests that arrive together are answered in their order."""

    def __init__(self, answering: Answering, callers: "set[_Caller]") -> None:
        self._answering = answering
        self._callers = callers
        self._gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._parser = httptools.HttpRequestParser(self)
        self._url = b""
        self._parts: list[bytes] = []
        self._request = Request()
        self._whole: list[Request] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody calls."""
        self._transport = cast(asyncio.Transport, transport)
        self._callers.add(self)

    def connection_lost(self, _exc: Exception | None) -> None:
        """They are gone."""
        self._callers.discard(self)
        self._gone.set_result(None)

    def hang_up(self) -> "asyncio.Future[None]":
        """Send what is left to send, then close; done when closed."""
        self._transport.close()
        return self._gone

    def pause_writing(self) -> None:
        """They do not fetch their answers: no more questions until they do."""
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        """They fetched them."""
        self._transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        """Some bytes of a request, or of several."""
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._send(Request(keeps_alive=False), Answer(400, str(error).encode(), "text/plain"))
            return
        whole, self._whole = self._whole, []
        for request in whole:
            self._send(request, self._answer(request))

    def _answer(self, request: Request) -> Answer:
        try:
            return self._answering(request)
        except Exception:  # noqa: BLE001 - the edge of the service: logged, and the caller is told
            _log.exception("a call failed", method=request.method, path=request.path)
            return Answer(500, b"internal error", "text/plain")

    def _send(self, request: Request, answer: Answer) -> None:
        ending = "" if request.keeps_alive else "connection: close\r\n"
        head = (
            f"HTTP/1.1 {answer.status} {_REASONS[answer.status]}\r\n"
            f"content-type: {answer.media_type}\r\n"
            f"content-length: {len(answer.body)}\r\n{ending}\r\n"
        ).encode("ascii")
        self._transport.write(head if request.method == "HEAD" else head + answer.body)
        if not request.keeps_alive:
            self._transport.close()

    def on_message_begin(self) -> None:
        """The parser: a request begins."""
        self._url, self._parts, self._request = b"", [], Request()

    def on_url(self, part: bytes) -> None:
        """The parser: its address, or a part of it."""
        self._url += part

    def on_header(self, name: bytes, value: bytes) -> None:
        """The parser: a header, whole."""
        self._request.headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        """The parser: the body follows."""
        if self._request.headers.get(b"expect", b"").lower() == b"100-continue":
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, part: bytes) -> None:
        """The parser: a part of the body."""
        self._parts.append(part)

    def on_message_complete(self) -> None:
        """The parser: that was all of it."""
        request = self._request
        path, _, query_string = self._url.decode("latin-1").partition("?")
        request.method = self._parser.get_method().decode("ascii")
        request.path, request.query_string = unquote(path), query_string
        request.body = b"".join(self._parts)
        request.keeps_alive = self._parser.should_keep_alive()
        self._whole.append(request)
