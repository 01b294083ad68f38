"""What a process needs to do its work, opened on first use and kept for its life.

Built in the worker child, never in its parent: a parent that has loaded a model deadlocks its
forks. The UI and the command line open the same resources the same way.
"""

from functools import cached_property

from core.errors import ConfigurationFault
from core.ports import Encoder
from core.settings import Settings
from encoder.checkpoint import load_encoder
from ingestion.catalogue import Catalogue
from ingestion.pictures import PictureStore
from search.index import FigureIndex
from search.service import SearchService
from workers.queue import WorkQueue


class Resources:
    """Everything a stage, a page or a command reaches, bound to one `Settings`.

    Args:
        settings: With `qdrant.url` and `redis.url` set where the index or the queue is used.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def catalogue(self) -> Catalogue:
        url = self.settings.catalogue.url
        if url is not None:
            return Catalogue.open(url.get_secret_value())
        self.settings.home.mkdir(parents=True, exist_ok=True)
        return Catalogue.open(f"sqlite:///{self.settings.home / 'catalogue.sqlite3'}")

    @cached_property
    def pictures(self) -> PictureStore:
        return PictureStore(self.settings.pictures.url or str(self.settings.home / "pictures"))

    @cached_property
    def encoder(self) -> Encoder:
        part = self.settings.encoder
        return load_encoder(part.checkpoint, n_threads=part.n_threads, batch_size=part.batch_size)

    @cached_property
    def index(self) -> FigureIndex:
        """The figure index, prepared for the configured encoder.

        Raises:
            IndexUnavailable: If Qdrant does not answer.
            SchemaMismatch, EncoderMismatch, VersionSkew: If what is there does not fit.
        """
        index = self.unprepared_index()
        index.prepare()
        return index

    def unprepared_index(self) -> FigureIndex:
        """The configured encoder's index, not yet asked whether it is there or fits."""
        part = self.settings.qdrant
        return FigureIndex(
            _required(part.url, "LIMN_QDRANT__URL"),
            self.encoder.encoder_id,
            self.encoder.dimension,
            api_key=part.api_key.get_secret_value() if part.api_key else None,
            timeout_s=part.timeout_s,
        )

    @cached_property
    def search(self) -> SearchService:
        return SearchService(self.index, self.encoder)

    @cached_property
    def queue(self) -> WorkQueue:
        url = self.settings.redis.url
        secret = url.get_secret_value() if url else None
        return WorkQueue(_required(secret, "LIMN_REDIS__URL"))


def _required(url: str | None, variable: str) -> str:
    if url is None:
        raise ConfigurationFault(f"{variable} is not set; start the services with `limn up`")
    return url
