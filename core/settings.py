"""All settings, read once at the entry point from `LIMN_*` variables and passed down in parts.

What is secret may lie in files instead, each named as the variable without its prefix, in lower
case: `/run/secrets/limn/redis__password`. `LIMN_SECRETS` names another folder; variables go first.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from platformdirs import user_data_path
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from core.access import Role
from core.errors import ConfigurationFault
from core.passwords import is_redis_url, with_password

_SECRETS = "/run/secrets/limn"
"""A folder of our own: what else lies in `/run/secrets` is not ours to read."""

_BARE_URL = r"^https?://[^@]+$"
"""Shown to people as it is: secrets have fields of their own."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class QdrantSettings(_Part):
    """Where vectors live; without a URL the embedded service is used."""

    url: str | None = Field(default=None, pattern=_BARE_URL)
    api_key: SecretStr | None = None
    timeout_s: float = Field(default=30, gt=0)
    n_shards: int = Field(default=1, ge=1)
    """Parts of a collection that is made, spread over the nodes of a cluster; docs/scaling.md."""
    n_replicas: int = Field(default=1, ge=1)
    """Copies of each part, on different nodes."""
    vectors_on_disk: bool = False
    """Full vectors on disk, their 4-bit copies in memory: for millions of figures."""


class _Guarded(_Part):
    """A server behind a password, which can come from a place of its own."""

    url: SecretStr | None = None
    password: SecretStr | None = None
    """Becomes part of the URL where that names none."""

    @model_validator(mode="before")
    @classmethod
    def _puts_the_password_in(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("url") and given.get("password"):
            return {**given, "url": with_password(given["url"], given["password"])}
        return given


class RedisSettings(_Guarded):
    """Where the queue lives; without a URL an embedded server is started."""

    @field_validator("url")
    @classmethod
    def _can_be_read(cls, url: SecretStr | None) -> SecretStr | None:
        """Or parts of the password would be taken for host and port, and be told as those."""
        if url is not None and not is_redis_url(url.get_secret_value()):
            raise ValueError(
                "write redis://:password@host:6379/0, with / ? # @ : of the password as "
                "%2F %3F %23 %40 %3A"
            )
        return url


class CatalogueSettings(_Guarded):
    """The system of record; without a URL, SQLite under the home."""


class PicturesSettings(_Guarded):
    """Where pictures live: any fsspec URL; without one, a folder under the home."""


class EncoderSettings(_Part):
    """Which checkpoint embeds; without one, the shipped checkpoint."""

    checkpoint: str | None = None
    n_threads: int = Field(default=1, ge=1)
    batch_size: int = Field(default=8, ge=1)
    """Figures embedded together: larger batches cost memory, and gain speed on a GPU alone."""


class ModelsSettings(_Part):
    """When a new encoder may take the place of the current one; see `limn models`."""

    tolerance: float = Field(default=0.01, ge=0, le=1)
    """How much worse than the current one it may be at most, in shares of hits and of precision."""
    n_figures: int = Field(default=4000, ge=2)
    """Figures that the two are compared on, whole publications drawn at random."""


class ProviderSettings(_Part):
    """A model that writes about figures: behind an endpoint where there is a URL, else a local one.

    With neither URL nor model, the embedded default writes, and nothing is downloaded or sent.
    """

    url: str | None = Field(default=None, pattern=_BARE_URL)
    """Base URL of an OpenAI-compatible service, ``http://localhost:11434/v1``."""
    api_key: SecretStr | None = None
    model: str | None = None
    """What the service calls the model; without a URL, a folder or a name on a model hub."""
    timeout_s: float = Field(default=120, gt=0)
    """For one whole answer of a service."""
    n_parallel: int = Field(default=4, ge=1, le=64)
    """Questions a service answers at a time."""
    max_answer_tokens: int = Field(default=1024, ge=16)
    picture_tokens: int = Field(default=8192, ge=0)
    """The most that one picture of at most 1,024 × 1,024 pixels is counted as; a budget holds it
    back for each question with a picture until the answer says what was counted."""
    prompt_price: float = Field(default=0, ge=0)
    """Of a million tokens of prompts, in the currency of your choice; 0 counts tokens alone."""
    answer_price: float = Field(default=0, ge=0)
    """Of a million tokens of answers."""
    temperature: float | None = Field(default=None, ge=0, le=2)
    """None leaves it to a service; a local model then takes the likeliest words."""
    device: str = "auto"
    """Of a local model: ``cpu``, ``cuda``, ``cuda:1``; auto takes the GPU where there is one."""
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    """Of a local model; auto takes what its weights were saved as."""
    batch_size: int = Field(default=1, ge=1)
    """Questions a local model takes at a time."""
    quantisation: Literal["none", "8bit", "4bit"] = "none"
    """Of a local model's weights, by bitsandbytes."""

    @model_validator(mode="after")
    def _names_a_model(self) -> Self:
        if self.url and not self.model:
            raise ValueError("a URL was given without a MODEL; say which of its models to ask")
        return self


class DescribeSettings(_Part):
    """Who writes about figures; by default the embedded tagger and the grant's own words."""

    tagger: bool = True
    """Names objects by the figure's vector, where one stands out."""
    captioner: ProviderSettings = ProviderSettings()
    """A vision–language model that says what it sees; none by default."""
    enricher: ProviderSettings = ProviderSettings()
    """A language model that writes descriptions; by default the grant's own words and aliases."""
    budget_tokens: int | None = Field(default=None, ge=0)
    """What the figures of one upload may cost; an upload may have a budget of its own."""
    requests_per_minute: int | None = Field(default=None, ge=1)
    """To one endpoint, by all processes together; no limit by default."""
    tokens_per_minute: int | None = Field(default=None, ge=1)
    """Prompts and answers of one endpoint, by all processes together."""
    n_attempts: int = Field(default=4, ge=1)
    """For one figure, before the endpoint is left alone for a while."""
    retry_wait_s: float = Field(default=1, gt=0)
    """Before the second attempt; then twice as long each time, or as long as the endpoint asks."""

    @property
    def asks_models(self) -> bool:
        """Whether any model beside the embedded ones is to be asked about figures."""
        return self.captioner.model is not None or self.enricher.model is not None


class LimitSettings(_Part):
    """What a hostile archive may cost at most."""

    max_member_bytes: int = Field(default=512 * 2**20, gt=0)
    """One member of an archive, unpacked."""
    max_archive_members: int = Field(default=1_000_000, gt=0)
    max_compression_ratio: float = Field(default=200, gt=1)
    """Unpacked over packed size of a whole zip."""
    max_pixels: int = Field(default=100_000_000, gt=0)
    """Width × height of one picture."""
    max_pdf_pages: int = Field(default=500, gt=0)
    """Of one PDF; the longest design patents have fewer."""
    max_pdf_seconds: int = Field(default=120, gt=0)
    """Reading one PDF."""
    max_upload_bytes: int = Field(default=32 * 2**30, gt=0)
    """One archive sent over HTTP."""


class FetchSettings(_Part):
    """Downloads from an office; nothing is asked of it but by `limn fetch`."""

    uspto_url: str = Field(default="https://api.uspto.gov", pattern=_BARE_URL)
    """The Open Data Portal."""
    uspto_api_key: SecretStr | None = None
    timeout_s: float = Field(default=60, gt=0)
    """Without a byte for so long, a connection is given up."""
    n_attempts: int = Field(default=5, ge=1)
    """For one file; the portal hands each file out about 20 times a year."""
    retry_wait_s: float = Field(default=2, gt=0)
    """Before the second attempt; then twice as long each time."""
    max_wait_s: float = Field(default=300, gt=0)
    """A service that asks to wait longer is left alone for this run."""


class WorkerSettings(_Part):
    """How many processes serve the queues on this machine."""

    n_ingest: int = Field(default=2, ge=1)
    """Processes that parse and cut. Embedding and indexing have one of their own."""
    batch_figures: int = Field(default=32, ge=1, le=64)
    """Figure ids a message."""


class UiSettings(_Part):
    """Address of the Streamlit and REST server."""

    host: str = "127.0.0.1"
    port: int = Field(default=8501, ge=0, le=65535)
    """0 takes a free port."""
    deliveries: Path | None = None
    """Folder of the server from which the Uploads page takes deliveries in; none without it."""


class OidcSettings(_Part):
    """The identity provider that people sign in with on the pages, by OpenID Connect."""

    metadata_url: str | None = Field(default=None, pattern=_BARE_URL)
    """Its discovery document, ``https://…/.well-known/openid-configuration``."""
    client_id: str | None = None
    client_secret: SecretStr | None = None
    redirect_uri: str | None = Field(default=None, pattern=r"^https?://[^/@]+/oauth2callback$")
    """Where it sends people back: the pages' own address and ``/oauth2callback``."""
    roles: Mapping[str, Role] = {}
    """By e-mail address, or ``*@example.com`` for a whole domain; who is not named may nothing."""
    role_claim: str | None = None
    """Claim of the ID token that names roles, or groups; goes before `roles`."""
    group_roles: Mapping[str, Role] = {}
    """By what the claim names, a group's name or id; without it the claim names roles."""


class AccessSettings(_Part):
    """Who may use the pages and the REST API."""

    mode: Literal["open", "keys", "oidc"] = "open"
    """``open``: whoever reaches the port may everything. ``keys``: whoever has a key (`limn keys`).
    ``oidc``: on the pages whoever the identity provider vouches for, in REST keys too."""
    open_to_the_network: bool = False
    """In mode ``open``, serve an address that other machines reach: all of them may everything."""
    session_hours: float = Field(default=12, gt=0, le=720)
    """How long a sign-in on the pages lasts."""
    requests_per_minute: int | None = Field(default=1200, ge=1)
    """Of one name, where people sign in; a picture counts a tenth. None for no limit."""
    refusals_per_minute: int = Field(default=30, ge=1)
    """Keys and sessions from one address that open nothing."""
    secret: SecretStr | None = Field(default=None, min_length=32)
    """Signs sessions; without it one is made and kept under the home. Several page servers that
    share no home need the same."""
    oidc: OidcSettings = OidcSettings()

    @model_validator(mode="after")
    def _has_a_provider(self) -> Self:
        if self.mode != "oidc":
            return self
        part = self.oidc
        needed = ("metadata_url", "client_id", "client_secret", "redirect_uri")
        lacking = [name.upper() for name in needed if not getattr(part, name)]
        if not (part.roles or part.role_claim):
            lacking.append("ROLES or ROLE_CLAIM")
        if part.group_roles and not part.role_claim:
            lacking.append("ROLE_CLAIM, which names the groups of GROUP_ROLES")
        if lacking:
            raise ValueError(f"mode oidc also needs LIMN_ACCESS__OIDC__: {', '.join(lacking)}")
        return self


class CasebookSettings(_Part):
    """Who writes into the casebook, and with which letters certificates are printed."""

    who: str | None = None
    """Signs marks, searches and certificates; without it, the name of the user of this process."""
    drawings_key: SecretStr | None = Field(default=None, min_length=32)
    """Seals the drawings that people search with and their certificates on the disk; without it a
    key is made and kept in `run/drawings.secret` under the home."""
    keep_drawings_days: int | None = Field(default=30, ge=1)
    """A drawing that no saved search refers to is deleted so long after it was last sent."""
    fonts: tuple[Path, ...] = ()
    """TrueType or OpenType files for scripts that the own fonts lack; without any, known fonts of
    this machine for Chinese, Japanese and Korean."""


class LogSettings(_Part):
    """How logs are written."""

    level: str = Field(default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")
    json_lines: bool = False


class Settings(BaseSettings):
    """Everything that can be set; `LIMN_QDRANT__URL` sets `qdrant.url`."""

    model_config = SettingsConfigDict(
        env_prefix="LIMN_",
        env_nested_delimiter="__",
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
    )

    home: Path = Field(default_factory=lambda: user_data_path("limn"))
    qdrant: QdrantSettings = QdrantSettings()
    redis: RedisSettings = RedisSettings()
    catalogue: CatalogueSettings = CatalogueSettings()
    pictures: PicturesSettings = PicturesSettings()
    encoder: EncoderSettings = EncoderSettings()
    models: ModelsSettings = ModelsSettings()
    describe: DescribeSettings = DescribeSettings()
    limits: LimitSettings = LimitSettings()
    fetch: FetchSettings = FetchSettings()
    workers: WorkerSettings = WorkerSettings()
    ui: UiSettings = UiSettings()
    access: AccessSettings = AccessSettings()
    casebook: CasebookSettings = CasebookSettings()
    log: LogSettings = LogSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the signature is pydantic's
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        files = NestedSecretsSettingsSource(
            file_secret_settings,
            secrets_dir=os.environ.get("LIMN_SECRETS", _SECRETS),
            secrets_dir_missing="ok",
            secrets_prefix="",
            secrets_nested_delimiter="__",
        )
        return init_settings, env_settings, files


def read_settings() -> Settings:
    """Read the settings from the environment.

    Raises:
        ConfigurationFault: If a variable makes no sense; names each and says why.
    """
    try:
        return Settings()
    except ValidationError as error:
        faults = [
            f"LIMN_{'__'.join(str(part) for part in fault['loc']).upper()}: {fault['msg']}"
            for fault in error.errors()
        ]
        raise ConfigurationFault("; ".join(faults)) from error
    except SettingsError as error:
        raise ConfigurationFault(f"{error}: write it as JSON") from None
