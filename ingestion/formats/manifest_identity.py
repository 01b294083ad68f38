"""Which publication a manifest row belongs to. Pure.

A US design number in any spelling (``D0587550``, ``USD587,550 S1``) makes office US, seven digits
and kind S1 (S before 2 January 2001, when the kind code changed; see `us_design_kind`). A number
with the two letters of another office before it is that office's; Hague numbers (``DM/204232``) are
WIPO's. Anything else has the office of WIPO ST.3 for unknown entities. Other offices' designs are
of kind S (WIPO ST.16). Columns `office` and `kind` say otherwise where they are filled.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath

from core.records import publication_id
from ingestion.archive_entries import printable_name
from ingestion.formats.manifest_cells import cell_text, parse_day
from ingestion.formats.uspto_fields import own_number, us_design_kind
from ingestion.table_rows import Row

UNKNOWN_OFFICE = "XX"

_OFFICES = frozenset(
    re.findall(
        "[A-Z]{2}",
        "AR AT AU BG BR BX CA CH CL CN CZ DE DK EE EM ES FI FR GB GR HK HU ID IE IL IN IS IT JP "
        "KR LT LV MX MY NO NZ PE PH PL PT RO RU SA SE SG SI SK TH TR TW UA US VN WO ZA",
    )
)
"""WIPO ST.3 codes of offices that publish designs; other letters begin a number of one's own."""
_LIMN_ID = re.compile(r"([A-Z]{2})-(.+)-([SE]\d?)")
_REGISTER_ID = re.compile(r"(WO|EM)-(\w+)-(\d{1,4})")
"""A design of a register, as `wipo_registration` names it: its number stands for a kind."""
_US_NUMBER = re.compile(r"(?:US[ -]?)?(D\d{4,8})[ -]?(S\d?)?")
_HAGUE_NUMBER = re.compile(r"DM[ /-]?\d.*")
_OFFICE_NUMBER = re.compile(r"([A-Z]{2})[ /-]?(\d.*)")
_US_IN_NAME = re.compile(r"(?:US|(?<![A-Z0-9]))(D\d{6,8})(?!\d)")
_NOT_IN_IDS = re.compile(r"[^\w.]+")


@dataclass(frozen=True, slots=True)
class Identity:
    """Which publication a row belongs to."""

    office: str
    number: str
    kind: str
    is_derived: bool
    """True where the row names none, and its folder or file name was taken."""

    @property
    def publication_id(self) -> str:
        return publication_id(self.office, self.number, self.kind)


def file_of(row: Row) -> str:
    """The picture's path relative to the manifest, ``""`` where the row names none."""
    stated = row.get("file")
    name = printable_name(stated.strip()) if isinstance(stated, str) else ""
    is_plain = "/." not in name and "//" not in name and not name.startswith("./")
    return name if is_plain and not name.endswith("/") else str(PurePosixPath(name))


def identity_of(row: Row) -> Identity:
    """Which publication a row belongs to.

    Raises:
        ValueError: If neither the row nor its file name says.

    Example:
        >>> identity_of({"publication_id": "USD587,550"}).publication_id
        'US-D0587550-S1'
        >>> identity_of({"file": "client-4711/front.png"}).publication_id
        'XX-client-4711-S'
        >>> identity_of({"publication_id": "WO-DM204232-1"}).publication_id
        'WO-DM204232-1'
    """
    stated = cell_text(row.get("publication_id"))
    published = cell_text(row.get("publication_date") or row.get("date"))
    file = "" if stated else file_of(row)
    office, kind = (cell_text(row.get(column)).upper() for column in ("office", "kind"))
    return _identity(stated, office, kind, published, file)


@lru_cache(maxsize=4096)
def _identity(stated: str, office: str, kind: str, published: str, file: str) -> Identity:
    read = _read_number(stated or _number_in_name(file))
    number = _NOT_IN_IDS.sub("-", read[1]).strip("-.")[:80]
    if not number:
        raise ValueError("names no publication, and its file name tells none")
    office = _NOT_IN_IDS.sub("", office)[:8] or read[0]
    kind = _NOT_IN_IDS.sub("", kind)[:8] or read[2] or _usual_kind(office, number, published)
    return Identity(office, number, kind, is_derived=not stated)


def _read_number(stated: str) -> tuple[str, str, str]:
    """Office, number and kind in what a row says; kind ``""`` where it does not say."""
    upper = stated.upper()
    if us := _US_NUMBER.fullmatch(upper.replace(",", "")):
        return "US", own_number(us[1]), us[2] or ""
    if (limn := _LIMN_ID.fullmatch(upper)) and limn[1] in _OFFICES | {UNKNOWN_OFFICE}:
        number = own_number(limn[2]) if limn[1] == "US" else stated[3 : 3 + len(limn[2])]
        return limn[1], number, limn[3]
    if design := _REGISTER_ID.fullmatch(upper):
        return design[1], design[2], design[3]
    if _HAGUE_NUMBER.fullmatch(upper):
        return "WO", re.sub(r"[^0-9A-Z]", "", upper), ""
    if (other := _OFFICE_NUMBER.fullmatch(upper)) and other[1] in _OFFICES:
        return other[1], other[2], ""
    return UNKNOWN_OFFICE, stated, ""


def _number_in_name(file: str) -> str:
    """A US number in the file name or the nearest folder; else that folder, else the name."""
    path = PurePosixPath(file)
    names = [path.stem, *(folder.name for folder in path.parents if folder.name)]
    for name in names:
        if us := _US_IN_NAME.search(name.upper()):
            return us[1]
    return names[1] if len(names) > 1 else names[0]


def _usual_kind(office: str, number: str, published: str) -> str:
    if office != "US":
        return "S"
    try:
        return us_design_kind(number, parse_day(published) if published else None)
    except ValueError:
        return us_design_kind(number, None)
