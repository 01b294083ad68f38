"""Locarno codes: parsing, names, and the class filters people type.

Source: Locarno Classification, 14th edition (WIPO); `locarno_subclasses.csv` beside this file
carries the subclass titles and says which wording was checked against the source.
"""

import csv
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from core.errors import QueryInvalid

CLASS_NAMES: dict[str, str] = {
    "01": "Foodstuffs",
    "02": "Articles of clothing and haberdashery",
    "03": "Travel goods, cases, parasols and personal belongings, not elsewhere specified",
    "04": "Brushware",
    "05": "Textile piecegoods, artificial and natural sheet material",
    "06": "Furnishing",
    "07": "Household goods, not elsewhere specified",
    "08": "Tools and hardware",
    "09": "Packages and containers for the transport or handling of goods",
    "10": "Clocks and watches and other measuring instruments, checking and signalling instruments",
    "11": "Articles of adornment",
    "12": "Means of transport or hoisting",
    "13": "Equipment for production, distribution or transformation of electricity",
    "14": "Recording, telecommunication or data processing equipment",
    "15": "Machines, not elsewhere specified",
    "16": "Photographic, cinematographic and optical apparatus",
    "17": "Musical instruments",
    "18": "Printing and office machinery",
    "19": "Stationery and office equipment, artists' and teaching materials",
    "20": "Sales and advertising equipment, signs",
    "21": "Games, toys, tents and sports goods",
    "22": "Arms, pyrotechnic articles, articles for hunting, fishing and pest killing",
    "23": "Fluid distribution equipment, sanitary, heating, ventilation and air-conditioning "
    "equipment, solid fuel",
    "24": "Medical and laboratory equipment",
    "25": "Building units and construction elements",
    "26": "Lighting apparatus",
    "27": "Tobacco and smokers' supplies",
    "28": "Pharmaceutical and cosmetic products, toilet articles and apparatus",
    "29": "Devices and equipment against fire hazards, for accident prevention and for rescue",
    "30": "Articles for the care and handling of animals",
    "31": "Machines and appliances for preparing food or drink, not elsewhere specified",
    "32": "Graphic symbols and logos, surface patterns, ornamentation",
}

_CODE = re.compile(r"^\s*(\d{1,2})\s*-?\s*(\d{2})\s*$")
_FILTER = re.compile(r"^\s*(\d{1,2})(?:\s*-?\s*(\d{2}))?\s*$")


@dataclass(frozen=True, slots=True, order=True)
class LocarnoCode:
    """A class and subclass as printed, kept with the edition that assigned them.

    Codes outside the 32 classes (US data contain 77 and 99) are kept as they are: an office
    printed them. `is_standard` tells them apart.
    """

    main: str
    """Two digits, ``"28"``."""
    sub: str
    """Two digits, ``"03"``."""
    edition: str | None = None
    """Edition as the office wrote it, ``"13"``; None where it did not say."""

    @property
    def code(self) -> str:
        """The code as people write it, ``"28-03"``."""
        return f"{self.main}-{self.sub}"

    @property
    def is_standard(self) -> bool:
        return self.main in CLASS_NAMES

    def __str__(self) -> str:
        return self.code


def parse_locarno(text: str, edition: str | None = None) -> LocarnoCode:
    """Read a code as offices print it: ``2803``, ``28-03``, ``0601``.

    Raises:
        ValueError: If the text is not a Locarno code.

    Example:
        >>> str(parse_locarno("0601", "13"))
        '06-01'
    """
    match = _CODE.match(text)
    if not match:
        raise ValueError(f"{text!r} is not a Locarno code such as 06-01")
    return LocarnoCode(match[1].zfill(2), match[2], edition)


def parse_locarno_filter(text: str) -> str:
    """Read what a person filters by: a class (``28``) or a subclass (``28-03``, ``2803``).

    Returns:
        ``"28"`` or ``"28-03"``.

    A subclass is not checked against the current list: records keep codes of older editions.

    Raises:
        QueryInvalid: If the text is no code, or names a class that does not exist.

    Example:
        >>> parse_locarno_filter("2803"), parse_locarno_filter("6")
        ('28-03', '06')
    """
    match = _FILTER.match(text)
    if not match:
        raise QueryInvalid(f"{text!r} is not a Locarno class (28) or subclass (28-03)")
    main = match[1].zfill(2)
    if main not in CLASS_NAMES:
        raise QueryInvalid(f"Locarno class {main} does not exist; classes run from 01 to 32")
    return main if match[2] is None else f"{main}-{match[2]}"


@cache
def subclass_titles() -> dict[str, str]:
    """English titles by code, ``{"28-03": "Toilet articles and beauty parlor equipment", …}``."""
    with (files("core") / "locarno_subclasses.csv").open(encoding="utf-8") as lines:
        return {row["code"]: row["title_en"] for row in csv.DictReader(lines)}


def class_name(code: str) -> str | None:
    """The English name of a code's class, or None for a class that does not exist.

    Example:
        >>> class_name("26-05")
        'Lighting apparatus'
    """
    return CLASS_NAMES.get(code[:2])
