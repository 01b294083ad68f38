"""US design grants in SGML, WIPO Standard ST.32 (2001 to 2004): document → `Publication`.

The USPTO published this format first as SGML (DTD v2.4), then as XML of the same elements (v2.5);
both are read. Nothing is fetched: the DTD's named characters come from `st32_entities`, its empty
elements from a list here, and a DOCTYPE may declare image files and nothing else. Paths in the code
and in messages start below ``PATDOC``.
"""

import re
from collections.abc import Iterator

from lxml import etree

from core.errors import PublicationInvalid
from core.families import application_keys
from core.locarno import LocarnoCode, parse_locarno
from core.records import Citation, Publication, publication_id
from ingestion.figure_captions import parse_description
from ingestion.formats.closed_xml import parse_closed
from ingestion.formats.st32_entities import resolve_names
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

ROOT = "PATDOC"

_EMPTY_ELEMENTS = (
    "B221US|B473US|B597US|CHEMCDX|CHEMMOL|CITED-BY-EXAMINER|CITED-BY-OTHER|COLSPEC"
    "|CUSTOM-CHARACTER|DEL-E|DEL-S|EMI|INS-E|INS-S|MATHEMATICA|mprescripts|none"
)
_UNCLOSED = re.compile(rf"<({_EMPTY_ELEMENTS})((?:\s[^<>]*)?)(?<!/)>(?!</\1>)")
_ROOT_START = re.compile(rf"<{ROOT}[\s>]")
_DECLARATION = re.compile(r"<!ENTITY\b[^>]*>?", re.IGNORECASE)
_IMAGE_DECLARATION = re.compile(
    r"""<!ENTITY\s+[\w.:-]+\s+SYSTEM\s+("[^"<>]*"|'[^'<>]*')\s+NDATA\s+[\w.-]+\s*>""",
    re.IGNORECASE,
)
_ENCODING = re.compile(rb"""^(?:\xef\xbb\xbf)?<\?xml[^>]{0,100}encoding=["']([\w.-]{1,40})["']""")
_ENCODINGS = frozenset({"utf-8", "us-ascii", "ascii", "iso-8859-1", "windows-1252"})
_RELATED_APPLICATIONS = ("B600//PDOC/DOC", "B600//CDOC/DOC", "B600/B680US/DOC")
_CLAIMED_DATES = (
    "B300/B320/DATE",
    *(f"B600/{relation}//PDOC/DOC/DATE" for relation in ("B620", "B630", "B640", "B641US")),
)
"""Of priorities and of what it divides, continues, also in part, or reissues."""
_CITED_BY = {"CITED-BY-EXAMINER": "cited by examiner", "CITED-BY-OTHER": "cited by other"}


def parse_sgml_grant(document: bytes, source: str) -> Publication:
    """Read one design grant.

    Args:
        document: The SGML or XML document as published.
        source: Archive and member it came from; kept in the record and named in errors.

    Raises:
        PublicationInvalid: If the document is damaged, declares more than image files, is not a
            design grant, or lacks its number or kind. A title may be empty.
    """
    root = parse_closed(_as_xml(document, source), source)
    number = own_number(_required(root, "SDOBI/B100/B110", source))
    kind = _required(root, "SDOBI/B100/B130", source)
    if is_reissue_number(number):
        if not reissues_design(document):
            raise PublicationInvalid(source, f"{NO_DESIGN_REISSUED} ({number})")
    elif not is_design_number(number):
        raise PublicationInvalid(source, f"is a non-design grant ({number}), not a design")
    office = _text(root, "SDOBI/B100/B190") or "US"
    title = _text(root, "SDOBI/B500/B540") or ""
    assignees = _names(root, "SDOBI/B700/B730/B731/PARTY-US")
    applicants = _names(root, "SDOBI/B700/B710/B711/PARTY-US")
    inventors = _names(root, "SDOBI/B700/B720/B721/PARTY-US")
    paragraphs = tuple(_words(para) for para in root.iterfind("SDODE//PARA"))
    description = parse_description(paragraphs, title)
    return Publication(
        publication_id=publication_id(office, number, kind),
        office=office,
        number=number,
        kind=kind,
        title=title,
        publication_date=parse_date(_text(root, "SDOBI/B100/B140")),
        filing_date=parse_date(_text(root, "SDOBI/B200/B220")),
        application_number=_text(root, "SDOBI/B200/B210"),
        locarno=_locarno(root),
        us_class=_us_classes(root),
        owner="; ".join(assignees or applicants or inventors) or None,
        inventors=inventors,
        n_declared_sheets=parse_count(_text(root, "SDOBI/B500/B590/B595")),
        n_declared_figures=parse_count(_text(root, "SDOBI/B500/B590/B596")),
        captions=description.captions,
        broken_line_statement=description.broken_line_statement,
        broken_lines=description.broken_lines,
        hague_number=None,
        images=sheet_images((emi.get("FILE") or "", False) for emi in root.iterfind("SDODR//EMI")),
        source=source,
        claim=" ".join(_words(para) for para in root.iterfind("SDOCL/CL/CLM/PARA")) or None,
        applicants=applicants,
        assignees=assignees,
        citations=_citations(root),
        colour_statements=description.colour_statements,
        embodiment_statements=description.embodiment_statements,
        related_applications=application_keys(_related_applications(root)),
        priority_date=earliest_date(
            _words(element) for path in _CLAIMED_DATES for element in root.iterfind(f"SDOBI/{path}")
        ),
    )


def _as_xml(document: bytes, source: str) -> bytes:
    """The document without its prologue, its empty elements closed and its characters resolved."""
    text = _decoded(document, source)
    start = _ROOT_START.search(text)
    if start is None:
        raise PublicationInvalid(source, f"is no grant in ST.32: it has no {ROOT}")
    for declaration in _DECLARATION.finditer(text, 0, start.start()):
        if not _IMAGE_DECLARATION.match(text, declaration.start()):
            raise PublicationInvalid(
                source,
                f"declares an entity that is no image file ({declaration[0][:60]}); published "
                "grants do not, so it is refused",
            )
    closed = _UNCLOSED.sub(r"<\1\2/>", text[start.start() :])
    return resolve_names(closed).encode("utf-8", "surrogatepass")


def _decoded(document: bytes, source: str) -> str:
    """Text by the encoding the document declares, else UTF-8, else Latin-1."""
    declared = _ENCODING.match(document)
    if declared is None:
        try:
            return document.decode("utf-8-sig")
        except UnicodeDecodeError:
            return document.decode("latin-1")
    encoding = declared[1].decode().lower()
    if encoding not in _ENCODINGS:
        raise PublicationInvalid(source, f"says it is written in {encoding}, which is not read")
    try:
        return document.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        raise PublicationInvalid(source, f"is not written in {encoding}: {error}") from error


def _text(element: etree._Element, path: str) -> str | None:
    """Folded words at a path, None where it is missing or empty."""
    found = element.find(path)
    return None if found is None else _words(found) or None


def _words(element: etree._Element) -> str:
    return " ".join(_printed(element).split())


def _printed(element: etree._Element) -> str:
    """What is printed, blanks included: white space outside PDAT is the file's own layout."""
    return "".join(str(text) for pdat in element.iter("PDAT") for text in pdat.itertext())


def _required(root: etree._Element, path: str, source: str) -> str:
    if value := _text(root, path):
        return value
    raise PublicationInvalid(source, f"has no {path}")


def _locarno(root: etree._Element) -> tuple[LocarnoCode, ...]:
    edition = _text(root, "SDOBI/B500/B510/B516")
    codes = []
    for tag in ("B511", "B512"):
        for element in root.iterfind(f"SDOBI/B500/B510/{tag}"):
            try:
                codes.append(parse_locarno(_words(element), edition))
            except ValueError:
                continue
    return tuple(dict.fromkeys(codes))


def _us_classes(root: etree._Element) -> tuple[str, ...]:
    fields = (
        _printed(element)
        for tag in ("B521", "B522")
        for element in root.iterfind(f"SDOBI/B500/B520/{tag}")
    )
    return tuple(dict.fromkeys(read for field in fields if (read := us_class(field))))


def _names(root: etree._Element, path: str) -> tuple[str, ...]:
    """Names of parties, once each: an organisation's, or a person's as ``First Last, Jr.``."""
    names = (_name(party) for party in root.iterfind(path))
    return tuple(dict.fromkeys(name for name in names if name))


def _name(party: etree._Element) -> str | None:
    first, last = _text(party, "NAM/FNM"), _text(party, "NAM/SNM")
    return _text(party, "NAM/ONM") or person_name(first, last, suffix=_text(party, "NAM/SFX"))


def _related_applications(root: etree._Element) -> Iterator[tuple[str | None, str | None]]:
    """By office and number: of its line, then those whose priority it claims."""
    for path in _RELATED_APPLICATIONS:
        for reference in root.iterfind(f"SDOBI/{path}"):
            yield _text(reference, "CTRY"), _text(reference, "DNUM")
    for claims in root.iterfind("SDOBI/B300"):
        for number, office in zip(claims.iterfind("B310"), claims.iterfind("B330"), strict=False):
            yield _text(office, "CTRY"), _text(number, "DNUM")


def _citations(root: etree._Element) -> tuple[Citation, ...]:
    """Cited publications and other sources, in the order of the document."""
    cited = []
    for element in root.iterfind("SDOBI/B500/B560/*"):
        category = next(
            (said for tag, said in _CITED_BY.items() if element.find(tag) is not None), None
        )
        if (reference := element.find("PCIT")) is not None:
            office = _text(reference, "DOC/CTRY") or "US"
            number = _text(reference, "DOC/DNUM")
            cited.append(
                Citation(
                    office=office,
                    number=cited_number(office, number) if number else None,
                    kind=_text(reference, "DOC/KIND"),
                    date=printed_date(_text(reference, "DOC/DATE")),
                    category=category,
                    name=_name(party)
                    if (party := reference.find("PARTY-US")) is not None
                    else None,
                )
            )
        elif text := _text(element, "NCIT"):
            cited.append(Citation(category=category, text=text))
    return tuple(cited)
