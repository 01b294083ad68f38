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


def test_secrets_come_from_files_and_become_part_of_their_urls(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "redis__password").write_text("a/b\n")
    (tmp_path / "catalogue__password").write_text("c@d")
    (tmp_path / "qdrant__api_key").write_text("from-a-file")
    monkeypatch.setenv("LIMN_SECRETS", str(tmp_path))
    monkeypatch.setenv("LIMN_REDIS__URL", "redis://redis:6379/0")
    monkeypatch.setenv("LIMN_CATALOGUE__URL", "postgresql://limn@postgres:5432/limn?x=1")
    settings = read_settings()
    assert settings.redis.url
    assert settings.redis.url.get_secret_value() == "redis://:a%2Fb@redis:6379/0"
    assert settings.catalogue.url
    url = "postgresql://limn:c%40d@postgres:5432/limn?x=1"
    assert settings.catalogue.url.get_secret_value() == url
    assert settings.qdrant.api_key
    assert settings.qdrant.api_key.get_secret_value() == "from-a-file"
    monkeypatch.setenv("LIMN_QDRANT__API_KEY", "from-a-variable")
    changed = read_settings().qdrant.api_key
    assert changed
    assert changed.get_secret_value() == "from-a-variable"


def test_a_password_in_the_url_goes_before_one_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIMN_REDIS__PASSWORD", "other")
    for url in ("redis://:own@redis:6379/0", "redis://:@redis:6379/0"):
        monkeypatch.setenv("LIMN_REDIS__URL", url)
        read = read_settings().redis.url
        assert read
        assert read.get_secret_value() == url


def test_a_folder_of_secrets_that_is_not_there_is_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LIMN_SECRETS", str(tmp_path / "nowhere"))
    assert read_settings().redis.password is None
