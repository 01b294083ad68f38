"""One registration of a design register: which designs it holds, and what each is called. Pure.

Where the names of elements come from stands at the top of `wipo_designs`.
"""

import re
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from lxml import etree

from core.errors import PublicationInvalid
from ingestion.formats.wipo_fields import parse_register_date
from ingestion.formats.wipo_xml import attribute, first_text, iter_within, local_name, namespace_of

PRIORITIES = frozenset({"Priority", "PriorityBag", "PriorityDetails"})
"""Where the applications stand whose priority is claimed."""
NOT_OWN = PRIORITIES | frozenset(
    f"{stem}{ending}"
    for stem in (
        "ExhibitionPriority",
        "RelatedApplication",
        "EarlierDesign",
        "Opposition",
        "HagueHistory",
        "DesignRecord",
        "DesignEvent",
        "Representative",
        "CorrespondenceAddress",
    )
    for ending in ("", "Bag", "Details")
)
"""Elements that speak of something else than the design at hand."""
NOT_SHARED = NOT_OWN | {"Design"}
"""Elements of a registration that do not speak of all its designs."""
APPLICATIONS = ("ApplicationNumberText", "DesignApplicationNumber", "ApplicationNumber")
"""Where the number of an application stands, the best place first."""
_SPLIT_NUMBER = re.compile(r"^(?P<registration>.*\d.*?)-(?P<design>\d{1,4})$")
_DELETED = re.compile(r"^(?:delete|remove)", re.IGNORECASE)
_AMENDED = re.compile(r"^(?:update|amend|correct|modify|change)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Identity:
    """Which design of which office's register."""

    office: str
    """Two letters, ``"WO"``."""
    registration: str
    """As printed, ``"DM/204232"``."""
    design: str
    """``"1"``, ``"0001"``."""

    @property
    def registration_id(self) -> str:
        """``"WO-DM204232"``."""
        return f"{self.office}-{self._compact}"

    @property
    def publication_id(self) -> str:
        """``"WO-DM204232-1"``."""
        return f"{self.registration_id}-{self.design}"

    @property
    def spellings(self) -> tuple[str, ...]:
        """How picture names spell registration and design: ``000123456-0001``, ``DM204232-1``."""
        numbers = (self.registration, self._compact)
        return tuple(dict.fromkeys(f"{number}-{self.design}" for number in numbers))

    @property
    def _compact(self) -> str:
        return re.sub(r"[^0-9A-Za-z]", "", self.registration)


@dataclass(frozen=True, slots=True)
class Priority:
    """An application whose priority is claimed, each part None where it cannot be told."""

    office: str | None
    number: str | None
    filed: date | None


class Registration:
    """One record of a register: the designs it holds, and what it says of all of them.

    Args:
        record: As `iter_records` gives it.
        source: Delivery and member it came from.
    """

    def __init__(self, record: etree._Element, source: str) -> None:
        self.record = record
        self.source = source

    @property
    def is_deleted(self) -> bool:
        """Whether its office took it back as a whole."""
        scope = [self.record, *iter_within(self.record, ("HagueRegistration",), NOT_OWN)]
        return any(is_deletion(element) for element in scope)

    def designs(self) -> list[etree._Element]:
        """Its designs; a registration that names none but shows views is one itself."""
        if local_name(self.record) == "Design":
            return [self.record]
        found = list(iter_within(self.record, ("Design",), NOT_OWN))
        if not found and next(iter_within(self.record, ("View",), NOT_OWN), None) is not None:
            return [self.record]
        return found

    def identify(self, design: etree._Element, place: int, n_designs: int) -> Identity:
        """Office, registration and number of a design.

        Args:
            design: One of `designs`.
            place: Its place among them, from 1.
            n_designs: How many they are; one alone needs no number of its own.

        Raises:
            PublicationInvalid: If the office or the registration's number cannot be told, or
                several designs carry no number.
        """
        office = self._office(design)
        stated = first_text(design, ("DesignIdentifier",), NOT_OWN) or ""
        printed = first_text(design, ("RegistrationNumber",), NOT_OWN) or ""
        reference = first_text(design, ("DesignReference",), NOT_OWN) or ""
        number, own = "", ""
        for text in (stated, printed):
            if office != "WO" and (match := _SPLIT_NUMBER.match(text)):
                number, own = match["registration"], match["design"]
                break
        number = number or self._number(design)
        plain = (text for text in (stated, reference) if re.fullmatch(r"\d{1,4}", text))
        own = own or next(plain, "")
        if not own and n_designs > 1:
            raise PublicationInvalid(
                self.source, f"design {place} of {n_designs} in {number} carries no number"
            )
        if office == "WO":
            own = str(int(own or "1"))
            number = f"DM/{number}" if number.isdigit() else number
        return Identity(office, number, own or "1")

    def registration_id(self) -> str:
        """Office and number of the registration alone, ``"WO-DM204232"``.

        Raises:
            PublicationInvalid: If one of them cannot be told.
        """
        number = self._number(self.record)
        return Identity(self._office(self.record), number, "").registration_id

    def text(self, design: etree._Element, *names: str) -> str | None:
        """What a design says under one of these names, else its registration; None for neither."""
        own = first_text(design, names, NOT_OWN)
        return own or first_text(self.record, names, NOT_SHARED)

    def priorities(self, design: etree._Element) -> tuple[Priority, ...]:
        """What a design claims, else what its registration claims for all its designs."""
        for scope, outside in ((design, NOT_OWN), (self.record, NOT_SHARED)):
            claims = iter_within(scope, ("Priority",), outside - PRIORITIES)
            if read := tuple(_priority(claim) for claim in claims if not is_deletion(claim)):
                return read
        return ()

    @cached_property
    def _is_european(self) -> bool:
        """Whether it is written in the schemas of the European register."""
        elements = self.record.iter(etree.Element)
        return any("europa.eu" in namespace_of(element) for element in elements)

    def _number(self, design: etree._Element) -> str:
        names = ("InternationalRegistrationNumber", "RegistrationNumber", *APPLICATIONS)
        number = self.text(design, *names, "ST13ApplicationNumber")
        if number is None:
            raise PublicationInvalid(self.source, "carries no registration or application number")
        if not re.search(r"[0-9A-Za-z]", number):
            raise PublicationInvalid(self.source, f"its number {number[:80]!r} is none")
        return number

    def _office(self, design: etree._Element) -> str:
        """Two letters; from the kind of register where a record does not say."""
        if code := self.text(design, "RegistrationOfficeCode", "IPOfficeCode", "OfficeCode"):
            if not re.fullmatch(r"[A-Za-z]{2}", code):
                raise PublicationInvalid(self.source, f"its office {code[:80]!r} is no code of one")
            return code.upper()
        if self._is_european:
            return "EM"
        if self.text(design, "InternationalRegistrationNumber"):
            return "WO"
        st13 = self.text(design, "ST13ApplicationNumber") or ""
        if re.match(r"^[A-Z]{2}", st13):
            return st13[:2]
        raise PublicationInvalid(self.source, "does not say which office registered the design")


def _priority(claim: etree._Element) -> Priority:
    office = first_text(claim, ("PriorityCountryCode",)) or ""
    return Priority(
        office=office.upper() if re.fullmatch(r"[A-Za-z]{2}", office) else None,
        number=first_text(claim, ("ApplicationNumberText", "PriorityNumber")),
        filed=parse_register_date(
            first_text(claim, ("PriorityApplicationFilingDate", "PriorityDate"))
        ),
    )


def is_deletion(element: etree._Element) -> bool:
    """Whether an element says that its office took back what it tells of."""
    return _DELETED.match(_operation(element)) is not None


def is_amendment(element: etree._Element) -> bool:
    """Whether an element says that what it tells of was delivered before."""
    return _AMENDED.match(_operation(element)) is not None


def _operation(element: etree._Element) -> str:
    return attribute(element, "operationCategory") or attribute(element, "operationCode")
