"""Sentences about a figure, put together from the grant's own words alone."""

from core.describing import FigureFacts
from core.records import View


def grant_texts(facts: FigureFacts) -> tuple[str, ...]:
    """What a person reading the grant would say is drawn; nothing is guessed from the picture.

    Returns:
        None twice; to be kept with provenance GRANT.

    Example:
        >>> grant_texts(FigureFacts("US-D1-S/1", "Chair", "front", locarno_title="Seats"))
        ('Chair', 'front view of Chair', 'Chair, Seats')
    """
    thing = facts.object_name or facts.title
    view = "" if facts.view == View.UNKNOWN else f"{facts.view} view"
    texts = [facts.title, facts.caption or " of ".join(filter(None, (view, thing)))]
    if facts.locarno_title:
        texts.append(", ".join(filter(None, (thing, facts.locarno_title))))
    return tuple(dict.fromkeys(text.strip() for text in texts if text.strip()))
