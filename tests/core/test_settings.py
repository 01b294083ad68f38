"""Settings come from LIMN_* variables, are frozen, and keep their secrets."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from core.errors import ConfigurationFault
from core.settings import Settings, read_settings


def test_nested_variables_reach_their_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIMN_HOME", "/srv/limn")
    monkeypatch.setenv("LIMN_QDRANT__URL", "http://qdrant:6333")
    monkeypatch.setenv("LIMN_WORKERS__BATCH_FIGURES", "16")
    settings = Settings()
    assert settings.home == Path("/srv/limn")
    assert settings.qdrant.url == "http://qdrant:6333"
    assert settings.workers.batch_figures == 16


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("LIMN_WORKERS__BATCH_FIGURES", "65"),
        ("LIMN_UI__PORT", "70000"),
        ("LIMN_LOG__LEVEL", "LOUD"),
        ("LIMN_QDRANT__HOST", "no such setting"),
        ("LIMN_DESCRIBE__CAPTIONER__QUANTISATION", "3bit"),
        ("LIMN_DESCRIBE__ENRICHER__URL", "https://me:secret@llm.example/v1"),
    ],
)
def test_nonsense_is_refused(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigurationFault, match=variable):
        read_settings()


def test_settings_are_frozen_and_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIMN_CATALOGUE__URL", "postgresql://limn:tell-nobody@db/limn")
    settings = Settings()
    assert "tell-nobody" not in repr(settings)
    with pytest.raises(ValidationError):
        settings.home = Path("/elsewhere")  # type: ignore[misc]


def test_an_endpoint_without_a_model_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIMN_DESCRIBE__ENRICHER__URL", "http://localhost:8000/v1")
    with pytest.raises(ConfigurationFault, match=r"LIMN_DESCRIBE__ENRICHER: .*MODEL"):
        read_settings()
    monkeypatch.setenv("LIMN_DESCRIBE__ENRICHER__MODEL", "some-model")
    assert read_settings().describe.enricher.model == "some-model"
