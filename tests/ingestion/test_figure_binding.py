"""Captions find their figures, and are never guessed."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from core.records import FigureCaption, LabelSource, View
from ingestion.figure_binding import bind_captions

VIEWS = (View.FRONT, View.REAR, View.LEFT, View.TOP)


@dataclass(frozen=True)
class Cut:
    label: str | None


def captions(*labels: str) -> list[FigureCaption]:
    return [
        FigureCaption(label, f"FIG. {label} is a view", VIEWS[idx % 4], "Chair")
        for idx, label in enumerate(labels)
    ]


def bound(read: list[str | None], *labels: str) -> list[tuple[str | None, str]]:
    figures = bind_captions([Cut(label) for label in read], captions(*labels))
    return [(figure.label, figure.label_source.value) for figure in figures]


def test_printed_labels_bind_exactly_and_out_of_order() -> None:
    figures = bind_captions([Cut("2"), Cut("1")], captions("1", "2"))
    assert [figure.view for figure in figures] == [View.REAR, View.FRONT]
    assert figures[0].caption == "FIG. 2 is a view"
    assert figures[0].object_name == "Chair"
    assert {figure.label_source for figure in figures} == {LabelSource.PRINTED}


def test_letter_case_of_a_label_does_not_matter() -> None:
    assert bound(["3a"], "3A") == [("3A", "printed")]


def test_unread_figures_are_inferred_where_counts_and_order_fit() -> None:
    assert bound(["1", None, "3", None], "1", "2", "3", "4") == [
        ("1", "printed"),
        ("2", "inferred"),
        ("3", "printed"),
        ("4", "inferred"),
    ]


def test_nothing_is_inferred_where_counts_differ() -> None:
    assert bound(["1", None], "1", "2", "3") == [("1", "printed"), (None, "none")]
    assert bound([None, None, None], "1", "2") == [(None, "none")] * 3


def test_nothing_is_inferred_against_the_order_of_the_labels_around() -> None:
    assert bound([None, "1"], "1", "2") == [(None, "none"), ("1", "printed")]


def test_a_label_read_twice_stays_with_the_figure_that_fits_its_neighbours() -> None:
    assert bound(["1", "8", "3", "7", "8"], "1", "2", "3", "7", "8") == [
        ("1", "printed"),
        ("2", "inferred"),
        ("3", "printed"),
        ("7", "printed"),
        ("8", "printed"),
    ]


def test_a_label_no_caption_knows_stays_without_a_caption() -> None:
    figures = bind_captions([Cut("1"), Cut("77")], captions("1", "2", "3"))
    assert (figures[1].label, figures[1].caption) == ("77", None)
    assert figures[1].label_source is LabelSource.PRINTED


def test_a_misread_label_is_replaced_where_only_one_caption_is_left() -> None:
    assert bound(["1", "6.2", "3"], "1", "2", "3")[1] == ("2", "inferred")


def test_brackets_and_dashes_of_a_label_do_not_matter() -> None:
    assert bound(["3(a)", "3-B"], "3A", "3B") == [("3A", "printed"), ("3B", "printed")]
    assert bound(["1(1)"], "11", "1(1)") == [("1(1)", "printed")]


def test_a_label_that_looks_like_the_one_left_over_is_inferred() -> None:
    assert bound(["1A", "18", "1C"], "1A", "1B", "1C", "2") == [
        ("1A", "printed"),
        ("1B", "inferred"),
        ("1C", "printed"),
    ]


def test_a_label_that_looks_like_several_left_over_is_not_guessed() -> None:
    assert bound(["88"], "8B", "B8", "1") == [("88", "printed")]
    assert bound(["18", "1B"], "1B", "2", "3") == [("18", "printed"), ("1B", "printed")]


def test_no_figures_and_no_captions() -> None:
    assert bind_captions([], captions("1")) == ()
    assert bound([None], *[]) == [(None, "none")]


@given(st.lists(st.sampled_from([None, "1", "2", "3", "4", "9"]), max_size=8))
def test_no_label_is_given_twice_and_order_is_kept(read: list[str | None]) -> None:
    figures = bind_captions([Cut(label) for label in read], captions("1", "2", "3", "4"))
    assert len(figures) == len(read)
    given_labels = [figure.label for figure in figures if figure.label]
    assert len(given_labels) == len(set(given_labels))
    for cut, figure in zip(read, figures, strict=True):
        if figure.label_source is LabelSource.PRINTED:
            assert figure.label == cut
