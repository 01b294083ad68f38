"""Whether an archive is still the file that was entered into the ledger.

Workers read an archive long after it was listed, many times, and somebody may write to it
meanwhile. Its mark (size, time of last change, inode) is noted when it is hashed and looked at
before anything read from it is stored; where it differs, the content is hashed again.
"""

from functools import lru_cache
from pathlib import Path

from core.errors import ArchiveChanged, ArchiveCorrupt
from ingestion.catalogue_records import Upload
from ingestion.deliveries import delivery_sha256, is_one_file


def read_mark(path: Path) -> str | None:
    """The mark of a file; None for a folder, whose files may change without a trace on it.

    Of a delivery that is made of many files, the mark of the one that names the others.

    Raises:
        ArchiveCorrupt: If there is nothing at this path.
    """
    try:
        status = path.stat()
    except OSError as error:
        raise ArchiveCorrupt(str(path), f"cannot be opened ({error.strerror})") from error
    return None if path.is_dir() else f"{status.st_size} {status.st_mtime_ns} {status.st_ino}"


def hash_unchanged(path: Path, mark: str | None) -> str:
    """Hash an archive whose mark was read before it was listed.

    Raises:
        ArchiveChanged: If it was written to meanwhile.
        ArchiveCorrupt: If it cannot be read.
    """
    sha256 = delivery_sha256(path)
    if read_mark(path) != mark:
        raise ArchiveChanged(path.name, "is still being written; try again when it is complete")
    return sha256


def check_unchanged(upload: Upload, *, thoroughly: bool = False) -> None:
    """Make sure that an archive is the one that was entered.

    Args:
        upload: As the ledger has it.
        thoroughly: Hash it even if its mark is the same, unless it is made of many files. Content
            is hashed once a process and mark.

    Raises:
        ArchiveChanged: If it is not.
        ArchiveCorrupt: If it is gone or cannot be read.
    """
    path = Path(upload.path)
    mark = read_mark(path)
    if mark is None or (mark == upload.mark and not (thoroughly and is_one_file(path))):
        return
    if _sha256(path, mark) != upload.upload_id:
        raise ArchiveChanged(
            path.name,
            f"has changed since it was entered: {path} held {upload.size_bytes:,} bytes and now "
            f"holds {path.stat().st_size:,}, or others. Nothing more is taken from it: put the "
            "archive back and run `limn retry`, or take the new one in with `limn ingest`",
        )


@lru_cache(maxsize=16)
def _sha256(path: Path, mark: str) -> str:  # noqa: ARG001 - a new mark is a new question
    return delivery_sha256(path)
