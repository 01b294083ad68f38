"""Files of US grants: which of them make a grant together, and which lie beside one."""

import re
from collections.abc import Iterator, Sequence, Set
from pathlib import PurePosixPath

from core.errors import ArchiveCorrupt
from ingestion.archive_entries import Entry
from ingestion.formats.uspto_document import (
    HEAD_BYTES,
    MAX_DOCUMENT_BYTES,
    is_document_name,
    is_grant_document,
    is_of_design,
    is_whole_document,
)
from ingestion.formats.uspto_reissues import NO_DESIGN_REISSUED

IMAGE_SUFFIXES = frozenset({".tif", ".tiff", ".png", ".jpg", ".jpeg"})

_DESIGN_NAME = re.compile(r"^USD\d+", re.IGNORECASE)
_REISSUE_NAME = re.compile(r"^USRE\d", re.IGNORECASE)
_IMAGE_NUMBER = re.compile(r"-[A-Z]\d{5}$")


def is_grant_folder(folder: str, files: Sequence[Entry], designs: Set[str]) -> bool:
    """Whether a folder is one grant: by its name, or as one document with its images.

    Args:
        folder: Its path.
        files: All its files.
        designs: Names of those that `is_design_document` took for one.
    """
    if _DESIGN_NAME.match(PurePosixPath(folder).name):
        return True
    documents = [file for file in files if is_document_name(file.name)]
    if not holds_images(files) or len(documents) != 1:
        return False
    return documents[0].name in designs or not _REISSUE_NAME.match(documents[0].file)


def is_grant_file(file: Entry) -> bool:
    """Whether a file is one that a grant may be made of."""
    return file.suffix in IMAGE_SUFFIXES or is_document_name(file.name)


def holds_images(files: Sequence[Entry]) -> bool:
    """Whether any of these files is a picture."""
    return any(file.suffix in IMAGE_SUFFIXES for file in files)


def documents_among(files: Sequence[Entry], designs: Set[str]) -> tuple[list[str], list[Entry]]:
    """Designs' documents among the files of a folder, and the files that belong to none.

    Args:
        files: All files of the folder.
        designs: Names of those that `is_design_document` took for one.
    """
    documents = {kinship(file.name): file.name for file in files if file.name in designs}
    others = [file for file in files if kinship(file.name) not in documents]
    return list(documents.values()), others


def files_beside(grant: str, files: Sequence[Entry]) -> Iterator[tuple[Entry, str]]:
    """Files in a grant's own zip or folder that no publication is made of, each with why.

    Pictures that its document does not name show when it is read, as does a zip inside it.
    """
    stem = PurePosixPath(grant).name.split(".")[0].upper()
    documents = [file for file in files if is_document_name(file.name)]
    own = [file for file in documents if PurePosixPath(file.name).stem.upper() == stem]
    for file in files:
        if own and file in documents and file not in own:
            yield file, "is a document beside the grant's own"
        elif not is_grant_file(file) and file.suffix != ".zip":
            yield file, left_reason(file)


def left_reason(file: Entry) -> str:
    """Why a file is left alone that belongs to no design's document."""
    if file.suffix in IMAGE_SUFFIXES:
        return "is a picture that no document of a design came with"
    if is_document_name(file.name):
        is_reissue = _REISSUE_NAME.match(file.file)
        return NO_DESIGN_REISSUED if is_reissue else "is no document of a design grant"
    return "is neither a document nor a picture"


def is_design_document(file: Entry) -> bool:
    """By its name, else by how it begins; reads the file, so its archive must be open."""
    if not is_document_name(file.name):
        return False
    if _DESIGN_NAME.match(file.file):
        return True
    if _REISSUE_NAME.match(file.file):
        return not is_other_reissue(file)
    document = _read(file)
    return is_grant_document(document[:HEAD_BYTES]) and is_of_design(document)


def is_other_reissue(file: Entry) -> bool:
    """Whether a document is whole and its patent no design; reads it, as `is_design_document` does.

    Of one that is damaged nobody knows what it reissues: it is read, and refused with the reason.
    """
    document = _read(file) if is_document_name(file.name) else b""
    return is_whole_document(document) and not is_of_design(document)


def _read(file: Entry) -> bytes:
    """Content of a document, none where it is damaged or longer than any."""
    try:
        return file.read() if file.n_bytes <= MAX_DOCUMENT_BYTES else b""
    except ArchiveCorrupt:
        return b""


def may_reissue(name: str) -> bool:
    """Whether a member is named as reissues are, be it of designs or not.

    Example:
        >>> may_reissue("I20250916/REISSUE/USRE050588-20250916.ZIP"), may_reissue("a/USD1.ZIP")
        (True, False)
    """
    *folders, file = PurePosixPath(name).parts
    return "REISSUE" in map(str.upper, folders) or _REISSUE_NAME.match(file) is not None


def kinship(name: str) -> tuple[str, str]:
    """What the document and the images of one grant share: their folder and their stem.

    Example:
        >>> kinship("a/USD1-20210105-D00001.TIF") == kinship("a/usd1-20210105.xml")
        True
    """
    place = PurePosixPath(name)
    return str(place.parent), _IMAGE_NUMBER.sub("", place.stem.upper())
