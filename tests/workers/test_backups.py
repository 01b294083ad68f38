"""Backups kept while work goes on, and homes made of them."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from alembic import command
from alembic.config import Config
from pydantic import SecretStr
from sqlalchemy import make_url, text

from core.errors import BadInput, SchemaMismatch
from core.settings import CatalogueSettings, Settings
from ingestion.catalogue import Catalogue
from ingestion.catalogue_schema import metadata
from ingestion.catalogue_version import prepare_schema
from ingestion.database import connect
from ingestion.pictures import PictureStore
from ingestion.table_files import CatalogueFiles
from tests.ingestion import builders
from tests.workers.line import LineResources, open_line, take_all_in
from workers.backups import MANIFEST, Backup, KeptTable, back_up, read_backup, restore

Elsewhere: TypeAlias = Callable[..., LineResources]
MIGRATIONS = Path(builders.__file__).parents[2] / "ingestion" / "migrations"


def _quiet(*_: object) -> None:
    """Watch nothing."""


def _week(folder: Path, number: str, name: str) -> Path:
    path = folder / name
    path.write_bytes(builders.tar_of(builders.weekly_files([number])))
    return path


@pytest.fixture
def line(
    tmp_path: Path, index_url: str, queue_url: str, catalogue_url: str
) -> Iterator[LineResources]:
    """A home with one grant, its catalogue in SQLite and in PostgreSQL."""
    (tmp_path / "home").mkdir()
    with open_line(tmp_path / "home", index_url, queue_url, catalogue_url) as resources:
        take_all_in(resources, [_week(tmp_path, "D0900001", "I20210105.tar")])
        resources.query_pictures.put(b"a drawing that a saved search refers to")
        yield resources


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Elsewhere]:
    """New, empty homes: ``elsewhere("other")``, or with a database of their own."""
    made: list[LineResources] = []

    def make(name: str, url: str | None = None) -> LineResources:
        (tmp_path / name).mkdir(exist_ok=True)
        kept = CatalogueSettings(url=SecretStr(url) if url else None)
        made.append(LineResources(Settings(home=tmp_path / name, catalogue=kept)))
        return made[-1]

    yield make
    for resources in made:
        resources.catalogue.close()


def _rows(resources: LineResources) -> dict[str, list[Any]]:
    with resources.catalogue._reading() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(table.select())))
            for table in metadata.sorted_tables
        }


def _files(folder: Path) -> dict[Path, bytes]:
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def _opened(store: PictureStore) -> dict[str, bytes]:
    """Each home seals its drawings with a key of its own."""
    keys = [key for n in range(256) for key in store.keys(f"{n:02x}")]
    return {key: store.get(key) for key in keys}


def test_a_restored_home_is_the_one_that_was_kept(
    line: LineResources, tmp_path: Path, elsewhere: Elsewhere
) -> None:
    made = back_up(line, tmp_path / "kept", _quiet)
    assert (made.unreadable, made.missing) == ((), ())
    other = elsewhere("other")
    assert restore(other, tmp_path / "kept", read_backup(tmp_path / "kept"), _quiet) == ()
    assert _rows(other) == _rows(line)
    home, restored = tmp_path / "home", tmp_path / "other"
    assert _files(home / "pictures/pictures") == _files(restored / "pictures/pictures") != {}
    assert _opened(line.query_pictures) == _opened(other.query_pictures) != {}


def test_a_backup_moves_a_catalogue_between_databases(
    line: LineResources, tmp_path: Path, postgres_url: str, elsewhere: Elsewhere
) -> None:
    back_up(line, tmp_path / "kept", _quiet)
    schema = f"restored_{tmp_path.name}".replace("-", "_")
    engine = connect(postgres_url)
    with engine.begin() as connection:
        connection.execute(text(f'CREATE SCHEMA "{schema}"'))
    url = make_url(postgres_url).update_query_dict({"options": f"-csearch_path={schema}"})
    other = elsewhere("other", url.render_as_string(hide_password=False))
    restore(other, tmp_path / "kept", read_backup(tmp_path / "kept"), _quiet)
    assert _rows(other) == _rows(line)
    other.catalogue.close()
    with engine.begin() as connection:
        connection.execute(text(f'DROP SCHEMA "{schema}" CASCADE'))
    engine.dispose()


def test_a_backup_keeps_pictures_of_a_bucket_and_fills_another(
    line: LineResources, tmp_path: Path, elsewhere: Elsewhere
) -> None:
    bucket, other = PictureStore("memory://one/limn"), elsewhere("other")
    for n in range(256):
        for key in line.pictures.keys(f"{n:02x}"):
            bucket.put(line.pictures.get(key))
    vars(line)["pictures"] = bucket
    vars(other)["pictures"] = PictureStore("memory://two/limn")
    made = back_up(line, tmp_path / "kept", _quiet)
    assert made.n_copied
    assert (made.unreadable, made.missing) == ((), ())
    assert restore(other, tmp_path / "kept", made, _quiet) == ()
    assert _opened(other.pictures) == _opened(bucket) != {}


def test_a_second_backup_copies_new_pictures_alone(
    line: LineResources, tmp_path: Path, elsewhere: Elsewhere
) -> None:
    first = back_up(line, tmp_path / "kept", _quiet)
    take_all_in(line, [_week(tmp_path, "D0900002", "I20210112.tar")])
    line.pictures.put(b"a new picture")
    (tmp_path / "kept" / "20200101T000000Z").mkdir()  # one that was broken off
    (tmp_path / "kept" / first.name).rename(tmp_path / "kept" / "20210101T000000Z")
    second = back_up(line, tmp_path / "kept", _quiet)
    assert second.n_copied == 1
    folders = {path.name for path in (tmp_path / "kept").iterdir()}
    assert folders == {"20210101T000000Z", second.name, "pictures", "queries"}
    older = elsewhere("older")
    restore(older, tmp_path / "kept", first.model_copy(update={"name": "20210101T000000Z"}), _quiet)
    assert older.catalogue.counts().publications == 1


def test_a_backup_and_a_restore_that_are_broken_off_go_on(
    line: LineResources, tmp_path: Path, elsewhere: Elsewhere
) -> None:
    def break_off(what: str, n_done: int, _n_all: int) -> None:
        if (what, n_done) == ("pictures", 128):
            raise KeyboardInterrupt

    kept, other = tmp_path / "kept", elsewhere("other")
    with pytest.raises(KeyboardInterrupt):
        back_up(line, kept, break_off)
    with pytest.raises(BadInput, match="no whole backup"):
        read_backup(kept)
    n_there = len(_files(kept / "pictures"))
    made = back_up(line, kept, _quiet)
    n_all = len(_opened(line.pictures)) + len(_opened(line.query_pictures))
    assert 0 < made.n_copied == n_all - n_there < n_all

    with pytest.raises(KeyboardInterrupt):
        restore(other, kept, made, break_off)
    assert 0 < len(_opened(other.pictures)) < len(_opened(line.pictures))
    assert restore(other, kept, read_backup(kept), _quiet) == ()
    assert _rows(other) == _rows(line)
    assert _opened(other.pictures) == _opened(line.pictures)


@pytest.mark.parametrize("when", [("table figures", 0), ("pictures", 255), ("pictures", 256)])
def test_what_comes_in_meanwhile_is_left_to_the_next_backup(
    line: LineResources, tmp_path: Path, elsewhere: Elsewhere, when: tuple[str, int]
) -> None:
    other_shape = {
        name: builders.tiff(width=900) if name.endswith(".TIF") else content
        for name, content in builders.grant_files("D0900002").items()
    }
    week = tmp_path / "I20210112.tar"
    week.write_bytes(
        builders.tar_of({builders.grant_name("D0900002"): builders.zip_of(other_shape)})
    )
    later = iter([week])

    def watch(what: str, n_done: int, _n_all: int) -> None:
        if (what, n_done) == when and (archive := next(later, None)) is not None:
            take_all_in(line, [archive])

    made = back_up(line, tmp_path / "kept", watch)
    assert line.catalogue.counts().publications == 2
    assert (made.unreadable, made.missing) == ((), ())
    other = elsewhere("other")
    assert restore(other, tmp_path / "kept", made, _quiet) == ()
    assert other.catalogue.counts().publications == 1
    wanted = [use for n in range(256) for use in other.catalogue.pictures_wanted(f"{n:02x}")]
    assert wanted
    assert all(other.pictures.holds(use.sha256) for use in wanted)


def test_a_backup_before_an_update_leaves_the_catalogue_as_it_is(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'catalogue.sqlite3'}"
    older = Catalogue(connect(url))
    with older._writing() as connection:
        prepare_schema(connection, older.where, "0009")
    older.close()
    made = back_up(LineResources(Settings(home=tmp_path)), tmp_path / "kept", _quiet)
    with pytest.raises(SchemaMismatch, match="revision 0009"):
        Catalogue.as_found(url)
    assert made.catalogue_revision == "0009"


def test_what_is_damaged_is_listed_and_restores_nothing(
    line: LineResources, tmp_path: Path, elsewhere: Elsewhere
) -> None:
    pictures = tmp_path / "home" / "pictures" / "pictures"
    gone, damaged = sorted(path for path in pictures.rglob("*") if path.is_file())[:2]
    gone.unlink()
    damaged.write_bytes(b"?")
    made = back_up(line, tmp_path / "kept", _quiet)
    assert len(made.missing) >= 2
    assert damaged.name in made.unreadable[0]

    figures = tmp_path / "kept" / made.name / "figures.jsonl.gz"
    whole = figures.read_bytes()
    figures.write_bytes(whole[:-1])
    other = elsewhere("other")
    with pytest.raises(BadInput, match="was damaged"):
        restore(other, tmp_path / "kept", made, _quiet)
    assert _files(tmp_path / "other" / "pictures") == {}
    figures.write_bytes(whole)
    restore(other, tmp_path / "kept", made, _quiet)
    with pytest.raises(BadInput, match="is not empty"):
        restore(other, tmp_path / "kept", made, _quiet)


def test_a_backup_of_an_older_limn_is_brought_up_to_date(
    tmp_path: Path, elsewhere: Elsewhere
) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    engine = connect(f"sqlite:///{tmp_path / 'old' / 'catalogue.sqlite3'}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        row = {"at": "2026-11-01 12:00:00.000000"}
        connection.execute(
            text("INSERT INTO uploads VALUES ('u', '/in/I20210302.tar', 10, :at, NULL)"), row
        )
    engine.dispose()
    kept = tmp_path / "kept"
    folder = kept / "20210101T000000Z"
    folder.mkdir(parents=True)
    files = CatalogueFiles(connect(f"sqlite:///{tmp_path / 'old' / 'catalogue.sqlite3'}"))
    dumped = files.dump(folder, _quiet)
    files.close()
    assert dumped.revision == "0002"
    backup = Backup(
        name=folder.name,
        limn_version="0",
        catalogue_revision=dumped.revision,
        tables=tuple(
            KeptTable(table=file.table, n_rows=file.n_rows, sha256=file.sha256)
            for file in dumped.files
        ),
        n_copied=0,
        unreadable=(),
        missing=(),
    )
    other = elsewhere("other")
    assert other.catalogue.uploads() == []  # made in passing, at today's revision
    restore(other, kept, backup, _quiet)
    assert [upload.path for upload in other.catalogue.uploads()] == ["/in/I20210302.tar"]
    later = backup.model_copy(update={"catalogue_revision": "9999"})
    with pytest.raises(SchemaMismatch, match="newer Limn"):
        restore(elsewhere("third"), kept, later, _quiet)


def test_a_folder_without_a_whole_backup_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="there: none"):
        read_backup(tmp_path)
    (tmp_path / "20210101T000000Z").mkdir()
    (tmp_path / "20210101T000000Z" / MANIFEST).write_text(json.dumps({"name": 1}))
    with pytest.raises(BadInput, match="cannot be read as a backup"):
        read_backup(tmp_path)
    with pytest.raises(BadInput, match="20210101T000000Z"):
        read_backup(tmp_path, "20220101T000000Z")
