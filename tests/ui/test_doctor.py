"""What is said of installations that are well, and of those that are not."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from core.describing import Tokens
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
from ui.cli import app
from ui.doctor import Diagnosis, diagnose
from ui.processes import free_port
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
