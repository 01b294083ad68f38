"""What `limn doctor` looks at, part by part; nothing that is looked at is changed by it."""

import os
import shutil
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Literal, TypeAlias

import httpx
from pydantic import BaseModel

from core.errors import ConfigurationFault, EncoderMismatch, LimnError
from core.records import Stage
from core.settings import Settings
from ingestion.catalogue import Catalogue
from ui.guard import check_exposure
from workers.addresses import catalogue_url, has_catalogue
from workers.reconciling import count_missing
from workers.resources import Resources

State: TypeAlias = Literal["ok", "warning", "fault", "unknown"]
_PROVIDER_S = 5.0
_LITTLE_DISK_BYTES = 5 * 2**30


class Finding(BaseModel):
    """One thing looked at."""

    part: str
    state: State
    detail: str
    advice: str = ""
    """What to do; empty where nothing needs doing."""


class AsFound(Resources):
    """An installation as it is: no file is made, no older catalogue brought up to date.

    Args:
        settings: As configured.
        running: The same with the addresses of running services; None where none run.
    """

    def __init__(self, settings: Settings, running: Settings | None) -> None:
        super().__init__(running or settings)
        self.is_running = running is not None

    @cached_property
    def catalogue(self) -> Catalogue:
        return Catalogue.as_found(catalogue_url(self.settings))

    def close(self) -> None:
        """Give the catalogue's connections back."""
        if "catalogue" in vars(self):
            self.catalogue.close()

    @property
    def knows_its_model(self) -> bool:
        """Whether a setting or a catalogue that can be read says which model searches."""
        if self.settings.encoder.checkpoint is not None or not has_catalogue(self.settings):
            return True
        try:
            self.catalogue.check_schema()
        except LimnError:
            return False
        return True


def _access(found: AsFound) -> Iterator[Finding]:
    try:
        check_exposure(found.settings)
    except ConfigurationFault as error:
        yield Finding(part="access", state="fault", detail=str(error))
        return
    access, host = found.settings.access, found.settings.ui.host
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


def _provider(found: AsFound) -> Iterator[Finding]:
    """Whether people could sign in now."""
    access = found.settings.access
    if access.mode != "oidc":
        return
    url, part = str(access.oidc.metadata_url), "identity provider"
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


def _home(found: AsFound) -> Iterator[Finding]:
    home = found.settings.home.expanduser().resolve()
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


def _catalogue(found: AsFound) -> Iterator[Finding]:
    if not has_catalogue(found.settings):
        advice = "take a delivery in with `limn ingest`, or look at `limn demo`"
        yield Finding(part="catalogue", state="ok", detail="nothing is in yet", advice=advice)
        return
    yield from _probe("catalogue", lambda: _counts(found.catalogue))


def _counts(catalogue: Catalogue) -> Iterator[Finding]:
    counts, n_failed = catalogue.counts(), len(catalogue.failures())
    n_waiting = sum(spent.n_waiting for spent in catalogue.spending_by_upload())
    unfinished = [upload for upload in catalogue.uploads() if upload.finished_at is None]
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


def _pictures(found: AsFound) -> Iterator[Finding]:
    if found.settings.pictures.url is None:
        return

    def look() -> Iterator[Finding]:
        found.pictures  # noqa: B018 - opened by being asked for
        yield Finding(part="pictures", state="ok", detail="their place can be opened")

    yield from _probe("pictures", look)


def _encoder(found: AsFound) -> Iterator[Finding]:
    def look() -> Iterator[Finding]:
        encoder = found.encoder
        is_held = found.settings.encoder.checkpoint is not None and has_catalogue(found.settings)
        current = found.catalogue.current_model() if is_held else None
        if current is not None and current.encoder_id != encoder.encoder_id:
            raise EncoderMismatch(
                f"LIMN_ENCODER__CHECKPOINT holds Limn to {encoder.encoder_id}, and the current "
                f"model is {current.encoder_id}; unset it, or see `limn models`"
            )
        detail = f"{encoder.encoder_id}, {encoder.dimension} dimensions"
        yield Finding(part="encoder", state="ok", detail=detail)

    yield from _probe("encoder", look) if found.knows_its_model else _unasked("encoder")


def _unasked(part: str) -> Iterator[Finding]:
    detail = "not looked at: the catalogue, which says what model is current, cannot be read"
    yield Finding(part=part, state="unknown", detail=detail)


def _services(found: AsFound) -> Iterator[Finding]:
    known = found.settings
    if known.qdrant.url:
        yield from (
            _probe("index", lambda: _index(found)) if found.knows_its_model else _unasked("index")
        )
    if known.redis.url:
        yield from _probe("queue", lambda: _queue(found))
    if not found.is_running and not (known.qdrant.url and known.redis.url):
        advice = "`limn up` starts them; commands that need them start them for themselves"
        detail = "no services run for this home; index and queue were not looked at"
        yield Finding(part="services", state="unknown", detail=detail, advice=advice)


def _index(found: AsFound) -> Iterator[Finding]:
    index = found.unprepared_index()
    index.check_server()
    live = index.live_collection()
    n_indexed = (
        found.catalogue.counts().by_stage[Stage.INDEXED] if has_catalogue(found.settings) else 0
    )
    if live is None and not n_indexed:
        yield Finding(part="index", state="ok", detail="nothing is in yet")
    elif live is None:
        detail = f"no collection is live, and the catalogue has {n_indexed:,} indexed figures"
        advice = "run `limn reindex`: it makes the index from the catalogue"
        yield Finding(part="index", state="fault", detail=detail, advice=advice)
    elif live != index.collection:
        detail = f"{live} is live; the configured encoder's collection is {index.collection}"
        yield Finding(part="index", state="fault", detail=detail, advice="run `limn reindex`")
    else:
        n_missing = count_missing(found.catalogue, index) if n_indexed else 0
        detail = f"{index.count():,} figures in {live}"
        if not n_missing:
            yield Finding(part="index", state="ok", detail=detail)
            return
        detail += f"; {n_missing:,} of {n_indexed:,} that the catalogue calls indexed are missing"
        advice = "`limn reconcile` says which are missing, `--fix` enters them"
        yield Finding(part="index", state="warning", detail=detail, advice=advice)


def _queue(found: AsFound) -> Iterator[Finding]:
    queue = found.queue
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


LOOKS: tuple[Callable[[AsFound], Iterator[Finding]], ...] = (
    _access,
    _provider,
    _home,
    _catalogue,
    _pictures,
    _encoder,
    _services,
)
"""In the order in which they are told."""
