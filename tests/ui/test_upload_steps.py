"""Rates and times to go of an upload."""

from collections.abc import Mapping

from core.records import Stage
from ingestion.catalogue_records import StoreOutcome, UploadProgress
from ui.upload_steps import look, upload_steps


def progress(n_done: int, n_members: int, by_stage: Mapping[Stage, int]) -> UploadProgress:
    stages = {stage: by_stage.get(stage, 0) for stage in Stage}
    outcomes = dict.fromkeys(StoreOutcome, 0)
    return UploadProgress(n_members, n_done, 0, n_done, outcomes, sum(stages.values()), stages, ())


def test_later_stages_count_in_earlier_ones() -> None:
    now = progress(2, 2, {Stage.CUT: 3, Stage.EMBEDDED: 2, Stage.INDEXED: 5})
    done = [step.n_done for step in upload_steps(now, [look(now, 0)])]
    assert done == [10, 7, 7, 5]


def test_rate_and_time_to_go() -> None:
    before, now = progress(2, 2, {Stage.CUT: 10}), progress(2, 2, {Stage.CUT: 4, Stage.INDEXED: 6})
    searchable = upload_steps(now, [look(before, 100.0), look(now, 102.0)])[-1]
    assert (searchable.rate_per_s, searchable.eta_s) == (3.0, 4 / 3)


def test_unread_grants_are_expected_to_hold_as_many_figures() -> None:
    now = progress(5, 20, {Stage.CUT: 35})
    assert upload_steps(now, [look(now, 0)])[0].n_total == 140


def test_failed_figures_are_not_waited_for() -> None:
    now = progress(1, 1, {Stage.INDEXED: 6, Stage.FAILED: 1})
    step = upload_steps(now, [look(now, 0)])[-1]
    assert (step.n_done, step.n_total, step.eta_s) == (6, 6, None)
