"""Publication numbers as people write them, and the keys that a publication is found by."""

import re

from core.errors import QueryInvalid

_US_DESIGN = re.compile(r"^(?:US)?D0*([1-9]\d*)(?:S\d?)?$")
_LEADING_ZEROS = re.compile(r"^([A-Z]*)0*(?=[0-9A-Z])")
_HAGUE = re.compile(r"^DM/?\s?(\d{1,6})(?:-(\d{1,3}))?$", re.ASCII)
_HAGUE_AS_CITED = re.compile(r"^D(\d{6})-(\d{3})$", re.ASCII)
"""``D071924-001``, as US grants print design 1 of DM/071924."""
_COMMUNITY = re.compile(r"^0*([1-9]\d{0,8})-(\d{4})$", re.ASCII)
"""``000701461-0009``, design 9 of a registration at EUIPO."""
_MAX_HAGUE_DESIGNS = 100
"""Of one registration, by the Common Regulations of the Hague Agreement."""
_MAX_LENGTH = 80


def number_keys(number: str, kind: str) -> tuple[str, ...]:
    """The keys of a publication: its number, that of its registration, each with its kind.

    Example:
        >>> number_keys("D0907292", "S1"), number_keys("DM/204232-1", "")
        (('D907292',), ('DM2042321', 'DM204232'))
    """
    spellings = (number, f"{number}{kind}", number.rpartition("-")[0] or number)
    return tuple(dict.fromkeys(_key(spelling) for spelling in spellings))


def cited_spellings(office: str, number: str) -> tuple[str, ...]:
    """How others may print a number that they cite; a Hague design goes by its registration's.

    Example:
        >>> cited_spellings("EM", "000701461-0009")
        ('000701461-0009', '701461-0009')
        >>> cited_spellings("WO", "DM/054034-2")
        ('DM/054034-2', 'DM/054034', 'DM054034', 'DM/54034', 'DM54034', 'D054034-002')
        >>> cited_spellings("US", "D0553080")
        ('D0553080',)
    """
    if office == "EM":
        return _community_spellings(number)
    registration = _HAGUE.match(number) if office == "WO" else None
    if registration is None:
        return (number,)
    digits, design = registration.groups()
    own = [f"D{digits.zfill(6)}-{design.zfill(3)}"] if design else []
    return tuple(dict.fromkeys((number, *_registration_spellings(digits), *own)))


def cited_designs(office: str, number: str) -> tuple[str, ...]:
    """The numbers under which a cited design may be kept: of a Hague registration, all its designs.

    Example:
        >>> cited_designs("WO", "D071924-001")[:2], cited_designs("US", "D0553080")
        (('D071924-001', 'DM/071924-1'), ('D0553080',))
        >>> cited_designs("WO", "DM/083932")[:4]
        ('DM/083932', 'DM/083932-1', 'DM083932-1', 'DM/83932-1')
    """
    if register_of(office, number) == "EM":
        return _community_spellings(number)
    registration = _HAGUE.match(number) or _HAGUE_AS_CITED.match(number)
    if office != "WO" or registration is None:
        return (number,)
    digits, design = registration.groups()
    designs = [int(design)] if design else range(1, _MAX_HAGUE_DESIGNS + 1)
    spelled = _registration_spellings(digits)
    numbers = (f"{registered}-{n}" for n in designs for registered in spelled)
    return tuple(dict.fromkeys((number, *numbers)))


def register_of(office: str, number: str) -> str:
    """Whose register a cited number is of: US grants cite Community designs as EP's, too.

    Example:
        >>> register_of("EP", "701461-0009"), register_of("EP", "0174179")
        ('EM', 'EP')
    """
    return "EM" if office == "EP" and _COMMUNITY.match(number) else office


def citing_offices(office: str) -> tuple[str, ...]:
    """The offices under which others cite the designs of one; see `register_of`."""
    return ("EM", "EP") if office == "EM" else (office,)


def _community_spellings(number: str) -> tuple[str, ...]:
    design = _COMMUNITY.match(number)
    if design is None:
        return (number,)
    written = (number, f"{design[1].zfill(9)}-{design[2]}", f"{design[1]}-{design[2]}")
    return tuple(dict.fromkeys(written))


def _registration_spellings(digits: str) -> tuple[str, ...]:
    whole = (digits.zfill(6), digits.lstrip("0"))
    return tuple(dict.fromkeys(f"DM{slash}{n}" for n in whole for slash in ("/", "")))


def asked_number_keys(text: str) -> tuple[str, ...]:
    """The keys that a number, as a person writes it, may stand for; the likeliest first.

    Raises:
        QueryInvalid: If the text cannot be a number.

    Example:
        >>> asked_number_keys("USD907,292 S1"), asked_number_keys("WO DM/204232-1")
        (('D907292',), ('WODM2042321', 'DM2042321'))
    """
    if not re.search(r"\d", text) or len(text) > _MAX_LENGTH:
        raise QueryInvalid(f"{text[:_MAX_LENGTH]!r} is not a publication number such as D907,292")
    spelled = _alphanumeric(text)
    with_office = [spelled[2:]] if re.match(r"[A-Z]{2}[0-9A-Z]", spelled) else []
    return tuple(dict.fromkeys(_key(spelling) for spelling in (spelled, *with_office)))


def _key(spelling: str) -> str:
    spelled = _alphanumeric(spelling)
    design = _US_DESIGN.match(spelled)
    return f"D{design[1]}" if design else _LEADING_ZEROS.sub(r"\1", spelled)


def _alphanumeric(text: str) -> str:
    return re.sub(r"[^0-9A-Z]", "", text.upper())
