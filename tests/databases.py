"""A SQLite file and a real PostgreSQL server, for whatever keeps a catalogue."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError

SERVED_BY = pytest.StashKey[str]()
_START_TIMEOUT_S = 60


@pytest.fixture(scope="session")
def postgres_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A PostgreSQL database where schemas can be made: at a URL, in Docker, or a local server."""
    if url := os.environ.get("TEST_POSTGRES_URL"):
        request.config.stash[SERVED_BY] = "TEST_POSTGRES_URL"
        yield url
    elif _docker_answers():
        request.config.stash[SERVED_BY] = "Docker"
        with _postgres_in_docker() as url:
            yield url
    elif binaries := _postgres_binaries():
        request.config.stash[SERVED_BY] = str(binaries)
        with _postgres_on_this_machine(binaries) as url:
            yield url
    else:
        pytest.fail(
            "no PostgreSQL to test against: set TEST_POSTGRES_URL, start Docker, or install the "
            "server (Debian: apt-get install postgresql)"
        )


@pytest.fixture(params=["sqlite", "postgresql"])
def catalogue_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database, once in SQLite and once in PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'catalogue.sqlite3'}"
        return
    with own_schema(request.getfixturevalue("postgres_url")) as own:
        yield own


@contextmanager
def own_schema(server: str) -> Iterator[str]:
    """A PostgreSQL URL that sees an empty schema of its own, dropped at the end."""
    name = f"limn_{uuid.uuid4().hex}"
    _administer(server, f"CREATE SCHEMA {name}")
    own = make_url(server).update_query_dict({"options": f"-csearch_path={name}"})
    yield own.render_as_string(hide_password=False)
    _administer(server, f"DROP SCHEMA {name} CASCADE")


def _administer(server: str, statement: str) -> None:
    url = make_url(server).set(drivername="postgresql+psycopg")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def _docker_answers() -> bool:
    if shutil.which("docker") is None:
        return False
    asked = subprocess.run(["docker", "info"], capture_output=True, check=False, timeout=30)
    return asked.returncode == 0


@contextmanager
def _postgres_in_docker() -> Iterator[str]:
    from testcontainers.core.container import DockerContainer

    container = DockerContainer("postgres:17-alpine").with_exposed_ports(5432)
    with container.with_env("POSTGRES_PASSWORD", "limn") as server:
        host, port = server.get_container_host_ip(), server.get_exposed_port(5432)
        url = f"postgresql://postgres:limn@{host}:{port}/postgres"
        _wait_for(url, lambda: True)
        yield url


def _postgres_binaries() -> Path | None:
    on_path = shutil.which("initdb")
    found = [Path(on_path).resolve().parent] if on_path else []
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in found if (folder / "postgres").exists()), None)


@contextmanager
def _postgres_on_this_machine(binaries: Path) -> Iterator[str]:
    """A server on a socket in a folder of its own; PostgreSQL refuses to run as root."""
    home = Path(tempfile.mkdtemp(prefix="limn-pg-"))
    other_user: dict[str, object] = {}
    if os.geteuid() == 0:
        account = _unprivileged_account()
        os.chown(home, account.pw_uid, account.pw_gid)
        other_user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    options = {"cwd": home, "stdin": subprocess.DEVNULL, **other_user}
    made = subprocess.run(
        [binaries / "initdb", "-D", home / "data", "-U", "limn", "--auth=trust", "--no-sync",
         "-E", "UTF8", "--locale=C"],
        capture_output=True, text=True, check=False, **options,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    log = home / "server.log"
    with log.open("w") as output:
        server = subprocess.Popen(
            [binaries / "postgres", "-D", home / "data", "-k", home, "-c", "listen_addresses=",
             "-c", "fsync=off"],
            stdout=output, stderr=output, **options,
        )  # fmt: skip
    try:
        url = f"postgresql://limn@/postgres?host={home}"
        _wait_for(url, lambda: server.poll() is None)
        yield url
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(timeout=30)
        shutil.rmtree(home)


def _unprivileged_account() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def _wait_for(url: str, is_alive: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while True:
        try:
            _administer(url, "SELECT 1")
        except OperationalError:
            assert is_alive(), "PostgreSQL ended instead of starting"
            assert time.monotonic() < deadline, "PostgreSQL did not start in time"
            time.sleep(0.2)
        else:
            return
