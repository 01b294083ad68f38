"""US design patents as PDF documents: one file, a folder of them, or a zip or tar.

A page of such a document is a scan (one Group 4 picture), which is taken as it is; any other page
is drawn at 300 dpi. Text pages stand before the drawings, in old patents behind them, and are told
apart by their lines of text. Where a document has a text layer its title page is read by its INID
codes; older scans have none, then the number comes from the file's name and the rest is unknown.
Of the kind, documents print ``S`` where the office's data say ``S1`` since 2 January 2001.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from pathlib import Path

from core.errors import ArchiveCorrupt, BadInput, PictureUnreadable, PublicationInvalid
from core.records import Publication, SheetImage, publication_id
from core.settings import LimitSettings
from ingestion.archive_entries import Entry, Rejection
from ingestion.archives import opened, opened_or_lone
from ingestion.delivery import Leftovers, Listing, Unit
from ingestion.figure_captions import parse_description
from ingestion.formats.pdf_pages import PdfPage, read_pages
from ingestion.formats.pdf_title_page import (
    TitlePage,
    design_number,
    joined_columns,
    parse_title_page,
)
from ingestion.formats.uspto_document import document_problems
from ingestion.formats.uspto_fields import us_design_kind
from ingestion.image_decode import decode_picture

_MAGIC = b"%PDF-"
_MAGIC_WITHIN = 1024
_MAX_PEEKED = 200
_MAX_TEXT_PAGES = 3
_OF_OTHERS = frozenset({".xml", ".sgm", ".sgml", ".zip", ".tar", ".csv", ".json", ".tif", ".tiff"})
"""A delivery that holds one of these is another reader's, PDFs beside it or not."""
_FILE_NUMBER = re.compile(
    r"^(?:US[-_ ]?)?D[-_ ]?(?P<all>0*(?P<digits>\d{1,7}))(?!\d)", re.IGNORECASE
)
_SURE_DIGITS = 5
_SHEET_MARK = re.compile(r"\bSheet\s+\d{1,3}\s+of\s+\d{1,3}\b", re.IGNORECASE)
_MIN_WORDS_OF_TEXT = 80
"""A page whose text layer has so many words is no drawing."""
_MIN_LINES_BEFORE = 12
"""Lines of text on a page before the drawings; 495 real drawing sheets had 8 at most."""
_MIN_LINES_BEHIND = 20
"""On a page behind them: a drawing of a printed thing must not be taken for text."""
_UNKNOWN = "the document has no text layer: title, dates, classes and names are unknown"


class PatentPdf:
    """US design patents, a PDF each."""

    format = "pdf"
    units_a_message = 4

    def recognises(self, path: Path) -> bool:
        """A PDF, or a folder or archive whose first files are PDFs and no documents of others."""
        try:
            status = path.stat()
        except OSError:
            return False
        return _holds_pdfs(path, status.st_mtime_ns, status.st_size)

    def list_units(self, path: Path, limits: LimitSettings) -> Listing:
        """Name the documents; damage inside one shows only when it is read."""
        members: list[str] = []
        rejected: list[Rejection] = []
        left = Leftovers()
        with opened_or_lone(path, limits, ".pdf") as found:
            for item in found:
                if isinstance(item, Rejection):
                    rejected.append(item)
                elif item.suffix == ".pdf":
                    members.append(item.name)
                else:
                    left.leave(item.name, "is no PDF")
        return Listing(tuple(members), tuple(rejected), left)

    def read_units(
        self, path: Path, names: Sequence[str], limits: LimitSettings
    ) -> Iterator[tuple[str, Unit | BadInput]]:
        """Read documents in the order of the delivery."""
        pending = dict.fromkeys(names)
        with opened_or_lone(path, limits, ".pdf") as found:
            for item in found:
                if isinstance(item, Entry) and item.name in pending:
                    del pending[item.name]
                    try:
                        yield item.name, read_patent(item.read(), item.name, str(path), limits)
                    except (ArchiveCorrupt, PublicationInvalid) as error:
                        yield item.name, error
                if not pending:
                    return
        for name in pending:
            yield name, ArchiveCorrupt(name, f"{path.name} holds no such document, or lost it")


def read_patent(content: bytes, name: str, delivery: str, limits: LimitSettings) -> Unit:
    """Read one document.

    Args:
        content: The PDF.
        name: Of its file.
        delivery: What it came in.
        limits: What it may cost.

    Raises:
        ArchiveCorrupt: If it is encrypted, damaged, or costs more than the limits.
        PublicationInvalid: If neither its text nor its name says which patent it is.
    """
    if _MAGIC not in content[:_MAGIC_WITHIN]:
        raise ArchiveCorrupt(name, "is no PDF, whatever its name says")
    pages = read_pages(content, name, limits)
    drawings = _drawings(pages, name, limits)
    numbers = {page.number for page in drawings}
    texts = [page.columns for page in pages if page.number not in numbers]
    stem = name.rpartition("/")[2].rpartition(".")[0]
    sheets: list[SheetImage] = []
    images: dict[str, bytes] = {}
    rejected: list[Rejection] = []
    for position, page in enumerate(drawings, 1):
        if page.reason is not None:
            rejected.append(Rejection(f"{name}!page {page.number}", page.reason))
            continue
        file = f"{stem}-p{page.number:03}{page.suffix}"
        sheets.append(SheetImage(file, position, landscape=False))
        images[file] = page.picture
    if not drawings:
        rejected.append(Rejection(name, "holds pages of text alone; no drawing was found"))
    title_page = parse_title_page(joined_columns(texts[:_MAX_TEXT_PAGES]))
    has_text = any(page.text.strip() for page in pages)
    publication = replace(
        _publication(title_page, name, has_text=has_text),
        images=tuple(sheets),
        source=f"{delivery}!{name}",
    )
    if has_text:  # a scan without text says nothing at all, which its record tells
        rejected += document_problems(publication, name)
    return Unit(
        name=name,
        publication=publication,
        document=content,
        images=images,
        rejected=tuple(rejected),
    )


def _publication(page: TitlePage, name: str, *, has_text: bool) -> Publication:
    """The record without images; the file's name goes before a number that may be misread.

    A name of few digits, ``D2 drawings.pdf``, may mean anything: then the printed number does.
    """
    match = _FILE_NUMBER.match(name.rpartition("/")[2])
    named = design_number(match["digits"]) if match else None
    is_sure = match is not None and len(match["all"]) >= _SURE_DIGITS
    number = named if is_sure else page.number or named
    if number is None:
        raise PublicationInvalid(
            name,
            "its title page shows no design number that can be read; name the file after it, "
            "USD0907292.pdf",
        )
    title = page.title or ""
    description = parse_description(page.description, title)
    extra = {} if has_text else {"unknown": _UNKNOWN}
    if page.number not in (None, number):
        extra["printed_number"] = str(page.number)
    published = page.publication_date
    kind = us_design_kind(number, published)
    return Publication(
        publication_id=publication_id("US", number, kind),
        office="US",
        number=number,
        kind=kind,
        title=title,
        publication_date=published,
        filing_date=page.filing_date,
        application_number=page.application_number,
        locarno=page.locarno,
        us_class=page.us_class,
        owner="; ".join(page.assignees or page.applicants) or None,
        inventors=page.inventors,
        n_declared_sheets=page.n_declared_sheets,
        n_declared_figures=len(description.captions) or None,
        captions=description.captions,
        broken_line_statement=description.broken_line_statement,
        broken_lines=description.broken_lines,
        hague_number=None,
        images=(),
        source="",
        claim=page.claim,
        applicants=page.applicants,
        assignees=page.assignees,
        citations=page.citations,
        colour_statements=description.colour_statements,
        embodiment_statements=description.embodiment_statements,
        related_applications=page.related_applications,
        priority_date=page.priority_date,
        extra=extra,
    )


def _drawings(pages: Sequence[PdfPage], name: str, limits: LimitSettings) -> Sequence[PdfPage]:
    """The pages between the text before them and the text behind them."""
    first, last = 0, len(pages)
    while first < last and _is_text(pages[first], name, _MIN_LINES_BEFORE, limits):
        first += 1
    while first < last and _is_text(pages[last - 1], name, _MIN_LINES_BEHIND, limits):
        last -= 1
    return pages[first:last]


def _is_text(page: PdfPage, name: str, min_lines: int, limits: LimitSettings) -> bool:
    if page.reason is not None or _SHEET_MARK.search(page.text):
        return False
    if len(page.text.split()) >= _MIN_WORDS_OF_TEXT:
        return True
    try:
        pixels = decode_picture(page.picture, name, limits.max_pixels)
    except PictureUnreadable:
        return False
    from ingestion.page_text import count_text_lines  # noqa: PLC0415 - loads scipy

    return count_text_lines(pixels) >= min_lines


@lru_cache(maxsize=256)
def _holds_pdfs(path: Path, _mtime_ns: int, _n_bytes: int) -> bool:
    """Remembered while the delivery stays the same."""
    try:
        if path.is_file() and path.suffix.lower() == ".pdf":
            return True
        n_pdfs = 0
        with opened(path, LimitSettings()) as found:
            for item in islice(found, _MAX_PEEKED):
                if isinstance(item, Entry) and item.suffix in _OF_OTHERS:
                    return False
                n_pdfs += isinstance(item, Entry) and item.suffix == ".pdf"
    except (ArchiveCorrupt, OSError):
        return False
    return n_pdfs > 0
