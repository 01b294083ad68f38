"""Which of two deliveries of a publication is the newer one.

The same publication comes again: a week is delivered anew with corrections, a registration is
amended, an old year is loaded after a new one. What is kept must not depend on which came in first
or which worker was quicker, so every delivered version has a place in one order, decided by

1. the publication's own date, as its document gives it; where it gives none, or one that is yet to
   come, the date of the delivery;
2. the date of the delivery: the date in the archive's name (``I20210302.tar``), else in the
   member's (``USD0907292-20210105.ZIP``), else the day on which the archive was first seen;
3. the moment at which the archive was first seen;
4. the archive's hash and the member's position in it, so that no two are equal.

The later one is kept. An old week that comes in after an amendment changes nothing. A notice of
withdrawal has no place of its own in step 1: it holds against every version delivered before it.

Before all that, what knows less never takes the place of what knows more, and yields to it whatever
their versions, unless either says that the publication is withdrawn: weekly text files without
pictures and folders of pictures without words fill the gaps of the archives that have both,
whenever they come. Words and pictures that come apart complete each other (see `completion`), and
yield to an archive that has both.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import PurePosixPath

from core.records import Publication

_DATE = re.compile(r"(?<!\d)(?:19|20)\d{6}(?!\d)")


def delivery_date(path: str, member: str, arrived: datetime) -> date:
    """When a delivery was made, as its archive or member is named, else when it arrived.

    Args:
        path: Of the archive.
        member: As the archive spells it.
        arrived: When the archive was first seen, UTC; a date after it is no delivery's.

    Example:
        >>> seen = datetime(2026, 11, 26, tzinfo=UTC)
        >>> delivery_date("/in/I20210302.tar", "DESIGN/USD0907292-20210105.ZIP", seen)
        datetime.date(2021, 3, 2)
        >>> delivery_date("/in/corrections.zip", "USD0907292-20210105.ZIP", seen)
        datetime.date(2021, 1, 5)
    """
    named = _date_in(PurePosixPath(path).name, arrived) or _date_in(member, arrived)
    return named or arrived.date()


def delivery_key(
    path: str,
    member: str,
    arrived: datetime,
    upload_id: str,
    position: int,
    *,
    on: date | None = None,
) -> str:
    """A member's place among all deliveries, steps 2 to 4; the later one's is the greater string.

    Args:
        path: Of the archive.
        member: As the archive spells it.
        arrived: When the archive was first seen.
        upload_id: SHA-256 of the archive.
        position: Of the member in the archive.
        on: The date of what the member says, where that is better known than the delivery's.
    """
    arrived = arrived.astimezone(UTC)
    delivered = on or delivery_date(path, member, arrived)
    moment = arrived.isoformat(timespec="microseconds")
    return f"{delivered} {moment} {upload_id} {position:08}"


def version_key(published: date | None, delivery: str) -> str:
    """A version's place in the order; of two, the newer one's is the greater string.

    The spelling is kept in the catalogue: changing it needs a migration.

    Args:
        published: The publication's date.
        delivery: Its `delivery_key`.
    """
    delivered, moment, *_ = delivery.split(" ")
    is_past = published is not None and published.isoformat() <= moment[:10]
    return f"{published if is_past else delivered} {delivery}"


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides which of two versions of a publication is kept."""

    version: str
    """Its `version_key`."""
    has_pictures: bool
    has_words: bool
    is_withdrawn: bool
    """As its own document says."""
    is_joined: bool = False
    """Whether its words and pictures came apart."""

    @property
    def completeness(self) -> int:
        """More where it knows more: words with their pictures, joined ones, pictures, words."""
        if self.has_pictures and self.has_words:
            return 2 if self.is_joined else 3
        return int(self.has_pictures)


def standing_of(publication: Publication, version: str, *, has_pictures: bool) -> Standing:
    """The standing of a version of a publication."""
    return Standing(
        version,
        has_pictures,
        publication.has_words,
        publication.is_withdrawn,
        publication.pictures_source is not None,
    )


def complete_each_other(there: Standing, comes: Standing) -> bool:
    """Whether one has the pictures alone and the other the words, and neither is withdrawn."""
    pictures, words = (there, comes) if there.has_pictures else (comes, there)
    return (
        (pictures.has_pictures and not pictures.has_words)
        and (words.has_words and not words.has_pictures)
        and not (there.is_withdrawn or comes.is_withdrawn)
    )


def stays(there: Standing, comes: Standing) -> bool:
    """Whether what is there is kept: what knows more, of two that know the same the newer."""
    is_open = not (there.is_withdrawn or comes.is_withdrawn)
    if is_open and there.completeness != comes.completeness:
        return there.completeness > comes.completeness
    return comes.version < there.version


def delivered_before(version: str, delivery: str) -> bool:
    """Whether a version was delivered before a member was; keys of the two functions above."""
    return version.partition(" ")[2] < delivery


def _date_in(name: str, arrived: datetime) -> date | None:
    for digits in _DATE.findall(name):
        try:
            found = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
        except ValueError:
            continue
        if found <= arrived.date():
            return found
    return None
