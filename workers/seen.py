"""An installation as far as somebody may see it: what is behind a wall does not exist in it."""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from core.access import ANYBODY, Viewer
from core.errors import PictureUnreadable
from core.ports import GreyImage
from ingestion.pictures import PictureStore
from search.casebook import Casebook
from workers.resources import Resources

if TYPE_CHECKING:
    from core.ports import Encoder
    from ingestion.catalogue import Catalogue
    from search.index import FigureIndex
    from search.service import SearchService
    from workers.messages import Messages
    from workers.queue import WorkQueue


class SeenResources(Resources):
    """The resources of a process behind the walls of one viewer.

    Made for one request: membership and uploads are asked when it is first used.

    Args:
        whole: What the process has opened; nothing is opened twice.
        viewer: Who asks.
        project: See what all of its members see, and no more, though the viewer sees more.
    """

    def __init__(self, whole: Resources, viewer: Viewer, project: str | None = None) -> None:
        super().__init__(whole.settings)
        self._whole = whole
        self._viewer = viewer
        self._project = project

    def behind(self, project: str) -> "SeenResources":
        """The same viewer, behind the walls of one project."""
        return SeenResources(self._whole, self._viewer, project)

    @cached_property
    def hidden_uploads(self) -> frozenset[str]:
        """Confidential uploads of projects that the viewer is no member of."""
        if self._project is not None:
            return self._whole.catalogue.hidden_uploads({self._project})
        projects = self.casebook.projects_of(self._viewer.name)
        return self._whole.catalogue.hidden_uploads(projects)

    @cached_property
    def catalogue(self) -> "Catalogue":
        return self._whole.catalogue.without(self.hidden_uploads)

    @cached_property
    def casebook(self) -> Casebook:
        return Casebook(self._whole.catalogue, self._viewer)

    @cached_property
    def index(self) -> "FigureIndex":
        return self._whole.index.without(self.hidden_uploads)

    @cached_property
    def search(self) -> "SearchService":
        return self._whole.search.without(self.hidden_uploads)

    @cached_property
    def pictures(self) -> PictureStore:
        return _SeenPictures(self._whole.pictures, self.catalogue.shows_picture)

    @cached_property
    def query_pictures(self) -> PictureStore:
        return _SeenDrawings(self._whole.query_pictures, self.casebook)

    @cached_property
    def encoder(self) -> "Encoder":
        return self._whole.encoder

    @cached_property
    def queue(self) -> "WorkQueue":
        return self._whole.queue

    @cached_property
    def messages(self) -> "Messages":
        return self._whole.messages


def behind_walls(resources: Resources, project: str) -> Resources:
    """What the members of a project see together.

    Its searches, watches and certificates are for all of them: what one of them sees through
    another project must not get in. Where people do not sign in there are no walls.
    """
    if resources.settings.access.mode == "open":
        return resources
    if isinstance(resources, SeenResources):
        return resources.behind(project)
    return SeenResources(resources, ANYBODY, project)


class _SeenPictures(PictureStore):
    """A store whose other pictures are not there."""

    def __init__(self, whole: PictureStore, may_see: Callable[[str], bool]) -> None:
        vars(self).update(vars(whole))
        self._may_see = may_see

    def get(self, sha256: str) -> bytes:
        self._check(sha256)
        return super().get(sha256)

    def get_figure(self, sha256: str) -> GreyImage:
        self._check(sha256)
        return super().get_figure(sha256)

    def thumbnail(self, sha256: str) -> bytes:
        self._check(sha256)
        return super().thumbnail(sha256)

    def holds(self, sha256: str) -> bool:
        return self._may_see(sha256) and super().holds(sha256)

    def _check(self, sha256: str) -> None:
        if not self._may_see(sha256):
            raise PictureUnreadable(sha256, "is not in the picture store")


class _SeenDrawings(_SeenPictures):
    """Query drawings: what the viewer sends is theirs."""

    def __init__(self, whole: PictureStore, casebook: Casebook) -> None:
        super().__init__(whole, casebook.may_see_file)
        self._casebook = casebook

    def put_figure(self, pixels: GreyImage) -> str:
        sha256 = super().put_figure(pixels)
        self._casebook.note_drawings([sha256])
        return sha256
