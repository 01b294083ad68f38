"""References cited, as title pages of US design patents print them (INID code 56). Pure.

``D553,080 S * 10/2007 Brown ........ D8/93`` and, of other offices, ``CN 302245110 12/2012``. Who
cited them is told by marks that text layers lose, so that is left unknown; other publications than
patents have no form of their own and are not read.
"""

import re
from collections.abc import Iterator

from core.records import Citation
from ingestion.formats.uspto_fields import cited_number, printed_date

_FOREIGN = re.compile(r"\bFOREIGN\s+PATENT\s+DOCUMENTS\b", re.IGNORECASE)
_OTHERS = re.compile(r"\bOTHER\s+PUBLICATIONS\b", re.IGNORECASE)
_DATE = r"(?P<month>0?[1-9]|1[0-2])\s?/\s?(?P<year>\d{4})\b"
_NAME = r"(?:\s+(?P<name>[^\W\d_][^.\d]{0,60}?(?:\bet al\.)?)(?=\s*\.))?"
_US = re.compile(
    r"(?<![\d,/])(?P<number>(?:D(?:es\.)?\s?)?\d{1,3}(?:\s?,\s?\d{3})+|\d{4}/\d{7})"
    rf"\s+(?:(?P<kind>[A-Z]\d?)\s+)?{_DATE}{_NAME}"
)
_OF_OFFICE = re.compile(
    rf"\b(?P<office>[A-Z]{{2}})\s+(?P<number>[A-Z]{{0,2}}/?\d[\d/.-]{{2,19}})"
    rf"\s+(?:(?P<kind>[A-Z]\d?)\s+)?{_DATE}"
)


def parse_references(field: str) -> tuple[Citation, ...]:
    """Read what stands behind the code, marks taken out.

    Example:
        >>> parse_references("D553,080 S 10/2007 Brown ... D8/93")[0].number
        'D0553080'
    """
    patents = _OTHERS.split(field, maxsplit=1)[0]
    own, *foreign = _FOREIGN.split(patents, maxsplit=1)
    return tuple(dict.fromkeys((*_of_us(own), *(one for part in foreign for one in _other(part)))))


def _of_us(text: str) -> Iterator[Citation]:
    for match in _US.finditer(text):
        number = re.sub(r"[\s,.]", "", match["number"]).replace("Des", "D")
        name = match["name"]
        yield Citation(
            office="US",
            number=cited_number("US", number),
            kind=match["kind"],
            date=_month(match),
            name=name.strip() if name else None,
        )


def _other(text: str) -> Iterator[Citation]:
    for match in _OF_OFFICE.finditer(text):
        yield Citation(match["office"], match["number"], match["kind"], _month(match))


def _month(match: re.Match[str]) -> str | None:
    return printed_date(f"{match['year']}{match['month'].zfill(2)}00")
