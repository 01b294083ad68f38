"""The title page of a US design patent, read by its INID codes (WIPO ST.9). Pure.

``(10) Patent No.: US D907,292 S``, ``(45) Date of Patent: ** Jan. 5, 2021``, ``(54) SHAVING RAZOR``
and so on, each code up to the next one; patents before 2001 have square brackets. What the text
does not hold stays unknown. Made from the printed layout: no text layer of a real document was at
hand, and one that runs across the columns is read as far as its codes stand in order.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from core.families import application_keys
from core.locarno import LocarnoCode, parse_locarno
from core.records import Citation
from ingestion.formats.pdf_citations import parse_references

_CODE = re.compile(r"(?:^|(?<=[\s.;]))(?<!LOC\s)[(\[]\s*(\d{2}|\*{1,2})\s*[)\]]")
"""In round brackets, before 2001 in square ones; ``LOC (13) Cl.`` is an edition."""
_MARKS = re.compile(r"[*†‡§¶]+")
_DATE = re.compile(r"([A-Z][a-z]{2})[a-z]*\.?\s+(\d{1,2})\s*,\s*(\d{4})")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NUMBER = re.compile(r"\b(?:Des\.?|D)\s*(\d{1,3}(?:\s?,\s?\d{3})+|\d{5,7})\s*(S\d?)?\b")
_APPLICATION = re.compile(r"\b(\d{2})\s*/\s*(\d{3})\s*,\s*(\d{3})\b")
_RELATED = ("60", "61", "62", "63", "64")
"""Codes of applications it goes back to: provisional, parent, divided, continued, reissued."""
_DATED = ("62", "63", "64")
"""Those of them whose filing dates count, see `Publication.priority_date`."""
_FILED = re.compile(rf"\b[Ff]iled(?:\s+on|\s*:)\s+{_DATE.pattern}")
_RELATED_APPLICATION = re.compile(r"\b\d{2}\s*/\s*\d{3}\s*,\s*\d{3}\b")
_LOCARNO = re.compile(r"LOC\s*\(?\s*(\d{1,2})\s*\)?")
_LOCARNO_CODE = re.compile(r"\b(\d{2}\s*-\s*\d{2})\b")
_US_CLASS = re.compile(
    r"\bD\s?\d{1,2}\s?/\s?\d+(?:\.\d+)?(?:\s?-\s?\d+(?:\.\d+)?)?(?:\s?[A-Z]{1,2}\b(?!\.))?"
)
_BLANK_BEFORE_MARK = re.compile(r"(?<![^\S\n])[^\S\n]+(?=[.,;:])")
"""As recognised text layers have it: ``Patent No . : US D907 , 292 S``."""
_LEADERS = re.compile(r"\.(?:\s*\.)+")
_PLACE = re.compile(r"^(.+?),\s*[^,()]+(?:,\s*[A-Z]{2})?\s*\(\s*[A-Z]{2}\s*\)\.?$")
_SHEETS = re.compile(r"\b(\d{1,3})\s+Drawing\s+Sheets?\b", re.IGNORECASE)
_CLAIM = re.compile(r"\bCLAIMS?\b\s*(?P<claim>.+?)(?=\bDESCRIPTION\b|\bFIG\.|$)", re.DOTALL)
_DESCRIPTION = re.compile(
    r"\bDESCRIPTION\b(?P<text>.+?)(?=(?:\bUS\s+D[\d,]+\s+S\d?\s+)?(?:\bPage\s+2\s+)?"
    r"[(\[]\s*56\s*[)\]]|$)",
    re.DOTALL,
)
"""References may go on behind it, on the second page."""
_NEXT_SENTENCE = re.compile(r"(?<=[;.])\s+(?=(?:FIGS?\.|The |In the |All |None ))")


@dataclass(frozen=True, slots=True)
class TitlePage:
    """What a title page says; None and empty where it does not."""

    number: str | None = None
    """``"D0907292"``."""
    title: str | None = None
    publication_date: date | None = None
    filing_date: date | None = None
    application_number: str | None = None
    related_applications: tuple[str, ...] = ()
    """US applications it goes back to, as `core.families.application_key` writes them."""
    priority_date: date | None = None
    """The earliest it claims, see `Publication.priority_date`."""
    locarno: tuple[LocarnoCode, ...] = ()
    us_class: tuple[str, ...] = ()
    inventors: tuple[str, ...] = ()
    applicants: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    citations: tuple[Citation, ...] = ()
    n_declared_sheets: int | None = None
    claim: str | None = None
    description: tuple[str, ...] = ()
    """Sentences of the figure description."""


def parse_title_page(text: str) -> TitlePage:
    """Read the text of a title page, and of the pages its text goes on to.

    Args:
        text: Its left column before its right one.

    Example:
        >>> page = parse_title_page("(10) Patent No.: US D907,292 S (54) RAZOR (22) Filed:")
        >>> page.number, page.title, page.filing_date
        ('D0907292', 'Razor', None)
    """
    text = _BLANK_BEFORE_MARK.sub("", text)
    fields = _by_code(text)
    folded = " ".join(text.split())
    numbers = fields.get("10", "") or fields.get("11", "")
    match = _NUMBER.search(numbers)
    sheets = _SHEETS.search(folded)
    claim = _CLAIM.search(folded)
    description = _DESCRIPTION.search(folded)
    return TitlePage(
        number=design_number(match[1]) if match else None,
        title=_title(fields.get("54", "")),
        publication_date=_date(fields.get("45", "")),
        filing_date=_date(fields.get("22", "")),
        application_number=_application(fields.get("21", "")),
        related_applications=application_keys(
            ("US", number)
            for code in _RELATED
            for number in _RELATED_APPLICATION.findall(fields.get(code, ""))
        ),
        priority_date=min(filter(None, map(_date, _claimed(fields))), default=None),
        locarno=_locarno(fields.get("51", "")),
        us_class=tuple(
            dict.fromkeys(re.sub(r"\s", "", c) for c in _US_CLASS.findall(fields.get("52", "")))
        ),
        inventors=_names(fields.get("72", "") or fields.get("75", "") or fields.get("76", "")),
        applicants=_names(fields.get("71", "")),
        assignees=_names(fields.get("73", "")),
        citations=parse_references(fields.get("56", "")),
        n_declared_sheets=int(sheets[1]) if sheets else None,
        claim=claim["claim"].strip() or None if claim else None,
        description=tuple(_NEXT_SENTENCE.split(description["text"].strip())) if description else (),
    )


def design_number(digits: str) -> str:
    """A design number as grants are known by: ``"907,292"`` is ``"D0907292"``."""
    return f"D{re.sub(r'[^0-9]', '', digits).zfill(7)}"


def _by_code(text: str) -> dict[str, str]:
    """Text behind each code, up to the next one; of a code that comes twice, the first.

    References go on behind a second code on the next page.
    """
    fields: dict[str, str] = {}
    marks = list(_CODE.finditer(text))
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    for mark, end in zip(marks, ends, strict=False):
        said = " ".join(_MARKS.sub("", text[mark.end() : end]).split())
        if mark[1] == "56":
            said = f"{fields.pop('56', '')} {said}".strip()
        fields.setdefault(mark[1], said)
    return fields


def _title(field: str) -> str | None:
    """Titles are printed in capitals; grants are published in sentence case."""
    title = field.strip(" .")
    return (title.capitalize() if title.isupper() else title) or None


def _date(field: str) -> date | None:
    match = _DATE.search(field)
    if match is None or match[1] not in _MONTHS:
        return None
    try:
        return date(int(match[3]), _MONTHS.index(match[1]) + 1, int(match[2]))
    except ValueError:
        return None


def _claimed(fields: Mapping[str, str]) -> Iterator[str]:
    """Filing dates of foreign applications and of its line, as printed."""
    yield from (match[0] for match in _DATE.finditer(fields.get("30", "")))
    for code in _DATED:
        yield from (match[0] for match in _FILED.finditer(fields.get(code, "")))


def _application(field: str) -> str | None:
    match = _APPLICATION.search(field)
    return "".join(match.groups()) if match else None


def _locarno(field: str) -> tuple[LocarnoCode, ...]:
    edition = _LOCARNO.search(field)
    codes = (re.sub(r"\s", "", code) for code in _LOCARNO_CODE.findall(_LEADERS.sub(" ", field)))
    return tuple(
        dict.fromkeys(parse_locarno(code, edition[1] if edition else None) for code in codes)
    )


def _names(field: str) -> tuple[str, ...]:
    """Names without the places behind them: ``Inventor: Ada Berg, Oslo (NO); Bo Lind, …``."""
    said = re.sub(r"^(?:Inventors?|Applicants?|Assignees?)\s*:\s*", "", field)
    names = (_without_place(part.strip(" ,")) for part in said.split(";"))
    return tuple(dict.fromkeys(name for name in names if name))


def _without_place(said: str) -> str:
    """``Acme, Inc., Cupertino, CA (US)`` and, as it was, ``Acme, Inc., Troy, Mich.``."""
    if match := _PLACE.match(said):
        return match[1]
    parts = said.rsplit(", ", 2)
    return parts[0] if len(parts) == 3 else said


def joined_columns(columns: Sequence[tuple[str, str]]) -> str:
    """Text of pages of two columns, read down the left one first."""
    return "\n".join(f"{left}\n{right}" for left, right in columns)
