"""DeepPatent's split lists: which images belong to a split, and the label each has there.

One line is ``I20181127/USD0834581-20181127/USD0834581-20181127-D00002.png 1``. Labels number the
patents of one list; the same patent has another label in another list.
"""

import re
from array import array
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from ingestion.archive_entries import Entry, Rejection
from ingestion.delivery_files import open_stream
from ingestion.tar_entries import TAR_ERRORS

IMAGE_NAME = re.compile(r"(?P<patent>USD\d{7}-\d{8})-(?P<sheet>[A-Z]\d{5})\.png", re.IGNORECASE)
"""``USD0834581-20181127-D00002.png``; of the photographs in a few patents ``-P00002.png``."""

_LINE = re.compile(rb"(?P<path>\S.*?)\s+(?P<label>\d{1,9})\s*")
_MAX_LINE_BYTES = 4096
_MAX_LISTED = 10_000


@dataclass(slots=True)
class SplitLists:
    """What all lists of a delivery say.

    Attributes:
        splits: Names of the lists, ``"test_db_patent"``.
        rejected: Lines that are no entry.
    """

    splits: list[str] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)
    _entries: defaultdict[str, "array[int]"] = field(
        default_factory=lambda: defaultdict(lambda: array("i"))
    )
    """Code of sheet, list and label, one entry behind the other, by patent: 12 bytes an entry."""

    def patents(self) -> tuple[str, ...]:
        """Every patent that a list names, in the order of the lists."""
        return tuple(self._entries)

    def of_patent(self, patent: str) -> dict[str, dict[str, str]]:
        """What the lists say of a patent's images, by sheet (``"D00002"``): split and label.

        An image in several lists has their names and labels joined by ``"; "``, in one order.
        """
        said: dict[str, dict[str, str]] = {}
        entries = self._entries.get(patent.upper(), array("i"))
        for at in range(0, len(entries), 3):
            code, split, label = entries[at : at + 3]
            own = said.setdefault(f"{chr(code // 10**5)}{code % 10**5:05}", {})
            for column, value in (("split", self.splits[split]), ("label", str(label))):
                own[column] = f"{own[column]}; {value}" if column in own else value
        return said

    def is_one(self, name: str) -> bool:
        """Whether a file of this name was read as a list."""
        place = PurePosixPath(name)
        return place.suffix.lower() == ".txt" and place.stem in self.splits

    def chooses(self, patent: str, sheet: str) -> bool:
        """Whether an image is to be taken: it is in a list, or there is no list."""
        entries = self._entries.get(patent.upper())
        return not self.splits or (entries is not None and _code(sheet) in entries[::3])

    def read(self, entry: Entry) -> None:
        """Read one list; a text that does not begin like one is left alone."""
        name = PurePosixPath(entry.name).stem
        with open_stream(entry) as file:
            number = 0
            try:
                while line := file.readline(_MAX_LINE_BYTES):
                    number += 1
                    if not line.strip():
                        continue
                    found = _entry(line)
                    if found is not None:
                        if name not in self.splits:
                            self.splits.append(name)
                        patent, sheet, label = found
                        self._entries[patent].extend((sheet, self.splits.index(name), label))
                    elif name not in self.splits:
                        return
                    elif len(self.rejected) < _MAX_LISTED:
                        reason = "is no image and label such as USD0834581-20181127-D00002.png 1"
                        self.rejected.append(Rejection(f"{entry.name} line {number}", reason))
            except TAR_ERRORS as error:
                reason = f"cannot be read on ({error})"
                self.rejected.append(Rejection(f"{entry.name} line {number + 1}", reason))


def _entry(line: bytes) -> tuple[str, int, int] | None:
    match = _LINE.fullmatch(line)
    if match is None or int(match["label"]) >= 2**31:
        return None
    file = PurePosixPath(match["path"].decode("utf-8", "replace").replace("\\", "/")).name
    image = IMAGE_NAME.fullmatch(file)
    if image is None:
        return None
    return image["patent"].upper(), _code(image["sheet"]), int(match["label"])


def _code(sheet: str) -> int:
    """``"D00002"`` as a number; drawings come before photographs."""
    return ord(sheet[0].upper()) * 10**5 + int(sheet[1:])
