"""What a process needs to do its work, opened on first use and kept for its life.

Built in the worker child, never in its parent: a parent that has loaded a model deadlocks its
forks. The UI and the command line open the same resources the same way. What a resource is made
of is imported when it is opened, so that nobody pays seconds for the libraries of others.
"""

import re
from collections.abc import Collection
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from core.errors import EncoderMismatch
from core.kept_secret import kept_secret
from core.settings import DescribeSettings, Settings
from workers.addresses import catalogue_url, has_catalogue, index_url, pictures_url, queue_url

if TYPE_CHECKING:
    from core.describing import Enricher, Providers
    from core.ports import Encoder
    from ingestion.catalogue import Catalogue
    from ingestion.model_ledger import Model
    from ingestion.pictures import PictureStore
    from search.casebook import Casebook
    from search.index import FigureIndex
    from search.listing import Listing
    from search.service import SearchService
    from workers.attempts import Attempts
    from workers.map_records import MapStore
    from workers.messages import Messages
    from workers.queue import WorkQueue
    from workers.rates import Rates
    from workers.stage_counts import StageCounts
    from workers.turns import Turns


_OF_NO_MODEL = (
    "catalogue",
    "pictures",
    "query_pictures",
    "casebook",
    "queue",
    "rates",
    "stage_counts",
    "attempts",
    "messages",
    "turns",
)
"""What every model of a home shares."""


class Resources:
    """Everything a stage, a page or a command reaches, bound to one `Settings` and one model.

    The model never changes: what was begun with one is ended with it. See `successor`.

    Args:
        settings: With `qdrant.url` and `redis.url` set where the index or the queue is used.
        model: Which model of the home embeds and searches; None for the configured checkpoint,
            else the current model, else the shipped checkpoint.
    """

    def __init__(self, settings: Settings, model: "Model | None" = None) -> None:
        self.settings = settings
        self._model = model

    @cached_property
    def hidden_uploads(self) -> frozenset[str]:
        """Uploads that do not exist for whoever these are opened for; see `workers.seen`."""
        return frozenset()

    @cached_property
    def catalogue(self) -> "Catalogue":
        from ingestion.catalogue import Catalogue

        if self.settings.catalogue.url is None:
            self.settings.home.mkdir(parents=True, exist_ok=True)
        return Catalogue.open(catalogue_url(self.settings))

    @cached_property
    def pictures(self) -> "PictureStore":
        from ingestion.pictures import PictureStore

        return PictureStore(pictures_url(self.settings))

    @cached_property
    def query_pictures(self) -> "PictureStore":
        """Drawings that people searched by, as long as a search refers to them."""
        from ingestion.pictures import PictureStore
        from ingestion.seal import Seal

        key = self.settings.casebook.drawings_key
        secret = (
            key.get_secret_value()
            if key
            else kept_secret(self.settings.home.expanduser() / "run" / "drawings.secret")
        )
        return PictureStore(str(self.settings.home / "queries"), Seal(secret))

    @cached_property
    def casebook(self) -> "Casebook":
        """Lies in the catalogue's database; its files are among `query_pictures`."""
        from search.casebook import Casebook

        return Casebook(self.catalogue)

    @cached_property
    def encoder(self) -> "Encoder":
        """The model.

        Raises:
            CheckpointInvalid: If its checkpoint is not there or damaged.
            EncoderMismatch: If there is another model by now where it was.
        """
        configured = self.settings.encoder.checkpoint
        model = self._model
        if model is None and configured is None and has_catalogue(self.settings):
            model = self.catalogue.current_model()
        if model is None:
            return self.open_encoder(configured)
        checkpoint = self.checkpoint_of(model)
        encoder = self.open_encoder(checkpoint)
        if encoder.encoder_id != model.encoder_id:
            raise EncoderMismatch(
                f"{checkpoint} holds {encoder.encoder_id} now, not {model.encoder_id}; put that "
                "one back, or make another model the current one with `limn models`"
            )
        return encoder

    def open_encoder(self, checkpoint: str | None) -> "Encoder":
        """Open any checkpoint the way the settings say; None for the shipped one."""
        from encoder.checkpoint import load_encoder

        part = self.settings.encoder
        return load_encoder(checkpoint, n_threads=part.n_threads, batch_size=part.batch_size)

    def checkpoint_of(self, model: "Model") -> str:
        """Where a model is opened from: the copy that is kept of its folder, else its hub name."""
        if model.folder is None:
            return model.source
        return str(self.kept_folder(model.encoder_id) / model.folder)

    def beside(self, model: "Model") -> Self:
        """The same home by another of its models."""
        return self._sibling(model)

    def successor(self) -> Self | None:
        """The same home by the model that was made the current one since.

        Returns:
            None while the model of these resources is current, was chosen on purpose, or has not
            been opened.
        """
        if self._model or self.settings.encoder.checkpoint or "encoder" not in vars(self):
            return None
        current = self.catalogue.current_model()
        if current is None or current.encoder_id == self.encoder.encoder_id:
            return None
        return self._sibling(None)

    def _sibling(self, model: "Model | None") -> Self:
        sibling = type(self)(self.settings, model)
        shared = {name: vars(self)[name] for name in _OF_NO_MODEL if name in vars(self)}
        vars(sibling).update(shared)
        return sibling

    @cached_property
    def providers(self) -> "Providers":
        """Who writes about figures.

        Raises:
            ConfigurationFault: If a model that the settings name is not there.
        """
        from encoder.describing.providers import open_providers

        return open_providers(self.settings.describe, self.encoder, self.describing_folder)

    @cached_property
    def thesaurus(self) -> "Enricher":
        """The embedded enricher, for figures that no language model wrote about."""
        from encoder.describing.providers import open_providers

        if not self.has_language_model:
            return self.providers.enricher
        return open_providers(
            DescribeSettings(tagger=False), self.encoder, self.describing_folder
        ).enricher

    @property
    def has_language_model(self) -> bool:
        """Whether the enricher is a model to be asked, not the embedded one."""
        return self.settings.describe.enricher.model is not None

    @property
    def asks_models(self) -> bool:
        """Whether there is anybody to ask but the embedded models."""
        return self.settings.describe.asks_models

    @cached_property
    def turns(self) -> "Turns":
        """Turns with the endpoints that are asked, shared with all processes of this queue."""
        from workers.turns import Turns

        return Turns(queue_url(self.settings), self.settings.describe)

    @cached_property
    def index(self) -> "FigureIndex":
        """The figure index, prepared for the configured encoder.

        Raises:
            IndexUnavailable: If Qdrant does not answer.
            SchemaMismatch, EncoderMismatch, VersionSkew: If what is there does not fit.
        """
        current = self.catalogue.current_model()
        if current is not None and current.encoder_id != self.encoder.encoder_id:
            raise EncoderMismatch(
                f"{current.encoder_id} is the current model, and this process is held to "
                f"{self.encoder.encoder_id}; unset LIMN_ENCODER__CHECKPOINT and start it again, or "
                "see `limn models`"
            )
        index = self.unprepared_index()
        index.prepare()
        return index

    def unprepared_index(self) -> "FigureIndex":
        """The configured encoder's index, not yet asked whether it is there or fits."""
        from search.collection_setup import CollectionLayout
        from search.index import FigureIndex

        part = self.settings.qdrant
        return FigureIndex(
            index_url(self.settings),
            self.encoder.encoder_id,
            self.encoder.dimension,
            api_key=self._api_key,
            timeout_s=part.timeout_s,
            layout=CollectionLayout(part.n_shards, part.n_replicas, part.vectors_on_disk),
        )

    def listing(self, collection: str, hidden_uploads: Collection[str]) -> "Listing":
        """What a collection holds but for some uploads, without the encoder that filled it."""
        from search.conditions import build_wall
        from search.connection import connect
        from search.listing import Listing

        url = index_url(self.settings)
        client = connect(url, self._api_key, self.settings.qdrant.timeout_s)
        return Listing(client, url, collection, build_wall(hidden_uploads))

    @cached_property
    def maps(self) -> "MapStore":
        """Maps of the collection, drawn by workers for the pages."""
        from workers.map_records import MapStore

        return MapStore(self.settings.home / "maps")

    @cached_property
    def search(self) -> "SearchService":
        from search.service import SearchService

        return SearchService(self.index, self.encoder)

    @cached_property
    def queue(self) -> "WorkQueue":
        from workers.queue import WorkQueue

        return WorkQueue(queue_url(self.settings))

    @cached_property
    def rates(self) -> "Rates":
        """How often who may ask."""
        from workers.rates import Rates

        return Rates(queue_url(self.settings))

    @cached_property
    def stage_counts(self) -> "StageCounts":
        """What the workers of this queue did."""
        from workers.stage_counts import StageCounts

        return StageCounts(queue_url(self.settings))

    @cached_property
    def attempts(self) -> "Attempts":
        """Attempts at batches, this process's own among them."""
        from workers.attempts import Attempts

        return Attempts(queue_url(self.settings))

    @cached_property
    def messages(self) -> "Messages":
        """What sends work to the workers of this queue."""
        from workers.broker import open_broker
        from workers.messages import Messages

        return Messages(open_broker(queue_url(self.settings)), self.settings.workers.batch_figures)

    @property
    def describing_folder(self) -> Path:
        return self.settings.home / "describing"

    @property
    def models_folder(self) -> Path:
        """Copies of the checkpoints that embedded this collection."""
        return self.settings.home / "models"

    def kept_folder(self, encoder_id: str) -> Path:
        """Holds the copy of one checkpoint's folder, under that folder's own name."""
        return self.models_folder / _file_name(encoder_id)

    @property
    def _api_key(self) -> str | None:
        """Of the index."""
        key = self.settings.qdrant.api_key
        return key.get_secret_value() if key else None


def _file_name(encoder_id: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]", "-", encoder_id)
