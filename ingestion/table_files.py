"""The catalogue's tables as files: written by one database, read by another, of either kind.

One gzipped file a table: a JSON line with the names of its columns, then one JSON line a row. The
tables are taken as the database has them, not as this code knows them, so that an older catalogue
is kept as it is and brought up to date when it is read back.
"""

import base64
import gzip
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

from sqlalchemy import Connection, Date, DateTime, LargeBinary, MetaData, Table, func, select
from sqlalchemy.types import TypeEngine

from core.errors import BadInput, StorageFailed
from ingestion.catalogue_schema import VERSION_TABLE
from ingestion.catalogue_version import prepare_schema, revision_of
from ingestion.database import Database, batches

SUFFIX = ".jsonl.gz"
_ROWS = 1_000
"""Read from, and written to, a database together."""
_FAST = 1
"""Most of a catalogue is vectors, which no level of compression makes smaller."""


@dataclass(frozen=True, slots=True)
class TableFile:
    """What was written of one table."""

    table: str
    n_rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class DumpedTables:
    """All tables of one catalogue at one moment."""

    revision: str
    files: tuple[TableFile, ...]
    """Those that others refer to first."""


class CatalogueFiles(Database):
    """Tables out of a catalogue and into an empty one."""

    def dump(self, folder: Path, watch: Callable[[str], None]) -> DumpedTables:
        """Write every table as it is at one moment, while others go on writing.

        Args:
            folder: An empty folder.
            watch: Called with the name of each table before it is written.

        Raises:
            StorageFailed: If a file cannot be written.
        """
        with self._reading() as connection:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            revision = revision_of(connection, self.where)
            if revision is None:
                raise BadInput(f"{self.where} holds no catalogue; there is nothing to keep")
            files = []
            for table in _tables(connection):
                watch(table.name)
                files.append(_dump_table(connection, table, folder / f"{table.name}{SUFFIX}"))
        return DumpedTables(revision, tuple(files))

    def check_restorable(self, folder: Path, dumped: DumpedTables) -> None:
        """Find out before anything is written whether `load` can do its work.

        Raises:
            BadInput: If the catalogue is not empty, or a file is missing or damaged.
        """
        for file in dumped.files:
            _check_file(folder, file)
        with self._reading() as connection:
            revision_of(connection, self.where)
            _check_empty(connection, self.where)

    def load(self, folder: Path, dumped: DumpedTables, watch: Callable[[str], None]) -> None:
        """Make a catalogue of the files, of today's revision: all of it or nothing.

        Args:
            folder: Where the files lie.
            dumped: What `dump` returned of them.
            watch: Called with the name of each table before it is filled.

        Raises:
            BadInput: If the catalogue is not empty, or a file is missing or damaged.
            SchemaMismatch: If a newer Limn wrote the files.
        """
        self.check_restorable(folder, dumped)
        with self._writing() as connection:
            if revision_of(connection, self.where) != dumped.revision:
                _drop_empty(connection, self.where)
            prepare_schema(connection, self.where, dumped.revision)
            tables = {table.name: table for table in _tables(connection)}
            for file in dumped.files:
                watch(file.table)
                _load_table(connection, tables[file.table], folder / f"{file.table}{SUFFIX}")
            prepare_schema(connection, self.where)


def read_rows(folder: Path, table: str) -> Iterator[dict[str, Any]]:
    """The rows of one table that `CatalogueFiles.dump` wrote, as JSON has them."""
    with gzip.open(folder / f"{table}{SUFFIX}", "rb") as packed:
        columns: list[str] = json.loads(next(packed))
        for line in packed:
            yield dict(zip(columns, json.loads(line), strict=True))


def _tables(connection: Connection) -> list[Table]:
    """Those with content, so that a table comes after those that it refers to."""
    found = MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != VERSION_TABLE]


def _dump_table(connection: Connection, table: Table, path: Path) -> TableFile:
    n_rows = 0
    try:
        with path.open("wb") as file:
            hashed = _HashingFile(file)
            with gzip.GzipFile(fileobj=cast(BinaryIO, hashed), mode="wb", compresslevel=_FAST,
                               filename="", mtime=0) as packed:  # fmt: skip
                packed.write(_line([column.name for column in table.columns]))
                for row in connection.execute(select(table).execution_options(yield_per=_ROWS)):
                    packed.write(_line([_plain(value) for value in row]))
                    n_rows += 1
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise StorageFailed(f"{path} cannot be written: {error.strerror or error}") from error
    return TableFile(table.name, n_rows, hashed.sha256.hexdigest())


class _HashingFile:
    """Passes bytes on and hashes them."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.sha256 = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.sha256.update(data)
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()


def _check_file(folder: Path, file: TableFile) -> None:
    path = folder / f"{file.table}{SUFFIX}"
    try:
        with path.open("rb") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from error
    if sha256 != file.sha256:
        raise BadInput(f"{path} was damaged after it was written (its SHA-256 differs)")


def _check_empty(connection: Connection, where: str) -> None:
    for table in _tables(connection):
        n_rows = connection.scalar(select(func.count()).select_from(table))
        if n_rows:
            raise BadInput(
                f"{where} is not empty: {n_rows:,} rows of {table.name}; restore into a new "
                "LIMN_HOME, or a new database at LIMN_CATALOGUE__URL (where a restore was broken "
                "off after this point, `limn reindex` makes the index, which is all that lacks)"
            )


def _drop_empty(connection: Connection, where: str) -> None:
    """Take the tables away that a command made in passing, to make those of the backup."""
    _check_empty(connection, where)
    found = MetaData()
    found.reflect(connection)
    found.drop_all(connection)


def _load_table(connection: Connection, table: Table, path: Path) -> None:
    with gzip.open(path, "rb") as packed:
        lines = iter(packed)
        columns: list[str] = json.loads(next(lines))
        read = [_reader(table.columns[name].type) for name in columns]
        for batch in batches(_rows(lines, columns, read), _ROWS):
            connection.execute(table.insert(), batch)
    if connection.dialect.name == "postgresql":
        _go_on_counting(connection, table)


def _go_on_counting(connection: Connection, table: Table) -> None:
    """Let a numbered table go on after its rows; PostgreSQL does not look at what was inserted."""
    for column in table.primary_key.columns:
        name = select(func.pg_get_serial_sequence(table.name, column.name))
        if connection.scalar(name) is not None:
            last = select(func.max(column)).scalar_subquery()
            connection.execute(select(func.setval(name.scalar_subquery(), last)))


def _rows(
    lines: Iterator[bytes], columns: list[str], read: list[Callable[[Any], Any]]
) -> Iterator[dict[str, Any]]:
    for line in lines:
        values = zip(columns, read, json.loads(line), strict=True)
        yield {name: None if value is None else take(value) for name, take, value in values}


def _line(values: list[Any]) -> bytes:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _plain(value: Any) -> Any:
    """A cell as JSON holds it; times in UTC, also those of SQLite, which keeps no zone."""
    if isinstance(value, datetime):
        utc = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return utc.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    return value


def _reader(kind: TypeEngine[Any]) -> Callable[[Any], Any]:
    if isinstance(kind, DateTime):
        return datetime.fromisoformat
    if isinstance(kind, Date):
        return date.fromisoformat
    if isinstance(kind, LargeBinary):
        return base64.b64decode
    return _as_it_is


def _as_it_is(value: Any) -> Any:
    return value
