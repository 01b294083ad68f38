"""HTTP connections that stay open, and no more than that: what a search sends is a post at a time.

Every search makes some five calls to an index that often answers within half a millisecond; httpx
takes about as long again for each (its requests, answers, headers and connection states are all
objects of their own), the standard library a quarter of that.
"""

import select
from collections import deque
from collections.abc import Mapping
from http.client import HTTPConnection
from urllib.parse import urlsplit

_MOST_IDLE = 16


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
        self._host = parts.hostname or ""
        self._port = parts.port or default_port
        self._prefix = parts.path.rstrip("/")
        self._headers = {"Content-Type": "application/json", **headers}
        self._timeout_s = timeout_s
        self._idle: deque[HTTPConnection] = deque()

    def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Send a body and wait for the answer: its status and content.

        Raises:
            OSError: Nothing answers, or not in time.
            http.client.HTTPException: What answers is not HTTP, or breaks off.
        """
        connection = self._taken()
        kept = False
        try:
            connection.request("POST", self._prefix + path, body, self._headers)
            answer = connection.getresponse()
            content = answer.read()
            kept = len(self._idle) < _MOST_IDLE
        finally:
            if kept:
                self._idle.append(connection)
            else:
                connection.close()
        return answer.status, content

    def close(self) -> None:
        """Close what is not in use."""
        while self._idle:
            self._idle.pop().close()

    def _taken(self) -> HTTPConnection:
        """The connection last used that is still open, or a new one."""
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return HTTPConnection(self._host, self._port, timeout=self._timeout_s)
            if not _has_ended(connection):
                return connection
            connection.close()


def _has_ended(connection: HTTPConnection) -> bool:
    """Whether the other side closed an idle connection: it has nothing else to say."""
    if connection.sock is None:
        return True
    poll = select.poll()
    poll.register(connection.sock, select.POLLIN)
    return bool(poll.poll(0))
