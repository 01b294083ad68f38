"""What a document says of its broken lines, read: whether they belong to the claimed design.

Mostly they do not (``form no part of the claimed design``), sometimes they do (``represent
stitching that forms part of``), often some do and others do not. The sentences are kept word for
word beside this finding; where they decide nothing, it is unknown rather than guessed.
"""

import re

from core.records import BrokenLines

_CLAUSE = re.compile(r"[.;](?:\s|$)|,?\s+(?:but|while|whereas)\s+")
_PART = r"p?art(?:s|ly)?\b"
"""Part, also as grants misprint it: ``form no art of the claimed design``."""
_DISCLAIMED = re.compile(
    rf"\b(?:no|not|none|neither|nor|never|without|cannot)\b[^.;]{{0,120}}?\b{_PART}"
    r"|\b(?:not|none|neither|nor|never)\b[^.;,]{0,60}\b(?:claimed|included|intended|limit)\b"
    r"|\bun-?claimed\b|\bdisclaim|\bno claim\b|\bnothing\b[^.;]{0,40}\bclaimed\b"
    r"|\bexcluded from\b|\boutside (?:of )?the (?:claim|scope)"
    r"|\b(?:illustrative|illustration|environment(?:al)?|reference|contextual)\b[^.;]{0,40}\bonly\b"
    r"|\bonly (?:for|to show) (?:illustrati|environment|the purposes? of illustrati)",
    re.IGNORECASE,
)
_CLAIMED = re.compile(
    rf"\b(?:forms?|forming|is|are|being|as|constitutes?|considered|comprises?|makes?)\b"
    rf"(?:\s+(?:an?|the|also|integral|itself|to be))*\s+{_PART}\s+(?:of|to)\b"
    r"|\b(?:is|are|being)\s+(?:also\s+|hereby\s+)?claimed\b"
    r"|\bincluded (?:in|within|as part of) the (?:claim|design)",
    re.IGNORECASE,
)
_EXCEPTED = re.compile(r"\b(?:except(?:ing|ion)?|apart from|save for)\b", re.IGNORECASE)


def read_broken_lines(statement: str) -> BrokenLines:
    """Whether the broken lines a statement speaks of belong to the claimed design.

    Args:
        statement: Sentences about broken lines, word for word.

    Example:
        >>> read_broken_lines("None of the broken lines form part of the claimed design.").value
        'unclaimed'
        >>> read_broken_lines("The broken lines show stitching that is part of the design.").value
        'claimed'
        >>> read_broken_lines("The broken lines represent stitching.").value
        'unknown'
    """
    claimed = disclaimed = False
    for clause in _CLAUSE.split(statement):
        if _DISCLAIMED.search(clause):
            disclaimed = True
            claimed = claimed or _EXCEPTED.search(clause) is not None
        elif _CLAIMED.search(clause):
            claimed = True
    if claimed and disclaimed:
        return BrokenLines.SOME_CLAIMED
    if claimed:
        return BrokenLines.CLAIMED
    return BrokenLines.UNCLAIMED if disclaimed else BrokenLines.UNKNOWN
