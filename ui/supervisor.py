"""Who runs the services of a home, and how others find and share them.

One process owns a home's services: it holds `run/owner.lock` and keeps `run/services.json` true.
Other commands for the same home attach to what runs, holding `run/guests.lock` shared so that the
owner waits for them. Locks end with their holders, so a lock file left by a crash is never stale;
processes left by a crash are found by id and start time and ended.
"""

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import IO, TypeAlias

from pydantic import BaseModel, SecretStr

from core.errors import ServiceFailed
from core.settings import Settings
from ui.processes import ServiceProcess, ServiceSpec, end_stale
from ui.services import Service, service_spec, with_addresses
from workers.resources import Resources

_MAX_RESTARTS = 3
_RESTART_WINDOW_S = 120
_ATTACH_PATIENCE_S = 90

Say: TypeAlias = Callable[[str], None]
"""Takes one line for the person watching."""


class _State(BaseModel):
    """What `run/services.json` holds."""

    provides: frozenset[Service] = frozenset()
    """Empty while services are still starting."""
    qdrant_url: str
    redis_url: str
    ui_port: int
    processes: dict[str, list[float]]


@dataclass
class Session:
    """The services of a home while a command uses them.

    Attributes:
        settings: With the address of every service.
        is_owner: True where this command runs them, False where it found them running.
        check: Call it now and then: restarts what died, and says whether something had: messages
            it held are worth sending again. Raises ServiceFailed when it dies again and again.
        is_served: Whether services that do not answer may come back at their addresses.
    """

    settings: Settings
    is_owner: bool
    check: Callable[[], bool]
    is_served: Callable[[], bool] = lambda: True

    @cached_property
    def resources(self) -> Resources:
        """Catalogue, index, encoder and queue of this home."""
        return Resources(self.settings)


@contextmanager
def use_services(settings: Settings, needed: frozenset[Service], say: Say) -> Iterator[Session]:
    """Attach to the home's running services, else run them until the block ends.

    Raises:
        ServiceFailed: If they cannot be started or another command holds them too long.
    """
    home = _prepare_home(settings)
    deadline = time.monotonic() + _ATTACH_PATIENCE_S
    waiting = False
    while True:
        with _lock(home / "run/owner.lock", fcntl.LOCK_EX) as is_owner:
            if is_owner:
                with _own(settings, needed, say) as session:
                    yield session
                    _wait_for_guests(home, say)
                return
        state = _read_state(home)
        if state and needed <= state.provides:
            with _lock(home / "run/guests.lock", fcntl.LOCK_SH) as is_guest:
                if is_guest:
                    attached = _attached(settings, state)
                    is_served = partial(_runs_there, settings, attached)
                    yield Session(attached, False, lambda: False, is_served)
                    return
        if not waiting:
            say("another limn command uses this home; waiting for its services")
            waiting = True
        if time.monotonic() > deadline:
            raise ServiceFailed(
                f"another limn command has held {home} for {_ATTACH_PATIENCE_S} s without running "
                f"{', '.join(sorted(needed))}; try again when it has ended"
            )
        time.sleep(0.2)


def running_services(settings: Settings) -> Settings | None:
    """Settings with the addresses of the home's running services; None where none run.

    Nothing is started, made or kept alive.
    """
    home = settings.home.expanduser().resolve()
    lock = home / "run/owner.lock"
    state = _read_state(home)
    if state is None or not lock.exists():
        return None
    with _lock(lock, fcntl.LOCK_EX) as is_free:
        return None if is_free else _attached(settings, state)


def _runs_there(settings: Settings, attached: Settings) -> bool:
    """Whether somebody still runs the services that were attached to, at the same addresses."""
    now = running_services(settings)
    return now is not None and (now.redis, now.qdrant) == (attached.redis, attached.qdrant)


@contextmanager
def own_services(settings: Settings, services: frozenset[Service], say: Say) -> Iterator[Session]:
    """Run the services of a home as their owner, whoever else attaches.

    Raises:
        ServiceFailed: If another process owns this home, or a service cannot be started.
    """
    home = _prepare_home(settings)
    with _lock(home / "run/owner.lock", fcntl.LOCK_EX) as is_owner:
        if not is_owner:
            state = _read_state(home)
            pages = state is not None and Service.PAGES in state.provides
            where = (
                f", pages at http://{settings.ui.host}:{state.ui_port}" if pages and state else ""
            )
            raise ServiceFailed(
                f"Limn already runs for {home}{where}; stop it first, or set LIMN_HOME to another "
                "folder to run a second one beside it"
            )
        with _own(settings, services, say) as session:
            yield session


@contextmanager
def _own(settings: Settings, services: frozenset[Service], say: Say) -> Iterator[Session]:
    complete = with_addresses(settings)
    previous = _read_state(complete.home)
    for name in end_stale(previous.processes) if previous else ():
        say(f"ended {name}, left running by a Limn that crashed")
    not_here = {
        *([Service.INDEX] if settings.qdrant.url else []),
        *([Service.QUEUE] if settings.redis.url else []),
        *([] if settings.describe.asks_models else [Service.ENRICH_WORKER]),
    }
    supervisor = _Supervisor(complete, say, services)
    try:
        supervisor.start(services - not_here)
        yield Session(complete, True, supervisor.check)
    finally:
        supervisor.stop()


@dataclass(slots=True)
class _Supervisor:
    """Starts services in order, restarts what dies, stops all in reverse order."""

    settings: Settings
    say: Say
    provides: frozenset[Service]
    _running: dict[Service, ServiceProcess] = field(default_factory=dict)
    _deaths: list[float] = field(default_factory=list)

    def start(self, services: frozenset[Service]) -> None:
        # All are described before the first starts: a port in use is told with nothing running.
        specs = [(name, service_spec(name, self.settings)) for name in Service if name in services]
        for service, spec in specs:
            self._start(service, spec)
        self._write_state(self.provides)

    def check(self) -> bool:
        restarted = False
        for service, process in list(self._running.items()):
            if process.exit_status() is None:
                continue
            now = time.monotonic()
            self._deaths = [t for t in self._deaths if now - t < _RESTART_WINDOW_S] + [now]
            if len(self._deaths) > _MAX_RESTARTS:
                raise ServiceFailed(
                    f"{service} {process.how_it_ended()}; {len(self._deaths)} services died within "
                    f"{_RESTART_WINDOW_S} s, giving up. What was stored is safe in "
                    f"{self.settings.home}.\n{process.log_tail()}"
                )
            self.say(f"{service} {process.how_it_ended()}; starting it again")
            self._start(service, service_spec(service, self.settings))
            self._write_state(self.provides)
            restarted = True
        return restarted

    def stop(self) -> None:
        for service in reversed(Service):
            process = self._running.get(service)
            if process:
                process.stop()
        _state_path(self.settings.home).unlink(missing_ok=True)

    def _start(self, service: Service, spec: ServiceSpec) -> None:
        process = ServiceProcess(spec, self.settings.home / "logs")
        self._running[service] = process
        self._write_state(frozenset())
        process.wait_ready()

    def _write_state(self, provides: frozenset[Service]) -> None:
        assert self.settings.redis.url
        assert self.settings.qdrant.url
        state = _State(
            provides=provides,
            qdrant_url=self.settings.qdrant.url,
            redis_url=self.settings.redis.url.get_secret_value(),
            ui_port=self.settings.ui.port,
            processes={name: process.identity for name, process in self._running.items()},
        )
        path = _state_path(self.settings.home)
        draft = path.with_suffix(".tmp")
        draft.touch(mode=0o600)
        draft.write_text(state.model_dump_json(indent=1))
        draft.replace(path)


def _prepare_home(settings: Settings) -> Path:
    home = settings.home.expanduser().resolve()
    try:
        (home / "run").mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise ServiceFailed(f"cannot use {home} as LIMN_HOME: {error.strerror}") from error
    return home


def _attached(settings: Settings, state: _State) -> Settings:
    return settings.model_copy(
        update={
            "home": settings.home.expanduser().resolve(),
            "qdrant": settings.qdrant.model_copy(update={"url": state.qdrant_url}),
            "redis": settings.redis.model_copy(update={"url": SecretStr(state.redis_url)}),
            "ui": settings.ui.model_copy(update={"port": state.ui_port}),
        }
    )


def _state_path(home: Path) -> Path:
    return home / "run/services.json"


def _read_state(home: Path) -> _State | None:
    with suppress(FileNotFoundError):
        return _State.model_validate_json(_state_path(home).read_bytes())
    return None


def _wait_for_guests(home: Path, say: Say) -> None:
    told = False
    while True:
        with _lock(home / "run/guests.lock", fcntl.LOCK_EX) as is_alone:
            if is_alone:
                return
        if not told:
            say("other limn commands still use the services; stopping them when those end")
            told = True
        time.sleep(0.2)


@contextmanager
def _lock(path: Path, kind: int) -> Iterator[bool]:
    """Hold a lock for the block if it is free at once."""
    handle: IO[str]
    with path.open("a") as handle:
        try:
            fcntl.flock(handle, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
