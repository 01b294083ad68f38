"""Documents of US grants that come without images.

The weekly text files are many documents one behind the other, as a file (``ipg120327.xml``) or in
a zip beside lists that are left alone; bibliographic ones (``ipgb…``) lack the description. A lone
document is such a file with one document in it. What they hold of designs is kept as records; the
delivery is listed once as one without images.
"""

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from core.errors import ArchiveCorrupt, BadInput, PublicationInvalid
from core.settings import LimitSettings
from ingestion.archive_entries import Rejection, printable_name
from ingestion.archives import is_weekly_text
from ingestion.delivery import LeftAlone, Leftovers, Listing, Unit
from ingestion.formats.document_stream import Stretch, iter_stretches
from ingestion.formats.uspto_document import (
    DOCUMENT_SUFFIXES,
    GRANT_ROOTS,
    MAX_DOCUMENT_BYTES,
    TOO_LONG,
    document_problems,
    heading_number,
    is_document_name,
    is_grant_document,
    is_of_design,
    parse_document,
    without_images,
)
from ingestion.zip_entries import ZIP_ERRORS, iter_zip

_GRANT_NAME = re.compile(r"^US(?:D|RE)\d+", re.IGNORECASE)
_IMAGE_OR_ARCHIVE = re.compile(r"\.(?:tiff?|png|jpe?g|zip|tar|t?gz)$", re.IGNORECASE)
_PLACE = re.compile(r"^(?:#[^@]*)?@(\d{1,15})-(\d{1,15})$")
_ZIP_MAGICS = (b"PK\x03\x04", b"PK\x05\x06")
_SNIFF_BYTES = 2**18
_OTHER_DOCUMENT = "is a document, and of no design grant"


@dataclass(frozen=True, slots=True)
class _Documents:
    """The files of documents in a delivery, and what was found wrong with others."""

    files: dict[str, Callable[[], BinaryIO]] = field(default_factory=dict)
    rejected: list[Rejection] = field(default_factory=list)
    left: Leftovers = field(default_factory=Leftovers)


class UsptoText:
    """Weekly text files, bibliographic ones, and lone documents."""

    format = "uspto-text"
    units_a_message = 64  # a zip is unpacked from its start at every reading

    def recognises(self, path: Path) -> bool:
        """A grant's document by how it begins, or a zip of such and of no images."""
        if not path.is_file():
            return False
        try:
            with path.open("rb") as file:
                head = file.read(_SNIFF_BYTES)
                if _is_zip(path, head):
                    return _is_zip_of_documents(file, path.name)
        except (ArchiveCorrupt, *ZIP_ERRORS):
            return False
        is_text = head.strip()[:1] == b"<" or is_document_name(path.name)
        return is_weekly_text(path.name) or (is_text and is_grant_document(head))

    def list_units(self, path: Path, limits: LimitSettings) -> Listing:
        """Find the design grants; a document that was cut or has no beginning is listed by name.

        Raises:
            ArchiveCorrupt: If the path cannot be opened, or holds nothing.
        """
        members: list[str] = []
        with _opened(path, limits) as documents:
            rejected, left = documents.rejected, documents.left
            for name, open_file in documents.files.items():
                stream = _Forward(open_file)
                found = list(_grants(iter_stretches(stream), name))
                members += _names(found, name)
                rejected += [item for item in found if isinstance(item, Rejection)]
                for item in found:
                    if isinstance(item, LeftAlone):
                        left.leave(item.member, item.reason)
                if stream.damage is not None:
                    rejected.append(Rejection(name, stream.damage))
        if not (members or rejected or left.n_files):
            raise ArchiveCorrupt(path.name, "holds no document of a grant")
        if members:
            rejected.append(without_images(path.name, len(members)))
        return Listing(tuple(members), tuple(rejected), left)

    def read_units(
        self, path: Path, names: Sequence[str], limits: LimitSettings
    ) -> Iterator[tuple[str, Unit | BadInput]]:
        """Read documents in the order they lie in, each from its place in its file.

        Raises:
            ArchiveCorrupt: If the path cannot be opened.
        """
        pending = dict.fromkeys(names)
        with _opened(path, limits) as documents:
            for file, open_file in documents.files.items():
                places = sorted(
                    (*place, name) for name in pending if (place := _place_in(file, name))
                )
                stream = _Forward(open_file)
                for start, end, name in places:
                    del pending[name]
                    yield name, _read_unit(stream, start, end, name, f"{path}!{name}")
        for name in pending:
            yield name, ArchiveCorrupt(name, f"{path.name} holds no such document")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a design grant's document lies in its file."""

    number: str | None
    start: int
    end: int


def _grants(stretches: Iterator[Stretch], file: str) -> Iterator[_Place | Rejection | LeftAlone]:
    """Designs by their place, damage by what is wrong, other documents as left alone."""
    for stretch in stretches:
        number = heading_number(stretch.head)
        place = _Place(number, stretch.start, stretch.end)
        if not stretch.is_whole:
            yield Rejection(_name(file, place), _damage(stretch))
        elif stretch.root not in GRANT_ROOTS or not is_of_design(stretch.head):
            yield LeftAlone(_name(file, place), _OTHER_DOCUMENT)
        elif stretch.end - stretch.start > MAX_DOCUMENT_BYTES:
            yield Rejection(_name(file, place), TOO_LONG)
        else:
            yield place


def _damage(stretch: Stretch) -> str:
    if stretch.root is None:
        return (
            f"bytes {stretch.start} to {stretch.end} belong to no whole document; fetch the file "
            "again to get what is missing"
        )
    return (
        f"is cut off: it begins at byte {stretch.start} and has no end before byte {stretch.end}; "
        "fetch the file again"
    )


def _names(found: Sequence[_Place | Rejection | LeftAlone], file: str) -> list[str]:
    """Names of the designs of a file; the file's own where it holds nothing else."""
    if len(found) == 1 and isinstance(found[0], _Place):
        return [file]
    return [_name(file, place) for place in found if isinstance(place, _Place)]


def _name(file: str, place: _Place) -> str:
    number = f"#{place.number}" if place.number else ""
    return f"{file}{number}@{place.start}-{place.end}"


def _place_in(file: str, name: str) -> tuple[int, int] | None:
    """Where a unit lies in a file; None where it is no unit of it."""
    if name == file:
        return 0, MAX_DOCUMENT_BYTES + 1
    place = _PLACE.match(name.removeprefix(file)) if name.startswith(file) else None
    return (int(place[1]), int(place[2])) if place else None


def _read_unit(stream: "_Forward", start: int, end: int, name: str, source: str) -> Unit | BadInput:
    document = stream.stretch(start, min(end - start, MAX_DOCUMENT_BYTES + 1))
    if stream.damage is not None:
        return ArchiveCorrupt(name, stream.damage)
    try:
        publication = parse_document(document, source)
    except PublicationInvalid as error:
        return error
    return Unit(
        name=name,
        publication=publication,
        document=document,
        images={},
        rejected=document_problems(publication, name),
        images_expected=False,
    )


class _Forward:
    """A file of documents, read as far as it goes."""

    def __init__(self, open_file: Callable[[], BinaryIO]) -> None:
        self.damage: str | None = None
        """What ended the reading before the file did; None while all is well."""
        self._open_file = open_file
        self._file: BinaryIO | None = None

    def read(self, n_bytes: int) -> bytes:
        """At most so many bytes; none where the file ends or `damage` was met."""
        try:
            if self._file is None:
                self._file = self._open_file()
            return self._file.read(n_bytes)
        except (ArchiveCorrupt, *ZIP_ERRORS) as error:
            self.damage = f"is damaged: {error}"
            return b""

    def stretch(self, start: int, n_bytes: int) -> bytes:
        """So many bytes from an offset on, or fewer where the file ends."""
        self.damage = None
        content = b""
        if self._file is None:
            self.read(0)
        if self._file is not None:
            self._file.seek(start)
        while self.damage is None and len(content) < n_bytes:
            if not (portion := self.read(n_bytes - len(content))):
                break
            content += portion
        return content


@contextmanager
def _opened(path: Path, limits: LimitSettings) -> Iterator[_Documents]:
    """The files of a delivery that hold documents; open while they are read."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise ArchiveCorrupt(str(path), f"cannot be opened ({error.strerror})") from error
    with file:
        if _is_zip(path, file.read(4)):
            yield _zipped(file, path.name, limits)
        else:
            yield _Documents({printable_name(path.name): partial(_from_start, file)})


def _is_zip(path: Path, head: bytes) -> bool:
    return head.startswith(_ZIP_MAGICS) and not is_document_name(path.name)


def _from_start(file: BinaryIO) -> BinaryIO:
    file.seek(0)
    return file


def _zipped(file: BinaryIO, archive: str, limits: LimitSettings) -> _Documents:
    """Files of any size, since only one document of them is held at a time."""
    documents = _Documents()
    for item in iter_zip(
        file, archive, limits.model_copy(update={"max_member_bytes": sys.maxsize})
    ):
        if isinstance(item, Rejection):
            documents.rejected.append(item)
        elif item.suffix in DOCUMENT_SUFFIXES:
            documents.files[item.name] = item.open
        else:
            documents.left.leave(item.name, "is no file of documents")
    return documents


def _is_zip_of_documents(file: BinaryIO, archive: str) -> bool:
    """Whether a zip holds documents and neither images nor archives, and is no grant's own."""
    documents = []
    for item in iter_zip(file, archive, LimitSettings(max_member_bytes=sys.maxsize)):
        name = item.member if isinstance(item, Rejection) else item.name
        *folders, _ = PurePosixPath(name).parts or ("",)
        if _IMAGE_OR_ARCHIVE.search(name) or any(map(_GRANT_NAME.match, (*folders, archive))):
            return False
        if not isinstance(item, Rejection) and item.suffix in DOCUMENT_SUFFIXES:
            documents.append(item)
    if any(is_weekly_text(document.file) for document in documents):
        return True
    return bool(documents) and is_grant_document(documents[0].open().read(_SNIFF_BYTES))
