"""Secrets of the settings are in nothing that Limn writes, whatever goes wrong.

Every field that is a SecretStr is found in the settings themselves, so that a new one is covered.
"""

import json
import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import structlog
from fastapi.testclient import TestClient
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pypdfium2 import PdfDocument
from typer.testing import CliRunner

from core.access import Role
from core.errors import LimnError
from core.logs import configure_logs
from core.settings import LogSettings, Settings, read_settings
from encoder.describing.endpoint import Endpoint
from encoder.describing.language_model import Conversation
from tests.ui.corpus import FakeEncoder
from ui.api import build_api
from ui.cli import app as cli
from ui.context import Served, UiContext
from ui.doctor import diagnose
from ui.fetch_run import fetch_uspto
from ui.identity import Identities
from ui.key_ring import KeyRing
from ui.processes import free_port
from workers.resources import Resources

_MARK = "hush"
"""Begins every secret of these tests; nothing else that Limn writes has this word."""


def _secret_fields(model: type[BaseModel], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, field in model.model_fields.items():
        if _is_part(field):
            yield from _secret_fields(field.annotation, (*path, name))  # type: ignore[arg-type]
        elif "SecretStr" in str(field.annotation):
            yield (*path, name)


def _is_part(field: FieldInfo) -> bool:
    return isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)


def _secret(path: tuple[str, ...], port: int) -> str:
    word = f"{_MARK}-{'-'.join(path)}-{'x' * 32}"
    urls = {
        ("redis", "url"): f"redis://limn:{word}@127.0.0.1:{port}/0",
        ("catalogue", "url"): f"postgresql://limn:{word}@127.0.0.1:{port}/limn?connect_timeout=2",
        ("pictures", "url"): f"ftp://limn:{word}@127.0.0.1:{port}/limn?key={word}",
    }
    return urls.get(path, word)


def _plain_urls(model: type[BaseModel], prefix: str = "LIMN_") -> Iterator[str]:
    """Variables of addresses that are shown to people as they are."""
    for name, field in model.model_fields.items():
        if _is_part(field):
            yield from _plain_urls(field.annotation, f"{prefix}{name.upper()}__")  # type: ignore[arg-type]
        elif name.endswith(("url", "uri")) and "SecretStr" not in str(field.annotation):
            yield f"{prefix}{name.upper()}"


@pytest.mark.parametrize("variable", list(_plain_urls(Settings)))
def test_an_address_that_is_shown_takes_no_password(
    variable: str, variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = f"http://limn:{_MARK}@127.0.0.1/oauth2callback"
    for name, value in (variables | {variable: said}).items():
        monkeypatch.setenv(name, value)
    assert _MARK not in _told(read_settings)


@pytest.fixture(scope="module")
def variables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An installation in which every secret is set and every address has nobody behind it."""
    port = free_port()
    secrets = {
        f"LIMN_{'__'.join(path).upper()}": _secret(path, port) for path in _secret_fields(Settings)
    }
    return {
        **secrets,
        "LIMN_HOME": str(tmp_path_factory.mktemp("home")),
        "LIMN_QDRANT__URL": f"http://127.0.0.1:{port}",
        "LIMN_DESCRIBE__ENRICHER__URL": f"http://127.0.0.1:{port}/v1?key={_MARK}-enricher",
        "LIMN_DESCRIBE__ENRICHER__MODEL": "writer",
        "LIMN_DESCRIBE__CAPTIONER__URL": f"http://127.0.0.1:{port}/v1",
        "LIMN_DESCRIBE__CAPTIONER__MODEL": "seer",
        "LIMN_FETCH__USPTO_URL": f"http://127.0.0.1:{port}",
        "LIMN_FETCH__N_ATTEMPTS": "1",
        "LIMN_ACCESS__MODE": "oidc",
        "LIMN_ACCESS__OIDC__METADATA_URL": f"http://127.0.0.1:{port}/.well-known",
        "LIMN_ACCESS__OIDC__CLIENT_ID": "limn",
        "LIMN_ACCESS__OIDC__REDIRECT_URI": "http://127.0.0.1/oauth2callback",
        "LIMN_ACCESS__OIDC__ROLES": '{"ada@firm.example": "admin"}',
        "LIMN_LOG__JSON_LINES": "true",
    }


@pytest.fixture
def broken(variables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return read_settings()


@pytest.fixture
def json_lines() -> Iterator[None]:
    configure_logs(LogSettings(json_lines=True))
    yield
    structlog.reset_defaults()


def _told(act: Callable[[], object]) -> str:
    """The whole traceback of what an act raises on purpose, with everything it came from."""
    with pytest.raises(LimnError) as caught:
        act()
    return "".join(traceback.format_exception(caught.value))


@pytest.mark.filterwarnings("ignore:Api key is used with an insecure connection")
@pytest.mark.usefixtures("json_lines")
def test_what_does_not_answer_is_told_without_its_password(
    broken: Settings, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    resources = _WithFakeEncoder(broken)
    day = date(2021, 1, 5)
    acts: list[Callable[[], object]] = [
        lambda: resources.catalogue,
        lambda: resources.pictures,
        _depths(resources),
        lambda: resources.messages.send_figures("embed", ["1"]),
        lambda: resources.unprepared_index().check_server(),
        lambda: resources.unprepared_index().prepare(),
        lambda: Endpoint(broken.describe.enricher, "ENRICHER").ask(
            Conversation("", ("what is it?",))
        ),
        lambda: fetch_uspto(broken.fetch, day, day, tmp_path, lambda _: lambda *_: None),
    ]
    told = [_told(act) for act in acts]
    log = structlog.get_logger()
    for act in acts:
        try:
            act()
        except LimnError as error:
            log.warning("broke", error=str(error), exc_info=error)
    told.append(diagnose(broken, running=None).model_dump_json())
    written = capsys.readouterr()
    assert "broke" in written.err
    assert _MARK not in "\n".join([*told, written.err, written.out])


def _depths(resources: Resources) -> Callable[[], object]:
    def ask() -> object:
        return resources.queue.depths()

    return ask


class _WithFakeEncoder(Resources):
    encoder = FakeEncoder()  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("LIMN_ACCESS__SECRET", f"{_MARK}-short"),
        ("LIMN_CASEBOOK__DRAWINGS_KEY", f"{_MARK}-short"),
        ("LIMN_DESCRIBE__ENRICHER__URL", f"http://limn:{_MARK}@127.0.0.1/v1"),
        ("LIMN_ACCESS__OIDC__ROLES", f"{{{_MARK}"),
        ("LIMN_REDIS__URL", f"redis://:{_MARK}/slash@127.0.0.1:1/0"),
        ("LIMN_REDIS__URL", f"{_MARK}://nonsense"),
        ("LIMN_CATALOGUE__URL", f"postgresql://limn:{_MARK}#@127.0.0.1:port/limn"),
        ("LIMN_CATALOGUE__URL", f"nonsense {_MARK}"),
        ("LIMN_PICTURES__URL", f"ftp://limn:{_MARK}/slash@127.0.0.1:1/limn"),
        ("LIMN_PICTURES__URL", f"ftp://limn:{_MARK}#@127.0.0.1:port/limn"),
        ("LIMN_PICTURES__URL", f"nonsense://limn:{_MARK}@127.0.0.1/limn"),
        ("LIMN_QDRANT__URL", f"http://limn:{_MARK}/slash@127.0.0.1:1"),
    ],
)
def test_a_setting_written_wrong_is_told_without_what_it_says(
    variables: dict[str, str], variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, usual in (variables | {variable: value}).items():
        monkeypatch.setenv(name, usual)

    def use() -> None:
        resources = _WithFakeEncoder(read_settings())
        part = {
            "LIMN_REDIS__URL": _depths(resources),
            "LIMN_CATALOGUE__URL": lambda: resources.catalogue,
            "LIMN_PICTURES__URL": lambda: resources.pictures,
            "LIMN_QDRANT__URL": lambda: resources.unprepared_index().check_server(),
        }
        part[variable]()

    assert _MARK not in _told(use)


def test_a_worker_without_its_queue_logs_no_password(variables: dict[str, str]) -> None:
    command = [sys.executable, "-m", "celery", "--app", "workers.celery_app", "worker"]
    environment = {name: value for name, value in os.environ.items() if name[:5] != "LIMN_"}
    lines: list[str] = []
    with subprocess.Popen(
        [*command, "--pool", "solo", "--loglevel", "INFO"],
        env={**environment, **variables}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as worker:  # fmt: skip
        assert worker.stdout
        for line in worker.stdout:
            lines.append(line)
            if "Cannot connect" in line:
                break
        worker.kill()
        lines += worker.stdout.readlines()
    written = "".join(lines)
    assert "Cannot connect" in written
    assert _MARK not in written


@pytest.mark.usefixtures("json_lines")
def test_what_works_writes_no_secret(
    context: UiContext, variables: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A search, its certificate, metrics, problems and the lines logged for them."""
    secrets = Settings.model_validate(_nested(variables))
    running = context.resources.settings
    update = {"describe": secrets.describe, "fetch": secrets.fetch, "casebook": secrets.casebook,
              "access": secrets.access.model_copy(update={"mode": "keys"})}  # fmt: skip
    resources = copy(context.resources)
    resources.settings = running.model_copy(update=update)
    ring = KeyRing(resources.catalogue)
    _, words = ring.create("ada", Role.ADMIN, by="test")
    other = replace(
        context, served=Served(resources), identities=Identities(resources.settings, ring)
    )
    with TestClient(build_api(other), headers={"Authorization": f"Bearer {words}"}) as api:
        saved = api.post("/casebook/searches", json=_SAVED).json()["search_id"]
        made = api.post("/certificates", json={"search_id": saved}).json()["certificate_id"]
        answers = [
            api.post("/search", json={"text": "chair"}),
            api.get(f"/certificates/{made}/certificate.json"),
            api.get(f"/certificates/{made}/certificate.pdf"),
            api.get("/metrics"),
            api.get("/health/ready"),
            api.get("/publications/none"),
            api.get("/nowhere"),
            api.post("/search", json={"limit": "many"}),
            api.get("/uploads", headers={"Authorization": f"Bearer {words}x"}),
        ]
    assert [answer.status_code for answer in answers] == [
        200, 200, 200, 200, answers[4].status_code, 404, 404, 422, 401
    ]  # fmt: skip
    written = capsys.readouterr()
    assert "searched" in written.err
    pdf = PdfDocument(answers[2].content)
    printed = "".join(page.get_textpage().get_text_bounded() for page in pdf)
    assert "chair" in printed
    pdf.close()
    whole = [*(f"{a.headers} {a.text}" for a in answers), printed, written.err, written.out]
    assert running.redis.url
    password = urlsplit(running.redis.url.get_secret_value()).password
    assert password
    for secret in (_MARK, password, words):
        assert not [text for text in whole if secret in text]


_SAVED = {"project": "Told", "name": "chairs", "query": {"text": "chair", "limit": 4}}


def _nested(variables: dict[str, str]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for variable, value in variables.items():
        *path, last = variable.removeprefix("LIMN_").lower().split("__")
        part = tree
        for name in path:
            part = part.setdefault(name, {})
        part[last] = json.loads(value) if value[0] == "{" else value
    return tree


def test_the_command_line_tells_no_secret(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    for command in (["doctor", "--json"], ["doctor"], ["status"], ["keys", "list"]):
        told = CliRunner().invoke(cli, command)
        text = told.output + "".join(traceback.format_exception(told.exception))
        assert told.exit_code
        assert "127.0.0.1" in text
        assert _MARK not in text
