"""Saved searches: how one is kept with its pictures, and how it is run again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydantic import JsonValue

from core.errors import PictureUnreadable, QueryInvalid
from core.ports import GreyImage
from search.casebook_records import QueryPicture, SavedSearch
from search.query import SearchQuery
from workers.resources import Resources

if TYPE_CHECKING:
    from search.hits import SearchResult


@dataclass(frozen=True, slots=True, eq=False)
class GivenFile:
    """A file that is searched with, and the drawings taken from it."""

    name: str
    data: bytes
    drawings: tuple[GreyImage, ...]
    edits: Mapping[str, JsonValue] = field(default_factory=dict)
    """What was done to it, as `QueryPicture.edits`."""


def keep_files(resources: Resources, files: Sequence[GivenFile]) -> tuple[QueryPicture, ...]:
    """Keep query files and their drawings; durable when this returns.

    They come before the search that refers to them: a process that is killed in between leaves
    files that nobody refers to, never a search without its files.

    Raises:
        StorageFailed: If they cannot be written.
    """
    pictures = []
    with resources.query_pictures.batch() as batch:
        for file in files:
            file_sha256 = batch.put(file.data)
            n = len(file.drawings)
            for number, drawing in enumerate(file.drawings, start=1):
                picture = QueryPicture(
                    sha256=batch.put_figure(drawing),
                    file_name=file.name,
                    file_sha256=file_sha256,
                    edits=dict(file.edits),
                    note=f"drawing {number} of {n} of the file" if n > 1 else "",
                )
                pictures.append(picture)
    return tuple(pictures)


def save_search(
    resources: Resources,
    query: SearchQuery,
    pictures: Sequence[QueryPicture],
    *,
    project: str,
    name: str,
    by: str,
) -> SavedSearch:
    """Keep a search in a project, which is made where there is none of that name.

    Args:
        resources: Casebook and query pictures.
        query: What is asked.
        pictures: What is asked with; their files must be kept already.
        project: Name of the project.
        name: What the search is called.
        by: Who saves it.

    Raises:
        CasebookInvalid: If a name makes no sense or nothing is asked.
        QueryInvalid: If a picture is not kept here.
    """
    for picture in pictures:
        if not resources.query_pictures.holds(picture.sha256):
            raise QueryInvalid(
                f"the drawing {picture.sha256[:12]}… is not kept here; send it again"
            )
    casebook = resources.casebook
    return casebook.save_search(casebook.project(project, by), name, query, pictures, by)


def load_pictures(resources: Resources, pictures: Sequence[QueryPicture]) -> list[GreyImage]:
    """Pixels of the drawings of a saved search.

    Raises:
        QueryInvalid: If one is lost.
    """
    images = []
    for picture in pictures:
        try:
            images.append(resources.query_pictures.get_figure(picture.sha256))
        except PictureUnreadable as error:
            raise QueryInvalid(
                f"a drawing of this search is lost: {error}; restore a backup, or save it again"
            ) from error
    return images


def run_search(resources: Resources, search: SavedSearch, **changes: object) -> "SearchResult":
    """Run a saved search now, behind the walls of its project.

    Args:
        resources: Index, encoder and query pictures.
        search: The saved search.
        changes: Fields of `SearchQuery` in place of the saved ones.

    Raises:
        QueryInvalid: If it cannot be run any more: a drawing or a liked figure is gone.
        IndexUnavailable: If Qdrant does not answer.
    """
    from workers.seen import behind_walls  # noqa: PLC0415 - who types wrong input waits for no ORM

    query = SearchQuery.parse({**search.query, **changes})
    resources = behind_walls(resources, search.project.name)
    return resources.search.search(query, load_pictures(resources, search.pictures))
