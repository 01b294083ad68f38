"""What the USPTO's Open Data Portal offers: the weekly archives of product PTGRDT, by date.

Verified against clients of the portal, not against the portal itself: the list does not reliably
keep to the dates it is asked for, so they are applied here again; documents stand beside the data;
a week that is issued again is another file, ``I20240102_r1.tar``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from core.errors import ProviderUnavailable
from ingestion.downloads import Downloader, RemoteFile

_PRODUCT = "PTGRDT"
_SAFE_NAME = re.compile(r"^[A-Za-z0-9][\w.-]*\.(?:tar|zip)$", re.IGNORECASE)
_WEEK = re.compile(r"^I(\d{8})", re.IGNORECASE)
_REVISION = re.compile(r"_r(\d+)\.\w+$", re.IGNORECASE)
_MAX_PAGES = 100


class _Answer(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="ignore")


class _File(_Answer):
    file_name: str
    file_download_uri: str = Field(alias="fileDownloadURI")
    file_size: int | None = Field(default=None, ge=0)
    file_data_from_date: date | None = None
    file_type_text: str = "Data"


class _FileBag(_Answer):
    count: int = 0
    file_data_bag: list[_File] = []


class _Product(_Answer):
    product_file_bag: _FileBag = _FileBag()


class _Products(_Answer):
    bulk_data_product_bag: list[_Product] = []


@dataclass(frozen=True, slots=True)
class Releases:
    """Weekly archives of a span of time."""

    files: tuple[RemoteFile, ...]
    """By date; of a week that was issued several times, the last issue."""
    n_other: int
    """Files in the list that are no weekly archive of the span: documents, supplements."""


def list_releases(downloader: Downloader, first: date, last: date) -> Releases:
    """Ask for the weekly archives from one day to another, both included.

    Raises:
        ConfigurationFault: If the key is refused.
        ProviderUnavailable: If the portal does not answer, or answers with something else.
    """
    weeks: dict[date, tuple[int, RemoteFile]] = {}
    n_other = 0
    for listed in _iter_listed(downloader, first, last):
        day = _day_of(listed)
        is_archive = listed.file_type_text.lower() == "data" and _SAFE_NAME.match(listed.file_name)
        if not is_archive or day is None or not first <= day <= last or _is_supplement(listed):
            n_other += 1
            continue
        match = _REVISION.search(listed.file_name)
        issue = int(match[1]) if match else 0
        file = RemoteFile(listed.file_name, listed.file_download_uri, listed.file_size)
        if day not in weeks or issue > weeks[day][0]:
            n_other += day in weeks
            weeks[day] = issue, file
        else:
            n_other += 1
    return Releases(tuple(weeks[day][1] for day in sorted(weeks)), n_other)


def _iter_listed(downloader: Downloader, first: date, last: date) -> Iterator[_File]:
    """Every entry of the list once, over as many pages as the portal makes of it."""
    url = f"{downloader.settings.uspto_url.rstrip('/')}/api/v1/datasets/products/{_PRODUCT}"
    asked = {
        "fileDataFromDate": first.isoformat(),
        "fileDataToDate": last.isoformat(),
        "includeFiles": "true",
    }
    seen: set[str] = set()
    for _ in range(_MAX_PAGES):
        page = {"offset": str(len(seen))} if seen else {}
        bags = _parse(downloader.get(url, asked | page))
        new = [f for bag in bags for f in bag.file_data_bag if f.file_name not in seen]
        yield from {file.file_name: file for file in new}.values()
        seen |= {file.file_name for file in new}
        if not new or len(seen) >= max((bag.count for bag in bags), default=0):
            return


def _parse(response: httpx.Response) -> list[_FileBag]:
    try:
        answer = _Products.model_validate_json(response.content)
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(str(part) for part in fault["loc"])
        raise ProviderUnavailable(
            f"the portal's list of {_PRODUCT} cannot be read: {where} {fault['msg']}"
        ) from error
    return [product.product_file_bag for product in answer.bulk_data_product_bag]


def _day_of(listed: _File) -> date | None:
    match = _WEEK.match(listed.file_name)
    try:
        return date.fromisoformat(match[1]) if match else listed.file_data_from_date
    except ValueError:
        return listed.file_data_from_date


def _is_supplement(listed: _File) -> bool:
    return "SUPP" in listed.file_name.upper()
