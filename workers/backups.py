"""Backups: the catalogue at one moment and every picture it needs, and a home made of one.

    FOLDER/pictures/…, queries/…          shared by all backups; only new ones are copied
    FOLDER/models/…                       checkpoints that embedded the collection, likewise
    FOLDER/20261126T194530Z/backup.json   written last: without it the backup is not whole
    FOLDER/20261126T194530Z/figures.jsonl.gz, …

The index is not in it: it is derived, and the catalogue keeps the vectors it is made of, so that
`reindex` gives the same points again.
"""

import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TypeAlias

from pydantic import BaseModel, ConfigDict, ValidationError

from core.errors import BadInput, PictureUnreadable, StorageFailed
from ingestion.database import batches, connect
from ingestion.durable_files import durable_files
from ingestion.picture_ledger import PictureUse
from ingestion.pictures import PictureStore
from ingestion.table_files import CatalogueFiles, DumpedTables, TableFile, read_rows
from workers.addresses import catalogue_url
from workers.kept_folders import copy_folders
from workers.resources import Resources

MANIFEST = "backup.json"
_PICTURES = "pictures"
_QUERIES = "queries"
_MODELS = "models"
_NAME = "%Y%m%dT%H%M%SZ"
_PREFIXES = tuple(f"{first:02x}" for first in range(256))
_BATCH = 64

Watch: TypeAlias = Callable[[str, int, int], None]
"""Takes what is being done, parts done and parts in all."""


class KeptTable(BaseModel):
    """One table of a backup."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    table: str
    n_rows: int
    sha256: str


class Backup(BaseModel):
    """What one backup holds; the file `backup.json`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    """Its folder, and when the catalogue was read, in UTC."""
    limn_version: str
    catalogue_revision: str
    tables: tuple[KeptTable, ...]
    n_copied: int
    """Pictures that no earlier backup in the folder had."""
    unreadable: tuple[str, ...]
    """Pictures that are there and damaged, with the reason."""
    missing: tuple[str, ...]
    """Figures and sheets whose picture is nowhere."""


def back_up(resources: Resources, folder: Path, watch: Watch) -> Backup:
    """Keep the catalogue as it is now, then the pictures that are not there yet.

    Workers may go on. A run that is broken off leaves an unfinished folder, which the next one
    removes; the pictures it copied stay.

    Args:
        resources: Catalogue and pictures.
        folder: Where backups are kept; made where it is missing.
        watch: Called as it goes.

    Raises:
        StorageFailed: If the folder cannot be written or the store cannot be read.
    """
    folder = folder.resolve()
    at = datetime.now(UTC)
    target = folder / at.strftime(_NAME)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _remove_unfinished(folder)
        target.mkdir()
    except FileExistsError as error:
        raise BadInput(f"{target} is there already; try again in a second") from error
    except OSError as error:
        raise StorageFailed(f"{folder} cannot be written: {error.strerror}") from error
    with _catalogue_files(resources) as catalogue:
        dumped = catalogue.dump(target, lambda table: watch(f"table {table}", 0, 1))
    copied = [_copy(store, kept, watch) for store, kept in _stores(resources, folder)]
    copy_folders(resources.models_folder, folder / _MODELS)
    backup = Backup(
        name=target.name,
        limn_version=version("limn"),
        catalogue_revision=dumped.revision,
        tables=tuple(
            KeptTable(table=file.table, n_rows=file.n_rows, sha256=file.sha256)
            for file in dumped.files
        ),
        n_copied=sum(done.n_copied for done in copied),
        unreadable=tuple(line for done in copied for line in done.unreadable),
        missing=_missing(target, PictureStore(str(folder / _PICTURES))),
    )
    try:
        with durable_files() as files:
            files.write(target / MANIFEST, backup.model_dump_json(indent=2).encode())
    except OSError as error:
        raise StorageFailed(f"{target} cannot be written: {error.strerror}") from error
    return backup


def read_backup(folder: Path, name: str | None = None) -> Backup:
    """The backup of that name in a folder, else its newest whole one.

    Raises:
        BadInput: If there is none, or it cannot be read.
    """
    found = sorted(path.parent.name for path in folder.glob(f"*/{MANIFEST}"))
    chosen = name or (found[-1] if found else None)
    if chosen is None or chosen not in found:
        have = ", ".join(found) or "none"
        raise BadInput(f"{folder} holds no whole backup {name or ''}; there: {have}")
    path = folder / chosen / MANIFEST
    try:
        return Backup.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise BadInput(f"{path} cannot be read as a backup: {error}") from error


def restore(resources: Resources, folder: Path, backup: Backup, watch: Watch) -> tuple[str, ...]:
    """Make catalogue and pictures of a backup, in an empty place; the index is made by `reindex`.

    Pictures come first, so that a run that is broken off leaves the place empty as far as the
    catalogue says, and the same command goes on.

    Args:
        resources: Of the new place; its catalogue must not have been opened yet.
        folder: Where backups are kept.
        backup: Which of them.
        watch: Called as it goes.

    Returns:
        Pictures that the backup has and that could not be read, with the reason.

    Raises:
        BadInput: If the place is not empty, or the backup is damaged.
        SchemaMismatch: If a newer Limn wrote it.
    """
    dumped = DumpedTables(
        backup.catalogue_revision,
        tuple(TableFile(kept.table, kept.n_rows, kept.sha256) for kept in backup.tables),
    )
    with _catalogue_files(resources) as catalogue:
        catalogue.check_restorable(folder / backup.name, dumped)
        copied = [_copy(kept, store, watch) for store, kept in _stores(resources, folder)]
        copy_folders(folder / _MODELS, resources.models_folder)
        catalogue.load(folder / backup.name, dumped, lambda table: watch(f"table {table}", 0, 1))
    return tuple(line for done in copied for line in done.unreadable)


def _catalogue_files(resources: Resources) -> closing[CatalogueFiles]:
    return closing(CatalogueFiles(connect(catalogue_url(resources.settings))))


def _remove_unfinished(folder: Path) -> None:
    for path in folder.iterdir():
        if _is_backup_name(path.name) and not (path / MANIFEST).exists():
            shutil.rmtree(path)


def _is_backup_name(name: str) -> bool:
    try:
        datetime.strptime(name, _NAME)
    except ValueError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class _Copied:
    n_copied: int
    unreadable: tuple[str, ...]


def _stores(resources: Resources, folder: Path) -> tuple[tuple[PictureStore, PictureStore], ...]:
    """Each store of the home with its copy."""
    return (
        (resources.pictures, PictureStore(str(folder / _PICTURES))),
        (resources.query_pictures, PictureStore(str(folder / _QUERIES))),
    )


def _copy(source: PictureStore, target: PictureStore, watch: Watch) -> _Copied:
    """Copy what is not there yet; each is held against its key as it is read."""
    n_copied = 0
    unreadable: list[str] = []
    for n_done, prefix in enumerate(_PREFIXES):
        watch("pictures", n_done, len(_PREFIXES))
        new = sorted(source.keys(prefix).keys() - target.keys(prefix).keys())
        for chosen in batches(new, _BATCH):
            with target.batch() as batch:
                for key in chosen:
                    try:
                        batch.put(source.get(key))
                    except PictureUnreadable as error:
                        unreadable.append(str(error))
                    else:
                        n_copied += 1
    watch("pictures", len(_PREFIXES), len(_PREFIXES))
    return _Copied(n_copied, tuple(unreadable))


def _missing(backup: Path, kept: PictureStore) -> tuple[str, ...]:
    """What lacks its picture of all that the catalogue held when it was read.

    What has come in since is the next backup's.
    """
    names = [
        str(row["figure_id"])
        for row in read_rows(backup, "figures")
        if not kept.holds(row["sha256"])
    ]
    names += [
        PictureUse(row["sha256"], row["publication_id"], None, row["position"]).name
        for row in read_rows(backup, "sheets")
        if not kept.holds(row["sha256"])
    ]
    return tuple(sorted(names))
