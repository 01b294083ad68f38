"""One run of `limn fetch uspto`: weekly archives of a span of time into a folder."""

import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Literal, TypeAlias

import httpx
from pydantic import BaseModel

from core.errors import ConfigurationFault, DownloadFailed, ProviderUnavailable
from core.settings import FetchSettings
from ingestion.downloads import Downloader, RemoteFile
from ingestion.uspto_releases import list_releases

_UNREACHABLE_FILES = 2
"""So many in a row that could not be had: the service is gone, the rest is not tried."""

Watch: TypeAlias = Callable[[RemoteFile, int], None]
"""Called with a file and how many of its bytes are there."""


class FetchedFile(BaseModel):
    """What became of one archive."""

    name: str
    state: Literal["downloaded", "present", "failed"]
    bytes: int
    """In the folder now, under its own name."""
    reason: str | None = None


class FetchReport(BaseModel):
    """What one run did; the stable JSON of `limn fetch --json`, beside `ingest` where asked for."""

    into: str
    files: list[FetchedFile]
    seconds: float

    @property
    def failed(self) -> list[FetchedFile]:
        return [file for file in self.files if file.state == "failed"]

    @property
    def paths(self) -> list[Path]:
        """Archives that are whole."""
        return [Path(self.into) / file.name for file in self.files if file.state != "failed"]


def fetch_uspto(
    settings: FetchSettings,
    first: date,
    last: date,
    into: Path,
    start: Callable[[tuple[RemoteFile, ...]], Watch],
) -> FetchReport:
    """Bring every weekly archive of a span of time into a folder; go on where a run broke off.

    Args:
        settings: With the API key.
        first: First day, included.
        last: Last day, included.
        into: The folder.
        start: Called once with all archives; gives what to call with the bytes that come.

    Raises:
        ConfigurationFault: If there is no API key, or it is refused.
        ProviderUnavailable: If the list of archives is not to be had.
        StorageFailed: If the folder cannot be written.
    """
    began = time.monotonic()
    if settings.uspto_api_key is None:
        raise ConfigurationFault(
            "the USPTO's Open Data Portal asks for an API key: get one at data.uspto.gov and put "
            "it into LIMN_FETCH__USPTO_API_KEY"
        )
    secret = {"X-API-Key": settings.uspto_api_key.get_secret_value()}
    with httpx.Client(timeout=settings.timeout_s, follow_redirects=False) as client:
        downloader = Downloader(client, settings, secret)
        releases = list_releases(downloader, first, last)
        watch = start(releases.files)
        files: list[FetchedFile] = []
        n_unreachable = 0
        for file in releases.files:
            if n_unreachable == _UNREACHABLE_FILES:
                reason = "not tried, since the files before it could not be had"
                files.append(FetchedFile(name=file.name, state="failed", bytes=0, reason=reason))
                continue
            fetched, is_reachable = _fetch(downloader, file, into, watch)
            n_unreachable = 0 if is_reachable else n_unreachable + 1
            files.append(fetched)
    return FetchReport(into=str(into), files=files, seconds=round(time.monotonic() - began, 2))


def _fetch(
    downloader: Downloader, file: RemoteFile, into: Path, watch: Watch
) -> tuple[FetchedFile, bool]:
    """Bring one file; the second value is False where its service was out of reach."""

    def seen(n_bytes: int) -> None:
        watch(file, n_bytes)

    try:
        is_new = downloader.download(file, into, seen)
    except (DownloadFailed, ProviderUnavailable) as error:
        failed = FetchedFile(name=file.name, state="failed", bytes=0, reason=str(error))
        return failed, isinstance(error, DownloadFailed)
    n_bytes = (into / file.name).stat().st_size
    watch(file, n_bytes)
    state: Literal["downloaded", "present"] = "downloaded" if is_new else "present"
    return FetchedFile(name=file.name, state=state, bytes=n_bytes), True
