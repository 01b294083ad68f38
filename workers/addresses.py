"""Where catalogue, pictures, index and queue of a home are, as its settings say; with passwords."""

from pathlib import Path

from core.errors import ConfigurationFault
from core.settings import Settings


def catalogue_url(settings: Settings) -> str:
    """Where the catalogue is: at the configured URL, else a file under the home."""
    url = settings.catalogue.url
    return url.get_secret_value() if url else f"sqlite:///{settings.home / 'catalogue.sqlite3'}"


def has_catalogue(settings: Settings) -> bool:
    """Whether there is a catalogue to ask: opening one makes the file where it is missing."""
    url = settings.catalogue.url
    if url is None:
        return (settings.home / "catalogue.sqlite3").exists()
    # Loads SQLAlchemy, for this alone.
    from ingestion.database import parse_url  # noqa: PLC0415

    parsed = parse_url(url.get_secret_value())
    return parsed.get_backend_name() != "sqlite" or Path(str(parsed.database)).exists()


def pictures_url(settings: Settings) -> str:
    """Where pictures lie: at the configured URL, else a folder under the home."""
    url = settings.pictures.url
    return url.get_secret_value() if url else str(settings.home / "pictures")


def index_url(settings: Settings) -> str:
    """Where Qdrant is.

    Raises:
        ConfigurationFault: If nobody said; the embedded service has a URL once it is started.
    """
    return _required(settings.qdrant.url, "LIMN_QDRANT__URL")


def queue_url(settings: Settings) -> str:
    """Where Redis is.

    Raises:
        ConfigurationFault: If nobody said; the embedded server has a URL once it is started.
    """
    url = settings.redis.url
    return _required(url.get_secret_value() if url else None, "LIMN_REDIS__URL")


def _required(url: str | None, variable: str) -> str:
    if url is None:
        raise ConfigurationFault(f"{variable} is not set; start the services with `limn up`")
    return url
