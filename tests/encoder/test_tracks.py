import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import EvaluationInvalid
from encoder.evaluation import tracks
from encoder.evaluation.manifest import ManifestRow, Role, Track
from encoder.evaluation.tracks import measure

ROWS = (
    ManifestRow("a1", "A", "Chair", "06-01"),
    ManifestRow("a2", "A", "Chair", "06-01"),
    ManifestRow("b1", "B", "Table", "06-03"),
    ManifestRow("b2", "B", "Table", "06-03"),
    ManifestRow("c1", "C", "Lamp", "26-05"),
)
ANGLES = np.array([0, 40, 30, 100, 170]) * np.pi / 180
VECTORS = np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1).astype(np.float32)


def test_same_publication_hand_computed():
    # a1: b1 before a2; a2: b1 before a1; b1: both a before b2; b2: a2 first, then b1
    result = measure(VECTORS, ROWS, Track.PUBLICATION)
    assert (result.n_queries, result.n_gallery, result.n_unanswered) == (4, 5, 1)
    assert result.means["map"] == pytest.approx((1 / 2 + 1 / 2 + 1 / 3 + 1 / 2) / 4)
    assert result.means["hit_at_1"] == 0


def test_class_without_own_publication_hand_computed():
    result = measure(VECTORS, ROWS, Track.LOCARNO_CLASS, exclude_own_publication=True)
    assert result.n_queries == 4
    # its own publication is out; only b2 ranks the lamp between the two chairs
    assert result.means["map"] == pytest.approx((1 + 1 + 1 + (1 + 2 / 3) / 2) / 4)


def test_subclass_and_title_agree_here():
    by_title = measure(VECTORS, ROWS, Track.TITLE).means
    assert by_title == measure(VECTORS, ROWS, Track.LOCARNO).means


def test_graded_gains_hand_computed():
    graded = measure(VECTORS, ROWS, Track.GRADED)
    # a1 ranks b1 (same class: 1), a2 (same publication: 3), b2 (1), c1 (0)
    log = np.log2([2, 3, 4])
    ideal = (np.array([3, 1, 1]) / log).sum()
    assert graded.measures["ndcg_at_10"][0] == pytest.approx(
        (np.array([1, 3, 1]) / log).sum() / ideal
    )
    assert graded.measures["map"][0] == 1


def test_citations_leave_the_own_publication_out():
    cites = {"A": frozenset({"A", "C"})}
    result = measure(VECTORS, ROWS, Track.CITATIONS, exclude_own_publication=True, cites=cites)
    # a1 ranks b1, b2, c1; a2 ranks b1, b2, c1
    assert result.n_queries == 2
    assert result.means["map"] == pytest.approx(1 / 3)


def test_queries_and_gallery_may_be_apart():
    roles = [Role.QUERY, Role.GALLERY, Role.GALLERY, Role.QUERY, Role.GALLERY]
    rows = tuple(
        ManifestRow(row.file, row.publication_id, role=role)
        for row, role in zip(ROWS, roles, strict=True)
    )
    result = measure(VECTORS, rows, Track.PUBLICATION)
    assert (result.n_queries, result.n_gallery) == (2, 3)
    assert result.measures["map"].tolist() == [1 / 2, 1 / 2]


def test_figures_without_the_value_are_left_out_and_counted():
    rows = (*ROWS[:4], ManifestRow("c1", "C"))
    result = measure(VECTORS, rows, Track.LOCARNO_CLASS)
    assert (result.n_left_out, result.n_gallery) == (1, 4)


def test_a_class_without_subclass_takes_part_where_classes_are_enough():
    rows = (ManifestRow("a0", "D", locarno="06"), *ROWS[:4])
    vectors = np.concatenate([VECTORS[:1], VECTORS[:4]])
    assert measure(vectors, rows, Track.LOCARNO).n_left_out == 1
    graded = measure(vectors, rows, Track.GRADED)
    assert (graded.n_left_out, graded.n_queries) == (0, 5)
    assert measure(vectors, rows, Track.LOCARNO_CLASS).n_queries == 5


def test_parts_follow_the_class_of_the_track_or_the_locarno_class():
    by_publication = measure(VECTORS, ROWS, Track.PUBLICATION)
    assert by_publication.classes.tolist() == ["06"] * 4
    assert by_publication.parts.tolist() == ["head"] * 4
    by_title = measure(VECTORS, ROWS, Track.TITLE)
    assert by_title.parts.tolist() == ["head", "head", "tail", "tail"]  # chair, lamp, table


@pytest.mark.parametrize("track", [Track.CLASS, Track.CITATIONS])
def test_a_track_nobody_answers_is_refused(track):
    with pytest.raises(EvaluationInvalid, match=track):
        measure(VECTORS, ROWS, track)


def test_own_publications_cannot_be_left_out_where_none_is_named():
    rows = tuple(ManifestRow(row.file, locarno=row.locarno) for row in ROWS)
    with pytest.raises(EvaluationInvalid, match="publication_id"):
        measure(VECTORS, rows, Track.LOCARNO, exclude_own_publication=True)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.permutations(range(12)), st.integers(1, 40))
def test_neither_order_nor_blocks_matter_even_with_ties(seed, order, n_block_scores):
    rng = np.random.default_rng(seed)
    vectors = rng.integers(-1, 2, (12, 4)).astype(np.float32)  # many equal scores
    rows = tuple(
        ManifestRow(f"f{i:02}", f"P{i // 3}", locarno=f"0{i % 2 + 1}-01") for i in range(12)
    )
    whole = measure(vectors, rows, Track.GRADED, exclude_own_publication=seed % 2 == 0)
    shuffled = [rows[i] for i in order]
    tracks_block, tracks._BLOCK_SCORES = tracks._BLOCK_SCORES, n_block_scores
    try:
        parts = measure(
            vectors[list(order)], shuffled, Track.GRADED, exclude_own_publication=seed % 2 == 0
        )
    finally:
        tracks._BLOCK_SCORES = tracks_block
    back = np.argsort([shuffled[i].file for i in parts.query_idx])
    for name, values in whole.measures.items():
        assert values == pytest.approx(parts.measures[name][back])


def test_a_better_score_of_a_relevant_figure_never_lowers_any_measure():
    rng = np.random.default_rng(2)
    for _ in range(30):
        gallery = rng.normal(size=(9, 3)).astype(np.float32)
        rows = [ManifestRow("q", "P", role=Role.QUERY)]
        rows += [
            ManifestRow(f"g{i}", "P" if i < 3 else f"R{i}", role=Role.GALLERY) for i in range(9)
        ]
        query = rng.normal(size=(1, 3)).astype(np.float32)
        before = measure(np.concatenate([query, gallery]), rows, Track.PUBLICATION).means
        gallery[1] += query[0]
        after = measure(np.concatenate([query, gallery]), rows, Track.PUBLICATION).means
        assert all(after[name] >= before[name] for name in before)
