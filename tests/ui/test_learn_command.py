"""`limn learn-tagger`: what it learns from a corpus, says, and leaves for the workers."""

import json
from pathlib import Path

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from core.errors import BadInput
from core.records import Provenance
from core.settings import RedisSettings, Settings
from ingestion.archives import archive_sha256
from ingestion.formats.uspto_archive import list_grants
from tests.ui.corpus import TestResources
from tests.ui.made_up_grants import CORPUS, Grant, write_archive
from ui.cli import app
from ui.learn_command import learn_from_catalogue
from workers import resources as worker_resources
from workers import stages
from workers.describing import describe, enrich

TITLES = (("Zzyzx rack", "2002"), ("Bottle", "0901"), ("Night lamp", "2605"))
N_OF_EACH = 4


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    nobody = RedisSettings(url=SecretStr("redis://127.0.0.1:9/0"))
    return Settings(home=tmp_path, redis=nobody)


def _take_in(resources: TestResources, folder: Path) -> list[str]:
    """Twelve grants, each figure with the vector of its title; ids of the figures, described."""
    grants = tuple(
        Grant(f"D09001{10 * kind + n:02d}", title, locarno, CORPUS[kind].corners)
        for kind, (title, locarno) in enumerate(TITLES)
        for n in range(N_OF_EACH)
    )
    archive = write_archive(folder / "I20210105.tar", grants)
    listing = list_grants(archive, resources.settings.limits)
    upload = resources.catalogue.begin_upload(
        str(archive), archive_sha256(archive), archive.stat().st_size, listing.members
    )
    figure_ids = list(stages.iter_cut(resources, upload.upload_id, listing.members))
    titles = [row.publication.title for row in resources.catalogue.figures(figure_ids)]
    vectors = resources.encoder.encode_texts(titles)
    resources.catalogue.store_embeddings("fake-grid", figure_ids, vectors)
    return describe(resources, figure_ids).to_embed


def _tags(resources: TestResources, figure_ids: list[str]) -> dict[str, list[str]]:
    """Tags by title."""
    return {
        row.publication.title: [t.text for t in row.texts if t.provenance is Provenance.TAGGER]
        for row in resources.catalogue.figures(figure_ids)
    }


def test_figures_get_the_names_of_their_own_corpus(settings: Settings, tmp_path: Path) -> None:
    resources = TestResources(settings)
    figure_ids = _take_in(resources, tmp_path)
    assert _tags(resources, figure_ids) == {title: [] for title, _ in TITLES}  # never measured
    lesson = learn_from_catalogue(resources)
    assert (lesson.publications, lesson.names) == (12, 3)
    assert lesson.right == lesson.tagged == 12
    assert lesson.kept_in.is_file()
    later = TestResources(settings)
    assert enrich(later, figure_ids, anew=True).to_embed == figure_ids
    assert _tags(later, figure_ids)["Zzyzx rack"] == ["zzyzx rack"]


def test_the_command_says_how_many_tags_are_right(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _take_in(TestResources(settings), tmp_path)
    monkeypatch.setattr(worker_resources, "Resources", TestResources)
    monkeypatch.setattr("ui.learn_command.command_settings", lambda: settings)
    said = CliRunner().invoke(app, ["learn-tagger"]).stdout
    assert "12 publications compared, 3 names learnt" in said
    assert "12 tags, 12 of them right (100%)" in said
    printed = CliRunner().invoke(app, ["learn-tagger", "--json"]).stdout
    assert json.loads(printed)["tagged"] == 12


def test_a_tagger_that_would_be_wrong_is_told_to_keep_silent(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resources = TestResources(settings)
    figure_ids = _take_in(resources, tmp_path)
    elsewhere = resources.encoder.encode_texts([f"thing {n}" for n in range(len(figure_ids))])
    resources.catalogue.store_embeddings("fake-grid", figure_ids, elsewhere)
    monkeypatch.setattr(worker_resources, "Resources", TestResources)
    monkeypatch.setattr("ui.learn_command.command_settings", lambda: settings)
    said = CliRunner().invoke(app, ["learn-tagger"]).stdout
    assert "the tagger says nothing from now on" in said
    assert f"kept in {settings.home / 'describing' / 'tagger-fake-grid.json'}" in said


def test_an_empty_home_has_nothing_to_teach(settings: Settings) -> None:
    with pytest.raises(BadInput, match="limn ingest first"):
        learn_from_catalogue(TestResources(settings))
