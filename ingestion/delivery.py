"""What every kind of delivery comes down to: units, each one publication and its pictures.

A delivery is what an operator hands over: an archive, a folder, a document. A `Reader` knows one
kind of delivery: how to tell it, what units it holds, and how to read one. Everything after that
(cutting, storing, the ledger) is the same for all of them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Protocol, runtime_checkable

from core.errors import BadInput
from core.records import Publication
from core.settings import LimitSettings
from ingestion.archive_entries import Rejection

MAX_LISTED = 10_000
"""Files of a delivery that are left alone and listed one by one."""


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """A file that no publication is made of, which is no fault: a supplement, a note."""

    member: str
    reason: str


@dataclass(slots=True)
class Leftovers:
    """What a reader leaves alone: all of it counted, the first `MAX_LISTED` listed."""

    n_files: int = 0
    listed: list[LeftAlone] = field(default_factory=list)

    def leave(self, member: str, reason: str) -> None:
        """Leave a file alone."""
        self.n_files += 1
        if len(self.listed) < MAX_LISTED:
            self.listed.append(LeftAlone(member, reason))


@dataclass(frozen=True, slots=True)
class Listing:
    """What a delivery holds, before any unit is read."""

    members: tuple[str, ...]
    """Names of its units, unique, as the delivery spells them; in its order."""
    rejected: tuple[Rejection, ...]
    left: Leftovers = field(default_factory=Leftovers)
    """Files that belong to no design publication."""
    notes: tuple[str, ...] = ()
    """What its sender should know although nothing is wrong: columns kept as they are."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One publication as a delivery brings it, its pictures still packed."""

    name: str
    """As in `Listing.members`."""
    publication: Publication
    document: bytes
    """What the publication was read from; with the images it decides whether anything changed."""
    images: Mapping[str, bytes]
    """Content by file, as `SheetImage.file` says it, letter case aside."""
    rejected: tuple[Rejection, ...] = ()
    """Files of this unit that could not be taken; its other files are good."""
    images_expected: bool = True
    """False where a delivery brings documents alone: missing images are then no problem."""
    inherits_images: bool = False
    """True where an image that does not come is that of the version before: offices amend the
    document of a registration without sending its images again."""


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A notice that an office took a publication back, as a delivery brings it."""

    name: str
    """As in `Listing.members`."""
    publication_id: str
    """``"WO-DM204232-1"``; of a whole registration ``"WO-DM204232"``."""
    whole_registration: bool
    """True where every publication of a registration is meant, whichever there are."""
    reason: str
    """For people to read."""
    on: date | None = None
    """Date of the notice."""


@runtime_checkable
class ScatteredReader(Protocol):
    """A reader some of whose deliveries are more files than the path they are given by."""

    def delivery_files(self, path: Path) -> Iterable[Path]:
        """Every file the delivery is made of."""


class Reader(Protocol):
    """One kind of delivery."""

    @property
    def format(self) -> str:
        """Name of the kind, as reports show it: ``"uspto"``."""

    @property
    def units_a_message(self) -> int:
        """Units best read in one go; more where each reading starts from the beginning."""

    def recognises(self, path: Path) -> bool:
        """Whether a path is such a delivery; looks at names and first bytes only, never raises."""

    def list_units(self, path: Path, limits: LimitSettings) -> Listing:
        """Name the units of a delivery, and everything in it that was refused.

        Raises:
            ArchiveCorrupt: If nothing of it can be read.
        """

    def read_units(
        self, path: Path, names: Sequence[str], limits: LimitSettings
    ) -> Iterator[tuple[str, Unit | Withdrawal | BadInput]]:
        """Read units one at a time, each name answered exactly once.

        Yields:
            The name with its unit, or with what is wrong with it.

        Raises:
            ArchiveCorrupt: If nothing of the delivery can be read.
        """
