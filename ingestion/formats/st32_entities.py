"""Named characters of the USPTO's SGML, as its ST.32 DTDs (v2.4, v2.5) declare them by reference.

The DTDs pull in the ISO 8879 sets. HTML 5 carries most of those names over with the same meaning;
here stand the sets it left out (Greek letters and bold Greek) and names of the USPTO's own. The
latter are known second-hand, from programs that read these files; a name known nowhere stays in
the text as it is written.
"""

import html.entities
import re

_LETTERS = (
    "a b g d e z ee th i k l m n x o p r sf s t u ph kh ps oh",
    "αβγδεζηθικλμνξοπρςστυφχψω",
)
_ACCENTED = {
    "aacgr": "ά", "eacgr": "έ", "eeacgr": "ή", "iacgr": "ί", "oacgr": "ό", "uacgr": "ύ",
    "ohacgr": "ώ", "idigr": "ϊ", "udigr": "ϋ", "idiagr": "ΐ", "udiagr": "ΰ",
    "Aacgr": "Ά", "Eacgr": "Έ", "EEacgr": "Ή", "Iacgr": "Ί", "Oacgr": "Ό", "Uacgr": "Ύ",
    "OHacgr": "Ώ", "Idigr": "Ϊ", "Udigr": "Ϋ",
}  # fmt: skip
_OWN = {
    "Asteriskpseud": "*", "Brketopenst": "[", "Brketclosest": "]", "Parenopenst": "(",
    "Parenclosest": ")", "Circlesolid": "●", "LeftBracketingBar": "|", "RightBracketingBar": "|",
    "AutoLeftMatch": "", "AutoRightMatch": "", "rlarr2": "⇄", "sl0": "⁰",
}  # fmt: skip
_REFERENCE = re.compile(r"&([A-Za-z][A-Za-z0-9.]*);?")
_MARKUP = frozenset({"lt", "gt", "amp", "quot", "apos"})


def _greek() -> dict[str, str]:
    """ISOgrk1: ``&agr;`` α, ``&OHgr;`` Ω."""
    names, letters = _LETTERS[0].split(), _LETTERS[1]
    small = {f"{name}gr": letter for name, letter in zip(names, letters, strict=True)}
    return small | {f"{name[:-2].upper()}gr": letter.upper() for name, letter in small.items()}


_CHARACTERS = (
    {name[:-1]: text for name, text in html.entities.html5.items() if name.endswith(";")}
    | _greek()
    | _ACCENTED
    | _OWN
)


def named_character(name: str) -> str | None:
    """What a name stands for, None where it is known nowhere.

    Example:
        >>> named_character("eacute"), named_character("mgr"), named_character("b.alpha")
        ('é', 'μ', 'α')
    """
    bold_greek = name.startswith("b.")
    return _CHARACTERS.get(name[2:] if bold_greek else name)


def resolve_names(text: str) -> str:
    """Put characters in place of their names, and escape what is no name; markup stays escaped.

    Every reference becomes at most two characters or stays as long as it was, so no document
    grows by being read.

    Example:
        >>> resolve_names("Caf&eacute; &amp; R&D &nosuch;")
        'Café &amp; R&amp;D &amp;nosuch;'
    """

    def character(match: re.Match[str]) -> str:
        name = match[1]
        if name in _MARKUP:
            return f"&{name};"
        resolved = named_character(name)
        if resolved is None:
            return f"&amp;{match[0][1:]}"
        return html.escape(resolved, quote=False)

    return re.sub(r"&(?![A-Za-z#])", "&amp;", _REFERENCE.sub(character, text))
