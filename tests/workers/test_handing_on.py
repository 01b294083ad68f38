"""Figures on their way from who cuts to who embeds, while the grants beside theirs are cut."""

from pathlib import Path

import pytest

from core.records import Stage
from ingestion.catalogue_records import StoredPublication
from ingestion.delivery import Unit
from tests.ingestion import builders
from tests.workers.line import LineResources
from workers import stages
from workers.ingestion import enter_upload, start_upload
from workers.resources import Resources

NUMBERS = ("D0900001", "D0900002", "D0900003", "D0900004")


@pytest.fixture
def week(tmp_path: Path) -> Path:
    """One message of grants, two figures each."""
    path = tmp_path / "I20210105.tar"
    path.write_bytes(builders.tar_of(builders.weekly_files(NUMBERS)))
    return path


def test_figures_that_fill_a_message_are_searchable_before_the_next_grant_is_cut(
    line: LineResources, week: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in, n_searchable = stages.take_in_unit, []

    def watched(resources: Resources, unit: Unit) -> StoredPublication:
        n_searchable.append(len(_searchable(line)))
        return take_in(resources, unit)

    monkeypatch.setattr(stages, "take_in_unit", watched)
    start_upload(line, week)
    assert n_searchable == [0, 0, 4, 4]  # four figures a message
    assert len(_searchable(line)) == 8


@pytest.mark.parametrize("n_stored", range(5))
def test_what_a_worker_had_stored_before_it_died_is_handed_on_with_the_rest(
    line: LineResources, week: Path, n_stored: int
) -> None:
    members = [builders.grant_name(number) for number in NUMBERS]
    upload_id = enter_upload(line, week).upload.upload_id
    for member in members[:n_stored]:
        list(stages.iter_cut(line, upload_id, [member]))  # and nothing was sent
    handed_on = list(stages.iter_cut(line, upload_id, members))
    assert len(handed_on) == len(set(handed_on)) == 8


def _searchable(line: LineResources) -> list[str]:
    return line.catalogue.figure_ids(stage=Stage.INDEXED)
