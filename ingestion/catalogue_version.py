"""How an empty database becomes a catalogue, and an older catalogue one of today."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from core.errors import SchemaMismatch
from ingestion.catalogue_schema import VERSION_TABLE, metadata

REVISION = "0011"
"""The newest script in `migrations/versions`."""
_FIRST_REVISION = "0001"
_FORMER_VERSION_TABLE = "catalogue_schema"
"""Where the first Limn kept its version, always 1."""
_MIGRATIONS = Path(__file__).with_name("migrations")
_CREATION_LOCK = 0x4C494D4E
"""PostgreSQL advisory lock under which tables are made and changed."""


def prepare_schema(connection: Connection, where: str, revision: str = REVISION) -> str | None:
    """Bring the tables up to date: all of them in an empty database, or what they lack.

    Args:
        connection: In a transaction that holds the write lock on SQLite; nothing is changed
            unless it is committed.
        where: The database, as error messages name it.
        revision: Where to stop, for rows of an older catalogue.

    Returns:
        The revision found, None where the database was empty.

    Raises:
        SchemaMismatch: If a newer Limn wrote it, or something that is no catalogue is there.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _CREATION_LOCK})
    found = revision_of(connection, where)
    if found != revision:
        _upgrade(connection, where, found, revision)
    return found


def check_revision(connection: Connection, where: str) -> str:
    """The revision of the tables that are there.

    Raises:
        SchemaMismatch: If it is not today's.
    """
    found = revision_of(connection, where)
    if found is None:
        raise SchemaMismatch(f"{where} has no tables yet; `limn migrate` makes them")
    if found != REVISION:
        advice = (
            "stop what still runs of the version before, then run `limn migrate`"
            if found < REVISION
            else "a newer one has changed it: restart this one with that version"
        )
        raise SchemaMismatch(
            f"{where} has catalogue revision {found}, this Limn works with {REVISION}; {advice}"
        )
    return found


def revision_of(connection: Connection, where: str) -> str | None:
    """The revision of the tables that are there, None where there are none.

    Raises:
        SchemaMismatch: If something that is no catalogue is there.
    """
    there = set(inspect(connection).get_table_names())
    if VERSION_TABLE in there:
        return str(connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}")))  # noqa: S608
    if _FORMER_VERSION_TABLE in there:
        version = connection.scalar(text(f"SELECT version FROM {_FORMER_VERSION_TABLE}"))  # noqa: S608
        if version == 1:
            return _FIRST_REVISION
    if ours := there & set(metadata.tables):
        raise SchemaMismatch(
            f"{where} has tables named {', '.join(sorted(ours))} but is no Limn catalogue; "
            "give Limn a database of its own (LIMN_CATALOGUE__URL)"
        )
    return None


def _upgrade(connection: Connection, where: str, found: str | None, revision: str) -> None:
    # Alembic costs half a second to import, which every command would pay for a rare event.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    unknown = [name for name in (found, revision) if name is not None and name not in known]
    if unknown:
        raise SchemaMismatch(
            f"{where} was written by a newer Limn (catalogue revision {unknown[0]}, this one knows "
            f"up to {REVISION}); run that Limn, restore a backup from before it, or set "
            "LIMN_CATALOGUE__URL or LIMN_HOME to a new place"
        )
    if found == _FIRST_REVISION and not inspect(connection).has_table(VERSION_TABLE):
        command.stamp(config, _FIRST_REVISION)
    command.upgrade(config, revision)
