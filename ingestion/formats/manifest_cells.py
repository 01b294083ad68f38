"""How the cells of a manifest are written: text, dates, classes, views, yes and no. Pure."""

import json
import re
from datetime import date

from core.records import View
from ingestion.caption_phrases import read_views
from ingestion.formats.uspto_fields import us_class

_DAY = re.compile(r"(\d{4})([-/.]?)(\d{2})\2(\d{2})(?:[T ]\d{2}:.*)?")
_US_CLASS = re.compile(
    r"(D?)\s*0*(\d{1,3})\s*[-/]\s*(\d{1,3}(?:\.\d+)?(?:[A-Z]|-\d+(?:\.\d+)?)?)", re.IGNORECASE
)
_FIGURE_WORD = re.compile(r"^fig(?:ure|\.)?\s*", re.IGNORECASE)
_NOT_IN_LABELS = re.compile(r"[^\w.'’()-]+")
_YES = frozenset({"1", "true", "yes", "y", "x"})
_NO = frozenset({"0", "false", "no", "n"})


def cell_text(value: object) -> str:
    r"""A cell as clean text: white space folded, no control characters, nothing for null.

    Example:
        >>> cell_text(["06-01", "08-05"]), cell_text(None), cell_text(" a\x00 b ")
        ('06-01; 08-05', '', 'a b')
    """
    if value is None:
        return ""
    if isinstance(value, list):
        return "; ".join(text for item in value if (text := cell_text(item)))
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    text = " ".join(text.encode("utf-8", "replace").decode("utf-8").split())
    return "".join(c for c in text if c.isprintable())


def parse_day(text: str) -> date:
    """A date that begins with its year.

    Raises:
        ValueError: For anything else: ``01/02/2007`` may be two days.

    Example:
        >>> parse_day("20070102") == parse_day("2007-01-02")
        True
    """
    match = _DAY.fullmatch(text)
    try:
        if match:
            return date(int(match[1]), int(match[3]), int(match[4]))
    except ValueError:
        pass
    raise ValueError("is no date; write it as 2007-01-31")


def parse_view(text: str) -> View:
    """A view by its name here, or as a figure description words it.

    Raises:
        ValueError: If it is none.

    Example:
        >>> parse_view("LEFT").value, parse_view("front, top and left side perspective view").value
        ('left', 'perspective')
    """
    word = text.lower()
    if word in set(View):
        return View(word)
    phrase = word if "view" in word else f"{word} view"
    view = read_views(f"is a {phrase}", 1)[0]
    if view is View.UNKNOWN:
        raise ValueError(f"is no view; known are {', '.join(View)}")
    return view


def parse_us_class(text: str) -> str:
    """A national class as people write it, or in its fixed-width field.

    Raises:
        ValueError: If it is none.

    Example:
        >>> parse_us_class("D1-121"), parse_us_class("D28 911"), parse_us_class("D14/138G")
        ('D1/121', 'D28/91.1', 'D14/138G')
    """
    if match := _US_CLASS.fullmatch(text):
        return f"{match[1]}{match[2]}/{match[3]}".upper()
    read = us_class(text)
    if read is None or not any(c.isdigit() for c in read):
        raise ValueError("is no US class such as D6/300")
    return read


def parse_label(text: str) -> str:
    """A figure's number as an id can wear it.

    Raises:
        ValueError: If nothing is left of it.

    Example:
        >>> parse_label("FIG. 3A"), parse_label("1.2")
        ('3A', '1.2')
    """
    label = _NOT_IN_LABELS.sub("-", _FIGURE_WORD.sub("", text)).strip("-.")[:40]
    if not label:
        raise ValueError("is no figure label")
    return label


def parse_truth(text: str) -> bool:
    """Yes or no.

    Raises:
        ValueError: If it is neither.
    """
    if text.lower() not in _YES | _NO:
        raise ValueError("is neither yes nor no")
    return text.lower() in _YES
