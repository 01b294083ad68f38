"""One figure sentence, read: from which view it shows which object.

The grammar of these sentences is narrow (``a <view phrase> view of <object>, <remarks>``), so
the view is looked for in the phrase before the head noun and the object behind its "of"; remarks
behind a comma ("the left side being a mirror image") say nothing of this figure's own view.
"""

import re

from core.records import View

_HEAD = re.compile(
    r"\b(?:views?|elevation(?:al|s)?|perspectives?|isometrics?|sections?|plans?|illustrations?"
    r"|depictions?|drawings?|images?|thereof)\b",
    re.IGNORECASE,
)
_VIEW_NOUN = re.compile(r"\bviews?\b", re.IGNORECASE)
_CLAUSE_END = re.compile(r";|\bwhere(?:in|by|as)?\b|\bthe [^,;]{0,60}?being\b", re.IGNORECASE)

_MAX_NAME = 600
"""Characters of a sentence that are searched for the object's name."""

_PHRASE_END = re.compile(r",|\b(?:of|thereof|showing|for)\b", re.IGNORECASE)

_REFERENCE = re.compile(
    r"\b(?:reference|environment(?:al)?|in[- ]use|use[- ]state|state of use|usage)\b", re.IGNORECASE
)
_EXPLODED = re.compile(r"\b(?:exploded|disassembled)\b", re.IGNORECASE)
_SECTION = re.compile(
    r"\b(?:cross[- ]?)?section(?:al|ed)?\b|\bcut[- ]?away\b|\bcross[- ]?section(?:al)?\b",
    re.IGNORECASE,
)
_ENLARGED = re.compile(
    r"\b(?:enlarge(?:d|ment)|magnified|close[- ]?up|blown[- ]?up|detail(?:ed)?)\b", re.IGNORECASE
)
_PARTIAL = re.compile(
    r"\b(?:portions?|part|parts|partial(?:ly)?|fragment(?:ary|al)?|detail(?:ed)?|close[- ]?up"
    r"|encircled|circled|area|region|broken[- ]away)\b",
    re.IGNORECASE,
)
_PERSPECTIVE = re.compile(
    r"\b(?:per?s?pe[cr]*tives?|isometric|axonometric|trimetric|dimetric|oblique|pictorial|angled"
    r"|three[- ]quarters?|three[- ]dimensional|3-?d|3/4)\b",
    re.IGNORECASE,
)
_DIRECTIONS = (
    (View.FRONT, r"front(?:al)?|face"),
    (View.REAR, r"rear(?:ward)?|back|backside|posterior"),
    (View.LEFT, r"left(?:[- ]hand)?"),
    (View.RIGHT, r"right(?:[- ]hand)?"),
    (View.TOP, r"top|overhead|upper|above"),
    (View.BOTTOM, r"bottom|underside|underneath|lower|below|underneath"),
)
_DIRECTION = re.compile(
    "|".join(rf"(?P<{view.name}>\b(?:{words})\b)" for view, words in _DIRECTIONS), re.IGNORECASE
)
_SIDE = re.compile(r"\b(?:sides?|ends?|edge|lateral|medial|profile)\b", re.IGNORECASE)
_PLAN = re.compile(r"\b(?:plan|planar|planform)\b", re.IGNORECASE)
_ELEVATION = re.compile(r"\belevation(?:al|s)?\b", re.IGNORECASE)

_OF = re.compile(
    r"[\s,]*(?:(?!showing\b|illustrating\b|depicting\b|thereof\b|an?\b|the\b)[\w-]{1,30}\s+){0,3}?"
    r"(?:of|for)\s+(.+)",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"\s+(?:and|designs?|(?:first|second|third|fourth|alternate|alternative)\s+embodiment)$",
    re.IGNORECASE,
)
_OBJECT_END = re.compile(
    r"[,;:(]|\.(?:\s|$)|\s(?:showing|embodying|incorporating|illustrating|depicting|displaying"
    r"|comprising|according to|in accordance with|as (?:shown|seen|illustrated|depicted|viewed"
    r"|claimed|oriented)|(?:shown|seen|illustrated|depicted|viewed|disclosed|described|presented"
    r"|positioned|oriented|claimed|laid|taken|made|constructed|rotated|worn|which|that)\b"
    r"|where(?:in|by)?\b|in which|when|while|(?<!or portion )(?<!or portions )(?<!or part )thereof"
    r"|from (?:the )?(?:fig|above|below|front|rear|left|right|top|bottom)"
    r"|(?:of|in|from|per) (?:the )?fig|of (?:the |my |our |this |its )*(?:present |instant |new "
    r"|claimed |subject |ornamental )*(?:design|invention|disclosure|application|embodiment)"
    r"|(?:in|with|without|at|on) [^,;]{0,60}?\b(?:position|state|condition|configuration|mode"
    r"|orientation|environment|use|removed|scale|alignment|separate(?:ly)?)\b)",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r"^(?:an?|the|my|our|his|her|its|said|one|each|both|just|another|new|novel|original|improved"
    r"|claimed|present|instant|inventive|invented|ornamental|alternat(?:e|ive)|first|second|third"
    r"|fourth|fifth|sixth|seventh|eighth|ninth|tenth|additional|further|other|preferred"
    r"|exemplary|same|entire|whole|assembled)(?:\s*,)?\s+(?:and\s+)?",
    re.IGNORECASE,
)
_EMBODIMENT = re.compile(
    r"^(?:(?:[\w-]{1,30}\s+)?(?:embodiments?(?:\s+no\.?)?(?:\s*[\dIVX]+\b,?)?|designs?|versions?|forms?"
    r"|variations?|modifications?)\s+(?:of|for|relating to)|embodiments?"
    r"(?=\s+(?!of|for|\d|thereof|viewed|shown|seen|illustrated|depicted|showing|in|with)[a-z])"
    r"|(?:images?|frames?)\s+in\s+(?:a|the)\s+sequence\s+(?:of|for))\s+",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"^(?:(?:front|rear|back|left|right|top|bottom|upper|lower|inner|outer|side|sides|end|opposite"
    r"|one|an?|the|and|hand|distal|proximal|interior|exterior|inside|outside|portions?|parts?"
    r"|area|plan|circled|enlarged|edge|surface|face|of)[\s,/-]+)*"
    r"(?:portions?|parts?|sides?|ends?|front|rear|back|top|bottom|left|right|area|edge|surface"
    r"|face|plan|half)\s+of\s+",
    re.IGNORECASE,
)
_GENERIC = re.compile(
    r"^(?:(?:the |both |subject |present |instant |claimed |invented )*(?:designs?|inventions?"
    r"|embodiments?(?:\s*[\dIVX]+)?|articles?|devices?|items?|products?|apparatus|same|subject"
    r"(?: matter)?|units?|assembly|images?|frames?|us(?:ag)?e|it|figs?\b.*|figures?\b.*"
    r"|(?:portions?|parts?)(?: thereof)?))?$",
    re.IGNORECASE,
)
_PLACE_ONLY = re.compile(
    r"^(?:(?:front|rear|back|left|right|top|bottom|upper|lower|inner|outer|sides?|ends?|opposite"
    r"|other|one|hand|views?|edges?|surfaces?|first|second|third|and|or|the|an?|to|of)\b[\s,/-]*)*"
    r"(?:figs?\b.*)?$",
    re.IGNORECASE,
)


def read_views(predicate: str, n_labels: int) -> tuple[View, ...]:
    """The view each of a sentence's figures shows.

    Args:
        predicate: What the sentence says behind its figure numbers.
        n_labels: Figures the sentence speaks of.

    Returns:
        One view a figure; ``left and right side views`` is dealt out in order.

    Example:
        >>> read_views("is a left side view thereof, the right being a mirror image", 1)[0].value
        'left'
    """
    clause = _main_clause(predicate)
    phrase = _view_phrase(clause)
    directions = [View[hit.lastgroup] for hit in _DIRECTION.finditer(phrase) if hit.lastgroup]
    view = _single_view(phrase, clause, directions)
    if n_labels > 1 and view in directions and len(directions) == n_labels:
        return tuple(directions)
    return (view,) * n_labels


def read_object(predicate: str, title: str) -> str | None:
    """What a sentence says is shown; the title where it refers back or names nothing.

    Args:
        predicate: What the sentence says behind its figure numbers.
        title: Title of the publication, or of the design the figure belongs to.

    Returns:
        The object's name without article, or None where the title is empty too.

    Example:
        >>> read_object("is a front view of a folding chair, showing my new design", "Seat")
        'folding chair'
        >>> read_object("is a rear view thereof", "Seat")
        'Seat'
    """
    head = _head_end(predicate)
    of = _OF.match(predicate, head)
    if of is None:
        return title or None
    named = _without_opening(of[1][:_MAX_NAME])
    if title and named.lower().startswith(title.lower()):
        return title
    end = _OBJECT_END.search(named)
    name = named[: end.start()] if end else named
    name = _CLOSING.sub("", name.strip(" .;,-"))
    return title or None if _GENERIC.match(name) or _PLACE_ONLY.match(name) else name


def _main_clause(predicate: str) -> str:
    end = _CLAUSE_END.search(predicate)
    return predicate[: end.start()] if end else predicate


def _head_end(clause: str) -> int:
    """Where the view phrase ends: behind "view", else behind the last noun that stands for it."""
    stop = re.search(r"\b(?:of|thereof|showing|for)\b", clause, re.IGNORECASE)
    until = stop.end() if stop else len(clause)
    heads = list(_HEAD.finditer(clause, 0, until))
    noun = _VIEW_NOUN.search(clause)
    if noun and (noun.end() <= until or not heads):
        return noun.end()
    return heads[-1].end() if heads else 0


def _view_phrase(clause: str) -> str:
    """The words that say which view, with the place behind a bare "view of the …"."""
    end = _head_end(clause)
    if not end:  # "1.2 : Front", "is a top of the handle"
        return _PHRASE_END.split(clause, maxsplit=1)[0]
    phrase = clause[:end]
    if _DIRECTION.search(phrase) or _PERSPECTIVE.search(phrase):
        return phrase
    place = re.match(
        r"\s+(?:of|from|showing)\s+(?:(?:the|an?)\s+)?(.*)", clause[end:], re.IGNORECASE
    )
    return f"{phrase} {' '.join(place[1].split()[:3])}" if place else phrase


def _single_view(phrase: str, clause: str, directions: list[View]) -> View:
    whole = directions or _PERSPECTIVE.search(phrase) or _SIDE.search(phrase)
    detail = _ENLARGED.search(phrase) and (_PARTIAL.search(clause) or not whole)
    signs = (
        (View.REFERENCE, _REFERENCE.search(phrase)),
        (View.EXPLODED, _EXPLODED.search(phrase)),
        (View.SECTION, _SECTION.search(phrase)),
        (View.ENLARGED, detail),
        (View.PERSPECTIVE, _PERSPECTIVE.search(phrase)),
        (directions[0] if directions else View.UNKNOWN, directions),
        (View.SIDE, _SIDE.search(phrase)),
        (View.PLAN, _PLAN.search(phrase)),
        (View.ELEVATION, _ELEVATION.search(phrase)),
    )
    return next((view for view, sign in signs if sign), View.UNKNOWN)


def _without_opening(name: str) -> str:
    """Strip articles, "second embodiment of", "design for", "front and right side of"."""
    before = None
    while name != before:
        before = name
        for opening in (_OPENING, _EMBODIMENT, _PLACE):
            name = opening.sub("", name, count=1)
    return name
