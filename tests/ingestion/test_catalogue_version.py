"""Catalogues of earlier days, of later days, and of no Limn at all."""

import json
import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect, make_url, text

from core.describing import Description
from core.errors import SchemaMismatch
from ingestion.call_ledger import AnswerKey, Spending
from ingestion.catalogue import Catalogue
from ingestion.catalogue_records import StoredPublication, StoreOutcome
from ingestion.catalogue_schema import VERSION_TABLE, metadata
from ingestion.catalogue_version import REVISION, prepare_schema
from ingestion.publication_rows import publication_values, sheet_values
from search.casebook_tables import metadata as casebook
from ui.key_ring import metadata as keys

MakeStored = Callable[..., StoredPublication]
MIGRATIONS = Path(__file__).parents[2] / "ingestion" / "migrations"
_PROCESSES = multiprocessing.get_context("forkserver")

_OPEN = """
from ingestion.catalogue import Catalogue
start.wait()
Catalogue.open(url).close()
"""


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    engine = create_engine(parsed)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def _make_first_catalogue(url: str, stored: StoredPublication | None = None) -> None:
    """A catalogue as the first Limn left it: its own version table, no trace of Alembic."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with _connected(url) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(text(f"DROP TABLE {VERSION_TABLE}"))
        now = {"now": datetime(2026, 11, 1, 12, tzinfo=UTC)}
        connection.execute(text("INSERT INTO catalogue_schema VALUES (1, 1, :now)"), now)
        if stored is None:
            return
        values = publication_values(stored)
        values |= {name: json.dumps(values[name]) for name in ("record", "problems")}
        values |= {"stored_at": now["now"]}
        names = ", ".join(values)
        places = ", ".join(f":{name}" for name in values)
        connection.execute(text(f"INSERT INTO publications ({names}) VALUES ({places})"), values)
        for sheet in map(sheet_values, stored.sheets):
            names, places = ", ".join(sheet), ", ".join(f":{name}" for name in sheet)
            connection.execute(text(f"INSERT INTO sheets ({names}) VALUES ({places})"), sheet)
        connection.execute(
            text("INSERT INTO uploads VALUES ('u', '/in/I20210302.tar', 10, :now)"), now
        )
        connection.execute(
            text(
                "INSERT INTO upload_members VALUES "
                "('u', 'DESIGN/USD0907292-20210105.ZIP', 3, 'done', 'US-D0907292-S1', 'new', :now)"
            ),
            now,
        )


def test_migrations_make_the_tables_that_the_code_uses(catalogue_url: str) -> None:
    for make_first in (lambda: None, lambda: _make_first_catalogue(catalogue_url)):
        with _connected(catalogue_url) as connection:
            for table in inspect(connection).get_table_names():
                cascade = "CASCADE" if connection.dialect.name == "postgresql" else ""
                connection.execute(text(f"DROP TABLE {table} {cascade}"))
        make_first()
        Catalogue.open(catalogue_url).close()
        with _connected(catalogue_url) as connection:
            context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
            assert compare_metadata(context, [metadata, casebook, keys]) == []
            assert context.get_current_revision() == REVISION


def test_what_was_paid_before_calls_were_written_down_stays_paid(catalogue_url: str) -> None:
    with _connected(catalogue_url) as connection:
        prepare_schema(connection, catalogue_url, "0005")
        values = "'p', 'r', 'm', 'h', 'http://e', '[\"a\"]', NULL, 2, 90, 10, 'u', :now"
        connection.execute(
            text(f"INSERT INTO provider_answers VALUES ({values})"),
            {"now": datetime(2026, 11, 1, 12, tzinfo=UTC)},
        )
    catalogue = Catalogue.open(catalogue_url)
    key = AnswerKey("p", "r", "m")
    assert catalogue.answers([key]) == {key: Description(("a",), n_answers=2)}
    assert catalogue.spending("u") == Spending("u", 1, 90, 10)
    catalogue.close()


def test_what_was_lost_and_answered_since_waits_for_nobody(catalogue_url: str) -> None:
    past = {"now": datetime(2026, 11, 1, 12, tzinfo=UTC)}
    with _connected(catalogue_url) as connection:
        prepare_schema(connection, catalogue_url, "0008")
        for call_id, request in (("1", "answered"), ("2", "unanswered")):
            values = f"'{call_id}', 'p', '{request}', 'm', 'http://e', 'u', :now, NULL, 90, 10, 0"
            connection.execute(text(f"INSERT INTO provider_calls VALUES ({values})"), past)
        columns = "picture_sha256, request_hash, model, prompt_hash, texts, n_answers, answered_at"
        connection.execute(
            text(
                f"INSERT INTO provider_answers ({columns}) "
                "VALUES ('p', 'answered', 'm', 'h', '[\"a\"]', 1, :now)"
            ),
            past,
        )
    catalogue = Catalogue.open(catalogue_url)
    keys = [AnswerKey("p", request, "m") for request in ("answered", "unanswered")]
    assert catalogue.lost_questions(keys) == {keys[1]}
    assert (catalogue.spending("u").n_lost, catalogue.spending("u").n_waiting) == (2, 1)
    catalogue.close()


def test_the_revision_that_the_code_asks_for_is_the_newest_script() -> None:
    assert ScriptDirectory(MIGRATIONS).get_current_head() == REVISION


def test_a_catalogue_of_the_first_limn_is_adopted_with_all_that_it_holds(
    catalogue_url: str, make_stored: MakeStored
) -> None:
    stored = make_stored()
    _make_first_catalogue(catalogue_url, stored)
    catalogue = Catalogue.open(catalogue_url)
    found = catalogue.publication("US-D0907292-S1")
    assert found
    assert found.publication == stored.publication
    catalogue.begin_upload("/in/I20210105.tar", "a" * 64, 10, ["older"])
    catalogue.begin_upload("/in/I20210309.tar", "b" * 64, 10, ["newer"])
    older, newer = make_stored(revision="b"), make_stored(revision="c")
    assert catalogue.store_publication(older, "a" * 64, "older") is StoreOutcome.OLDER
    assert catalogue.store_publication(newer, "b" * 64, "newer") is StoreOutcome.REPLACED
    catalogue.close()


def test_citations_of_earlier_records_are_entered(
    catalogue_url: str, make_stored: MakeStored
) -> None:
    cited = make_stored("D0553080").publication
    with _connected(catalogue_url) as connection:
        prepare_schema(connection, catalogue_url, "0010")
        for number in ("D0900001", "D0900002"):
            values = publication_values(make_stored(number))
            record = dict(values["record"])
            if number == "D0900002":
                citations = record.pop("citations")
                record["cited_publication_ids"] = [one["number"] for one in citations]
            values |= {"record": json.dumps(record), "problems": "[]"}
            values |= {"stored_at": datetime(2026, 11, 1, 12, tzinfo=UTC)}
            names, places = ", ".join(values), ", ".join(f":{name}" for name in values)
            connection.execute(
                text(f"INSERT INTO publications ({names}) VALUES ({places})"), values
            )
    catalogue = Catalogue.open(catalogue_url)
    found = [one.publication_id for one in catalogue.citing(cited, 10)]
    assert found == ["US-D0900001-S1", "US-D0900002-S1"]
    catalogue.close()


def test_processes_that_bring_an_old_catalogue_up_to_date_at_once_agree(catalogue_url: str) -> None:
    _make_first_catalogue(catalogue_url)
    start = _PROCESSES.Barrier(2, timeout=60)
    processes = [
        _PROCESSES.Process(target=exec, args=(_OPEN, {"url": catalogue_url, "start": start}))
        for _ in range(2)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=60)
    assert [process.exitcode for process in processes] == [0, 0]
    with _connected(catalogue_url) as connection:
        assert connection.scalars(text(f"SELECT version_num FROM {VERSION_TABLE}")).all() == [
            REVISION
        ]


def test_an_upgrade_that_fails_leaves_the_old_catalogue_whole(
    catalogue_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _make_first_catalogue(catalogue_url)

    def cut_off(*_: object, **__: object) -> None:
        raise RuntimeError("the power failed")

    with monkeypatch.context() as patched:
        patched.setattr("alembic.op.create_index", cut_off)
        with pytest.raises(RuntimeError, match="power"):
            Catalogue.open(catalogue_url)
    with _connected(catalogue_url) as connection:
        assert connection.scalar(text("SELECT version FROM catalogue_schema")) == 1
        assert not inspect(connection).has_table("withdrawals")
        columns = inspect(connection).get_columns("publications")
        assert "version" not in {column["name"] for column in columns}
    Catalogue.open(catalogue_url).close()


def test_a_catalogue_of_a_newer_limn_is_refused_with_advice(catalogue_url: str) -> None:
    Catalogue.open(catalogue_url).close()
    with _connected(catalogue_url) as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    with pytest.raises(SchemaMismatch, match=r"newer Limn.*9999.*restore a backup.*LIMN_HOME"):
        Catalogue.open(catalogue_url)


def test_a_database_of_something_else_is_left_alone(catalogue_url: str) -> None:
    with _connected(catalogue_url) as connection:
        connection.execute(text("CREATE TABLE sheets (id INTEGER)"))
    with pytest.raises(SchemaMismatch, match="no Limn catalogue"):
        Catalogue.open(catalogue_url)
