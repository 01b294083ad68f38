"""Hits as the gallery's cards."""

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

from search.casebook_records import Mark, Opinion, Remark
from search.hits import FigureHit, PublicationHit
from search.orientation import Orientation
from search.ranking import Twin
from tests.ui.shown import first_figure
from ui.cards import hit_cards
from ui.components.gallery import CardMark
from ui.context import UiContext
from ui.explain_link import regions_href
from ui.search_state import SearchState

CHAIR, STOOL = "US-D0900001-S1", "US-D0900002-S1"


def chair_hit(*twins: Twin) -> PublicationHit:
    figure = FigureHit(f"{CHAIR}/1", "perspective", "1", 0.9, "image")
    return PublicationHit(1, CHAIR, "Chair", ("06-01",), 0.9, (figure,), twins=twins)


def test_a_card_names_its_twins_and_why(context: UiContext) -> None:
    twins = (
        Twin(STOOL, f"{STOOL}/1", 0.8, "same family"),
        Twin("US-D1-S1", "US-D1-S1/1", 0.7, "same picture"),
    )
    (card,) = hit_cards([chair_hit(*twins)], context.resources.catalogue, SearchState(text="a"), {})
    assert [(twin.id, twin.number, twin.reason) for twin in card.twins] == [
        (STOOL, "US D900,002 S1", "of the same family"),
        ("US-D1-S1", "US-D1-S1", "the same drawing"),
    ]
    assert card.twins[0].href == f"/publication?id={STOOL}"
    assert card.best.regions_href == ""


def test_similar_regions_are_of_the_drawing_that_was_compared(context: UiContext) -> None:
    state = SearchState(drawings=("a" * 64,), figures=("US-D1-S1/3A",))
    hit = chair_hit()
    figure = replace(hit.figures[0], figure_id=first_figure(context, CHAIR), query_view=0)
    (card,) = hit_cards([replace(hit, figures=(figure,))], context.resources.catalogue, state, {})
    asked = parse_qs(urlsplit(card.best.regions_href).query)
    assert asked == {"figure_id": [figure.figure_id], "drawing": ["a" * 64]}
    assert card.best.regions_title == "similar regions, an aid, not a legal comparison"
    turned = replace(figure, query_view=1, orientation=Orientation.MIRRORED_90)
    asked = parse_qs(urlsplit(regions_href(state, turned)).query)
    assert asked["query_figure_id"] == ["US-D1-S1/3A"]
    assert asked["orientation"] == ["mirrored, turned 90°"]
    assert regions_href(state, replace(figure, query_view=2)) == ""
    assert regions_href(state, replace(figure, query_view=None)) == ""


def test_a_card_shows_the_last_mark_and_whose_it_is(context: UiContext) -> None:
    def remark(by: str, mark: Mark | None) -> Remark:
        note = "" if mark else "Compare the legs"
        return Remark(1, 1, CHAIR, mark, note, None, "2026-01-02T03:04:05+00:00", by)

    def mark_of(*remarks: Remark) -> CardMark | None:
        opinions = {CHAIR: Opinion(CHAIR, remarks)}
        catalogue = context.resources.catalogue
        return hit_cards([chair_hit()], catalogue, SearchState(), opinions)[0].mark

    by_all = [remark("Ada", Mark.NOT), remark("Grace", Mark.LATER), remark("Ada", None)]
    assert mark_of(*by_all) == CardMark("later", "look at later", "Grace, 2026-01-02")
    assert mark_of(remark("Ada", None)) is None
