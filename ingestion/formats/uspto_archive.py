"""US design grants as the USPTO delivers them.

A grant comes as a zip inside a weekly tar, zip or folder, as a zip of its own, or as a folder of
its XML document and its images.
"""

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from core.errors import ArchiveCorrupt, BadInput, PublicationInvalid
from core.settings import LimitSettings
from ingestion.archive_entries import Entry, Found, Rejection, iter_zip
from ingestion.archives import opened
from ingestion.delivery import Listing, Unit
from ingestion.formats.uspto_xml import parse_grant

IMAGE_SUFFIXES = frozenset({".tif", ".tiff", ".png", ".jpg", ".jpeg"})
NO_TITLE = "has no title; it is found by its drawings and classes alone"

_NESTED_TARS = (".tar", ".tar.gz", ".tgz")
_DESIGN_NAME = re.compile(r"^USD\d+", re.IGNORECASE)
_OTHER_GRANT = re.compile(r"^US(?:\d|RE|PP|H|T)", re.IGNORECASE)
_OTHER_FOLDER = re.compile(r"^(?:UTIL.*|PLANT|REISSUE|SIR|DTDS?|.*-SUPP)$", re.IGNORECASE)


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
    publication = parse_grant(grant.document, source)
    rejected = grant.rejected
    if not publication.title:
        rejected += (Rejection(f"{grant.name}!{grant.document_name}", NO_TITLE),)
    return Unit(
        name=grant.name,
        publication=publication,
        document=grant.document,
        images=grant.images,
        rejected=rejected,
    )


def list_grants(path: Path, limits: LimitSettings) -> Listing:
    """Name the design grants in an archive, and everything in it that was refused.

    Damage inside a grant's own zip shows only when it is read.

    Raises:
        ArchiveCorrupt: If the path is no archive at all, or nothing of it can be read.
    """
    members: list[str] = []
    rejected: list[Rejection] = []
    loose: dict[str, list[Entry]] = {}
    n_skipped = 0
    with opened(path, limits) as found:
        for item in found:
            if isinstance(item, Rejection):
                rejected.append(item)
            elif _is_foreign(item.name):
                n_skipped += 1
            elif item.name.lower().endswith(_NESTED_TARS):
                reason = "an archive inside another one; give it by a path of its own"
                rejected.append(Rejection(item.name, reason))
            elif item.suffix != ".zip":
                loose.setdefault(item.folder, []).append(item)
            elif item.n_bytes == 0:
                rejected.append(Rejection(item.name, "is empty (0 bytes)"))
            else:
                members.append(item.name)
    for folder, files in loose.items():
        if _is_grant_folder(folder, files):
            members.append(folder or path.name)
        else:
            n_skipped += len(files)
    return Listing(tuple(members), tuple(rejected), n_skipped)


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
    with opened(path, limits) as found:
        for item in found:
            if isinstance(item, Rejection):
                reasons.setdefault(item.member, item.reason)
            elif item.suffix == ".zip" and item.name in pending:
                del pending[item.name]
                yield item.name, _read_or_error(item.name, [item], limits)
            elif (item.folder or path.name) in pending and not _is_foreign(item.name):
                loose.setdefault(item.folder or path.name, []).append(item)
            if not pending:
                return
        for name, files in loose.items():
            del pending[name]
            yield name, _read_or_error(name, files, limits)
    for name in pending:
        reason = reasons.get(name, f"{path.name} holds no such grant, or lost it to damage")
        yield name, ArchiveCorrupt(name, reason)


def _is_foreign(name: str) -> bool:
    """Whether a member belongs to another kind of grant or to a supplement."""
    *folders, file = PurePosixPath(name).parts
    if any(_OTHER_FOLDER.match(folder) for folder in folders):
        return True
    return bool(_OTHER_GRANT.match(file)) or "-SUPP" in file.upper()


def _is_grant_folder(folder: str, files: Sequence[Entry]) -> bool:
    if _DESIGN_NAME.match(PurePosixPath(folder).name):
        return True
    suffixes = {file.suffix for file in files}
    return ".xml" in suffixes and not suffixes.isdisjoint(IMAGE_SUFFIXES)


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
        kept = documents if item.suffix == ".xml" else images
        try:
            if item.suffix == ".zip":
                raise ArchiveCorrupt(item.name, "a zip inside a grant is not opened")
            if item.suffix != ".xml" and item.suffix not in IMAGE_SUFFIXES:
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
    matching = [file for file in documents if file.upper() == f"{stem}.XML"]
    candidates = matching or list(documents)
    if len(candidates) == 1:
        return candidates[0]
    if candidates:
        raise ArchiveCorrupt(name, f"holds {len(candidates)} XML documents: which is the grant's?")
    causes = "; ".join(f"{bad.member} {bad.reason}" for bad in rejected[:3])
    raise ArchiveCorrupt(
        name, "holds no readable XML document" + (f" ({causes})" if causes else "")
    )
