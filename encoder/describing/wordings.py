"""What is said of a figure already, in other sentences, by rule: for training and for people.

The sentences are templates, in ``prompts/wordings.toml``, as prompt ensembles for CLIP are
(Radford et al. 2021, section 3.1.4). They say nothing that the publication does not: no look, no
material, no view that is not printed. Those that stand on what is printed beside the title come
first; where that is too little for 20 texts a figure, others follow that hold for every drawing of
a published design.
"""

import hashlib
import re
import tomllib
from collections.abc import Iterator, Sequence
from importlib.resources import files
from itertools import islice

from core.describing import FigureFacts
from core.locarno import class_name, subclass_titles
from core.records import View
from core.us_design_classes import us_class_title
from encoder.describing.answers import is_read_whole, said_words
from encoder.describing.grant_words import grant_texts

_FILE = (files("encoder.describing") / "prompts" / "wordings.toml").read_bytes()
_RULE = tomllib.loads(_FILE.decode())
RULE_HASH = hashlib.sha256(_FILE).hexdigest()
"""Which rule a wording is from."""
_SEEN: dict[str, str] = _RULE["views"]
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
        at_most: How many, all together; not negative. So many there are, but for no title, or one
            that is nearly as long as a text may be.
    """
    known = [*grant_texts(facts), *aliases]
    own = _new(_grant_sentences(facts), known)
    room = max(at_most // 2, at_most - len(own))
    other = _new(_alias_sentences(facts, aliases), [*known, *own], room)
    own = own[: at_most - len(other)]
    room = at_most - len(own) - len(other)
    return (*own, *_new(_general_sentences(facts), [*known, *own, *other], room)), other


def tells_view(text: str, view: str) -> bool:
    """Whether a text says from where a figure shows the design, so that it fits no other view."""
    seen = _SEEN.get(view)
    return f"{view} view" in text or (seen is not None and seen in text)


def _grant_sentences(facts: FigureFacts) -> Iterator[str]:
    """In the grant's own words: of the whole name, then of shorter ones."""
    thing = _thing(facts)
    names = _shorter_names(thing)
    yield from names
    yield from _sentences(thing, facts)
    if thing and facts.locarno_title:
        yield facts.locarno_title
    for name in names:
        yield from _sentences(name, facts)


def _alias_sentences(facts: FigureFacts, aliases: Sequence[str]) -> Iterator[str]:
    """Under other names, one of each name before a second of any."""
    by_name = [[*_sentences(name, facts), _RULE["any"][0].format(name=name)] for name in aliases]
    for n in range(max(map(len, by_name), default=0)):
        yield from (own[n] for own in by_name if n < len(own))


def _general_sentences(facts: FigureFacts) -> Iterator[str]:
    """What holds for every drawing, of the whole name, then of shorter ones."""
    thing = _thing(facts)
    for name in filter(None, (thing, *_shorter_names(thing))):
        yield from (template.format(name=name) for template in _RULE["any"])


def _thing(facts: FigureFacts) -> str:
    return _lowered(facts.object_name or facts.title)


def _shorter_names(thing: str) -> list[str]:
    """The thing without what it is for or has, and the word that says what kind of thing it is."""
    short = _ADDITION.sub("", thing).strip()
    words = short.split()
    is_plain = len(words) > 1 and not _JOINT.search(short) and len(words[-1]) > 2
    names = [short, *([words[-1]] if is_plain and words[-1].isalpha() else [])]
    return [name for name in names if name and name != thing]


def _sentences(name: str, facts: FigureFacts) -> Iterator[str]:
    """What is printed of the view and the kinds of thing, about a name."""
    if not name:
        return
    view = str(facts.view)
    if view != View.UNKNOWN:
        templates = _RULE["seen" if view in _SEEN else "view"]
        yield from (t.format(name=name, view=view, seen=_SEEN.get(view)) for t in templates)
    for kind in _kinds(facts):
        yield from (t.format(name=name, kind=_lowered(kind)) for t in _RULE["kind"])


def _kinds(facts: FigureFacts) -> list[str]:
    """What the classes of the publication are called, the main one first."""
    titles = subclass_titles()
    kinds = [facts.locarno_title]
    for code in facts.locarno:
        kinds += [titles.get(code), class_name(code)]
    kinds += map(us_class_title, facts.us_class)
    return [kind for kind in dict.fromkeys(kinds) if kind]


def _new(said: Iterator[str], known: Sequence[str], at_most: int | None = None) -> tuple[str, ...]:
    """Those that a text encoder reads whole, without what is said already in nearly these words.

    Comparing words takes longer than all else that is said of a figure: no more are looked at than
    are wanted.
    """
    return tuple(islice(_iter_new(said, known), at_most))


def _iter_new(said: Iterator[str], known: Sequence[str]) -> Iterator[str]:
    there = {said_words(text) for text in known}
    for text in said:
        words = said_words(text)
        if words not in there and is_read_whole(text):
            there.add(words)
            yield text


def _lowered(name: str) -> str:
    """As in the middle of a sentence; abbreviations («LED lamp») stay."""
    name = name.strip()
    return name[:1].lower() + name[1:] if name[1:2].islower() else name
