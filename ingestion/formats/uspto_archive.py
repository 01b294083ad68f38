"""US design grants as the USPTO delivers them.

A grant comes as a zip inside a weekly tar, zip or folder, as a zip of its own, as a folder of its
document and its images, or as a document among others, with its images beside it or none at all.
"""

import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from core.errors import ArchiveCorrupt, BadInput, PublicationInvalid
from core.settings import LimitSettings
from ingestion.archive_entries import Entry, Found, Rejection
from ingestion.archives import opened
from ingestion.delivery import Leftovers, Listing, Unit
from ingestion.formats.uspto_document import (
    DOCUMENT_SUFFIXES,
    document_problems,
    is_document_name,
    parse_document,
    without_images,
)
from ingestion.formats.uspto_loose import (
    IMAGE_SUFFIXES,
    documents_among,
    files_beside,
    holds_images,
    is_design_document,
    is_grant_folder,
    is_other_reissue,
    kinship,
    left_reason,
    may_reissue,
)
from ingestion.formats.uspto_reissues import NO_DESIGN_REISSUED
from ingestion.zip_entries import iter_zip

_NESTED_TARS = (".tar", ".tar.gz", ".tgz")
_OTHER_GRANT = re.compile(r"^US(?:\d|PP|H|T)", re.IGNORECASE)
_OTHER_FOLDER = re.compile(r"^(?:UTIL.*|PLANT|SIR|DTDS?|.*-SUPP)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class GrantFiles:
    """One grant, read into memory."""

    name: str
    """As in `Listing.members`."""
    document_name: str
    document: bytes
    images: Mapping[str, bytes]
    """Content by bare file name, ``"USD0907292-20210105-D00001.TIF"``."""
    rejected: tuple[Rejection, ...]
    """Files of this grant that could not be taken; its other files are good."""
    images_expected: bool = True


class UsptoArchive:
    """Weekly archives, lone grants and folders of grants."""

    format = "uspto"
    units_a_message = 4  # about 28 figures

    def recognises(self, path: Path) -> bool:  # noqa: ARG002 (it takes what no other reader does)
        """Always: what is no such delivery is refused with a reason when it is listed."""
        return True

    def list_units(self, path: Path, limits: LimitSettings) -> Listing:
        """Name the design grants; damage inside a grant's own zip shows only when it is read."""
        return list_grants(path, limits)

    def read_units(
        self, path: Path, names: Sequence[str], limits: LimitSettings
    ) -> Iterator[tuple[str, Unit | BadInput]]:
        """Read grants in archive order."""
        for name, grant in read_grants(path, names, limits):
            if isinstance(grant, ArchiveCorrupt):
                yield name, grant
                continue
            try:
                yield name, grant_unit(grant, f"{path}!{name}")
            except PublicationInvalid as error:
                yield name, error


def grant_unit(grant: GrantFiles, source: str) -> Unit:
    """Read a grant's document.

    Raises:
        PublicationInvalid: If the document is no design grant.
    """
    publication = parse_document(grant.document, source)
    problems = document_problems(publication, f"{grant.name}!{grant.document_name}")
    return Unit(
        name=grant.name,
        publication=publication,
        document=grant.document,
        images=grant.images,
        rejected=grant.rejected + problems,
        images_expected=grant.images_expected,
    )


def list_grants(path: Path, limits: LimitSettings) -> Listing:
    """Name the design grants in an archive, and what in it was refused or left alone.

    Of a grant's own zip only the names are read; damage inside it shows when the grant is.

    Raises:
        ArchiveCorrupt: If the path is no archive at all, or nothing of it can be read.
    """
    members: list[str] = []
    rejected: list[Rejection] = []
    loose: dict[str, list[Entry]] = {}
    designs: set[str] = set()
    left = Leftovers()
    with opened(path, limits) as found:
        for item in found:
            if isinstance(item, Rejection):
                rejected.append(item)
            elif reason := _foreign(item.name):
                left.leave(item.name, reason)
            elif item.name.lower().endswith(_NESTED_TARS):
                reason = "an archive inside another one; give it by a path of its own"
                rejected.append(Rejection(item.name, reason))
            elif item.suffix != ".zip":
                loose.setdefault(item.folder, []).append(item)
                designs |= {item.name} if is_design_document(item) else set()
            elif item.n_bytes == 0:
                rejected.append(Rejection(item.name, "is empty (0 bytes)"))
            else:
                packed = _packed_files(item, limits)
                if may_reissue(item.name) and any(map(is_other_reissue, packed)):
                    left.leave(item.name, NO_DESIGN_REISSUED)
                    continue
                members.append(item.name)
                _leave(left, files_beside(item.name, packed), f"{item.name}!")
    n_bare = 0
    for folder, files in loose.items():
        if is_grant_folder(folder, files, designs):
            members.append(folder or path.name)
            _leave(left, files_beside(members[-1], files))
        else:
            documents, others = documents_among(files, designs)
            members += documents
            n_bare += 0 if holds_images(files) else len(documents)
            _leave(left, ((other, left_reason(other)) for other in others))
    if n_bare:
        rejected.append(without_images(path.name, n_bare))
    return Listing(tuple(members), tuple(rejected), left)


def _leave(left: Leftovers, files: Iterable[tuple[Entry, str]], within: str = "") -> None:
    for file, reason in files:
        left.leave(f"{within}{file.name}", reason)


def _packed_files(grant: Entry, limits: LimitSettings) -> list[Entry]:
    """The files in a grant's own zip; none where it is damaged."""
    try:
        packed = io.BytesIO(grant.read())
        return [file for file in iter_zip(packed, grant.name, limits) if isinstance(file, Entry)]
    except ArchiveCorrupt:
        return []


def read_grants(
    path: Path, names: Sequence[str], limits: LimitSettings
) -> Iterator[tuple[str, GrantFiles | ArchiveCorrupt]]:
    """Read grants one at a time, each name answered exactly once, in archive order.

    A plain tar, a zip or a folder is read where the named grants lie. A gzipped tar is unpacked
    from its start at every call: ask for many names at once.

    Args:
        path: The archive.
        names: Grants, as `list_grants` names them.
        limits: What the archive may cost at most.

    Yields:
        The name with its files, or with what is wrong with that grant.

    Raises:
        ArchiveCorrupt: If the path is no archive at all.
    """
    pending = dict.fromkeys(names)
    reasons: dict[str, str] = {}
    loose: dict[str, list[Entry]] = {}
    document_of = {kinship(name): name for name in pending if is_document_name(name)}
    pictured: set[str] = set()
    with opened(path, limits) as found:
        for item in found:
            if isinstance(item, Rejection):
                reasons.setdefault(item.member, item.reason)
                continue
            if item.suffix in IMAGE_SUFFIXES:
                pictured.add(item.folder)
            if item.suffix == ".zip" and item.name in pending:
                del pending[item.name]
                yield item.name, _read_or_error(item.name, [item], limits)
            elif (item.folder or path.name) in pending and not _foreign(item.name):
                loose.setdefault(item.folder or path.name, []).append(item)
            elif name := document_of.get(kinship(item.name)):
                loose.setdefault(name, []).append(item)
            if not pending:
                return
        for name, files in loose.items():
            del pending[name]
            grant = _read_or_error(name, files, limits)
            if name in document_of.values() and files[0].folder not in pictured:
                grant = _bare(grant)
            yield name, grant
    for name in pending:
        reason = reasons.get(name, f"{path.name} holds no such grant, or lost it to damage")
        yield name, ArchiveCorrupt(name, reason)


def _bare(grant: GrantFiles | ArchiveCorrupt) -> GrantFiles | ArchiveCorrupt:
    """A document that lies in a folder without a single image."""
    return replace(grant, images_expected=False) if isinstance(grant, GrantFiles) else grant


def _foreign(name: str) -> str | None:
    """What else a member belongs to, another kind of grant or a supplement; None where not."""
    *folders, file = PurePosixPath(name).parts
    if "-SUPP" in name.upper():
        return "belongs to a supplement"
    if _OTHER_GRANT.match(file):
        return "belongs to another kind of patent"
    if other := next((folder for folder in folders if _OTHER_FOLDER.match(folder)), None):
        return f"lies in {other}, where no design grants are"
    return None


def _read_or_error(
    name: str, files: Sequence[Entry], limits: LimitSettings
) -> GrantFiles | ArchiveCorrupt:
    try:
        if len(files) == 1 and files[0].suffix == ".zip":
            packed = files[0].read()
            return _assemble(name, iter_zip(io.BytesIO(packed), name, limits), limits)
        return _assemble(name, iter(files), limits)
    except ArchiveCorrupt as error:
        return error


def _assemble(name: str, found: Iterator[Found], limits: LimitSettings) -> GrantFiles:
    """Read one grant's document and images; a bad image is listed, a bad document is raised."""
    documents: dict[str, bytes] = {}
    images: dict[str, bytes] = {}
    rejected: list[Rejection] = []
    n_bytes = 0
    for item in found:
        if isinstance(item, Rejection):
            rejected.append(Rejection(f"{name}!{item.member}", item.reason))
            continue
        kept = documents if item.suffix in DOCUMENT_SUFFIXES else images
        try:
            if item.suffix == ".zip":
                raise ArchiveCorrupt(item.name, "a zip inside a grant is not opened")
            if item.suffix not in DOCUMENT_SUFFIXES | IMAGE_SUFFIXES:
                continue
            if item.file in kept:
                raise ArchiveCorrupt(item.name, "a second file of the same name")
            if not (content := item.read()):
                raise ArchiveCorrupt(item.name, "is empty (0 bytes)")
        except ArchiveCorrupt as error:
            rejected.append(Rejection(f"{name}!{item.name}", error.reason))
            continue
        n_bytes += len(content)
        if n_bytes > limits.max_member_bytes:
            raise ArchiveCorrupt(
                name,
                f"unpacks to more than {limits.max_member_bytes} bytes "
                "(LIMN_LIMITS__MAX_MEMBER_BYTES); refused",
            )
        kept[item.file] = content
    document_name = _document_name(name, documents, rejected)
    return GrantFiles(name, document_name, documents[document_name], images, tuple(rejected))


def _document_name(name: str, documents: Mapping[str, bytes], rejected: Sequence[Rejection]) -> str:
    stem = PurePosixPath(name).name.split(".")[0].upper()
    matching = [file for file in documents if PurePosixPath(file).stem.upper() == stem]
    candidates = matching or list(documents)
    if len(candidates) == 1:
        return candidates[0]
    if candidates:
        raise ArchiveCorrupt(name, f"holds {len(candidates)} documents: which is the grant's?")
    causes = "; ".join(f"{bad.member} {bad.reason}" for bad in rejected[:3])
    raise ArchiveCorrupt(name, "holds no readable document" + (f" ({causes})" if causes else ""))
