"""Weekly archives as grants: what is in them, and one grant's files at a time.

A grant comes as a zip inside a weekly tar, zip or folder, as a zip of its own, or as a folder of
its XML document and its images. Archives are hostile until proven otherwise (`archive_entries`,
`tar_entries`): nothing is written to disk, and what is damaged or refused is listed by name.
"""

import gzip
import hashlib
import io
import os
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from core.errors import ArchiveCorrupt
from core.settings import LimitSettings
from ingestion.archive_entries import (
    Entry,
    Found,
    Rejection,
    iter_folder,
    iter_zip,
)
from ingestion.tar_entries import find_header, is_tar_header, iter_tar

IMAGE_SUFFIXES = frozenset({".tif", ".tiff", ".png", ".jpg", ".jpeg"})

_NESTED_TARS = (".tar", ".tar.gz", ".tgz")
_ARCHIVE_SUFFIXES = (*_NESTED_TARS, ".zip")
_CHUNK_BYTES = 2**20
_DESIGN_NAME = re.compile(r"^USD\d+", re.IGNORECASE)
_OTHER_GRANT = re.compile(r"^US(?:\d|RE|PP|H|T)", re.IGNORECASE)
_OTHER_FOLDER = re.compile(r"^(?:UTIL.*|PLANT|REISSUE|SIR|DTDS?|.*-SUPP)$", re.IGNORECASE)
_GZIP_MAGIC = b"\x1f\x8b"
_ZIP_MAGICS = (b"PK\x03\x04", b"PK\x05\x06")


@dataclass(frozen=True, slots=True)
class ArchiveListing:
    """What an archive holds, before any grant is read."""

    members: tuple[str, ...]
    """Names of grants: their zip or folder, as the archive spells it; archive order."""
    rejected: tuple[Rejection, ...]
    n_skipped: int
    """Files left alone because they belong to no design grant: supplements, other kinds, notes."""


@dataclass(frozen=True, slots=True)
class GrantFiles:
    """One grant, read into memory."""

    name: str
    """As in `ArchiveListing.members`."""
    document_name: str
    document: bytes
    images: Mapping[str, bytes]
    """Content by bare file name, ``"USD0907292-20210105-D00001.TIF"``."""
    rejected: tuple[Rejection, ...]
    """Files of this grant that could not be taken; its other files are good."""


def list_members(path: Path, limits: LimitSettings) -> ArchiveListing:
    """Name the design grants in an archive, and everything in it that was refused.

    Damage inside a grant's own zip shows only when it is read.

    Raises:
        ArchiveCorrupt: If the path is no archive at all, or nothing of it can be read.
    """
    members: list[str] = []
    rejected: list[Rejection] = []
    loose: dict[str, list[Entry]] = {}
    n_skipped = 0
    with _opened(path, limits) as found:
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
    return ArchiveListing(tuple(members), tuple(rejected), n_skipped)


def read_grants(
    path: Path, names: Sequence[str], limits: LimitSettings
) -> Iterator[tuple[str, GrantFiles | ArchiveCorrupt]]:
    """Read grants one at a time, each name answered exactly once, in archive order.

    A plain tar, a zip or a folder is read where the named grants lie. A gzipped tar is unpacked
    from its start at every call: ask for many names at once.

    Args:
        path: The archive.
        names: Grants, as `list_members` names them.
        limits: What the archive may cost at most.

    Yields:
        The name with its files, or with what is wrong with that grant.

    Raises:
        ArchiveCorrupt: If the path is no archive at all.
    """
    pending = dict.fromkeys(names)
    reasons: dict[str, str] = {}
    loose: dict[str, list[Entry]] = {}
    with _opened(path, limits) as found:
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


def find_archives(path: Path) -> tuple[Path, ...]:
    """The archives a path stands for: the path itself, or the weekly archives in a folder.

    A folder that holds at least one tar, or zips that are not grants, is a shelf of archives; any
    other folder is an archive itself.
    """
    if not path.is_dir():
        return (path,)
    shelved = sorted(
        child
        for child in path.iterdir()
        if child.is_file()
        and child.name.lower().endswith(_ARCHIVE_SUFFIXES)
        and not _DESIGN_NAME.match(child.name)
    )
    return tuple(shelved) or (path,)


def archive_sha256(path: Path) -> str:
    """Content hash of an archive in hex; of a folder, over the names and contents of its files.

    Raises:
        ArchiveCorrupt: If the path cannot be read.
    """
    digest = hashlib.sha256()
    try:
        if path.is_dir():
            for child in sorted(p for p in path.rglob("*") if p.is_file() and not p.is_symlink()):
                digest.update(os.fsencode(child.relative_to(path).as_posix()) + b"\0")
                digest.update(bytes.fromhex(_file_sha256(child)))
            return digest.hexdigest()
        return _file_sha256(path)
    except OSError as error:
        raise ArchiveCorrupt(str(path), f"cannot be read ({error.strerror})") from error


def _file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _opened(path: Path, limits: LimitSettings) -> Iterator[Iterator[Found]]:
    """Walk an archive of any kind, told apart by content rather than by name."""
    if path.is_dir():
        yield iter_folder(path, limits)
        return
    try:
        file = path.open("rb")
    except OSError as error:
        raise ArchiveCorrupt(str(path), f"cannot be opened ({error.strerror})") from error
    with file:
        block = file.read(512)
        file.seek(0)
        if not block:
            raise ArchiveCorrupt(path.name, "is empty (0 bytes)")
        if is_tar_header(block):
            yield iter_tar(file, path.name, limits)
        elif block.startswith(_ZIP_MAGICS):
            yield iter_zip(file, path.name, limits)
        elif block.startswith(_GZIP_MAGIC):
            with gzip.GzipFile(fileobj=file) as unpacked:
                n_packed = path.stat().st_size
                yield iter_tar(unpacked, path.name, limits, n_packed=n_packed)  # type: ignore[arg-type]
        elif find_header(file, 0) is not None:
            yield iter_tar(file, path.name, limits)
        elif zipfile.is_zipfile(file):
            yield iter_zip(file, path.name, limits)
        else:
            raise ArchiveCorrupt(
                path.name,
                "is neither a tar, a gzipped tar nor a zip; give a weekly archive "
                "(I20210105.tar), a grant's zip or a folder",
            )


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
