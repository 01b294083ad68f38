"""What the pages and the REST routes of one server process share."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from core.access import Viewer
from core.errors import ConfigurationFault
from ingestion.catalogue_records import Upload, UploadTerms
from ingestion.pictures import PictureStore
from ui.identity import Identities
from ui.key_ring import KeyRing
from ui.search_coverage import KeptCoverage
from ui.thumbnails_ahead import ThumbnailsAhead
from workers.resources import Resources
from workers.seen import SeenResources

StartUpload: TypeAlias = Callable[[Path, UploadTerms | None], Upload]


class Served:
    """The resources of the model that is current; what was begun with others ends with those."""

    def __init__(self, resources: Resources) -> None:
        self.resources = resources

    def follow(self) -> bool:
        successor = self.resources.successor()
        if successor is None:
            return False
        successor.search  # noqa: B018 - opened before anybody waits for it
        self.resources = successor
        return True


@dataclass(frozen=True, slots=True)
class UiContext:
    """Everything a page or a route reaches.

    Attributes:
        query_views: Drawings people search with, apart from the published ones: a link to a
            search names them by their SHA-256.
        start_upload: Enters an archive into the ledger and hands it to the workers.
        coverage: What searches look through.
        identities: Tells who asks.
        thumbnails: Draws those that a page is about to show.
    """

    served: Served
    query_views: PictureStore
    start_upload: StartUpload
    coverage: KeptCoverage
    identities: Identities
    thumbnails: ThumbnailsAhead

    def seen_by(self, viewer: Viewer) -> "UiContext":
        """The same, as far as somebody may see it."""
        if not viewer.is_walled:
            return self
        seen = SeenResources(self.resources, viewer)
        return replace(
            self,
            served=Served(seen),
            query_views=seen.query_pictures,
            coverage=self.coverage.without(seen.hidden_uploads),
        )

    @property
    def resources(self) -> Resources:
        """Catalogue, pictures, encoder, index, search and queue; all of one model.

        Ask once for each piece of work: another answer may come from another model.
        """
        return self.served.resources

    def follow_model(self) -> bool:
        """Take up the model that was promoted since; searches under way end with the former.

        Returns:
            Whether there was one.
        """
        return self.served.follow()

    @property
    def uploads_folder(self) -> Path:
        """Where archives sent through the pages or the REST route are kept."""
        return self.resources.settings.home / "uploads"


class _Process:
    """The one context of this process. Streamlit runs page scripts without arguments."""

    context: UiContext | None = None


def build_context(resources: Resources, start_upload: StartUpload) -> UiContext:
    """A context whose query drawings lie under the home of `resources`."""
    return UiContext(
        Served(resources),
        resources.query_pictures,
        start_upload,
        KeptCoverage(resources.catalogue),
        Identities(resources.settings, KeyRing(resources.catalogue)),
        ThumbnailsAhead(),
    )


def install_context(context: UiContext) -> None:
    """Make this the context of every page run in this process."""
    _Process.context = context


def whole_context() -> UiContext:
    """The context of this process, without walls; pages use `ui.page_gate.current_context`.

    Raises:
        ConfigurationFault: If the page is not run by `ui.server`.
    """
    if _Process.context is None:
        raise ConfigurationFault("the pages have no server behind them; start them with `limn up`")
    return _Process.context
