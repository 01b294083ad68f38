"""What is said of installations that are well, and of those that are not."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from core.describing import Tokens
from core.records import Stage
from core.settings import (
    CatalogueSettings,
    DescribeSettings,
    EncoderSettings,
    ProviderSettings,
    QdrantSettings,
    RedisSettings,
    Settings,
)
from ingestion.call_ledger import AnswerKey, Call, Cost
from ingestion.catalogue import Catalogue
from ingestion.catalogue_version import prepare_schema
from ingestion.database import connect
from tests.ui.corpus import FakeEncoder
from ui.cli import app
from ui.context import UiContext
from ui.doctor import Diagnosis, diagnose
from ui.doctor_looks import AsFound, Finding
from ui.processes import ServiceProcess, free_port
from ui.services import Service, service_spec
from workers.figure_points import enter
from workers.resources import Resources


def _states(found: Diagnosis) -> dict[str, str]:
    return {finding.part: finding.state for finding in found.findings}


def test_an_unused_home_is_well_and_is_left_unmade(tmp_path: Path) -> None:
    found = diagnose(Settings(home=tmp_path / "home"), running=None)
    assert found.is_well
    assert found.endpoints == []
    states = _states(found)
    assert (states["catalogue"], states["encoder"], states["services"]) == ("ok", "ok", "unknown")
    assert not (tmp_path / "home").exists()


def test_what_does_not_answer_is_a_fault_with_its_reason(tmp_path: Path) -> None:
    port = free_port()
    settings = Settings(
        home=tmp_path / "home",
        encoder=EncoderSettings(checkpoint=str(tmp_path)),
        redis=RedisSettings(url=SecretStr(f"redis://:hush@127.0.0.1:{port}/0")),
        qdrant=QdrantSettings(url=f"http://127.0.0.1:{port}"),
        catalogue=CatalogueSettings(url=SecretStr(f"sqlite:///{tmp_path / 'no.sqlite3'}")),
    )
    (tmp_path / "no.sqlite3").write_bytes(b"this is no database" * 100)
    found = diagnose(settings, running=None)
    assert not found.is_well
    states = _states(found)
    assert {states[part] for part in ("catalogue", "encoder", "index", "queue")} == {"fault"}
    assert all(finding.detail for finding in found.findings)


def test_answers_that_were_lost_are_told_with_what_to_do(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    (tmp_path / "home").mkdir()
    catalogue = Resources(settings).catalogue
    key, most = AnswerKey("p", "r", "m"), Cost(Tokens(70, 30))
    catalogue.reserve(Call("1", key, "h", "http://e", "u", most, datetime.now(UTC)), None)
    catalogue.close()
    (found,) = [f for f in diagnose(settings, None).findings if f.part == "descriptions"]
    assert found.state == "warning"
    assert found.detail == "possibly paid, and the answer lost: 1 question to a model"
    assert "--retry-lost" in found.advice


def test_every_endpoint_is_named_and_no_secret_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = ProviderSettings(
        url="https://models.example.com/v1", model="writer", api_key=SecretStr("hush-key")
    )
    settings = Settings(
        home=tmp_path / "home",
        describe=DescribeSettings(enricher=provider),
        redis=RedisSettings(url=SecretStr("redis://:hush-queue@127.0.0.1:1/0")),
        catalogue=CatalogueSettings(url=SecretStr("postgresql://limn:hush-word@127.0.0.1:1/limn")),
    )
    found = diagnose(settings, running=None)
    assert {endpoint.name for endpoint in found.endpoints} == {"enricher", "redis", "catalogue"}
    assert "hush" not in found.model_dump_json()
    assert found.settings["LIMN_DESCRIBE__ENRICHER__URL"] == "https://models.example.com/v1"

    monkeypatch.setenv("LIMN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LIMN_REDIS__URL", "redis://:hush-queue@127.0.0.1:1/0")
    said = CliRunner().invoke(app, ["doctor"])
    assert said.exit_code == 1
    assert "hush" not in said.output
    told = CliRunner().invoke(app, ["doctor", "--json"])
    assert json.loads(told.stdout)["findings"]


class TestPlantedFaults:
    """What is wrong is found, and it is said how to mend it."""

    @pytest.fixture
    def installed(self, context: UiContext, monkeypatch: pytest.MonkeyPatch) -> Settings:
        monkeypatch.setattr(AsFound, "open_encoder", lambda *_: FakeEncoder())
        return context.resources.settings

    @pytest.fixture
    def empty_index(self, tmp_path: Path) -> Iterator[str]:
        url = f"http://127.0.0.1:{free_port()}"
        home = Settings(home=tmp_path / "other", qdrant=QdrantSettings(url=url))
        process = ServiceProcess(service_spec(Service.INDEX, home), tmp_path / "logs")
        process.wait_ready()
        yield url
        process.stop()

    @staticmethod
    def _find(settings: Settings, part: str) -> Finding:
        (found,) = [f for f in diagnose(settings, None).findings if f.part == part]
        return found

    def test_none_is_found_where_there_is_none(self, installed: Settings) -> None:
        assert self._find(installed, "index").state == "ok"

    def test_a_catalogue_that_is_behind_is_left_so(self, tmp_path: Path) -> None:
        installed = Settings(home=tmp_path)
        older = Catalogue(connect(f"sqlite:///{tmp_path / 'catalogue.sqlite3'}"))
        with older._writing() as connection:
            prepare_schema(connection, older.where, "0009")
        older.close()
        for _ in range(2):
            found = self._find(installed, "catalogue")
            assert found.state == "fault"
            assert "has catalogue revision 0009" in found.detail
            assert "`limn migrate`" in found.detail
        assert self._find(installed, "encoder").state == "unknown"

    def test_a_checkpoint_that_is_not_the_current_one(
        self, installed: Settings, tmp_path: Path
    ) -> None:
        catalogue = Catalogue.open(f"sqlite:///{tmp_path / 'catalogue.sqlite3'}")
        catalogue.add_model("other/1", "elsewhere", None)
        catalogue.switch_model("other/1", by="ada", note="")
        catalogue.close()
        held = Settings(home=tmp_path, encoder=EncoderSettings(checkpoint="/models/mine"))
        found = self._find(held, "encoder")
        assert found.state == "fault"
        assert "the current model is other/1; unset it" in found.detail

    def test_a_client_that_is_too_new(
        self, installed: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("search.connection._CLIENT_VERSION", (2, 0))
        found = self._find(installed, "index")
        assert (found.state, "Run a Qdrant server of" in found.detail) == ("fault", True)

    def test_a_collection_that_is_gone(self, installed: Settings, empty_index: str) -> None:
        lost = installed.model_copy(update={"qdrant": QdrantSettings(url=empty_index)})
        found = self._find(lost, "index")
        assert found.state == "fault"
        assert "no collection is live" in found.detail
        assert "limn reindex" in found.advice

    def test_figures_that_are_missing_from_the_index(
        self, installed: Settings, context: UiContext
    ) -> None:
        figure_id = context.resources.catalogue.figure_ids(stage=Stage.INDEXED)[0]
        context.resources.index.delete_figures([figure_id])
        found = self._find(installed, "index")
        enter(context.resources, context.resources.index, [figure_id])
        assert (found.state, "limn reconcile" in found.advice) == ("warning", True)
        assert "; 1 of " in found.detail
        assert self._find(installed, "index").state == "ok"

    def test_a_disk_that_is_nearly_full(
        self, installed: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        usage = shutil.disk_usage("/")._replace(free=2**30)
        monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
        found = self._find(installed, "disk")
        assert (found.state, "make room" in found.advice) == ("warning", True)
