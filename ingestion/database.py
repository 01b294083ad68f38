"""SQLite or PostgreSQL behind one pair of transactions, with errors that say what to do."""

import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import islice
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError

from core.errors import CatalogueUnavailable, ConfigurationFault, LimnError, StorageFailed

BUSY_TIMEOUT_S = 30
_WRITES = "limn_writes"
_BATCH = 5_000
"""Ids one statement binds."""

_SQLITE_PASSING = ("database is locked", "database table is locked", "database schema is locked")
_POSTGRES_PASSING = ("08", "40", "53300", "55P03", "57P0")
"""SQLSTATEs: connection lost, deadlock, too many clients, lock timeout, shutdown."""
_POSTGRES_REFUSAL = ("28", "3D000", "42501", "25006")
"""SQLSTATEs: wrong password, no such database, no right, read-only server."""
_POSTGRES_DISK_FULL = "53100"

Item = TypeVar("Item")


class Database:
    """An engine and its two kinds of transaction; base of the catalogue's parts.

    Open it in the process that uses it: connections do not survive a fork.
    """

    _hidden: frozenset[str] = frozenset()
    """Uploads that are not to be seen, see `walls`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writer = engine.execution_options(**{_WRITES: True})
        self.where = engine.url.render_as_string(hide_password=True)

    def close(self) -> None:
        """Give every connection back; the object can still be used and reconnects."""
        self._engine.dispose()

    def reading(self) -> AbstractContextManager[Connection]:
        """A view for tables of another room that lie in this database."""
        return self._reading()

    def writing(self) -> AbstractContextManager[Connection]:
        """A transaction for tables of another room that lie in this database."""
        return self._writing()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """One consistent view of the catalogue."""
        with translated(self.where), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """All or nothing; on SQLite the write lock is held from the first statement."""
        with translated(self.where), self._writer.begin() as connection:
            yield connection


def parse_url(url: str) -> URL:
    """Read the catalogue's URL.

    Raises:
        ConfigurationFault: If it is none; its text, which may hold a password, is not repeated.
    """
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        raise ConfigurationFault(
            "the catalogue's URL cannot be read; write sqlite:////folder/catalogue.sqlite3 "
            "or postgresql://user:password@host/database, with @ of the password as %40"
        ) from None


def connect(url: str) -> Engine:
    """Make an engine for a SQLite file or a PostgreSQL server.

    Raises:
        ConfigurationFault: If the URL is neither.
        StorageFailed: If the file's folder cannot be made.
    """
    parsed = parse_url(url)
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        return _connect_sqlite(parsed)
    if backend in {"postgresql", "postgres"}:
        return create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    raise ConfigurationFault(f"the catalogue runs on SQLite or PostgreSQL, not on {backend}")


def _connect_sqlite(url: URL) -> Engine:
    if not url.database or url.database == ":memory:":
        raise ConfigurationFault("the catalogue must be a file: sqlite:////folder/name.sqlite3")
    folder = Path(url.database).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageFailed(f"{folder} cannot be made: {error.strerror}") from error
    engine = create_engine(
        url.set(drivername="sqlite+pysqlite"), connect_args={"timeout": BUSY_TIMEOUT_S}
    )
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    """Leave transactions to `_begin_sqlite`; every commit reaches the disk (synchronous=FULL).

    In WAL mode synchronous=NORMAL may lose the last commits on power loss. The queue would then
    have dropped messages whose results are gone, so a fsync a transaction is the price.
    """
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_S * 1000}")
    _enter_wal(connection)
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


def _enter_wal(connection: sqlite3.Connection) -> None:
    """Switch to WAL; the switch does not honour busy_timeout when processes race for it."""
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Raise database faults as Limn errors; mistakes in statements pass unchanged.

    Raises:
        CatalogueUnavailable: If trying again may help.
        StorageFailed: If it will not: full disk, no permission, damaged file.
    """
    try:
        yield
    except DBAPIError as error:
        fault = _fault(where, error)
        if fault is None:
            raise
        raise fault from error


def _fault(where: str, error: DBAPIError) -> LimnError | None:
    said = str(error.orig).strip()
    if isinstance(error.orig, sqlite3.DatabaseError):
        return _sqlite_fault(where, said)
    state: str | None = getattr(error.orig, "sqlstate", None)
    if state is None:
        is_lost = error.connection_invalidated or isinstance(error, OperationalError)
        return CatalogueUnavailable(f"{where} does not answer: {said}") if is_lost else None
    if state.startswith(_POSTGRES_PASSING):
        return CatalogueUnavailable(f"{where} gave up for now: {said}; try again")
    if state == _POSTGRES_DISK_FULL:
        return StorageFailed(f"{where}: the server's disk is full; make room and try again")
    if state.startswith(_POSTGRES_REFUSAL):
        return StorageFailed(f"{where} refuses: {said}; check user, password and rights")
    return None


def _sqlite_fault(where: str, said: str) -> LimnError | None:
    if said.startswith(_SQLITE_PASSING):
        return CatalogueUnavailable(
            f"{where} was locked by another process for {BUSY_TIMEOUT_S} s; try again"
        )
    advice = {
        "database or disk is full": "the disk is full; make room and try again",
        "disk I/O error": "the disk cannot be read or written; check it and the free space",
        "attempt to write a readonly database": "the file is read-only; check its rights",
        "unable to open database file": "the file cannot be opened; check path and rights",
        "file is not a database": "the file is no SQLite database; choose another path",
        "database disk image is malformed": "the file is damaged; restore it from a backup",
    }
    return StorageFailed(f"{where}: {advice[said]}") if said in advice else None


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> int:
    """Insert the rows whose keys are not there yet; the others stay as they are.

    Returns:
        How many were inserted.
    """
    if not rows:
        return 0
    insert = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
    # Rows apart from the statement: one with all values in it would be compiled anew each time.
    return connection.execute(
        insert(table).on_conflict_do_nothing(),
        rows,
        execution_options={"preserve_rowcount": True},
    ).rowcount


def batches(items: Iterable[Item], size: int = _BATCH) -> Iterator[list[Item]]:
    """Cut a sequence into lists that one statement can bind.

    Example:
        >>> list(batches("abc", 2))
        [['a', 'b'], ['c']]
    """
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def storable(text: str) -> str:
    """Escape what a database refuses in text: NUL, and bytes that were no UTF-8.

    Example:
        >>> storable("chair\\x00")
        'chair\\\\x00'
    """
    if text.isprintable():
        return text
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")
