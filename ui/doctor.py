"""What `limn doctor` finds: settings, versions, where things may be sent, and what is wrong.

Nothing is started, written or mended. What cannot be known while no services run is said to be
unknown.
"""

import os
import platform
import shutil
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import httpx
from pydantic import BaseModel, SecretStr

from core.errors import ConfigurationFault, LimnError
from core.passwords import HIDDEN, without_password
from core.settings import Settings
from ui.guard import check_exposure
from workers.resources import Resources, has_catalogue

LIBRARIES = (
    "limn", "qdrant-client", "qdrant-edge-py", "torch", "transformers", "sentence-transformers",
    "onnxruntime", "celery", "redis", "streamlit", "fastapi", "pillow", "numpy", "SQLAlchemy",
)  # fmt: skip
_PROVIDER_S = 5.0
_LITTLE_DISK_BYTES = 5 * 2**30

State = Literal["ok", "warning", "fault", "unknown"]


class Finding(BaseModel):
    """One thing looked at."""

    part: str
    state: State
    detail: str
    advice: str = ""
    """What to do; empty where nothing needs doing."""


class Endpoint(BaseModel):
    """An address that Limn may speak to, and what for."""

    name: str
    url: str
    used_for: str


class Diagnosis(BaseModel):
    """Everything; the stable JSON of `limn doctor --json`."""

    versions: dict[str, str]
    settings: dict[str, Any]
    """Those that differ from the defaults, as `LIMN_*` variables; secrets are not shown."""
    endpoints: list[Endpoint]
    findings: list[Finding]

    @property
    def is_well(self) -> bool:
        """Whether nothing is a fault."""
        return all(finding.state != "fault" for finding in self.findings)


def diagnose(settings: Settings, running: Settings | None) -> Diagnosis:
    """Look at an installation.

    Args:
        settings: As configured.
        running: The same with the addresses of running services; None where none run.
    """
    return Diagnosis(
        versions={
            "python": platform.python_version(),
            "system": platform.platform(),
            **{name: version(name) for name in LIBRARIES},
        },
        settings=dict(_changed(settings, Settings.model_construct())),
        endpoints=list(_endpoints(settings)),
        findings=[
            finding
            for look in (_access, _provider, _home, _catalogue, _pictures, _encoder, _services)
            for finding in look(settings, running)
        ],
    )


def _changed(
    part: BaseModel, default: BaseModel, prefix: str = "LIMN_"
) -> Iterator[tuple[str, Any]]:
    for name in type(part).model_fields:
        value, usual = getattr(part, name), getattr(default, name)
        variable = f"{prefix}{name.upper()}"
        if isinstance(value, BaseModel):
            yield from _changed(value, usual, f"{variable}__")
        elif value != usual or name == "home":
            yield variable, _shown(value)


def _shown(value: object) -> Any:
    if isinstance(value, SecretStr):
        return HIDDEN
    if isinstance(value, Path):
        return str(value)
    return without_password(value) if isinstance(value, str) else value


def _endpoints(settings: Settings) -> Iterator[Endpoint]:
    """In the order in which a person worried about egress would ask."""
    describe = settings.describe
    for name, provider in (("captioner", describe.captioner), ("enricher", describe.enricher)):
        if provider.url:
            used_for = f"drawings and texts of publications are sent to {provider.model}"
            yield Endpoint(name=name, url=without_password(provider.url), used_for=used_for)
    for name, url, used_for in (
        ("qdrant", settings.qdrant.url, "vectors and facts of figures"),
        ("redis", _secret(settings.redis.url), "figure ids on their way to workers"),
        ("catalogue", _secret(settings.catalogue.url), "everything known of publications"),
        ("pictures", _secret(settings.pictures.url), "drawings"),
    ):
        if url and not url.startswith("sqlite"):
            yield Endpoint(name=name, url=without_password(url), used_for=used_for)
    checkpoint = settings.encoder.checkpoint
    if checkpoint and not (Path(checkpoint).is_absolute() or Path(checkpoint).exists()):
        used_for = "downloaded from its hub once; nothing is sent"
        yield Endpoint(name="encoder", url=checkpoint, used_for=used_for)
    if settings.access.mode == "oidc":
        used_for = "asked who signs in; people are sent there and back"
        yield Endpoint(
            name="identity provider", url=str(settings.access.oidc.metadata_url), used_for=used_for
        )
    if settings.fetch.uspto_api_key:
        used_for = "asked by `limn fetch uspto` alone"
        yield Endpoint(name="uspto", url=settings.fetch.uspto_url, used_for=used_for)


def _secret(value: SecretStr | None) -> str | None:
    return value.get_secret_value() if value else None


def _access(settings: Settings, running: Settings | None) -> Iterator[Finding]:  # noqa: ARG001
    try:
        check_exposure(settings)
    except ConfigurationFault as error:
        yield Finding(part="access", state="fault", detail=str(error))
        return
    access, host = settings.access, settings.ui.host
    said = {
        "open": "no users: whoever reaches the port may everything",
        "keys": "whoever has a key; `limn keys list` shows them",
        "oidc": f"whom {access.oidc.metadata_url} vouches for, and in REST whoever has a key",
    }[access.mode]
    is_risk = access.mode == "open" and access.open_to_the_network
    advice = "set LIMN_ACCESS__MODE=keys unless a proxy or firewall decides who comes near"
    yield Finding(
        part="access",
        state="warning" if is_risk else "ok",
        detail=f"mode {access.mode} at {host}: {said}",
        advice=advice if is_risk else "",
    )


def _provider(settings: Settings, running: Settings | None) -> Iterator[Finding]:  # noqa: ARG001
    """Whether people could sign in now."""
    if settings.access.mode != "oidc":
        return
    url, part = str(settings.access.oidc.metadata_url), "identity provider"
    advice = "check LIMN_ACCESS__OIDC__METADATA_URL, and that this machine reaches it"
    try:
        said = httpx.get(url, timeout=_PROVIDER_S, follow_redirects=True).raise_for_status().json()
        issuer = str(said["issuer"])
    except httpx.HTTPError as error:
        detail = f"{url} does not answer: {error}"
        yield Finding(part=part, state="fault", detail=detail, advice=advice)
    except (ValueError, KeyError, TypeError):
        detail = f"{url} answers, but not with the discovery document of a provider"
        yield Finding(part=part, state="fault", detail=detail, advice=advice)
    else:
        yield Finding(part=part, state="ok", detail=f"{issuer} answers")


def _home(settings: Settings, running: Settings | None) -> Iterator[Finding]:  # noqa: ARG001
    home = settings.home.expanduser().resolve()
    place = next(path for path in (home, *home.parents) if path.exists())
    if not os.access(place, os.W_OK | os.X_OK):
        advice = "change its rights, or set LIMN_HOME to another folder"
        yield Finding(part="home", state="fault", detail=f"{place} is read-only", advice=advice)
    else:
        new = "" if home.exists() else " (not made yet)"
        yield Finding(part="home", state="ok", detail=f"{home}{new}")
    disk = shutil.disk_usage(place)
    little = disk.free < _LITTLE_DISK_BYTES
    yield Finding(
        part="disk",
        state="warning" if little else "ok",
        detail=f"{disk.free / 2**30:.1f} GiB of {disk.total / 2**30:.0f} free at {place}",
        advice="make room, or move LIMN_HOME: uploads stop when the disk is full" if little else "",
    )


def _catalogue(settings: Settings, running: Settings | None) -> Iterator[Finding]:  # noqa: ARG001
    if not has_catalogue(settings):
        advice = "take a delivery in with `limn ingest`, or look at `limn demo`"
        yield Finding(part="catalogue", state="ok", detail="nothing is in yet", advice=advice)
        return
    yield from _probe("catalogue", lambda: _counts(Resources(settings)))


def _counts(resources: Resources) -> Iterator[Finding]:
    catalogue = resources.catalogue
    try:
        counts, n_failed = catalogue.counts(), len(catalogue.failures())
        n_waiting = sum(spent.n_waiting for spent in catalogue.spending_by_upload())
        unfinished = [upload for upload in catalogue.uploads() if upload.finished_at is None]
    finally:
        catalogue.close()
    detail = f"{counts.publications:,} publications, {counts.figures:,} figures"
    yield Finding(part="catalogue", state="ok", detail=f"{detail} at {catalogue.where}")
    if n_failed:
        yield Finding(
            part="failures",
            state="warning",
            detail=f"{n_failed:,} figures or members are listed as failed",
            advice="`limn status` says why; `limn retry` tries them again",
        )
    if n_waiting:
        yield Finding(
            part="descriptions",
            state="warning",
            detail="possibly paid, and the answer lost: "
            + (f"{n_waiting:,} questions to models" if n_waiting > 1 else "1 question to a model"),
            advice="`limn describe --retry-lost` asks them again, at your cost; `--not-billed` "
            "where your provider did not bill them",
        )
    if unfinished:
        yield Finding(
            part="uploads",
            state="warning",
            detail=f"{len(unfinished):,} uploads are not finished",
            advice="`limn ingest` or `limn up` goes on with them",
        )


def _pictures(settings: Settings, running: Settings | None) -> Iterator[Finding]:  # noqa: ARG001
    if settings.pictures.url is None:
        return

    def look() -> Iterator[Finding]:
        Resources(settings).pictures  # noqa: B018 - opened by being asked for
        yield Finding(part="pictures", state="ok", detail="their place can be opened")

    yield from _probe("pictures", look)


def _encoder(settings: Settings, running: Settings | None) -> Iterator[Finding]:  # noqa: ARG001
    def look() -> Iterator[Finding]:
        encoder = Resources(settings).encoder
        detail = f"{encoder.encoder_id}, {encoder.dimension} dimensions"
        yield Finding(part="encoder", state="ok", detail=detail)

    yield from _probe("encoder", look)


def _services(settings: Settings, running: Settings | None) -> Iterator[Finding]:
    known = running or settings
    resources = Resources(known)
    if known.qdrant.url:
        yield from _probe("index", lambda: _index(resources))
    if known.redis.url:
        yield from _probe("queue", lambda: _queue(resources))
    if running is None and not (known.qdrant.url and known.redis.url):
        advice = "`limn up` starts them; commands that need them start them for themselves"
        detail = "no services run for this home; index and queue were not looked at"
        yield Finding(part="services", state="unknown", detail=detail, advice=advice)


def _index(resources: Resources) -> Iterator[Finding]:
    index = resources.unprepared_index()
    index.check_server()
    live = index.live_collection()
    if live is None:
        yield Finding(part="index", state="ok", detail="nothing is in yet")
    elif live != index.collection:
        detail = f"{live} is live; the configured encoder's collection is {index.collection}"
        yield Finding(part="index", state="fault", detail=detail, advice="run `limn reindex`")
    else:
        yield Finding(part="index", state="ok", detail=f"{index.count():,} figures in {live}")


def _queue(resources: Resources) -> Iterator[Finding]:
    queue = resources.queue
    waiting = ", ".join(f"{n:,} in {name}" for name, n in queue.depths().items() if n)
    detail = f"messages waiting: {waiting or 'none'}"
    yield Finding(part="queue", state="ok", detail=detail)
    workers = queue.live_workers()
    yield Finding(
        part="workers",
        state="ok" if workers else "warning",
        detail=", ".join(workers) or "no worker has been heard of lately",
        advice="" if workers else "uploads wait until one runs: `limn up`, or start the containers",
    )
    fault = queue.fault()
    if fault:
        advice = "mend it, then run `limn retry`"
        yield Finding(part="workers", state="fault", detail=str(fault), advice=advice)


def _probe(part: str, look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """What a look finds, or that it failed; errors of ours say what to do."""
    try:
        yield from list(look())
    except LimnError as error:
        yield Finding(part=part, state="fault", detail=str(error))
