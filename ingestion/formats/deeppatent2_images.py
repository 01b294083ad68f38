"""Where the images of a DeepPatent2 year lie: loose, or in archives inside the archive.

Images come in sets: ``Segmented`` or ``Segmentednew`` (one figure a file) and ``Original`` (whole
sheets), each a folder, or an archive such as ``Segmented.tar.gz``. Nothing is unpacked to disk: an
archive is walked once, and what is kept is where each image begins.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path, PurePosixPath

from core.errors import ArchiveCorrupt
from core.settings import LimitSettings
from ingestion.archive_entries import Entry, Rejection
from ingestion.archives import iter_archive
from ingestion.delivery_files import MISSING, FolderFiles, open_stream
from ingestion.tar_entries import TAR_ERRORS

ARCHIVE_SUFFIXES = (".tar.gz", ".tgz", ".tar", ".zip")
IMAGE_NAME = re.compile(
    r"(?P<patent>USD\d{7}-\d{8})-(?P<sheet>[A-Z]\d{5})(?:_(?P<figure>\w{1,12}))?\.png",
    re.IGNORECASE,
)
"""``USD0836880-20190101-D00001.png``, and of a figure ``USD0836880-20190101-D00001_1.png``."""


class ImageSet(Enum):
    """What the images of a set are."""

    SEGMENTED = "segmented"
    ORIGINAL = "original"


def set_of(name: str) -> ImageSet | None:
    """Which set an image or archive belongs to, by its own name or a folder's.

    Example:
        >>> set_of("2019/Segmentednew/a.png"), set_of("Original.tar.gz"), set_of("design2019.json")
        (<ImageSet.SEGMENTED: 'segmented'>, <ImageSet.ORIGINAL: 'original'>, None)
    """
    for part in reversed(PurePosixPath(name.lower()).parts):
        if part.startswith("segmented"):
            return ImageSet.SEGMENTED
        if part.startswith("original"):
            return ImageSet.ORIGINAL
    return None


@dataclass(slots=True)
class PackedImages:
    """Images in archives, found by walking them once: some 600 bytes an image are kept.

    Attributes:
        rejected: What was refused on the way.
    """

    rejected: list[Rejection] = field(default_factory=list)
    _entries: dict[str, Entry] = field(default_factory=dict)

    def find(self, file: str) -> Entry | Rejection:
        """An image by its bare name."""
        return self._entries.get(file) or Rejection(file, MISSING)

    def iter_files(self) -> Iterator[str]:
        """Bare names of all images."""
        return iter(self._entries)

    def add(self, entry: Entry, limits: LimitSettings) -> None:
        """Take an image into account, or say why not."""
        if entry.n_bytes > limits.max_member_bytes:
            reason = f"is {entry.n_bytes} bytes large (LIMN_LIMITS__MAX_MEMBER_BYTES); refused"
            self.rejected.append(Rejection(entry.name, reason))
        elif self._entries.setdefault(entry.file, entry) is not entry:
            reason = "a second image of this name; the first one is used"
            self.rejected.append(Rejection(entry.name, reason))

    def add_archive(self, archive: Entry, limits: LimitSettings, held_open: ExitStack) -> None:
        """Walk an archive of the delivery, which stays open, and take its images into account."""
        try:
            file = held_open.enter_context(open_stream(archive))
            for item in iter_archive(file, archive.name, archive.n_bytes, limits):
                if isinstance(item, Rejection):
                    self.rejected.append(item)
                elif IMAGE_NAME.fullmatch(item.file):
                    self.add(item, limits)
        except ArchiveCorrupt as error:
            self.rejected.append(Rejection(error.member, error.reason))
        except TAR_ERRORS as error:
            self.rejected.append(Rejection(archive.name, f"is damaged ({error})"))


class FolderImages:
    """Images in folders on disk, looked up one by one: flat, or in a folder a patent."""

    def __init__(self, root: Path, limits: LimitSettings) -> None:
        self._files = FolderFiles(root, limits)
        self._sets: list[str] = []
        self._limits, self._root = limits, root
        self.rejected: list[Rejection] = []

    def add_set(self, folder: Path) -> None:
        """Look for images in this folder too."""
        self._sets.append(folder.relative_to(self._root).as_posix())

    def find(self, file: str) -> Entry | Rejection:
        """An image by its bare name."""
        image = IMAGE_NAME.fullmatch(file)
        folders = ("", f"{image['patent']}/") if image else ("",)
        found: Entry | Rejection = Rejection(file, MISSING)
        for place in (f"{base}/{folder}{file}" for base in self._sets for folder in folders):
            there = self._files.find(place)
            if isinstance(there, Entry):
                return there
            found = found if there.reason == MISSING else there
        return found

    def iter_files(self) -> Iterator[str]:
        """Bare names of all images."""
        for base in self._sets:
            for name in FolderFiles(self._root / base, self._limits).iter_names():
                if IMAGE_NAME.fullmatch(file := PurePosixPath(name).name):
                    yield file
