"""A server that behaves like the Open Data Portal, at its worst."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

KEY = "not-to-be-told"
LIST = "/api/v1/datasets/products/PTGRDT"


@dataclass
class Portal:
    """What the portal holds, how it misbehaves, and what it was asked."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    entries: list[dict[str, object]] | None = None
    """The list as it is sent; by default one entry a file."""
    page_size: int = 100
    api_faults: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    """Answers to the next download requests: status, headers, body."""
    cut_after: list[int] = field(default_factory=list)
    """The next transfers break off after so many bytes."""
    ignores_range: bool = False
    expired: int = 0
    """So many times a presigned address is refused."""
    api_requests: list[str] = field(default_factory=list)
    store_requests: list[tuple[str, str | None]] = field(default_factory=list)
    """Path and Range of what was asked of the file store."""
    keys_at_store: list[str | None] = field(default_factory=list)
    keys_at_api: list[str | None] = field(default_factory=list)

    def entry(self, name: str, **fields: object) -> dict[str, object]:
        day = f"{name[1:5]}-{name[5:7]}-{name[7:9]}"
        return {
            "fileName": name,
            "fileSize": len(self.files.get(name, b"")),
            "fileDataFromDate": day,
            "fileDataToDate": day,
            "fileTypeText": "Data",
            "fileDownloadURI": f"{self.url}/api/v1/datasets/products/files/PTGRDT/2024/{name}",
            "fileReleaseDate": f"{day} 00:00:00",
        } | fields


class _Handler(BaseHTTPRequestHandler):
    portal: Portal
    store_url: str
    is_store = False

    def do_GET(self) -> None:
        if self.is_store:
            self._store()
        elif urlsplit(self.path).path == LIST:
            self._list()
        else:
            self._download()

    def _list(self) -> None:
        self.portal.keys_at_api.append(self.headers.get("X-API-Key"))
        if self.headers.get("X-API-Key") != KEY:
            self._send(403, b'{"message":"Forbidden"}')
            return
        entries = self.portal.entries
        if entries is None:
            entries = [self.portal.entry(name) for name in self.portal.files]
        offset = int(parse_qs(urlsplit(self.path).query).get("offset", ["0"])[0])
        page = entries[offset : offset + self.portal.page_size]
        bag = {"count": len(entries), "fileDataBag": page}
        answer = {"count": 1, "bulkDataProductBag": [{"productFileBag": bag}]}
        self._send(200, json.dumps(answer).encode())

    def _download(self) -> None:
        name = urlsplit(self.path).path.rpartition("/")[2]
        self.portal.api_requests.append(name)
        self.portal.keys_at_api.append(self.headers.get("X-API-Key"))
        if self.portal.api_faults:
            status, headers, body = self.portal.api_faults.pop(0)
            self._send(status, body, headers)
        elif name not in self.portal.files:
            self._send(404, b"")
        else:
            location = f"{self.store_url}/{name}?Signature=signed"
            self._send(302, b"", {"Location": location})

    def _store(self) -> None:
        portal, name = self.portal, urlsplit(self.path).path[1:]
        portal.keys_at_store.append(self.headers.get("X-API-Key"))
        portal.store_requests.append((name, self.headers.get("Range")))
        if portal.expired:
            portal.expired -= 1
            self._send(403, b"Request has expired")
            return
        content, status, headers = portal.files[name], 200, {}
        asked = self.headers.get("Range")
        if asked and not portal.ignores_range:
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            headers = {"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"}
            content, status = content[start:], 206
        sent = content[: portal.cut_after.pop(0)] if portal.cut_after else content
        self._send(status, sent, headers, n_promised=len(content))

    def _send(
        self,
        status: int,
        body: bytes,
        headers: dict[str, str] | None = None,
        n_promised: int | None = None,
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if n_promised is None else n_promised))
        self.end_headers()
        with suppress(ConnectionError):
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def open_portal(files: dict[str, bytes]) -> Iterator[Portal]:
    """A portal with these files, and its file store, on ports of their own."""
    state = Portal(files=files)
    store = ThreadingHTTPServer(
        ("127.0.0.1", 0), type("Store", (_Handler,), {"portal": state, "is_store": True})
    )
    store_url = f"http://127.0.0.1:{store.server_port}"
    api = ThreadingHTTPServer(
        ("127.0.0.1", 0), type("Api", (_Handler,), {"portal": state, "store_url": store_url})
    )
    state.url = f"http://127.0.0.1:{api.server_port}"
    for server in (store, api):
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield state
    finally:
        for server in (store, api):
            server.shutdown()
            server.server_close()
