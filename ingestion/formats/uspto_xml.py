"""US design grants in ICE XML (v4.0 to 4.7, 2005 to today): document → `Publication`.

Pure, and closed: no network, no DTD, no entity is ever expanded. Paths in the code and in messages
start below `us-patent-grant`.
"""

import html
import re
from collections.abc import Iterator
from datetime import date
from pathlib import PurePosixPath

from lxml import etree

from core.errors import PublicationInvalid
from core.locarno import LocarnoCode, parse_locarno
from core.records import Publication, SheetImage, publication_id
from ingestion.figure_captions import parse_description

ROOT = "us-patent-grant"

_BIBLIOGRAPHY = "us-bibliographic-data-grant"
_US_CLASS = re.compile(r"^(?P<main>D[ \d]\d|[ \d]{2}\d)(?P<sub>[ \d]{2}\d)(?P<rest>.*)$")
_IMAGE_POSITION = re.compile(r"-[A-Z](\d{5})\.", re.IGNORECASE)
_DESIGN_NUMBER = re.compile(r"^D0*(\d{1,7})$")
_APPLICANTS = ("us-parties/us-applicants/us-applicant", "parties/applicants/applicant")


def parse_grant(document: bytes, source: str) -> Publication:
    """Read one design grant.

    Args:
        document: The XML document as published.
        source: Archive and member it came from; kept in the record and named in errors.

    Raises:
        PublicationInvalid: If the document is no well-formed ICE XML, declares entities, is not a
            design grant, or lacks its number, kind or title.
    """
    root = _parse(document, source)
    grant = _Grant(root, source)
    number = own_number(grant.required("publication-reference/document-id/doc-number"))
    kind = grant.required("publication-reference/document-id/kind")
    _require_design(grant, number)
    title = grant.required("invention-title")
    office = grant.text("publication-reference/document-id/country") or "US"
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
        owner=_owner(grant),
        inventors=_inventors(grant),
        cited_publication_ids=_cited(grant),
        n_declared_sheets=grant.count("figures/number-of-drawing-sheets"),
        n_declared_figures=grant.count("figures/number-of-figures"),
        captions=description.captions,
        broken_line_statement=description.broken_line_statement,
        hague_number=grant.text("hague-agreement-data/international-registration-number"),
        images=_images(root),
        source=source,
        claim=_claim(root),
        colour_statements=description.colour_statements,
        embodiment_statements=description.embodiment_statements,
    )


def own_number(printed: str) -> str:
    """A design number in the form grants print of themselves: ``D`` and seven digits.

    Example:
        >>> own_number("D553,080"), own_number("D0913942")
        ('D0553080', 'D0913942')
    """
    number = re.sub(r"[\s,./-]", "", printed).upper()
    match = _DESIGN_NUMBER.match(number)
    return f"D{match[1].zfill(7)}" if match else number


def us_class(field: str) -> str | None:
    """A national class as people write it, from its fixed-width field.

    The field has three characters of class, three of subclass, then decimals, letters or the end
    of a range: ``D 2728`` is D2/728, ``D28 911`` is D28/91.1, ``D14485-495`` is D14/485-495.

    Returns:
        None for a field that is no class.

    Example:
        >>> us_class("D 2728"), us_class(" D1106"), us_class("D14138G")
        ('D2/728', 'D1/106', 'D14/138G')
    """
    text = field.strip("\r\n\t")
    if "/" in text:
        return re.sub(r"\s", "", text) or None
    if len(text.strip()) == 5:  # surrounding white space was lost: " D1106"
        text = f" {text.strip()}"
    match = _US_CLASS.match(text) or _US_CLASS.match(_right_aligned(text))
    if match is None:
        return None
    main, sub = re.sub(r"\s", "", match["main"]), match["sub"].strip().lstrip("0") or "0"
    main = re.sub(r"^(D?)0+", r"\1", main)
    first, dash, last = match["rest"].partition("-")
    end = _decimal(last.strip()[:3], last.strip()[3:]) if dash else ""
    return f"{main}/{_decimal(sub, first)}{dash}{end}"


def _right_aligned(text: str) -> str:
    """``" D1106"`` → ``"D 1106"``: some further classes are written one place to the right."""
    return f"D {text[2:]}" if text.startswith(" D") else text


def _decimal(whole: str, rest: str) -> str:
    match = re.match(r"^\s*(\d*)\s*([A-Z]*)", rest)
    digits, letters = (match[1], match[2]) if match else ("", "")
    return f"{whole}{'.' if digits else ''}{digits}{letters}"


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
        """Folded text at a path, None where it is missing or empty."""
        element = self._element.find(path)
        return None if element is None else _folded(element) or None

    def required(self, path: str) -> str:
        if value := self.text(path):
            return value
        raise PublicationInvalid(self.source, f"has no {_BIBLIOGRAPHY}/{path}")

    def date(self, path: str) -> date | None:
        return parse_date(self.text(path))

    def count(self, path: str) -> int | None:
        value = self.text(path)
        return int(value) if value and re.fullmatch(r"[0-9]{1,6}", value) else None


def parse_date(text: str | None) -> date | None:
    """A date as printed, ``20210105``; None for a month only (``20071000``) or anything else."""
    if text is None or not re.fullmatch(r"[0-9]{8}", text):
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def _parse(document: bytes, source: str) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(document, parser)
    except etree.XMLSyntaxError as error:
        raise PublicationInvalid(source, f"is no well-formed XML: {error}") from error
    except ValueError as error:
        raise PublicationInvalid(source, f"cannot be read as XML: {error}") from error
    dtd = root.getroottree().docinfo.internalDTD
    if dtd is not None and any(dtd.iterentities()):  # type: ignore[union-attr]  # not in the stubs
        raise PublicationInvalid(
            source, "declares entities of its own; published grants do not, so it is refused"
        )
    if root.tag != ROOT:
        raise PublicationInvalid(source, f"is no US grant in ICE XML: its root is {root.tag}")
    return root


def _require_design(grant: _Grant, number: str) -> None:
    references = grant.all("application-reference")
    kind = references[0].get("appl-type") if references else None
    if kind != "design" and (kind is not None or not _DESIGN_NUMBER.match(number)):
        raise PublicationInvalid(
            grant.source, f"is a {kind or 'non-design'} grant ({number}), not a design"
        )


def _folded(element: etree._Element) -> str:
    """Text of an element and its children, white space folded; named characters resolved."""
    return " ".join("".join(_pieces(element)).split())


def _pieces(element: etree._Element) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if isinstance(child, etree._Entity):
            yield html.unescape(child.text or "")
        elif isinstance(child.tag, str):
            yield from _pieces(child)
        yield child.tail or ""


def _paragraphs(root: etree._Element) -> Iterator[str]:
    paragraphs = root.findall("description/description-of-drawings//p")
    for paragraph in paragraphs or root.findall("description/p"):
        yield _folded(paragraph)


def _claim(root: etree._Element) -> str | None:
    claims = (_folded(element) for element in root.iterfind("claims/claim/claim-text"))
    return " ".join(claims) or None


def _locarno(grant: _Grant) -> tuple[LocarnoCode, ...]:
    edition = grant.text("classification-locarno/edition")
    codes = []
    for part in ("main", "further"):
        for element in grant.all(f"classification-locarno/{part}-classification"):
            try:
                codes.append(parse_locarno(_folded(element), edition))
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


def _name(party: etree._Element) -> str | None:
    """An organisation's name, or a person's as ``First Last``."""
    book = party.find("addressbook")
    place = party if book is None else book
    parts = {
        tag: _folded(element)
        for tag in ("orgname", "first-name", "last-name")
        if (element := place.find(tag)) is not None
    }
    person = f"{parts.get('first-name', '')} {parts.get('last-name', '')}".strip()
    return parts.get("orgname") or person or None


def _owner(grant: _Grant) -> str | None:
    for path in ("assignees/assignee", *_APPLICANTS):
        names = [name for party in grant.all(path) if (name := _name(party))]
        if names:
            return "; ".join(dict.fromkeys(names))
    return None


def _inventors(grant: _Grant) -> tuple[str, ...]:
    parties = grant.all("us-parties/inventors/inventor") or [
        party
        for path in ("parties/inventors/inventor", _APPLICANTS[1])
        for party in grant.all(path)
        if "inventor" in (party.get("app-type") or "inventor")
    ]
    return tuple(dict.fromkeys(name for party in parties if (name := _name(party))))


def _cited(grant: _Grant) -> tuple[str, ...]:
    numbers = []
    for path in ("us-references-cited/us-citation", "references-cited/citation"):
        for reference in grant.all(f"{path}/patcit/document-id"):
            number = own_number(reference.findtext("doc-number") or "")
            if reference.findtext("country") == "US" and _DESIGN_NUMBER.match(number):
                numbers.append(number)
    return tuple(dict.fromkeys(numbers))


def _images(root: etree._Element) -> tuple[SheetImage, ...]:
    """Images in document order; a number that is missing or taken becomes the next free one."""
    images: dict[str, SheetImage] = {}
    positions: set[int] = set()
    for element in root.iterfind("drawings//img"):
        file = PurePosixPath((element.get("file") or "").replace("\\", "/")).name
        if not file or file in images:
            continue
        match = _IMAGE_POSITION.search(file)
        position = int(match[1]) if match else 1
        if match is None or position in positions:
            position = max((*positions, 0)) + 1
        positions.add(position)
        landscape = element.get("orientation") == "landscape"
        images[file] = SheetImage(file, position, landscape)
    return tuple(images.values())
