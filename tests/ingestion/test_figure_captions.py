"""Sentences of figure descriptions in every form observed, and what is no caption."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.records import View
from ingestion.figure_captions import Description, parse_description, parse_labels

TITLE = "Folding chair"


def read(*paragraphs: str, title: str = TITLE) -> Description:
    return parse_description(paragraphs, title)


def rows(description: Description) -> list[tuple[str, str, str | None]]:
    return [(c.label, c.view.value, c.object_name) for c in description.captions]


@pytest.mark.parametrize(
    ("sentence", "row"),
    [
        ("FIG. 1 is a front perspective view of a chair showing my new design;",
         ("1", "perspective", "chair")),
        ("FIG. 2 is a front elevational view thereof; and,", ("2", "front", TITLE)),
        ("FIG. 3A is a top plan view thereof.", ("3A", "top", TITLE)),
        ("FIG. 3a shows a bottom view thereof.", ("3A", "bottom", TITLE)),
        ("FIG. 4 a rear elevation view of the chair of FIG. 1;", ("4", "rear", "chair")),
        ("FIG. 5is a right side view thereof; and,", ("5", "right", TITLE)),
        ("Figured 4 is a left-hand side view thereof;", ("4", "left", TITLE)),
        ("FIG 6 provides a plan view of the claimed design.", ("6", "plan", TITLE)),
        ("FIG. 7 - is a side view thereof.", ("7", "side", TITLE)),
        ("FIG. 8 is an end view of the device.", ("8", "side", TITLE)),
        ("FIG. 9 is an isometric view of our design for a coupling;",
         ("9", "perspective", "coupling")),
        ("FIG. 10 is a frontal perspective of the handbag shown in FIG. 9;",
         ("10", "perspective", "handbag")),
        ("FIG. 11 is an exploded perspective view thereof;", ("11", "exploded", TITLE)),
        ("FIG. 12 is a cross-sectional view taken along line 3-3 of FIG. 2;",
         ("12", "section", TITLE)),
        ("FIG. 13 is an enlarged fragmentary view of the bottom portion of the bat;",
         ("13", "enlarged", "bat")),
        ("FIG. 14 is an enlarged rear view thereof.", ("14", "rear", TITLE)),
        ("FIG. 14 is an enlarged rear view thereof, wherein a portion is removed;",
         ("14", "rear", TITLE)),
        ("FIG. 15 is a reference view showing the chair in use.", ("15", "reference", TITLE)),
        ("FIG. 16 is an environmental perspective view of the chair.",
         ("16", "reference", "chair")),
        ("FIG. 17 is a left side view thereof, the right side being a mirror image;",
         ("17", "left", TITLE)),
        ("FIG. 18 is a rear elevational view, the front elevational view being a mirror image;",
         ("18", "rear", TITLE)),
        ("FIG. 19 is a perspective view of the speaker, with the speaker in a retracted position;",
         ("19", "perspective", "speaker")),
        ("FIG. 20 is a top view of the stool in an open position.", ("20", "top", "stool")),
        ("FIG. 21 is a perspective view of front, top and right side of an auxiliary block;",
         ("21", "perspective", "auxiliary block")),
        ("FIG. 22 is a front view of the chair according to the second embodiment;",
         ("22", "front", "chair")),
        ("FIG. 23 is a view of the back panel of the bag;",
         ("23", "rear", "back panel of the bag")),
        ("FIG. 24 is a top view of the invention in use.", ("24", "top", TITLE)),
        ("FIG. 25 is a second image thereof.", ("25", "unknown", TITLE)),
        ("FIG. 26 is a front view of a display screen or portion thereof with an icon.",
         ("26", "front", "display screen or portion thereof with an icon")),
        ("FIG. 27 is a front view of a FOLDING CHAIR with arms;", ("27", "front", TITLE)),
        ("The sole FIGURE is a top plan view of a sheet material showing our new design.",
         ("1", "top", "sheet material")),
        ("The FIGURE is a front view thereof.", ("1", "front", TITLE)),
        ("FIG. 28. Side elevation view thereof.", ("28", "side", TITLE)),
        ("FIG. 29\u00a0is  a\ntop view\tthereof.", ("29", "top", TITLE)),
        ("1.1 : Perspective", ("1.1", "perspective", TITLE)),
        ("1.2 : Back", ("1.2", "rear", TITLE)),
        ("1.8 is an enlarged partial perspective view; and", ("1.8", "enlarged", TITLE)),
    ],
)  # fmt: skip
def test_a_sentence_gives_label_view_and_object(sentence, row):
    assert rows(read(sentence)) == [row]


def test_captions_keep_the_whole_sentence_without_its_connective():
    (caption,) = read("FIG. 2 is a  rear view thereof; and,").captions
    assert caption.text == "FIG. 2 is a rear view thereof"


def test_a_sentence_about_several_figures_gives_one_caption_each():
    read_rows = rows(read("FIGS. 2-4 are side views of a lamp;", "FIGS. 7A through 7C show views."))
    assert read_rows[:3] == [(label, "side", "lamp") for label in "234"]
    assert [label for label, *_ in read_rows[3:]] == ["7A", "7B", "7C"]
    stopped = rows(read("FIG. 5.-FIG. 8. Reduced top plan views of a table."))
    assert [label for label, *_ in stopped] == ["5", "6", "7", "8"]


def test_views_named_for_several_figures_are_dealt_out_in_order():
    assert rows(read("FIGS. 3 and 4 are left and right side views thereof.")) == [
        ("3", "left", TITLE),
        ("4", "right", TITLE),
    ]
    both = rows(read("FIGS. 1 and 2 are top and bottom perspective views of a hitch"))
    assert [view for _, view, _ in both] == ["perspective", "perspective"]


def test_several_sentences_in_one_paragraph_are_told_apart():
    description = read(
        "FIG. 1 is a front view thereof; FIG. 2 is a rear view thereof; and FIG. 3 is a top view "
        "thereof. The broken lines form no part of the claimed design."
    )
    assert [view for _, view, _ in rows(description)] == ["front", "rear", "top"]
    assert description.broken_line_statement == (
        "The broken lines form no part of the claimed design."
    )


def test_a_number_torn_from_its_sentence_is_put_back():
    assert rows(
        read("FIG. 1.", "Perspective view of the table.", "FIG. 2.", "Top view thereof.")
    ) == [
        ("1", "perspective", "table"),
        ("2", "top", TITLE),
    ]


def test_hague_designs_lend_their_own_titles():
    description = read(
        "1. Belt buckle", "1.1 : Front", "2. Belt", "2.1 : Front",
        "The broken lines show use; reproduction 1.1 is a front view of the buckle.",
        title="Buckles and belts",
    )  # fmt: skip
    assert rows(description) == [("1.1", "front", "Belt buckle"), ("2.1", "front", "Belt")]


def test_several_embodiments_keep_their_own_objects():
    description = read(
        "FIG. 1 is a front view of a first embodiment of an earphone showing our new design;",
        "FIG. 2 is a front view of a second embodiment of the earphone;",
        "FIG. 3 is a rear view of the second embodiment thereof.",
    )
    assert [name for *_, name in rows(description)] == ["earphone", "earphone", TITLE]


STATEMENTS = [
    "The broken lines shown in FIGS. 1-7 form no part of the claimed design.",
    "The evenly-dashed lines illustrate stitching that forms part of the claimed design.",
    "The portions shown in phantom lines are for illustration. They form no part of the claim.",
    "None of the broken lines form part of the claimed design.",
    "FIGS. 1-5 show portions of the table base in phantom lines.",
]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_what_is_said_of_broken_lines_is_never_a_caption(statement):
    sentences = [f"FIG. {n} is a front view thereof;" for n in range(1, 8)]
    description = read(*sentences, statement)
    assert description.broken_line_statement == statement
    assert [caption.view for caption in description.captions] == [View.FRONT] * 7


def test_colour_and_embodiment_statements_are_kept_apart():
    description = read(
        "FIG. 1 is a front view thereof.",
        "The stippling represents a contrasting colour.",
        "The right side view is a mirror image of the left side view.",
        "The broken lines form no part of the claimed design. They show a foot.",
        "The bench is plain.",
    )
    assert description.colour_statements == ("The stippling represents a contrasting colour.",)
    assert description.embodiment_statements == (
        "The right side view is a mirror image of the left side view.",
    )
    assert description.broken_line_statement == (
        "The broken lines form no part of the claimed design. They show a foot."
    )
    assert description.other_statements == ("The bench is plain.",)


def test_a_second_sentence_about_a_figure_does_not_replace_its_caption():
    description = read("FIG. 1 is a rear view thereof.", "FIG. 1 is a top view of a hat.")
    assert rows(description) == [("1", "rear", TITLE)]
    assert description.other_statements == ("FIG. 1 is a top view of a hat.",)


def test_a_view_found_later_replaces_an_unknown_one():
    assert rows(read("FIG. 1 is a hat.", "FIG. 1 is a top view of a hat.")) == [("1", "top", "hat")]


def test_a_remark_on_all_figures_is_no_sole_figure():
    description = read("The figures show a chair at a different scale.")
    assert description.captions == ()


def test_nothing_described_gives_an_empty_description():
    assert read() == Description((), None, None, (), (), ())
    assert read("", "   ") == Description((), None, None, (), (), ())


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("1", ("1",)), ("1, 3A-3C and 7", ("1", "3A", "3B", "3C", "7")),
        ("2 thru 4", ("2", "3", "4")),
        ("1.1-1.3", ("1.1", "1.2", "1.3")), ("3A & 3B", ("3A", "3B")), ("5-3", ("5", "3")),
        ("1-9999", ("1", "9999")), ("2, 2", ("2",)), ("1A-3", ("1A", "3")),
    ],
)  # fmt: skip
def test_label_lists_and_ranges(text, labels):
    assert parse_labels(text) == labels


WORDS = st.sampled_from(
    ["FIG.", "FIGS.", "1", "2-4", "3A", ",", ";", "and", "is", "a", "view", "of", "thereof",
     "front", "the", "broken lines", "embodiment", ".", "1.1", ":", "portion", "section", "The",
     "FIGURE"]
)  # fmt: skip


@given(st.lists(st.lists(WORDS, max_size=25).map(" ".join) | st.text(max_size=60), max_size=8))
def test_any_text_gives_captions_with_distinct_labels(paragraphs):
    captions = read(*paragraphs).captions
    assert len({caption.label for caption in captions}) == len(captions)
    assert all(caption.text and caption.object_name for caption in captions)


@pytest.mark.parametrize(
    "unit", ["FIG. 1 ", "1-", "1 and ", "front ", "; and ", "the ", "view, ",
             "second embodiment of ", "portion of ", "broken ", ". A", "in ", "a-"],
)  # fmt: skip
def test_long_hostile_paragraphs_are_read_in_time(unit):
    started = time.process_time()
    for opening in ("", "FIGS. ", "FIG. 1 is a view of ", "FIG. 1 is a "):
        read(opening + unit * 900)
    assert time.process_time() - started < 4
