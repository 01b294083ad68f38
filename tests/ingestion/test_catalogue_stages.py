"""The stage ledger: forward only, nothing lost, nothing counted twice."""

import uuid
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.records import Stage
from ingestion.catalogue import Catalogue
from ingestion.catalogue_records import Failure, StoredPublication
from ingestion.figure_stages import STAGES

MakeStored = Callable[..., StoredPublication]


@pytest.fixture
def ids(catalogue: Catalogue, make_stored: MakeStored) -> list[str]:
    """Three figures just cut."""
    catalogue.begin_upload("/in/a.tar", "5" * 64, 10, ["a"])
    catalogue.store_publication(make_stored(), "5" * 64, "a")
    return catalogue.figure_ids()


def _stage(catalogue: Catalogue, figure: str) -> Stage:
    return catalogue.figures([figure])[0].stage


def test_stages_never_go_backwards(catalogue: Catalogue, ids: list[str]) -> None:
    assert catalogue.advance(ids, Stage.EMBEDDED) == 3
    assert catalogue.advance(ids, Stage.DESCRIBED) == 0
    assert catalogue.advance([*ids[:1], "unknown"], Stage.INDEXED) == 1
    assert [_stage(catalogue, figure) for figure in ids] == [
        Stage.INDEXED,
        Stage.EMBEDDED,
        Stage.EMBEDDED,
    ]


def test_front_page_copies_never_move(catalogue: Catalogue, ids: list[str]) -> None:
    front = "US-D0907292-S1/s0.1"
    assert catalogue.advance([front], Stage.INDEXED) == 0
    assert catalogue.fail([front], Stage.INDEXED, "no") == 0
    assert _stage(catalogue, front) is Stage.STORED
    assert catalogue.counts().by_stage[Stage.STORED] == 0


def test_failure_is_listed_until_the_stage_succeeds(catalogue: Catalogue, ids: list[str]) -> None:
    catalogue.advance(ids, Stage.DESCRIBED)
    assert catalogue.fail(ids[:2], Stage.EMBEDDED, "unreadable") == 2
    assert catalogue.failures() == [Failure(f, Stage.EMBEDDED, "unreadable") for f in ids[:2]]
    assert catalogue.failures(limit=1) == [Failure(ids[0], Stage.EMBEDDED, "unreadable")]
    catalogue.advance(ids, Stage.DESCRIBED)
    assert _stage(catalogue, ids[0]) is Stage.FAILED, "an earlier stage mends nothing"
    catalogue.advance(ids[:1], Stage.EMBEDDED)
    assert _stage(catalogue, ids[0]) is Stage.EMBEDDED
    assert [failure.id for failure in catalogue.failures()] == ids[1:2]


def test_a_late_failure_does_not_undo_a_success(catalogue: Catalogue, ids: list[str]) -> None:
    catalogue.advance(ids, Stage.INDEXED)
    assert catalogue.fail(ids, Stage.EMBEDDED, "a second delivery lost its database") == 0
    assert catalogue.failures() == []


def test_reset_returns_figures_to_the_stage_they_passed(
    catalogue: Catalogue, ids: list[str]
) -> None:
    catalogue.advance(ids[:1], Stage.EMBEDDED)
    catalogue.fail(ids[:1], Stage.INDEXED, "no")
    catalogue.fail(ids[1:], Stage.DESCRIBED, "no")
    assert catalogue.reset_failures(stage=Stage.INDEXED) == ids[:1]
    assert _stage(catalogue, ids[0]) is Stage.EMBEDDED
    assert catalogue.reset_failures(figure_ids=[ids[0], ids[2]]) == ids[2:]
    assert _stage(catalogue, ids[2]) is Stage.CUT
    assert catalogue.reset_failures() == ids[1:2]
    assert catalogue.failures() == []


class _Model:
    """What the ledger should say, kept in the plainest way."""

    def __init__(self) -> None:
        self.n_figures = 0
        self.passed: dict[int, int] = {}
        self.failed: dict[int, int] = {}
        self.obsolete: set[int] = set()

    def store(self, n_figures: int) -> None:
        self.obsolete |= set(range(n_figures + 1, self.n_figures + 1))
        self.obsolete -= set(range(1, n_figures + 1))
        self.n_figures = n_figures
        self.passed = dict.fromkeys(range(1, n_figures + 1), 1)
        self.failed = {}

    def advance(self, figure: int, stage: int) -> None:
        if figure in self.passed:
            self.passed[figure] = max(self.passed[figure], stage)
            if self.failed.get(figure, 99) <= stage:
                del self.failed[figure]

    def fail(self, figure: int, stage: int) -> None:
        if figure in self.passed and self.passed[figure] < stage:
            self.failed[figure] = stage

    def at(self, figure: int) -> Stage:
        return Stage.FAILED if figure in self.failed else STAGES[self.passed[figure]]


_STEP = st.tuples(
    st.sampled_from(["store", "advance", "fail", "reset"]),
    st.integers(1, 4),
    st.sampled_from([2, 3, 4]),
)


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(_STEP, min_size=3, max_size=14))
def test_any_order_of_steps_keeps_the_counts_consistent(
    catalogue: Catalogue, make_stored: MakeStored, steps: list[tuple[str, int, int]]
) -> None:
    upload, number = uuid.uuid4().hex, f"D{uuid.uuid4().int % 10**9}"
    publication = f"US-{number}-S1"
    catalogue.begin_upload("/in/a.tar", upload, 10, ["a"])
    model = _Model()
    for revision, (step, figure, stage) in enumerate([("store", 3, 0), *steps]):
        figure_id = f"{publication}/{figure}"
        if step == "store":
            stored = make_stored(number, n_figures=figure, revision=chr(97 + revision))
            catalogue.store_publication(stored, upload, "a")
            model.store(figure)
        elif step == "advance":
            catalogue.advance([figure_id], STAGES[stage])
            model.advance(figure, stage)
        elif step == "fail":
            catalogue.fail([figure_id], STAGES[stage], "no")
            model.fail(figure, stage)
        else:
            catalogue.reset_failures(figure_ids=[figure_id])
            model.failed.pop(figure, None)
    expected = {figure: model.at(figure) for figure in model.passed}
    rows = catalogue.figures([f"{publication}/{n}" for n in range(1, 5)])
    assert {int(row.figure.figure_id[-1]): row.stage for row in rows} == expected
    progress = catalogue.progress([upload])
    assert progress.n_figures == model.n_figures == sum(progress.by_stage.values())
    assert progress.n_failed == len(model.failed)
    mine = [int(p[-1]) for p in catalogue.obsolete_points() if p.startswith(f"{publication}/")]
    assert set(mine) == model.obsolete
    counts = catalogue.counts()
    assert sum(counts.by_stage.values()) == counts.figures == len(catalogue.figure_ids())
    assert counts.by_stage[Stage.FAILED] == len(catalogue.failures())
