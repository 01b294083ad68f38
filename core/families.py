"""Numbers by which publications of one family are told: relatives share at least one. Pure."""

import re
from collections.abc import Iterable

_US_SERIAL = re.compile(r"^(\d{2})/(\d{3,6})$", re.ASCII)
_HAGUE = re.compile(r"^DM0*(\d{1,6})$", re.ASCII)
_COMMUNITY = re.compile(r"^(\d{1,9})(-\d{4})?$", re.ASCII)


def application_key(office: str, number: str) -> str | None:
    """One spelling of an application, whoever prints its number.

    A Hague registration goes by its number alone, since grants name its office in several ways. A
    Community design keeps its own number within what was filed together, which may be a hundred
    different designs.

    Returns:
        None where the text is no number.

    Example:
        >>> application_key("US", "29/293,090"), application_key("US", "29293090")
        ('US 29293090', 'US 29293090')
        >>> application_key("XH", "DM/52814"), application_key("EM", "1753351-0001")
        ('DM052814', 'EM 001753351-0001')
    """
    folded = re.sub(r"[\s,]", "", number.upper())
    if not re.search(r"[1-9]", folded):
        return None
    plain = re.sub(r"[^0-9A-Z]", "", folded)
    if registration := _HAGUE.match(plain):
        return f"DM{registration[1].zfill(6)}"
    if office == "US" and (serial := _US_SERIAL.match(folded)):
        plain = f"{serial[1]}{serial[2].zfill(6)}"
    elif office == "EM" and (filed := _COMMUNITY.match(folded)):
        plain = filed[1].zfill(9) + (filed[2] or "")
    return f"{office} {plain}"


def hague_key(registration: str) -> str | None:
    """The key of an international registration, with or without its ``DM``.

    Example:
        >>> hague_key("DM/204 232"), hague_key("204232")
        ('DM204232', 'DM204232')
    """
    digits = re.sub(r"[^0-9A-Z]", "", registration.upper()).removeprefix("DM")
    return application_key("WO", f"DM{digits}")


def stated_key(number: str) -> str | None:
    """The key of what a manifest calls a family or a priority, with or without an office.

    Example:
        >>> stated_key("KR 30-2020"), stated_key("fam. 7"), stated_key(" ")
        ('KR 302020', 'FAM7', None)
    """
    office, _, rest = number.strip().upper().partition(" ")
    if re.fullmatch(r"[A-Z]{2}", office) and (key := application_key(office, rest)):
        return key
    return re.sub(r"[^0-9A-Z]", "", number.upper()) or None


def application_keys(applications: Iterable[tuple[str | None, str | None]]) -> tuple[str, ...]:
    """Keys of applications given by office and number, once each; what is no number is left out."""
    keys = (application_key(office or "US", number or "") for office, number in applications)
    return tuple(dict.fromkeys(key for key in keys if key))


def least_relatives(families: Iterable[Iterable[str]]) -> dict[str, str]:
    """For each number, the least one of its family: families that share a number are one.

    Example:
        >>> least_relatives([("US 1",), ("US 2", "US 1"), ("US 3", "US 2"), ("US 4",)])
        {'US 1': 'US 1', 'US 2': 'US 1', 'US 3': 'US 1', 'US 4': 'US 4'}
    """
    parent: dict[str, str] = {}

    def least(number: str) -> str:
        parent.setdefault(number, number)
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    for family in families:
        roots = sorted({least(number) for number in family})
        for root in roots:
            parent[root] = roots[0]
    return {number: least(number) for number in parent}
