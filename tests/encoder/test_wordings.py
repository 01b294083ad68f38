"""Other sentences about a figure: by rule, of the grant's words and of aliases, nothing new."""

import re
from dataclasses import replace

from core.describing import FigureFacts
from core.locarno import class_name, subclass_titles
from encoder.describing.answers import MAX_CHARACTERS
from encoder.describing.grant_words import grant_texts
from encoder.describing.wordings import alias_wordings, grant_wordings, tells_view, wordings

CHAIR = FigureFacts(
    "US-D1-S1/1",
    "Folding chair with armrest",
    "front",
    object_name="folding chair",
    caption="a front view of the chair",
    locarno=("06-01", "21-03"),
    locarno_title="Seats",
)
OF_SENTENCES = {
    "view",
    "seen",
    "from",
    "the",
    "line",
    "drawing",
    "of",
    "ornamental",
    "design",
    "for",
}


def words(texts):
    return set(re.findall(r"[a-z]+", " ".join(texts).casefold()))


def test_a_figure_with_enough_to_say_gets_twenty_texts_none_twice():
    known = grant_texts(CHAIR)
    own, other = wordings(CHAIR, ["stools", "seats"], 20 - len(known) - 2)
    texts = [*known, "stools", "seats", *own, *other]
    assert len(texts) == len({text.casefold() for text in texts}) == 20
    assert len(own) >= 7
    assert len(other) >= 7
    assert max(map(len, texts)) <= MAX_CHARACTERS
    assert "chair" in own
    assert "folding chair seen from the front" in own
    assert {"front view of stools", "front view of seats"} <= set(other)


def test_wordings_add_no_word_that_is_not_in_the_grant_or_its_classes():
    classes = [subclass_titles()["06-01"], subclass_titles()["21-03"]]
    classes += [class_name("06-01"), class_name("21-03")]
    known = words([*grant_texts(CHAIR), *classes]) | OF_SENTENCES
    assert words(grant_wordings(CHAIR)) <= known
    assert words(alias_wordings(CHAIR, ["stools"])) <= known | {"stools"}


def test_a_figure_of_which_little_is_known_gets_little():
    assert grant_wordings(FigureFacts("x", "Lamp", "unknown")) == (
        "line drawing of lamp",
        "ornamental design for lamp",
    )
    assert grant_wordings(FigureFacts("x", " ", "front", locarno=("06-01",))) == ()
    assert alias_wordings(CHAIR, []) == ()
    assert wordings(CHAIR, ["stools"], 0) == ((), ())


def test_a_shorter_name_is_one_of_the_same_thing():
    def shorter(title):
        said = grant_wordings(FigureFacts("x", title, "unknown"))
        return [text for text in said if not re.search(r"\b(?:drawing|design)\b", text)]

    assert shorter("Display screen for automobile") == ["display screen", "screen"]
    assert shorter("Women's garment top") == ["top"]
    assert shorter("Set of bottles") == []
    assert shorter("Game housing and game pieces") == []
    assert shorter("Light emitting diode (LED)") == []
    assert shorter("LED lamp, round") == ["LED lamp", "lamp"]


def test_room_goes_to_the_other_side_where_one_has_little_to_say():
    little = FigureFacts("x", "Lamp", "unknown")
    own, other = wordings(little, ["lanterns", "torches", "lights"], 8)
    assert len(own) == 2
    assert len(other) == 6
    assert len(wordings(CHAIR, [], 12)[0]) == 12


def test_what_names_a_view_is_known_by_it():
    views = {view: replace(CHAIR, view=view) for view in ("front", "top", "section", "plan")}
    for view, facts in views.items():
        said = [*grant_wordings(facts), *alias_wordings(facts, ["stools"])]
        telling = [text for text in said if tells_view(text, view)]
        assert all(("view" in text) or ("seen" in text) or ("cut" in text) for text in telling)
        left = set(said) - set(telling)
        assert "line drawing of folding chair" in left
        assert not any("view" in text or "seen" in text or "cut open" in text for text in left)


def test_a_text_that_would_be_cut_off_is_left_out():
    long = replace(CHAIR, object_name="very " * 46 + "soft chair")
    said = grant_wordings(long)
    assert max(map(len, said)) <= MAX_CHARACTERS
    assert "chair, seats" in said
