"""What is said of a figure already, in other sentences, by rule: for training and for people.

Nothing is added but how a drawing of that view is seen. With names and captions these come to
about 20 texts a figure, where its grant says enough.
"""

import re
from collections.abc import Iterator, Sequence

from core.describing import FigureFacts
from core.locarno import class_name, subclass_titles
from core.records import View
from encoder.describing.answers import is_read_whole
from encoder.describing.grant_words import grant_texts

_SEEN: dict[str, str] = {
    View.PERSPECTIVE: "seen at an angle",
    View.FRONT: "seen from the front",
    View.REAR: "seen from behind",
    View.LEFT: "seen from the left",
    View.RIGHT: "seen from the right",
    View.SIDE: "seen from the side",
    View.TOP: "seen from above",
    View.BOTTOM: "seen from below",
    View.ENLARGED: "drawn enlarged",
    View.SECTION: "cut open",
    View.EXPLODED: "taken apart",
}
"""Views that say from where; a plan or an elevation alone does not."""
_ADDITION = re.compile(
    r"(?:,|\s+(?:with|having|including|comprising|for|or\s+the\s+like)\b).*", re.IGNORECASE
)
_JOINT = re.compile(r"\b(?:of|and|or|in|on|to|therefor|thereof|same)\b|[/&()]", re.IGNORECASE)
"""In a name that is not one thing after the words that tell it from others."""


def wordings(
    facts: FigureFacts, aliases: Sequence[str], at_most: int
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """In the grant's own words, and under other names, which get half of the room if they need it.

    Args:
        facts: What the publication says.
        aliases: Names that the thesaurus knows.
        at_most: How many, all together; not negative.
    """
    own, other = grant_wordings(facts), alias_wordings(facts, aliases)
    n_other = min(len(other), max(at_most // 2, at_most - len(own)))
    return own[: at_most - n_other], other[:n_other]


def grant_wordings(facts: FigureFacts) -> tuple[str, ...]:
    """Other sentences in the grant's own words, none of `grant_texts`; none twice.

    Example:
        >>> chair = FigureFacts("US-D1-S/1", "Chair with armrest", "front", locarno=("06-01",))
        >>> grant_wordings(chair)[:3]
        ('chair', 'chair with armrest seen from the front', 'line drawing of chair with armrest')
    """
    thing = _lowered(facts.object_name or facts.title)
    if not thing:
        return ()
    names = _shorter_names(thing)
    said = [*names, *_sentences(thing, facts), *_categories(thing, facts)]
    for name in names:
        said += [*_sentences(name, facts), *_kinds(name, facts)]
    return _new(said, grant_texts(facts))


def alias_wordings(facts: FigureFacts, aliases: Sequence[str]) -> tuple[str, ...]:
    """Sentences about a figure under other names, one of each name before a second of any."""
    by_name = [[*_sentences(name, facts), *_kinds(name, facts)] for name in aliases]
    most = max(map(len, by_name), default=0)
    return _new([own[n] for n in range(most) for own in by_name if n < len(own)], aliases)


def tells_view(text: str, view: str) -> bool:
    """Whether a text says from where a figure shows the design, so that it fits no other view."""
    seen = _SEEN.get(view)
    return f"{view} view" in text or (seen is not None and seen in text)


def _shorter_names(thing: str) -> list[str]:
    """The thing without what it is for or has, and the word that says what kind of thing it is."""
    short = _ADDITION.sub("", thing).strip()
    words = short.split()
    is_plain = len(words) > 1 and not _JOINT.search(short) and len(words[-1]) > 2
    names = [short, *([words[-1]] if is_plain and words[-1].isalpha() else [])]
    return [name for name in names if name and name != thing]


def _sentences(name: str, facts: FigureFacts) -> Iterator[str]:
    seen = _SEEN.get(facts.view)
    if facts.view != View.UNKNOWN:
        yield f"{facts.view} view of {name}"
    if seen:
        yield f"{name} {seen}"
    yield f"line drawing of {name}"
    if seen:
        yield f"line drawing of {name} {seen}"
    yield f"ornamental design for {name}"


def _kinds(name: str, facts: FigureFacts) -> Iterator[str]:
    """The name with every kind of thing that its Locarno codes make it."""
    titles = subclass_titles()
    kinds = [facts.locarno_title]
    for code in facts.locarno:
        kinds += [titles.get(code), class_name(code)]
    yield from (f"{name}, {_lowered(kind)}" for kind in dict.fromkeys(kinds) if kind)


def _categories(thing: str, facts: FigureFacts) -> Iterator[str]:
    yield from _kinds(thing, facts)
    if facts.locarno_title:
        yield facts.locarno_title
        if facts.view != View.UNKNOWN:
            yield f"{facts.view} view of {thing}, {_lowered(facts.locarno_title)}"


def _new(said: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """Those that a text encoder reads whole, without what is known and repetitions."""
    fresh = dict.fromkeys(text.casefold() for text in known)
    for text in said:
        if is_read_whole(text):
            fresh.setdefault(text.casefold(), text)
    return tuple(text for text in fresh.values() if text)


def _lowered(name: str) -> str:
    """As in the middle of a sentence; abbreviations («LED lamp») stay."""
    name = name.strip()
    return name[:1].lower() + name[1:] if name[1:2].islower() else name
