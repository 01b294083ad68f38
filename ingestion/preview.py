"""What taking a delivery in would do, found out without doing it.

Every unit is named and what the reader refuses is listed. Units are read, matched with their
images and compared with what is known, all of them in a delivery of up to `MAX_READ`, else so
many, evenly spread; a few images are decoded. The preview says how many it looked at.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

from core.errors import (
    ArchiveCorrupt,
    BadInput,
    PicturesLacking,
    PictureUnreadable,
    PublicationInvalid,
)
from core.records import Publication
from core.settings import LimitSettings
from ingestion.archive_entries import Rejection
from ingestion.carried_images import find_carried
from ingestion.catalogue_records import StoreOutcome
from ingestion.deliveries import list_units, read_units, reader_of
from ingestion.delivery import Leftovers, Listing, Unit, Withdrawal
from ingestion.delivery_files import MISSING as NOT_IN_DELIVERY
from ingestion.image_decode import decode_picture
from ingestion.intake import MISSING as DID_NOT_COME
from ingestion.intake import account_for, content_hash, image_hashes
from ingestion.known_publications import KnownPublication
from ingestion.versions import complete_each_other, delivery_key, standing_of, stays, version_key

UNKNOWN = "unknown"
MAX_READ = 1_000
MAX_DECODED = 200
N_EXAMPLES = 5

Known: TypeAlias = Callable[[str], KnownPublication | None]


@dataclass(frozen=True, slots=True)
class Example:
    """How one unit would be read."""

    unit: str
    publication: Publication
    n_images: int
    """Images that are there."""
    outcome: StoreOutcome


@dataclass(slots=True)
class Preview:
    """What taking a delivery in would do."""

    path: Path
    format: str
    """``"unknown"`` where it is of none."""
    n_units: int = 0
    n_read: int = 0
    """Units looked at; the counts below are of these."""
    outcomes: Counter[StoreOutcome] = field(default_factory=Counter)
    n_images: int = 0
    n_images_kept: int = 0
    """Images that did not come again: amendments keep those of the version before."""
    n_images_missing: int = 0
    n_images_decoded: int = 0
    """Images that were opened, whether they could be read or not."""
    left: Leftovers = field(default_factory=Leftovers)
    notes: tuple[str, ...] = ()
    rejected: list[Rejection] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)

    @property
    def is_sampled(self) -> bool:
        """Whether some units were not looked at."""
        return self.n_read < self.n_units

    @property
    def n_taken(self) -> int:
        """Units looked at that would be taken in, notices of withdrawal included."""
        return sum(self.outcomes.values())


def preview_delivery(path: Path, limits: LimitSettings, known: Known) -> Preview:
    """Find out what taking a delivery in would do; nothing is written.

    Args:
        path: The delivery.
        limits: What it may cost at most.
        known: Looks a publication up in the catalogue.

    Returns:
        The preview; of a delivery that cannot be read it says why.
    """
    preview = Preview(path, reader_of(path).format)
    try:
        listing = list_units(path, limits)
        preview.n_units, preview.left = len(listing.members), listing.left
        preview.notes = listing.notes
        preview.rejected += listing.rejected
        _Reading(preview, listing, limits, known).run()
    except BadInput as error:
        preview.rejected.append(_rejection(path.name, error))
    if not preview.n_units:
        preview.format = UNKNOWN
    return preview


class _Reading:
    """One walk over the units that are looked at."""

    def __init__(
        self, preview: Preview, listing: Listing, limits: LimitSettings, known: Known
    ) -> None:
        self._preview, self._limits, self._known = preview, limits, known
        self._members = listing.members
        self._position = {name: place for place, name in enumerate(listing.members)}
        self._came: dict[str, KnownPublication] = {}
        """Publications met before in this delivery."""
        self._now = datetime.now(UTC)

    def run(self) -> None:
        names = _spread(self._members, MAX_READ)
        for name, read in read_units(self._preview.path, names, self._limits):
            self._preview.n_read += 1
            if isinstance(read, BadInput):
                self._preview.rejected.append(_rejection(name, read))
                reasons = read.reasons if isinstance(read, PicturesLacking) else ()
                self._preview.n_images_missing += sum(map(_is_missing, reasons))
            elif isinstance(read, Withdrawal):
                self._preview.outcomes[StoreOutcome.WITHDRAWN] += 1
            else:
                self._look_at(read)

    def _look_at(self, unit: Unit) -> None:
        preview = self._preview
        key = unit.publication.publication_id
        there = self._came.get(key) or self._known(key)
        kept: dict[str, str] = {}
        if there:
            unit, kept = find_carried(unit, there.publication, there.image_hashes)
        images, problems = account_for(unit, kept)
        preview.n_images_kept += len(kept)
        preview.rejected += problems
        preview.n_images += len(images)
        preview.n_images_missing += sum(_is_missing(problem.reason) for problem in problems)
        for image, content in images[:1]:
            self._decode(f"{unit.name}!{image.file}", content)
        outcome = self._outcome(unit, there, kept, has_pictures=bool(images or kept))
        preview.outcomes[outcome] += 1
        if len(preview.examples) < N_EXAMPLES:
            example = Example(unit.name, unit.publication, len(images) + len(kept), outcome)
            preview.examples.append(example)

    def _decode(self, name: str, content: bytes) -> None:
        if self._preview.n_images_decoded == MAX_DECODED:
            return
        self._preview.n_images_decoded += 1
        try:
            decode_picture(content, name, self._limits.max_pixels)
        except PictureUnreadable as error:
            self._preview.rejected.append(Rejection(error.name, error.reason))

    def _outcome(
        self,
        unit: Unit,
        there: KnownPublication | None,
        kept: Mapping[str, str],
        *,
        has_pictures: bool,
    ) -> StoreOutcome:
        """What storing a unit would change, by its id, content, pictures and date."""
        publication = unit.publication
        delivered = delivery_key(
            str(self._preview.path), unit.name, self._now, "", self._position[unit.name]
        )
        version = version_key(publication.publication_date, delivered)
        standing = standing_of(publication, version, has_pictures=has_pictures)
        hashes = image_hashes(unit) | dict(kept)
        own = KnownPublication(content_hash(unit.document, hashes), standing, publication, hashes)
        if there is None:
            outcome = StoreOutcome.NEW
        elif there.content_hash == own.content_hash:
            outcome = StoreOutcome.UNCHANGED
        else:
            completes = complete_each_other(there.standing, standing)
            is_late = not completes and stays(there.standing, standing)
            outcome = StoreOutcome.OLDER if is_late else StoreOutcome.REPLACED
        if outcome in (StoreOutcome.NEW, StoreOutcome.REPLACED):
            self._came[publication.publication_id] = own
        return outcome


def _spread(names: Sequence[str], n_most: int) -> Sequence[str]:
    """At most so many names, evenly spread."""
    if len(names) <= n_most:
        return names
    return [names[n * len(names) // n_most] for n in range(n_most)]


def _is_missing(reason: str) -> bool:
    return reason == DID_NOT_COME or reason.endswith(NOT_IN_DELIVERY)


def _rejection(name: str, error: BadInput) -> Rejection:
    if isinstance(error, ArchiveCorrupt | PublicationInvalid):
        return Rejection(error.member, error.reason)
    return Rejection(name, str(error))
