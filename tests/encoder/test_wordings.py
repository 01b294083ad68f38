"""Other sentences about a figure: by rule, of the grant's words and of aliases, nothing new."""

import re
from dataclasses import replace

import pytest

from core.describing import FigureFacts
from core.locarno import class_name, subclass_titles
from core.us_design_classes import us_class_title
from encoder.describing.answers import MAX_CHARACTERS, said_words
from encoder.describing.grant_words import grant_texts
from encoder.describing.wordings import tells_view, wordings

CHAIR = FigureFacts(
    "US-D1-S1/1",
    "Folding chair with armrest",
    "front",
    object_name="folding chair",
    caption="a front view of the chair",
    locarno=("06-01", "21-03"),
    locarno_title="Seats",
    us_class=("D6/335",),
)
OF_SENTENCES = {
    *("a", "appearance", "as", "depicted", "depiction", "design", "drawing", "figure", "for"),
    *("from", "graphic", "illustration", "image", "in", "industrial", "like", "look", "looks"),
    *("of", "or", "ornament", "ornamental", "outward", "patent", "picture", "product"),
    *("publication", "published", "registration", "representation", "reproduction", "seen"),
    *("shape", "showing", "the", "view", "what"),
}
"""All that templates say, beside names, kinds and views."""


def words(texts):
    return set(re.findall(r"[a-z]+", " ".join(texts).casefold()))


def all_texts(facts, aliases=(), at_most=20):
    known = [*grant_texts(facts), *aliases]
    own, other = wordings(facts, aliases, at_most - len(known))
    return [*known, *own, *other]


@pytest.mark.parametrize("aliases", [(), ("stools",), ("stools", "chairs", "folding chairs")])
@pytest.mark.parametrize(
    "facts",
    [
        CHAIR,
        FigureFacts("x", "Lamp", "unknown"),
        FigureFacts("x", "Lampe à poser", "unknown"),
        FigureFacts("x", "LED lamp, round", "plan", us_class=("D26/24", "D99/1")),
        FigureFacts("x", "椅", "front"),
    ],
)
def test_every_figure_with_a_title_gets_twenty_texts_none_in_nearly_the_same_words(facts, aliases):
    texts = all_texts(facts, aliases)
    assert len(texts) == 20
    written = texts[len(grant_texts(facts)) + len(aliases) :]
    assert len({said_words(text) for text in written}) == len(written)
    assert not {said_words(text) for text in written} & {said_words(text) for text in aliases}
    assert max(map(len, texts)) <= MAX_CHARACTERS


def test_what_is_printed_comes_before_what_holds_for_every_drawing():
    own, other = wordings(CHAIR, ["stools", "seats"], 16)
    assert own[:2] == ("chair", "front view of folding chair")
    assert "folding chair seen from the front" in own
    assert "folding chair, furnishing" in own  # "folding chair, Seats" is said already
    assert {"front view of stools", "front view of seats"} <= set(other)
    assert len(other) == 8
    assert not any("depict" in text for text in own)


def test_wordings_add_no_word_that_is_not_in_the_grant_or_its_classes():
    classes = [subclass_titles()["06-01"], subclass_titles()["21-03"], us_class_title("D6/335")]
    classes += [class_name("06-01"), class_name("21-03")]
    known = words([*grant_texts(CHAIR), *classes]) | OF_SENTENCES
    own, other = wordings(CHAIR, ["stools"], 60)
    assert words(own) <= known
    assert words(other) <= known | {"stools"}
    lamp, _ = wordings(FigureFacts("x", "Lamp", "unknown"), [], 19)
    assert words(lamp) == {"lamp"} | OF_SENTENCES - {"seen", "the"}


def test_without_a_title_or_room_there_are_no_wordings():
    assert wordings(FigureFacts("x", " ", "front", locarno=("06-01",)), [], 20) == ((), ())
    assert wordings(CHAIR, ["stools"], 0) == ((), ())


def test_a_shorter_name_is_one_of_the_same_thing():
    def shorter(title):
        said, _ = wordings(FigureFacts("x", title, "unknown"), [], 60)
        return [text for text in said if not words([text]) & OF_SENTENCES]

    assert shorter("Display screen for automobile") == ["display screen", "screen"]
    assert shorter("Women's garment top") == ["top"]
    assert shorter("Set of bottles") == []
    assert shorter("Game housing and game pieces") == []
    assert shorter("Light emitting diode (LED)") == []
    assert shorter("LED lamp, round") == ["LED lamp", "lamp"]


def test_what_names_a_view_is_known_by_it():
    views = {view: replace(CHAIR, view=view) for view in ("front", "top", "section", "plan")}
    for view, facts in views.items():
        own, other = wordings(facts, ["stools"], 60)
        said = [*own, *other]
        telling = [text for text in said if tells_view(text, view)]
        assert all(("view" in text) or ("seen" in text) or ("cut" in text) for text in telling)
        left = set(said) - set(telling)
        assert "drawing of folding chair" in left
        assert not any(re.search(r"\w view|seen|cut open", text) for text in left)


def test_a_text_that_would_be_cut_off_is_left_out():
    long = replace(CHAIR, object_name="very " * 46 + "soft chair")
    said, _ = wordings(long, [], 60)
    assert max(map(len, said)) <= MAX_CHARACTERS
    assert "chair, seats" in said
