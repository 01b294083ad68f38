"""A SQLite file and a real PostgreSQL server for the catalogue, and publications to put in."""

import importlib.util
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
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from core.locarno import LocarnoCode
from core.records import (
    Box,
    Citation,
    Figure,
    FigureCaption,
    FigureText,
    LabelSource,
    Provenance,
    Publication,
    Sheet,
    SheetImage,
    View,
    figure_id,
    publication_id,
)
from ingestion.archive_entries import Rejection
from ingestion.catalogue import Catalogue
from ingestion.catalogue_records import StoredPublication

_SERVED_BY = pytest.StashKey[str]()
_START_TIMEOUT_S = 60


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say who served PostgreSQL."""
    if _SERVED_BY in config.stash:
        terminalreporter.write_line(f"PostgreSQL served by {config.stash[_SERVED_BY]}")


@pytest.fixture(scope="session")
def build() -> ModuleType:
    """Builders of tiny grants and archives, `builders.py` beside this file."""
    return _module_beside("builders")


@pytest.fixture(scope="session")
def registers() -> ModuleType:
    """Builders of tiny design registers, `register_builders.py` beside this file."""
    return _module_beside("register_builders")


@pytest.fixture(scope="session")
def pdfs() -> ModuleType:
    """Builders of patents as PDF documents, `pdf_builders.py` beside this file."""
    return _module_beside("pdf_builders")


@pytest.fixture
def weekly_archive(build: ModuleType, tmp_path: Path) -> Callable[..., Path]:
    """Write a weekly tar of tiny grants: ``weekly_archive("D0907292", "D0907293", n_sheets=3)``."""

    def write(*numbers: str, name: str = "I20210105.tar", **fields: object) -> Path:
        path = tmp_path / name
        path.write_bytes(build.tar_of(build.weekly_files(numbers or ("D0907292",), **fields)))
        return path

    return write


def _module_beside(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        f"ingestion_{name}", Path(__file__).with_name(f"{name}.py")
    )
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def postgres_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A PostgreSQL database where schemas can be made: at a URL, in Docker, or a local server."""
    if url := os.environ.get("TEST_POSTGRES_URL"):
        request.config.stash[_SERVED_BY] = "TEST_POSTGRES_URL"
        yield url
    elif _docker_answers():
        request.config.stash[_SERVED_BY] = "Docker"
        with _postgres_in_docker() as url:
            yield url
    elif binaries := _postgres_binaries():
        request.config.stash[_SERVED_BY] = str(binaries)
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
    server = request.getfixturevalue("postgres_url")
    name = f"limn_{uuid.uuid4().hex}"
    _administer(server, f"CREATE SCHEMA {name}")
    own = make_url(server).update_query_dict({"options": f"-csearch_path={name}"})
    yield own.render_as_string(hide_password=False)
    _administer(server, f"DROP SCHEMA {name} CASCADE")


@pytest.fixture
def catalogue(catalogue_url: str) -> Iterator[Catalogue]:
    """An empty catalogue, once in SQLite and once in PostgreSQL."""
    opened = Catalogue.open(catalogue_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def make_stored() -> Callable[..., StoredPublication]:
    """Build a publication with its sheets and figures, and a front-page copy."""
    return build_stored


def build_stored(
    number: str = "D0907292",
    *,
    n_figures: int = 3,
    revision: str = "a",
    title: str = "Razor handle",
    pixels: str | None = None,
) -> StoredPublication:
    """A publication with one figure a sheet; `pixels` seeds the pictures' hashes."""
    publication = publication_id("US", number, "S1")
    places = range(n_figures + 1)
    files = [f"US{number}-20210105-D{sheet:05}.TIF" for sheet in places]
    captions = tuple(
        FigureCaption(str(n), f"FIG. {n} is a front view thereof", View.FRONT, title)
        for n in places[1:]
    )
    figures = tuple(
        Figure(
            figure_id=figure_id(publication, sheet, 1, str(sheet) if sheet else None),
            publication_id=publication,
            sheet=sheet,
            position=1,
            label=str(sheet) if sheet else None,
            label_source=LabelSource.PRINTED if sheet else LabelSource.NONE,
            view=View.FRONT if sheet else View.UNKNOWN,
            object_name=title if sheet else None,
            caption=captions[sheet - 1].text if sheet else None,
            box=Box(3, 4, 50, 60),
            sha256=f"{pixels or revision}{sheet}".ljust(64, "0"),
        )
        for sheet in places
    )
    return StoredPublication(
        publication=Publication(
            publication_id=publication,
            office="US",
            number=number,
            kind="S1",
            title=title,
            publication_date=date(2021, 1, 5),
            filing_date=None,
            application_number="29123456",
            locarno=(LocarnoCode("28", "03", "13"), LocarnoCode("08", "03", "13")),
            us_class=("D28/47",),
            owner="Møller & Søn",
            inventors=("A. Møller",),
            n_declared_sheets=n_figures,
            n_declared_figures=n_figures,
            captions=captions,
            broken_line_statement="The broken lines form no part of the claimed design.",
            hague_number=None,
            images=tuple(SheetImage(file, n, n == 2) for n, file in enumerate(files)),
            source="I20210105.tar!a",
            citations=(Citation(office="US", number="D0553080"),),
        ),
        content_hash=revision * 64,
        sheets=tuple(
            Sheet(publication, n, file, f"{n}".ljust(64, "f"), 800, 600, 90 if n == 2 else 0)
            for n, file in enumerate(files)
        ),
        figures=figures,
        texts=tuple(
            FigureText(figure.figure_id, Provenance.GRANT, title) for figure in figures[1:]
        ),
        problems=(Rejection(f"{number}.ZIP!extra.TIF", "is not named by the document"),),
    )


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
