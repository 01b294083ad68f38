"""One file over HTTP into a folder: resumed where it broke off, complete or not there at all.

A file grows as ``NAME.part`` and gets its name once its size is right, so that a file under its own
name is whole. Redirects are followed one by one: a secret header goes to the host it is for and to
no other.
"""

import fcntl
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import BinaryIO

import httpx
import stamina

from core.errors import (
    BadInput,
    ConfigurationFault,
    DownloadFailed,
    ProviderUnavailable,
    StorageFailed,
)
from core.settings import FetchSettings

_MAX_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MAX_SAID_BYTES = 4096
_WAIT_SAID = re.compile(r"\bwait\s+(\d+)\s+seconds\b", re.IGNORECASE)
"""The Open Data Portal says in words how long a file stays over its yearly limit."""

Watch = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file to download."""

    name: str
    """Bare file name."""
    url: str
    n_bytes: int | None
    """Size its list states, None where it states none."""


@dataclass(slots=True)
class Downloader:
    """Downloads from one service, with its secret.

    Args:
        client: Follows no redirects by itself.
        settings: Waits, attempts and limits.
        secret: Header and value that the service asks for.
    """

    client: httpx.Client
    settings: FetchSettings
    secret: dict[str, str] = field(repr=False)

    def get(self, url: str, params: dict[str, str]) -> httpx.Response:
        """Ask the service itself, again while it is busy or out of reach.

        Raises:
            ConfigurationFault: If it refuses the secret.
            DownloadFailed: If it answers with anything but success.
            ProviderUnavailable: If it stays out of reach.
        """
        return self._retrying()(self._ask, url, params)

    def download(self, file: RemoteFile, folder: Path, watch: Watch) -> bool:
        """Bring a file into a folder.

        Args:
            file: What to bring.
            folder: Made where it is not there.
            watch: Called with the bytes that are there so far, from those of an earlier run on.

        Returns:
            False where it was there whole before and nothing was asked of the service.

        Raises:
            BadInput: If another run is downloading it.
            ConfigurationFault: If the service refuses the secret.
            DownloadFailed: If the file is not to be had, or has another size than its list says.
            ProviderUnavailable: If the service stays out of reach or asks to wait too long.
            StorageFailed: If it cannot be written.
        """
        target = folder / file.name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if target.exists() and target.stat().st_size == (file.n_bytes or target.stat().st_size):
                return False
            with _locked(folder / f"{file.name}.part") as part:
                self._retrying()(_Transfer(self, file, part, watch).run)
                os.fsync(part.fileno())
                Path(part.name).replace(target)
        except OSError as error:
            raise StorageFailed(
                f"{file.name} cannot be kept in {folder}: {error.strerror}; make room or check the "
                "rights, then run the command again to go on"
            ) from error
        return True

    def _ask(self, url: str, params: dict[str, str]) -> httpx.Response:
        with self.sent(url, {}, params) as response:
            _check(response, url)
            response.read()
            return response

    @contextmanager
    def sent(
        self, url: str, headers: dict[str, str], params: dict[str, str] | None = None
    ) -> Iterator[httpx.Response]:
        """Answer to one request; the secret goes along only to the service's own host."""
        own = httpx.URL(self.settings.uspto_url)
        to = httpx.URL(url)
        is_own = (to.scheme, to.host, to.port) == (own.scheme, own.host, own.port)
        if own.scheme == "https" and to.scheme != "https":
            raise DownloadFailed(shown_url(url), "is not encrypted; refused")
        try:
            with self.client.stream(
                "GET", url, params=params, headers=headers | (self.secret if is_own else {})
            ) as response:
                yield response
        except httpx.TransportError as error:
            said = str(error) or type(error).__name__
            raise ProviderUnavailable(f"{to.host} broke off or does not answer: {said}") from error

    def _retrying(self) -> stamina.BoundRetryingCaller:
        part = self.settings
        caller = stamina.RetryingCaller(
            attempts=part.n_attempts,
            timeout=None,
            wait_initial=part.retry_wait_s,
            wait_max=part.max_wait_s,
            wait_jitter=part.retry_wait_s,
        )
        return caller.on(self._wait_before_retry)

    def _wait_before_retry(self, error: Exception) -> bool | float:
        if not isinstance(error, ProviderUnavailable):
            return False
        if error.retry_after_s is None:
            return True
        return error.retry_after_s if error.retry_after_s <= self.settings.max_wait_s else False


class _Transfer:
    """One download over its attempts."""

    def __init__(self, downloader: Downloader, file: RemoteFile, part: BinaryIO, watch: Watch):
        self._downloader = downloader
        self._file = file
        self._part = part
        self._watch = watch
        self._direct_url: str | None = None
        """Where the service sent us last; asking there again does not count as a download."""

    def run(self) -> None:
        """Go on until the file is whole.

        Raises:
            ProviderUnavailable: If it broke off, to be tried again.
        """
        size = self._file.n_bytes
        n_there = self._part.seek(0, os.SEEK_END)
        if size is not None and n_there > size:
            n_there = self._restart()
        self._watch(n_there)
        if size is None or n_there < size:
            self._receive(self._direct_url or self._file.url, n_there, _MAX_REDIRECTS)
        n_got = self._part.tell()
        if size is not None and n_got != size:
            self._restart()
            raise DownloadFailed(
                self._file.name, f"came with {n_got:,} bytes where its list says {size:,}"
            )

    def _receive(self, url: str, n_there: int, n_redirects: int) -> None:
        headers = {"Range": f"bytes={n_there}-"} if n_there else {}
        with self._downloader.sent(url, {"Accept-Encoding": "identity", **headers}) as response:
            if response.status_code in _REDIRECTS:
                if n_redirects == 0:
                    raise DownloadFailed(self._file.name, "is redirected without end")
                location = response.headers.get("location", "")
                direct_url = str(httpx.URL(url).join(location))
            elif response.status_code == 416 and n_there:
                self._restart()
                raise ProviderUnavailable(f"{self._file.name} is not to be had from its middle on")
            elif url == self._direct_url and response.status_code in (401, 403, 404, 410):
                self._direct_url = None  # its time is over
                raise ProviderUnavailable(f"the address of {self._file.name} has expired")
            else:
                _check(response, url)
                self._write(response, n_there)
                return
        self._direct_url = direct_url
        self._receive(direct_url, n_there, n_redirects - 1)

    def _write(self, response: httpx.Response, n_there: int) -> None:
        if response.status_code != 206 or not _starts_at(response, n_there):
            n_there = self._restart()
            if response.status_code == 206:
                raise ProviderUnavailable(f"{self._file.name} came from another place than asked")
        limit = self._file.n_bytes
        for chunk in response.iter_raw():
            self._part.write(chunk)
            n_there += len(chunk)
            self._watch(n_there)
            if limit is not None and n_there > limit:
                break
        self._part.flush()

    def _restart(self) -> int:
        self._part.seek(0)
        self._part.truncate()
        return 0


def shown_url(url: str) -> str:
    """An address without what is signed or secret in it.

    Example:
        >>> shown_url("https://files.example.org/I20240102.tar?Signature=abc")
        'https://files.example.org/I20240102.tar'
    """
    return str(httpx.URL(url).copy_with(query=None, fragment=None, userinfo=b""))


@contextmanager
def _locked(path: Path) -> Iterator[BinaryIO]:
    with path.open("ab+") as part:
        try:
            fcntl.flock(part, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BadInput(f"{path} is being written by another run; wait for it") from error
        yield part


def _check(response: httpx.Response, url: str) -> None:
    """Raise for anything but success."""
    status = response.status_code
    if status in (200, 206):
        return
    where = shown_url(url)
    if status == 429:
        wait_s = _retry_after(response)
        said = f"; it asks to wait {wait_s:,.0f} s" if wait_s is not None else ""
        raise ProviderUnavailable(f"{where} is over its limit (HTTP 429){said}", wait_s)
    if status in (408, 425) or status >= 500:
        raise ProviderUnavailable(f"{where} answers HTTP {status}", _retry_after(response))
    if status in (401, 403):
        raise ConfigurationFault(
            f"{where} refuses the API key (HTTP {status}); check LIMN_FETCH__USPTO_API_KEY"
        )
    raise DownloadFailed(where, f"answers HTTP {status}")


def _retry_after(response: httpx.Response) -> float | None:
    """Seconds to wait, from the header or from what the body says."""
    said = response.headers.get("retry-after", "")
    if said.isdigit():
        return float(said)
    try:
        at = parsedate_to_datetime(said)
    except ValueError:
        pass
    else:
        return max((at - datetime.now(at.tzinfo or UTC)).total_seconds(), 0.0)
    body = b""
    for chunk in response.iter_raw():
        body += chunk
        if len(body) >= _MAX_SAID_BYTES:
            break
    match = _WAIT_SAID.search(body.decode("utf-8", "replace"))
    return float(match[1]) if match else None


def _starts_at(response: httpx.Response, n_there: int) -> bool:
    match = re.match(r"bytes (\d+)-", response.headers.get("content-range", ""))
    return match is not None and int(match[1]) == n_there
