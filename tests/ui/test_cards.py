"""Hits as the gallery's cards."""

from search.hits import FigureHit, PublicationHit
from search.ranking import Twin
from ui.cards import hit_cards
from ui.context import UiContext

CHAIR, STOOL = "US-D0900001-S1", "US-D0900002-S1"


def chair_hit(*twins: Twin) -> PublicationHit:
    figure = FigureHit(f"{CHAIR}/1", "perspective", "1", 0.9, "image")
    return PublicationHit(1, CHAIR, "Chair", ("06-01",), 0.9, (figure,), twins=twins)


def test_a_card_names_its_twins_and_why(context: UiContext) -> None:
    twins = (
        Twin(STOOL, f"{STOOL}/1", 0.8, "same family"),
        Twin("US-D1-S1", "US-D1-S1/1", 0.7, "same picture"),
    )
    (card,) = hit_cards([chair_hit(*twins)], context.resources.catalogue)
    assert [(twin.id, twin.number, twin.reason) for twin in card.twins] == [
        (STOOL, "US D900,002 S1", "of the same international registration"),
        ("US-D1-S1", "US-D1-S1", "the same drawing"),
    ]
    assert card.twins[0].href == f"/publication?id={STOOL}"
