"""Damaged archives all the way into the catalogue: the run ends and everything is accounted for."""

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import ArchiveCorrupt
from core.settings import Settings
from ingestion.archives import archive_sha256
from ingestion.catalogue_records import MemberState
from ingestion.deliveries import list_units
from workers import stages
from workers.resources import Resources

NUMBERS = ("D0907292", "D0907293", "D0908314")


@pytest.fixture(scope="module")
def resources(tmp_path_factory: pytest.TempPathFactory) -> Resources:
    return Resources(Settings(home=tmp_path_factory.mktemp("home")))


@pytest.fixture(scope="module")
def sound_week(build: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("week") / "sound.tar"
    path.write_bytes(build.tar_of(build.weekly_files(NUMBERS, n_sheets=1)))
    return path


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_damaged_week_ends_in_publications_and_listed_reasons(
    build: ModuleType, sound_week: Path, resources: Resources, tmp_path: Path, data: Any
) -> None:
    week = sound_week.read_bytes()
    starts = [week.index(build.grant_name(number).encode()) for number in NUMBERS]
    at = data.draw(st.integers(0, starts[-1] + 2000), label="at")
    n = data.draw(st.integers(1, 600), label="n")
    how = data.draw(st.sampled_from(["flip", "drop", "cut"]), label="how")
    tail = {"flip": bytes(byte ^ 255 for byte in week[at : at + n]) + week[at + n :]}
    tail |= {"drop": week[at + n :], "cut": b""}
    path = tmp_path / "I20210105.tar"
    path.write_bytes(week[:at] + tail[how])

    limits, catalogue = resources.settings.limits, resources.catalogue
    try:
        listing = list_units(path, limits)
    except ArchiveCorrupt:
        if at > starts[0] + 512:  # something whole lies before the damage
            raise
        return
    upload_id = archive_sha256(path)
    catalogue.begin_upload(
        str(path), upload_id, path.stat().st_size, listing.members, listing.rejected
    )
    list(stages.iter_cut(resources, upload_id, listing.members))

    progress = catalogue.progress([upload_id])
    assert progress.n_pending == 0
    done = {
        member.member: member.publication_id
        for member in catalogue.members(upload_id)
        if member.state is MemberState.DONE
    }
    touched = range(at, len(week) if how == "cut" else at + n)
    for number, start, end in zip(NUMBERS, starts, [*starts[1:], len(week)], strict=True):
        if end <= touched.start or touched.stop <= start:
            assert done[build.grant_name(number)] == f"US-{number}-S1"
    if len(done) < len(NUMBERS):
        assert progress.rejections
        assert all(rejection.member and rejection.reason for rejection in progress.rejections)
