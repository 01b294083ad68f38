"""US design grants in ICE XML (v4.0 to 4.7, 2005 to today): document → `Publication`.

Pure, and closed: no network, no DTD, no entity is ever expanded. Paths in the code and in messages
start below `us-patent-grant`.
"""

import re
from collections.abc import Iterator
from datetime import date

from lxml import etree

from core.errors import PublicationInvalid
from core.families import application_keys
from core.locarno import LocarnoCode, parse_locarno
from core.records import Citation, Publication, SheetImage, publication_id
from ingestion.figure_captions import parse_description
from ingestion.formats.closed_xml import folded, parse_closed
from ingestion.formats.uspto_fields import (
    cited_number,
    earliest_date,
    is_design_number,
    is_reissue_number,
    own_number,
    parse_count,
    parse_date,
    person_name,
    printed_date,
    sheet_images,
    us_class,
)
from ingestion.formats.uspto_reissues import NO_DESIGN_REISSUED, reissues_design

ROOT = "us-patent-grant"

_NUMBER = re.compile(r"[A-Z]{0,2}[0-9]{1,8}")
_BIBLIOGRAPHY = "us-bibliographic-data-grant"
_RELATED_APPLICATIONS = (
    "us-related-documents//parent-doc/document-id",
    "us-related-documents//parent-doc/parent-pct-document/document-id",
    "us-related-documents//child-doc/document-id",
    "us-related-documents/us-provisional-application/document-id",
    "priority-claims/priority-claim",
)
_CLAIMED_DATES = (
    "priority-claims/priority-claim/date",
    *(
        f"us-related-documents/{relation}//parent-doc/{place}document-id/date"
        for relation in (
            *("division", "continuation", "continuation-in-part"),
            *("reissue", "continuing-reissue", "us-divisional-reissue"),
        )
        for place in ("", "parent-pct-document/")
    ),
)
"""Where the dates stand that a grant claims, see `Publication.priority_date`."""
_REISSUED = "us-related-documents/reissue//parent-grant-document/document-id/doc-number"
_APPLICANTS = ("us-parties/us-applicants/us-applicant", "parties/applicants/applicant")


def parse_grant(document: bytes, source: str) -> Publication:
    """Read one design grant.

    Args:
        document: The XML document as published.
        source: Archive and member it came from; kept in the record and named in errors.

    Raises:
        PublicationInvalid: If the document is no well-formed ICE XML, declares entities, is not a
            design grant, or lacks its number or kind. A title may be empty.
    """
    root = parse_closed(document, source)
    if root.tag != ROOT:
        raise PublicationInvalid(source, f"is no US grant in ICE XML: its root is {root.tag}")
    grant = _Grant(root, source)
    number = own_number(grant.required("publication-reference/document-id/doc-number"))
    kind = grant.required("publication-reference/document-id/kind")
    _require_design(grant, number, document)
    title = grant.text("invention-title") or ""
    office = grant.text("publication-reference/document-id/country") or "US"
    applicants = grant.names(*_APPLICANTS)
    assignees = grant.names("assignees/assignee")
    description = parse_description(tuple(_paragraphs(root)), title)
    return Publication(
        publication_id=publication_id(office, number, kind),
        office=office,
        number=number,
        kind=kind,
        title=title,
        publication_date=grant.date("publication-reference/document-id/date"),
        filing_date=grant.date("application-reference/document-id/date"),
        application_number=grant.text("application-reference/document-id/doc-number"),
        locarno=_locarno(grant),
        us_class=_us_classes(grant),
        owner="; ".join(assignees or applicants) or None,
        inventors=_inventors(grant),
        n_declared_sheets=grant.count("figures/number-of-drawing-sheets"),
        n_declared_figures=grant.count("figures/number-of-figures"),
        captions=description.captions,
        broken_line_statement=description.broken_line_statement,
        hague_number=grant.text("hague-agreement-data/international-registration-number"),
        images=_images(root),
        source=source,
        claim=_claim(root),
        applicants=applicants,
        assignees=assignees,
        citations=_citations(grant),
        broken_lines=description.broken_lines,
        colour_statements=description.colour_statements,
        embodiment_statements=description.embodiment_statements,
        related_applications=application_keys(
            (_text(named, "country"), _text(named, "doc-number"))
            for path in _RELATED_APPLICATIONS
            for named in grant.all(path)
        ),
        extra=_reissued(grant),
        priority_date=earliest_date(
            folded(element) for path in _CLAIMED_DATES for element in grant.all(path)
        ),
    )


class _Grant:
    """The bibliography of one document, read by path."""

    def __init__(self, root: etree._Element, source: str) -> None:
        bibliography = root.find(_BIBLIOGRAPHY)
        if bibliography is None:
            raise PublicationInvalid(source, f"has no {_BIBLIOGRAPHY}")
        self.source = source
        self._element = bibliography

    def all(self, path: str) -> list[etree._Element]:
        return self._element.findall(path)

    def text(self, path: str) -> str | None:
        return _text(self._element, path)

    def names(self, *paths: str) -> tuple[str, ...]:
        """Names of the parties at the first of these paths that has any, once each."""
        for path in paths:
            names = [name for party in self.all(path) if (name := _name(party))]
            if names:
                return tuple(dict.fromkeys(names))
        return ()

    def required(self, path: str) -> str:
        if value := self.text(path):
            return value
        raise PublicationInvalid(self.source, f"has no {_BIBLIOGRAPHY}/{path}")

    def date(self, path: str) -> date | None:
        return parse_date(self.text(path))

    def count(self, path: str) -> int | None:
        return parse_count(self.text(path))


def _require_design(grant: _Grant, number: str, document: bytes) -> None:
    references = grant.all("application-reference")
    kind = references[0].get("appl-type") if references else None
    if kind == "reissue" or (kind is None and is_reissue_number(number)):
        if not reissues_design(document):
            raise PublicationInvalid(grant.source, f"{NO_DESIGN_REISSUED} ({number})")
    elif kind != "design" and (kind is not None or not is_design_number(number)):
        raise PublicationInvalid(
            grant.source, f"is a {kind or 'non-design'} grant ({number}), not a design"
        )
    if not _NUMBER.fullmatch(number):
        raise PublicationInvalid(grant.source, f"has no publication number but {number[:40]!r}")


def _reissued(grant: _Grant) -> dict[str, str]:
    """The designs that a reissue takes the place of, ``{"reissue_of": "D0845543"}``."""
    numbers = dict.fromkeys(own_number(folded(element)) for element in grant.all(_REISSUED))
    designs = "; ".join(number for number in numbers if is_design_number(number))
    return {"reissue_of": designs} if designs else {}


def _paragraphs(root: etree._Element) -> Iterator[str]:
    """Those on the figures and those beside them, where statements may stand, too."""
    for paragraph in root.iterfind("description//p"):
        yield folded(paragraph)


def _claim(root: etree._Element) -> str | None:
    claims = (folded(element) for element in root.iterfind("claims/claim/claim-text"))
    return " ".join(claims) or None


def _locarno(grant: _Grant) -> tuple[LocarnoCode, ...]:
    codes = []
    for classification in grant.all("classification-locarno"):
        edition = _text(classification, "edition")
        for part in ("main", "further"):
            for element in classification.iterfind(f"{part}-classification"):
                try:
                    codes.append(parse_locarno(folded(element), edition))
                except ValueError:
                    continue
    return tuple(dict.fromkeys(codes))


def _us_classes(grant: _Grant) -> tuple[str, ...]:
    fields = (
        element.text or ""
        for part in ("main", "further")
        for element in grant.all(f"classification-national/{part}-classification")
    )
    return tuple(dict.fromkeys(read for field in fields if (read := us_class(field))))


def _text(element: etree._Element, path: str) -> str | None:
    """Folded text at a path, None where it is missing or empty."""
    found = element.find(path)
    return None if found is None else folded(found) or None


def _name(party: etree._Element) -> str | None:
    """An organisation's name, or a person's as ``First Middle Last, Jr.``."""
    book = party.find("addressbook")
    place = party if book is None else book
    person = person_name(
        *(_text(place, f"{part}-name") for part in ("first", "middle", "last")),
        suffix=_text(place, "suffix"),
    )
    return _text(place, "orgname") or person or _text(place, "name")


def _inventors(grant: _Grant) -> tuple[str, ...]:
    parties = grant.all("us-parties/inventors/*") or [
        party
        for path in ("parties/inventors/inventor", _APPLICANTS[1])
        for party in grant.all(path)
        if "inventor" in (party.get("app-type") or "inventor")
    ]
    parties += grant.all("us-deceased-inventor")
    return tuple(dict.fromkeys(name for party in parties if (name := _name(party))))


def _citations(grant: _Grant) -> tuple[Citation, ...]:
    """Cited publications and other sources, in the order of the document."""
    cited = []
    for path in ("us-references-cited/us-citation", "references-cited/citation"):
        for element in grant.all(path):
            category = _text(element, "category")
            if (reference := element.find("patcit/document-id")) is not None:
                office = _text(reference, "country")
                number = _text(reference, "doc-number")
                cited.append(
                    Citation(
                        office=office,
                        number=cited_number(office, number) if number else None,
                        kind=_text(reference, "kind"),
                        date=printed_date(_text(reference, "date")),
                        category=category,
                        name=_text(reference, "name"),
                    )
                )
            elif text := _text(element, "nplcit"):
                cited.append(Citation(category=category, text=text))
    return tuple(cited)


def _images(root: etree._Element) -> tuple[SheetImage, ...]:
    return sheet_images(
        (element.get("file") or "", element.get("orientation") == "landscape")
        for element in root.iterfind("drawings//img")
    )
