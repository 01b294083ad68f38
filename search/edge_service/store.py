"""All collections of one folder, their aliases, and nothing half made.

Layout: ``lock``, ``aliases.json`` and, for each collection, ``collections/NAME/config.json``
beside the engine's files in ``collections/NAME/shard``. ``config.json`` is written last and
removed first, so a folder without one is the remains of an interrupted step and is cleared.
"""

import shutil
from pathlib import Path
from typing import Any

import structlog

from search.edge_service.collection import Collection
from search.edge_service.collection_config import check_name, parse_config
from search.edge_service.fields import Fields, sequence
from search.edge_service.folder import (
    lock_folder,
    read_json,
    remove_file,
    sync_folder,
    write_json,
)
from search.edge_service.refusals import BadRequest, Conflict, NotFound

_log = structlog.get_logger(__name__)


class Store:
    """Every collection under a folder, opened by one process.

    Raises:
        FolderTaken: Another process has the folder.
    """

    def __init__(self, folder: Path) -> None:
        self._lock = lock_folder(folder)
        self._aliases_path = folder / "aliases.json"
        self._home = folder / "collections"
        self._home.mkdir(exist_ok=True)
        self._open: dict[str, Collection] = {}
        self._aliases: dict[str, str] = read_json(self._aliases_path) or {}
        for place in sorted(self._home.iterdir()):
            self._load(place)

    def close(self) -> None:
        """Write everything out and free the folder."""
        for collection in self._open.values():
            collection.close()
        self._open.clear()
        self._lock.close()

    def names(self) -> list[str]:
        """Collections by name."""
        return sorted(self._open)

    def listing(self) -> dict[str, Any]:
        """Qdrant's list of collections."""
        return {"collections": [{"name": name} for name in self.names()]}

    def exists(self, name: str) -> bool:
        """Whether a collection or alias of that name is there."""
        return self._aliases.get(name, name) in self._open

    def get(self, name: str) -> Collection:
        """A collection by its name or alias."""
        found = self._open.get(self._aliases.get(name, name))
        if found is None:
            raise NotFound(f"Not found: Collection `{name}` doesn't exist!")
        return found

    def create(self, name: str, body: object) -> bool:
        """Make an empty collection."""
        check_name(name)
        if name in self._open or name in self._aliases:
            raise Conflict(f"Wrong input: Collection `{name}` already exists!")
        config = parse_config(body)
        place = self._home / name
        place.mkdir()
        self._open[name] = Collection.create(place / "shard", config)
        sync_folder(self._home)
        write_json(place / "config.json", config.body)
        return True

    def delete(self, name: str) -> bool:
        """Remove a collection with its points and the aliases that point to it."""
        collection = self._open.pop(name, None)
        if collection is None:
            return False
        remove_file(self._home / name / "config.json")
        self._set_aliases({k: v for k, v in self._aliases.items() if v != name})
        collection.close()
        shutil.rmtree(self._home / name)
        return True

    def aliases(self, collection: str | None = None) -> dict[str, Any]:
        """All aliases, or those of one collection."""
        return {
            "aliases": [
                {"alias_name": alias, "collection_name": target}
                for alias, target in sorted(self._aliases.items())
                if collection in (None, target)
            ]
        }

    def change_aliases(self, body: object) -> bool:
        """Apply alias actions in order, all or none."""
        fields = Fields(body, "aliases")
        actions = sequence(fields.need("actions"), fields.at("actions"))
        fields.end()
        changed = dict(self._aliases)
        for i, action in enumerate(actions):
            self._apply(changed, Fields(action, f"actions[{i}]"))
        self._set_aliases(changed)
        return True

    def _apply(self, aliases: dict[str, str], action: Fields) -> None:
        if "create_alias" in action:
            made = Fields(action.take("create_alias"), action.at("create_alias"))
            alias, target = made.string("alias_name"), made.string("collection_name")
            made.end()
            if target not in self._open:
                raise NotFound(f"Not found: Collection `{target}` doesn't exist!")
            if alias in self._open:
                raise Conflict(f"Wrong input: a collection is named `{alias}`")
            aliases[alias] = target
        elif "delete_alias" in action:
            gone = Fields(action.take("delete_alias"), action.at("delete_alias"))
            alias = gone.string("alias_name")
            gone.end()
            if alias not in aliases:
                raise NotFound(f"Not found: Alias `{alias}` doesn't exist!")
            del aliases[alias]
        else:
            action.end()
            raise BadRequest(f"{action.place} is empty")
        action.end()

    def _set_aliases(self, aliases: dict[str, str]) -> None:
        write_json(self._aliases_path, aliases)
        self._aliases = aliases

    def _load(self, place: Path) -> None:
        body = read_json(place / "config.json")
        if body is None:
            _log.warning("interrupted collection cleared", collection=place.name)
            shutil.rmtree(place)
            return
        self._open[place.name] = Collection.load(place / "shard", parse_config(body))
