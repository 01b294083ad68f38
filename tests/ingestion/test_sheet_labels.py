"""Labels on a sheet: which rows are read, what is believed, what is never guessed."""

from dataclasses import replace
from unittest import mock

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from core.ports import GreyImage
from ingestion import label_reader, label_rows, sheet_labels
from ingestion.ink_parts import InkParts, measure_ink
from ingestion.label_candidates import LabelCandidate, find_candidates
from ingestion.label_crops import CROP_HEIGHT_PX, crop_candidate, normalise_crop
from ingestion.label_reader import Reading, parse_hague_label, parse_label, read_crops
from ingestion.label_rows import with_full_stop
from ingestion.label_shape import may_say_figure
from ingestion.label_weight import thinned_crop
from ingestion.sheet_labels import find_labels
from samples.lettering import Lettering


def written(*words: tuple[str, int, int, int]) -> InkParts:
    """A sheet with words at x, y and of a size."""
    page = Image.new("L", (1000, 800), 255)
    pen = ImageDraw.Draw(page)
    for text, x, y, size in words:
        pen.text((x, y), text, fill=0, font=ImageFont.load_default(size))
    return measure_ink(np.where(np.asarray(page) < 128, 0, 255).astype(np.uint8))


def found(parts: InkParts) -> list[str | None]:
    _, labels = find_labels(parts, np.ones(len(parts), bool), landscape=False)
    return sorted((label.label for label in labels), key=str)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("FIG.1", "1"),
        ("Fig.12", "12"),
        ("FIGURE7", "7"),
        ("FIG.3A", "3A"),
        ("FIG-4", "4"),
        ("FIG.1(a)", "1(a)"),
        ("F1G.2", "2"),
        ("FIG.lO", "10"),
        ("-FIG.5.", "5"),
        ("FI.6", "6"),
        ("FIG", None),
    ],
)
def test_parse_label_understands_spellings_and_lookalikes(text: str, label: str | None) -> None:
    understood = parse_label(Reading(text, 0.9, tuple(range(len(text)))))
    assert understood is not None
    assert understood.label == label


@pytest.mark.parametrize("text", ["", "MENU", "1.1", "GIF1", "12", "FLOW", "FIG.0"])
def test_parse_label_refuses_other_words(text: str) -> None:
    understood = parse_label(Reading(text, 0.9, tuple(range(len(text)))))
    assert understood is None or understood.label is None


def test_parse_hague_label() -> None:
    assert parse_hague_label(Reading("2.10", 1.0, ())) == "2.10"
    assert parse_hague_label(Reading("2", 1.0, ())) is None
    assert parse_hague_label(Reading("FIG.1", 1.0, ())) is None


def test_reading_does_not_depend_on_the_company() -> None:
    parts = written(("FIG. 8", 100, 100, 60), ("Figure 14", 400, 500, 60))
    crops = [crop_candidate(parts, row, 0) for row in find_candidates(parts, upright=True)]
    together = read_crops(crops)
    alone = [read_crops([crop])[0] for crop in crops]
    assert together == alone
    assert all(crop.shape[0] == CROP_HEIGHT_PX for crop in crops)


def test_no_plan_is_kept_for_every_shape_of_crops() -> None:
    """ONNX Runtime would keep one for good, and a reader's memory would grow for hours."""
    assert label_reader._session().get_session_options().enable_mem_pattern is False


def test_read_crops_of_nothing_is_nothing() -> None:
    assert read_crops([]) == []


def test_a_number_behind_a_wide_blank_belongs_to_its_word() -> None:
    assert found(written(("FIG.", 100, 300, 60), ("6", 380, 300, 60))) == ["6"]


def test_large_labels_are_found_among_much_small_texture() -> None:
    texture = [("x", 20 + 24 * col, 20 + 24 * row, 30) for col in range(40) for row in range(20)]
    assert found(written(*texture, ("FIG. 2", 300, 650, 90))) == ["2"]


def test_a_callout_of_another_figure_names_no_figure() -> None:
    parts = written(("FIG. 3", 100, 100, 40), ("FIG. 3", 500, 600, 60), ("FIG. 2", 100, 600, 60))
    assert found(parts) == ["2", "3"]


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_full_stop_the_reader_passed_over_is_put_back(turns: int) -> None:
    page = np.full((200, 300), 255, np.uint8)
    page[40:100, 60:75] = page[40:100, 140:155] = 0
    page[88:100, 100:112] = 0  # the stop, on the base line
    parts = measure_ink(np.ascontiguousarray(np.rot90(page, turns)))
    (row,) = find_candidates(parts, upright=turns % 2 == 0)
    read = with_full_stop(parts, row, 90 * turns, Reading("11", 0.9, (2, 9)))
    assert read.text == "1.1"


def test_no_full_stop_is_put_where_none_stands() -> None:
    page = np.full((200, 300), 255, np.uint8)
    page[40:100, 60:75] = page[40:100, 120:135] = 0
    page[40:52, 90:102] = 0  # a dot at the top
    parts = measure_ink(page)
    (row,) = find_candidates(parts, upright=True)
    assert with_full_stop(parts, row, 0, Reading("11", 0.9, (2, 9))).text == "11"


def lettered(text: str, hand: Lettering) -> InkParts:
    """A sheet with one word of a draughtsman's hand."""
    word = np.asarray(replace(hand, wording=text).label(""))
    page = np.full((400, 800), 255, np.uint8)
    page[150 : 150 + word.shape[0], 200 : 200 + word.shape[1]] = word
    return measure_ink(page)


BOLD = Lettering(64, 0.21, 0.0, 1.0, False, "")


@pytest.mark.parametrize(("text", "label"), [("Fig. 3", "3"), ("Fig.15", "15"), ("FIG. 8", "8")])
def test_bold_labels_are_read_surely(text: str, label: str) -> None:
    parts = lettered(text, BOLD)
    _, (printed,) = find_labels(parts, np.ones(len(parts), bool), landscape=False)
    assert (printed.label, printed.confidence > 0.85) == (label, True)


def test_a_small_label_on_a_halved_sheet_is_read_without_the_rim_of_its_box() -> None:
    word = Lettering(50, 0.09, 0.0, 1.0, False, "FIG. {}").label("7")
    page = np.full((2600, 700), 255, np.uint8)
    page[1402 : 1402 + word.shape[0], 203 : 203 + word.shape[1]] = word
    at_150_dpi = np.asarray(Image.fromarray(page).resize((350, 1300), Image.Resampling.BOX))
    parts = measure_ink(np.where(at_150_dpi < 150, 0, 255).astype(np.uint8))
    assert parts.step == 2
    assert found(parts) == ["7"]


def test_only_bold_letters_are_thinned() -> None:
    page = lettered("Fig. 3", BOLD).ink[145:260, 195:520]
    bold = page[page.any(axis=1)][:, page.any(axis=0)]
    thin = thinned_crop(bold)
    assert thin is not None
    assert (thin < 128).mean() < 0.75 * (normalise_crop(bold) < 128).mean()
    light = lettered("Fig. 3", replace(BOLD, weight=0.08)).ink
    assert thinned_crop(light[light.any(axis=1)][:, light.any(axis=0)]) is None


def test_a_number_the_reader_passed_over_is_read_alone() -> None:
    parts = lettered("Fig. 6", Lettering(60, 0.0, 0.0, 0.95, False, ""))
    read_whole = label_rows.read_weighed

    def without_number(
        parts: InkParts, tried: list[tuple[LabelCandidate, int]]
    ) -> list[tuple[GreyImage, Reading]]:
        return [
            (crop, replace(reading, text=reading.text[:4], starts_px=reading.starts_px[:4]))
            for crop, reading in read_whole(parts, tried)
        ]

    with mock.patch.object(label_rows, "read_weighed", without_number):
        assert found(parts) == ["6"]


def test_a_suffix_that_is_mostly_misread_is_not_told() -> None:
    assert found(written(("FIG. 7(o)", 100, 300, 60))) == [None]
    assert found(written(("FIG. 7(b)", 100, 300, 60))) == ["7(b)"]


def test_other_words_are_no_labels() -> None:
    assert found(written(("MENU", 100, 100, 60), ("12:30", 400, 300, 60))) == []


def test_reading_direction_wins_over_what_the_document_says() -> None:
    parts = written(("FIG. 1", 300, 600, 60))
    rotation_deg, labels = find_labels(parts, np.ones(len(parts), bool), landscape=True)
    assert (rotation_deg, [label.label for label in labels]) == (0, ["1"])


def turns_read(parts: InkParts, *, landscape: bool) -> list[int]:
    """Quarter turns in which rows of the sheet were read, in order."""
    with mock.patch.object(sheet_labels, "read_rows", wraps=sheet_labels.read_rows) as reader:
        find_labels(parts, np.ones(len(parts), bool), landscape=landscape)
    tried = [turn for call in reader.call_args_list for _, turn in call.args[1]]
    return list(dict.fromkeys(tried))


def test_a_number_read_in_the_turn_told_settles_it() -> None:
    page = Image.new("L", (600, 600), 255)
    ImageDraw.Draw(page).text((100, 300), "FIG. 2", fill=0, font=ImageFont.load_default(60))
    both = measure_ink(np.hstack([np.asarray(page), np.rot90(page)]))
    assert turns_read(both, landscape=False) == [0]
    assert turns_read(both, landscape=True) == [90]


def test_rows_across_are_not_looked_for_once_the_turn_is_settled() -> None:
    parts = written(("FIG. 2", 100, 300, 60))
    with mock.patch.object(sheet_labels, "find_candidates", wraps=find_candidates) as looking:
        find_labels(parts, np.ones(len(parts), bool), landscape=False)
    assert [call.kwargs["upright"] for call in looking.call_args_list] == [True]


def test_without_a_number_in_the_turn_told_the_others_are_read() -> None:
    parts = written(("FIG. 2", 100, 300, 60))
    turned = parts.turned(90)
    assert set(turns_read(turned, landscape=False)) >= {90, 270}


def test_a_number_read_in_another_turn_settles_it_too() -> None:
    parts = written(("FIG. 2", 100, 300, 60))
    assert turns_read(parts.turned(270), landscape=False) == [90]


@pytest.mark.parametrize("text", ["FIG", "Fig. 1", "FIG. 12A", "Figure 3", "FIGURE"])
def test_the_word_may_say_figure_whichever_way_it_stands(text: str) -> None:
    parts = written((text, 200, 300, 60))
    for turned, along in ((parts, True), (parts.turned(90), False), (parts.turned(270), False)):
        rows = find_candidates(turned, upright=along)
        longest = max(rows, key=lambda row: row.parts.size)
        assert may_say_figure(turned, longest)


def test_strokes_of_a_drawing_do_not_say_figure() -> None:
    page = Image.new("L", (1000, 800), 255)
    pen = ImageDraw.Draw(page)
    pen.ellipse((100, 100, 200, 150), outline=0, width=4)
    pen.rectangle((100, 300, 240, 350), outline=0, width=4)
    for x in range(400, 700, 60):
        pen.line((x, 320, x + 40, 300), fill=0, width=5)
    parts = measure_ink(np.asarray(page))
    rows = [*find_candidates(parts, upright=True)]
    assert rows
    assert not any(may_say_figure(parts, row) for row in rows)


def test_strokes_far_apart_do_not_say_figure() -> None:
    page = np.full((300, 600), 255, np.uint8)
    for x in range(100, 400, 80):
        page[100:160, x : x + 3] = 0
    parts = measure_ink(page)
    (row,) = find_candidates(parts, upright=True)
    assert row.parts.size == 4
    assert not may_say_figure(parts, row)


def drawn(*lines: tuple[int, int, int, int]) -> InkParts:
    page = Image.new("L", (700, 300), 255)
    for line in lines:
        ImageDraw.Draw(page).line(line, fill=0, width=4)
    return measure_ink(np.asarray(page))


def test_hatching_does_not_say_figure() -> None:
    hatching = [(x, 160, x + 20, 100) for x in range(100, 260, 40)]
    bare, barred = drawn(*hatching), drawn(*hatching, (100, 130, 130, 130))  # as the F has it
    assert not any(may_say_figure(bare, row) for row in rows_along(bare))
    assert any(may_say_figure(barred, row) for row in rows_along(barred))


def test_two_strokes_in_the_middle_of_a_row_do_not_say_figure() -> None:
    forked = [(100, 100, 130, 100)]
    for x in (115, 175):
        forked += [(x - 15, 100, x, 118), (x + 15, 100, x, 118), (x, 118, x, 142)]
        forked += [(x - 15, 160, x, 142), (x + 15, 160, x, 142)]
    two, three = drawn(*forked), drawn(*forked, (220, 100, 220, 160))
    assert not any(may_say_figure(two, row) for row in rows_along(two))
    assert any(may_say_figure(three, row) for row in rows_along(three))


def rows_along(parts: InkParts) -> list[LabelCandidate]:
    rows = [*find_candidates(parts, upright=True)]
    assert rows
    return rows
