"""API keys: made once, shown once, kept as hashes, taken back at any time."""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Column, MetaData, Row, String, Table, Text, insert, or_, select, update

from core.access import Role
from core.errors import BadInput
from search.casebook_records import now, one_line
from search.casebook_tables import Transactions
from ui.faults import NotFound

PREFIX = "limn_"
_DAYS = re.compile(r"(\d{1,5})d", re.ASCII)
_ID_BYTES = 4
_SECRET_BYTES = 32
_NOTED_EVERY = timedelta(minutes=1)
"""Last use is written no more often: a page asks for dozens of pictures at once."""
_NO_SECRET = hashlib.sha256(b"").hexdigest()

metadata = MetaData()
access_keys = Table(
    "access_keys",
    metadata,
    Column("key_id", String, primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", String, nullable=False),
    Column("secret_sha256", String, nullable=False),
    Column("made_at", String, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("expires_at", String),
    Column("last_used_at", String),
    Column("revoked_at", String),
)
"""Times as the casebook writes them. A secret is random and long, so its plain hash tells nobody
anything; `key_id` is the part that is shown again."""


@dataclass(frozen=True, slots=True)
class AccessKey:
    """A key without its secret."""

    key_id: str
    """Its first letters, ``limn_4f1c9a0b``."""
    name: str
    """Who holds it; several keys may have one holder."""
    role: Role
    made_at: str
    made_by: str
    expires_at: str | None
    last_used_at: str | None
    revoked_at: str | None

    @property
    def is_valid(self) -> bool:
        """Whether it opens anything now."""
        return self.revoked_at is None and (self.expires_at is None or now() < self.expires_at)


class KeyRing:
    """The keys of one catalogue; they lie in its database."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    def create(
        self, name: str, role: Role, *, by: str, expires_at: datetime | None = None
    ) -> tuple[AccessKey, str]:
        """Make a key.

        Returns:
            The key, and the words that open with it, which cannot be had again.

        Raises:
            BadInput: If the name makes no sense or the key would have expired already.
        """
        if expires_at is not None and expires_at <= datetime.now(UTC):
            raise BadInput(f"a key that expires at {expires_at:%Y-%m-%d} would never open anything")
        key_id = PREFIX + secrets.token_hex(_ID_BYTES)
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        expiry = expires_at and expires_at.astimezone(UTC).isoformat(timespec="seconds")
        row = {
            "key_id": key_id,
            "name": one_line(name, "key"),
            "role": role.value,
            "secret_sha256": _hash(secret),
            "made_at": now(),
            "made_by": one_line(by, "who"),
            "expires_at": expiry,
        }
        with self._database.writing() as connection:
            made = connection.execute(insert(access_keys).values(row).returning(*access_keys.c))
            return _key(made.one()), f"{key_id}_{secret}"

    def given_out(self) -> list[AccessKey]:
        """All keys, also those that open nothing any more, oldest first."""
        statement = select(access_keys).order_by(access_keys.c.made_at, access_keys.c.key_id)
        with self._database.reading() as connection:
            return [_key(row) for row in connection.execute(statement)]

    def revoke(self, key_id: str) -> AccessKey:
        """Take a key back; from the next request on it opens nothing.

        Raises:
            NotFound: If there is none.
        """
        is_it = access_keys.c.key_id == key_id
        with self._database.writing() as connection:
            connection.execute(
                update(access_keys)
                .where(is_it, access_keys.c.revoked_at.is_(None))
                .values(revoked_at=now())
            )
            row = connection.execute(select(access_keys).where(is_it)).one_or_none()
        if row is None:
            raise NotFound(f"there is no key {key_id[:40]!r}; `limn keys list` shows them")
        return _key(row)

    def open(self, words: str) -> AccessKey | None:
        """The valid key that these words are; None where there is none.

        How long it takes tells nothing of the secret.
        """
        key_id, _, secret = words[len(PREFIX) :].partition("_")
        row = self._row(PREFIX + key_id) if words.startswith(PREFIX) else None
        expected = row.secret_sha256 if row else _NO_SECRET
        is_same = hmac.compare_digest(expected, _hash(secret))
        if row is None or not is_same or not _key(row).is_valid:
            return None
        self._note_use(_key(row))
        return _key(row)

    def valid(self, key_id: str) -> AccessKey | None:
        """The key of a session that was begun with it, unless it opens nothing any more."""
        row = self._row(key_id)
        if row is None or not _key(row).is_valid:
            return None
        self._note_use(_key(row))
        return _key(row)

    def _row(self, key_id: str) -> "Row[tuple[str, ...]] | None":
        with self._database.reading() as connection:
            return connection.execute(
                select(access_keys).where(access_keys.c.key_id == key_id)
            ).one_or_none()

    def _note_use(self, key: AccessKey) -> None:
        since = (datetime.now(UTC) - _NOTED_EVERY).isoformat(timespec="seconds")
        if key.last_used_at is not None and key.last_used_at > since:
            return
        used = access_keys.c.last_used_at
        with self._database.writing() as connection:
            connection.execute(
                update(access_keys)
                .where(access_keys.c.key_id == key.key_id, or_(used.is_(None), used <= since))
                .values(last_used_at=now())
            )


def end_of_key(text: str) -> datetime:
    """When a key ends: at the end of a day, UTC.

    Args:
        text: In how many days (``90d``), or on which day (``2027-01-31``).

    Raises:
        BadInput: If it is neither.
    """
    days = _DAYS.fullmatch(text)
    try:
        day = (
            datetime.now(UTC).date() + timedelta(int(days[1])) if days else date.fromisoformat(text)
        )
        return datetime.combine(day, time(23, 59, 59), UTC)
    except (ValueError, OverflowError) as error:
        raise BadInput(f"expires {text[:40]}: write 90d, or a day as 2027-01-31") from error


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _key(row: "Row[tuple[str, ...]]") -> AccessKey:
    return AccessKey(
        key_id=row.key_id,
        name=row.name,
        role=Role(row.role),
        made_at=row.made_at,
        made_by=row.made_by,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )
