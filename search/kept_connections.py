"""HTTP connections that stay open, and no more than that: what a search sends is a post at a time.

Every search makes some five calls to an index that often answers within half a millisecond. httpx
takes a millisecond for each (its requests, answers, headers and connection states are all objects
of their own), the standard library a third of that: it sends head and body apart, which wakes the
other side twice, and reads headers as if they were those of a mail.
"""

import select
import socket
from collections import deque
from collections.abc import Mapping
from urllib.parse import urlsplit

import httptools

_MOST_IDLE = 16
_CHUNK_BYTES = 65536


class KeptConnections:
    """Connections to one address, shared by threads; none is opened before it is needed.

    Args:
        url: ``http://host:port``, with a path before every other where there is one.
        headers: Sent with every request.
        default_port: Where the URL names none.
        timeout_s: Of one exchange with the other side.
    """

    def __init__(
        self, url: str, headers: Mapping[str, str], *, default_port: int, timeout_s: float
    ) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname or "", parts.port or default_port)
        self._prefix = parts.path.rstrip("/")
        every = {"Host": parts.netloc, "Content-Type": "application/json", **headers}
        self._headers = "".join(f"{name}: {value}\r\n" for name, value in every.items())
        self._timeout_s = timeout_s
        self._idle: deque[socket.socket] = deque()

    def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Send a body and wait for the answer: its status and content.

        Raises:
            OSError: Nothing answers, or not in time, or breaks off, or what answers is not HTTP.
        """
        head = f"POST {self._prefix}{path} HTTP/1.1\r\n{self._headers}"
        sent = f"{head}Content-Length: {len(body)}\r\n\r\n".encode("latin-1") + body
        connection = self._taken()
        kept = False
        try:
            connection.sendall(sent)
            answer = _Answer(connection)
            kept = answer.keeps_alive and len(self._idle) < _MOST_IDLE
        finally:
            if kept:
                self._idle.append(connection)
            else:
                connection.close()
        return answer.status, answer.content

    def close(self) -> None:
        """Close what is not in use."""
        while self._idle:
            self._idle.pop().close()

    def _taken(self) -> socket.socket:
        """The connection last used that is still open, or a new one."""
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return self._opened()
            if not _has_ended(connection):
                return connection
            connection.close()

    def _opened(self) -> socket.socket:
        connection = socket.create_connection(self._address, self._timeout_s)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection


class _Answer:
    """The answer that a connection gives next, read to its end.

    Raises:
        OSError: It never ends, or is not HTTP.
    """

    def __init__(self, connection: socket.socket) -> None:
        self.status = 0
        self.keeps_alive = False
        self._parts: list[bytes] = []
        self._parser = httptools.HttpResponseParser(self)
        while not self.status:
            read = connection.recv(_CHUNK_BYTES)
            if not read:
                raise ConnectionError("the connection was closed before the answer was whole")
            try:
                self._parser.feed_data(read)
            except httptools.HttpParserError as error:
                raise ConnectionError(f"what answers is not HTTP: {error}") from error
        self.content = b"".join(self._parts)

    def on_body(self, part: bytes) -> None:
        """The parser: a part of the content."""
        self._parts.append(part)

    def on_message_complete(self) -> None:
        """The parser: that was all of it."""
        self.status = self._parser.get_status_code()
        self.keeps_alive = self._parser.should_keep_alive()  # known only now


def _has_ended(connection: socket.socket) -> bool:
    """Whether the other side closed an idle connection: it has nothing else to say."""
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(0))
