"""A grant's document in whichever of its formats the USPTO published it."""

import re
from pathlib import PurePosixPath

from core.errors import PublicationInvalid
from core.records import Publication
from ingestion.archive_entries import Rejection
from ingestion.formats.uspto_fields import is_design_number, is_reissue_number, own_number
from ingestion.formats.uspto_reissues import reissues_design
from ingestion.formats.uspto_sgml import ROOT as SGML_ROOT
from ingestion.formats.uspto_sgml import parse_sgml_grant
from ingestion.formats.uspto_xml import ROOT as XML_ROOT
from ingestion.formats.uspto_xml import parse_grant

DOCUMENT_SUFFIXES = frozenset({".xml", ".sgm", ".sgml"})
GRANT_ROOTS = frozenset({XML_ROOT, SGML_ROOT})
HEAD_BYTES = 2**14
"""How much of a document's beginning tells what it is."""
MAX_DOCUMENT_BYTES = 64 * 2**20
"""A design grant has less than one; what is longer is no document of one."""
TOO_LONG = f"is longer than any grant's document ({MAX_DOCUMENT_BYTES} bytes); refused"

_ROOT = re.compile(f"<({'|'.join(sorted(GRANT_ROOTS))})[\\s>]".encode())
_ROOT_END = re.compile(f"</({'|'.join(sorted(GRANT_ROOTS))})\\s{{0,80}}>".encode())
_NUMBER = re.compile(
    rb"<doc-number>\s*([^<]{1,20}?)\s*<|<B110>\s*<DNUM>\s*<PDAT>\s*([^<]{1,20}?)\s*<"
)


def is_document_name(name: str) -> bool:
    """Whether a file is named as documents are."""
    return PurePosixPath(name).suffix.lower() in DOCUMENT_SUFFIXES


def is_grant_document(head: bytes) -> bool:
    """Whether a file is a grant's document, of any kind of patent, by how it begins."""
    return _ROOT.search(head) is not None


def is_whole_document(document: bytes) -> bool:
    """Whether a grant's document has both tags of its root."""
    root = _ROOT.search(document)
    return root is not None and any(
        end[1] == root[1] for end in _ROOT_END.finditer(document, root.end())
    )


def heading_number(head: bytes) -> str | None:
    """The number of a grant, by how its document begins; None where none is there.

    Example:
        >>> heading_number(b"<PATDOC><SDOBI><B100><B110><DNUM><PDAT>D456619</PDAT>")
        'D0456619'
    """
    match = _NUMBER.search(head)
    return own_number((match[1] or match[2]).decode("ascii", "replace")) if match else None


def is_of_design(document: bytes) -> bool:
    """Whether a grant is a design's, or its reissue, by its number and its classes.

    Args:
        document: A grant's, of any kind of patent, whole or its beginning; one that shows no number
            is taken for a design's, so that its reader says what is wrong with it.
    """
    number = heading_number(document[:HEAD_BYTES])
    if number is None or is_design_number(number):
        return True
    return is_reissue_number(number) and reissues_design(document)


def parse_document(document: bytes, source: str) -> Publication:
    """Read one design grant, its format told by its root element.

    Raises:
        PublicationInvalid: If it is no design grant, or cannot be read.
    """
    if len(document) > MAX_DOCUMENT_BYTES:
        raise PublicationInvalid(source, TOO_LONG)
    root = _ROOT.search(document)
    if root is not None and root[1].decode() == SGML_ROOT:
        return parse_sgml_grant(document, source)
    return parse_grant(document, source)


def document_problems(publication: Publication, member: str) -> tuple[Rejection, ...]:
    """What a document lacks that a search misses."""
    lacks = []
    if not publication.title:
        lacks.append("has no title; it is found by its drawings and classes alone")
    if publication.publication_date is None:
        lacks.append("has no whole date of publication; filters by date pass it over")
    if not (publication.locarno or publication.us_class):
        lacks.append("has no class that can be read; filters by class pass it over")
    return tuple(Rejection(member, reason) for reason in lacks)


def without_images(delivery: str, n_documents: int) -> Rejection:
    """Said once of a delivery, for all its documents that come without images."""
    kept = (
        "1 document is kept as a record"
        if n_documents == 1
        else (f"{n_documents} documents are kept as records")
    )
    return Rejection(
        delivery,
        f"no images in this delivery: {kept}; figures cannot be searched until an archive brings "
        "them",
    )
