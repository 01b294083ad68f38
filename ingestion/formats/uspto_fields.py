"""How the USPTO writes numbers, classes, dates and image names, in every format it publishes in.

Pure functions from a field's text to its value; what cannot be read is None.
"""

import re
from collections.abc import Iterable
from datetime import date
from pathlib import PurePosixPath

from core.records import SheetImage

_US_CLASS = re.compile(r"^(?P<main>D[ \d]\d|[ \d]{2}\d)(?P<sub>[ \d]{2}\d)(?P<rest>.*)$")
_IMAGE_POSITION = re.compile(r"-[A-Z](\d{5})\.", re.IGNORECASE)
_DESIGN_NUMBER = re.compile(r"^D0*([0-9]{1,7})$")
_REISSUE_NUMBER = re.compile(r"^RE0*([1-9][0-9]{0,5})$")
_S1_SINCE = date(2001, 1, 2)
_FIRST_S1_NUMBER = 435_713
_DATE = re.compile(r"^([0-9]{4})([0-9]{2})([0-9]{2})$")


def own_number(printed: str) -> str:
    """A number in the form grants print of themselves: ``D`` and seven digits, ``RE`` and six.

    Example:
        >>> own_number("D553,080"), own_number("D0913942"), own_number("Re. 36,335")
        ('D0553080', 'D0913942', 'RE036335')
    """
    number = re.sub(r"[\s,./-]", "", printed).upper()
    if reissue := _REISSUE_NUMBER.match(number):
        return f"RE{reissue[1].zfill(6)}"
    match = _DESIGN_NUMBER.match(number)
    return f"D{match[1].zfill(7)}" if match else number


def is_design_number(number: str) -> bool:
    """Whether a number, as `own_number` writes it, is a design's."""
    return bool(_DESIGN_NUMBER.match(number))


def is_reissue_number(number: str) -> bool:
    """Whether a number, as `own_number` writes it, is a reissue's, be it of a design or not."""
    return bool(_REISSUE_NUMBER.match(number))


def cited_number(office: str | None, printed: str) -> str:
    """A cited number: a US design's or reissue's as it prints itself, any other as it is printed.

    Example:
        >>> cited_number("US", "D553080"), cited_number("CN", "301 234 567")
        ('D0553080', '301 234 567')
        >>> cited_number("US", "RE36335"), cited_number("US", "5,855,069")
        ('RE036335', '5,855,069')
    """
    number = own_number(printed)
    is_padded = is_design_number(number) or is_reissue_number(number)
    return number if office == "US" and is_padded else printed


def parse_date(text: str | None) -> date | None:
    """A date as printed, ``20210105``; None for a month only (``20071000``) or anything else."""
    match = _DATE.match(text or "")
    if match is None:
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None


def earliest_date(printed: Iterable[str]) -> date | None:
    """The first of several dates in time; None where none is whole.

    Example:
        >>> earliest_date(["20181219", "20071000", "20180608"])
        datetime.date(2018, 6, 8)
    """
    return min(filter(None, map(parse_date, printed)), default=None)


def printed_date(text: str | None) -> str | None:
    """A date in ISO 8601, only as exact as it is printed.

    Example:
        >>> printed_date("20071016"), printed_date("20071000"), printed_date("19060000")
        ('2007-10-16', '2007-10', '1906')
    """
    if whole := parse_date(text):
        return whole.isoformat()
    match = _DATE.match(text or "")
    if match is None or match[3] != "00" or match[1] == "0000" or not 0 <= int(match[2]) <= 12:
        return None
    return match[1] if match[2] == "00" else f"{match[1]}-{match[2]}"


def person_name(*parts: str | None, suffix: str | None) -> str | None:
    """A person's name in reading order, None where no part of it is there.

    Example:
        >>> person_name("Bo", None, "Lind", suffix="Jr."), person_name(None, suffix=None)
        ('Bo Lind, Jr.', None)
    """
    name = " ".join(filter(None, parts))
    return ", ".join(filter(None, (name, suffix))) if name else None


def us_design_kind(number: str, published: date | None) -> str:
    """The kind code of a US design patent: S1 since 2 January 2001, S before.

    Where the date is unknown the number tells: of the citations of 349 real grants the last of
    December 2000 is D435,712.

    Example:
        >>> us_design_kind("D0435712", None), us_design_kind("D0435713", None)
        ('S', 'S1')
    """
    if published is not None:
        return "S1" if published >= _S1_SINCE else "S"
    match = _DESIGN_NUMBER.match(number)
    return "S" if match and int(match[1]) < _FIRST_S1_NUMBER else "S1"


def parse_count(text: str | None) -> int | None:
    """A count of sheets or figures."""
    return int(text) if text and re.fullmatch(r"[0-9]{1,6}", text) else None


def us_class(field: str) -> str | None:
    """A national class as people write it, from its fixed-width field.

    The field has three characters of class, three of subclass, then decimals, letters or the end
    of a range: ``D 2728`` is D2/728, ``D28 911`` is D28/91.1, ``D14485-495`` is D14/485-495.

    Returns:
        None for a field that is no class.

    Example:
        >>> us_class("D 2728"), us_class(" D1106"), us_class("D14138G")
        ('D2/728', 'D1/106', 'D14/138G')
    """
    text = field.strip("\r\n\t")
    if "/" in text:
        return re.sub(r"\s", "", text) or None
    if len(text.strip()) == 5:  # surrounding white space was lost: " D1106"
        text = f" {text.strip()}"
    match = _US_CLASS.match(text) or _US_CLASS.match(_right_aligned(text))
    if match is None:
        return None
    main, sub = re.sub(r"\s", "", match["main"]), match["sub"].strip().lstrip("0") or "0"
    main = re.sub(r"^(D?)0+", r"\1", main)
    first, dash, last = match["rest"].partition("-")
    end = _decimal(last.strip()[:3], last.strip()[3:]) if dash else ""
    return f"{main}/{_decimal(sub, first)}{dash}{end}"


def sheet_images(named: Iterable[tuple[str, bool]]) -> tuple[SheetImage, ...]:
    """Images in document order; a number that is missing or taken becomes the next free one.

    Args:
        named: File as the document spells it, and whether it says that the sheet lies on its side.
    """
    images: dict[str, SheetImage] = {}
    positions: set[int] = set()
    for spelled, landscape in named:
        file = PurePosixPath(spelled.replace("\\", "/")).name
        if not file or file in images:
            continue
        match = _IMAGE_POSITION.search(file)
        position = int(match[1]) if match else 1
        if match is None or position in positions:
            position = max((*positions, 0)) + 1
        positions.add(position)
        images[file] = SheetImage(file, position, landscape)
    return tuple(images.values())


def _right_aligned(text: str) -> str:
    """``" D1106"`` → ``"D 1106"``: some further classes are written one place to the right."""
    return f"D {text[2:]}" if text.startswith(" D") else text


def _decimal(whole: str, rest: str) -> str:
    match = re.match(r"^\s*(\d*)\s*([A-Z]*)", rest)
    digits, letters = (match[1], match[2]) if match else ("", "")
    return f"{whole}{'.' if digits else ''}{digits}{letters}"
