"""What is said about a figure comes from its grant's words alone."""

from core.locarno import LocarnoCode, subclass_titles
from core.records import Box, Figure, LabelSource, Provenance, Publication, View
from ingestion.catalogue_records import FigureRow, Stage
from workers.descriptions import describe_figure


def _row(
    caption: str | None,
    object_name: str | None,
    view: View,
    locarno: tuple[LocarnoCode, ...],
    title: str = "Chair",
) -> FigureRow:
    publication = Publication(
        *("US-D0900001-S1", "US", "D0900001", "S1", title, None, None, None, locarno, ()),
        *(None, (), 1, 1, (), None, None, (), "week.tar!D0900001.ZIP"),
    )
    figure = Figure(
        *("US-D0900001-S1/1", "US-D0900001-S1", 1, 1, "1", LabelSource.PRINTED, view),
        *(object_name, caption, Box(0, 0, 10, 10), "0" * 64),
    )
    return FigureRow(figure, Stage.CUT, publication, (), "hash")


def _texts(row: FigureRow) -> list[str]:
    described = describe_figure(row)
    assert {text.provenance for text in described} <= {Provenance.GRANT}
    return [text.text for text in described]


def test_a_captioned_figure_keeps_its_caption_word_for_word() -> None:
    caption = "FIG. 1 is a front view of a folding chair"
    row = _row(caption, "folding chair", View.FRONT, (LocarnoCode("06", "01", "13"),))
    assert _texts(row) == ["Chair", caption, f"folding chair, {subclass_titles()['06-01']}"]


def test_without_a_caption_view_and_title_make_the_sentence() -> None:
    assert _texts(_row(None, None, View.REAR, ())) == ["Chair", "rear view of Chair"]


def test_what_is_unknown_is_not_said() -> None:
    assert _texts(_row(None, None, View.UNKNOWN, ())) == ["Chair"]
    odd = _row(None, None, View.UNKNOWN, (LocarnoCode("77", "00"),))
    assert _texts(odd) == ["Chair"]


def test_without_a_title_only_view_and_class_are_said() -> None:
    row = _row(None, None, View.REAR, (LocarnoCode("06", "01", "13"),), title="")
    assert _texts(row) == ["rear view", subclass_titles()["06-01"]]
