"""One registration of a design register (WIPO ST.96, ST.86) → its designs, or their deletion. Pure.

A registration holds up to 100 designs, each with views, product indications and classes of its
own: each is one publication, ``WO-DM204232-1`` or ``EM-000123456-0001``, whose number is that of
the registration as far as the office prints it.

Where the names of elements come from. Nobody here has seen a whole file of the Hague Express or the
EUIPO service; read were
- WIPO's own loader of its Global Design Database (`pypers`, `gbdtransformation`): the Hague
  records ``HagueExpressTransaction/HagueCurrent/HagueRegistration/InternationalRegistrationNumber``
  and ``HagueHistory``; ``View/{ViewIdentifier,FileName,ViewTypeCategory,ViewTypeTextBag}``;
  EUIPO's ``Design[@operationCode]/DesignIdentifier``, its status texts, and pictures named
  ``000123456_0001_1.jpg`` rather than named by the document; INPI's ``DesignReference``,
  ``ViewSequenceNumber``, pictures named by ``ViewNumber``, and deletions in ``FR_FRDEL….xml``;
- WIPO's style sheets between ST.86 V1.0 and ST.96 V6.0: ``DesignBag``, ``ViewBag``,
  ``DesignTitleText``, ``DesignDescriptionText``, ``DesignCurrentStatusCategory``,
  ``RegistrationNumber``, ``ViewFilename``, ``ViewTitle``/``Caption``,
  ``IndicationProductDescription``/``NationalDesignProductIndicationText`` with ``languageCode``,
  ``ClassificationVersion``, ``operationCode``/``operationCategory``;
- clients of the registers of Norway (ST.96), Germany and France (ST.86):
  ``LocarnoClassificationBag/{LocarnoClassificationEdition,LocarnoClassification/LocarnoClass}``,
  ``ClassDescription/{ClassNumber,ProductDescription}``, ``DesignerBag``, ``FormattedName``.
Unknown, and taken where such a name turns up: how a Hague registration names its holder and its
product indications, the values of its view categories, and what other values than ``Insert``,
``Update`` and ``Delete`` say of a record.
"""

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import date

from lxml import etree

from core.errors import PublicationInvalid
from core.records import Publication
from ingestion.figure_captions import parse_description
from ingestion.formats.wipo_fields import (
    locarno_codes,
    name_of,
    parse_register_date,
    preferred,
    product_indications,
    texts_named,
)
from ingestion.formats.wipo_views import ViewFile, read_views_of
from ingestion.formats.wipo_xml import (
    attribute,
    first_text,
    iter_within,
    local_name,
    namespace_of,
    text_of,
)

_NOT_OWN = frozenset(
    f"{stem}{ending}"
    for stem in (
        "Priority",
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
_APPLICATIONS = ("ApplicationNumberText", "DesignApplicationNumber", "ApplicationNumber")
_SPLIT_NUMBER = re.compile(r"^(?P<registration>.*\d.*?)-(?P<design>\d{1,4})$")
_DELETED = re.compile(r"^(?:delete|remove)", re.IGNORECASE)
_AMENDED = re.compile(r"^(?:update|amend|correct|modify|change)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RegisteredDesign:
    """One design of a registration, its pictures not yet found."""

    publication: Publication
    """Without images."""
    views: tuple[ViewFile, ...]
    identifiers: tuple[str, ...]
    """Registration and design as an office writes them together in picture names."""
    document: bytes
    """The XML of this design and of what its registration says of all of them."""
    amends: bool
    """True where the office says that it was delivered before."""


@dataclass(frozen=True, slots=True)
class DeletedDesign:
    """A design, or a whole registration, that its office took back."""

    publication_id: str
    """``"WO-DM204232-1"``; of a whole registration ``"WO-DM204232"``."""
    whole_registration: bool


@dataclass(frozen=True, slots=True)
class PassedDesign:
    """A design that was not asked for; only its identity was read, which is quick."""

    publication_id: str


def parse_registration(
    record: etree._Element,
    source: str,
    *,
    deletes: bool = False,
    wanted: Container[str] | None = None,
) -> Iterator[RegisteredDesign | DeletedDesign | PassedDesign | PublicationInvalid]:
    """Read every design of one registration.

    Args:
        record: As `iter_records` gives it.
        source: Delivery and member it came from.
        deletes: True where the member says by its name that all of it is deleted.
        wanted: Ids of the designs to read whole; None for all.

    Yields:
        Designs in document order; for one that cannot be read, what is wrong with it.
    """
    registration = _Registration(record, source)
    designs = registration.designs()
    deletes = deletes or registration.is_deleted
    if not designs:
        yield (
            registration.deletion()
            if deletes
            else PublicationInvalid(
                source, "holds no design; of a registration, history alone is not taken"
            )
        )
        return
    seen: set[str] = set()
    for place, design in enumerate(designs, 1):
        try:
            identity = registration.identify(design, place, len(designs))
            if identity.publication_id in seen:
                reason = f"a second design {identity.design} in one registration"
                raise PublicationInvalid(source, reason)
            seen.add(identity.publication_id)
            if deletes or _is_deleted(design):
                yield DeletedDesign(identity.publication_id, whole_registration=False)
            elif wanted is not None and identity.publication_id not in wanted:
                yield PassedDesign(identity.publication_id)
            else:
                yield registration.read(design, identity)
        except PublicationInvalid as error:
            yield error


@dataclass(frozen=True, slots=True)
class _Identity:
    office: str
    registration: str
    """As printed, ``"DM/204232"``."""
    design: str
    """``"1"``, ``"0001"``."""

    @property
    def registration_id(self) -> str:
        return f"{self.office}-{re.sub(r'[^0-9A-Za-z]', '', self.registration)}"

    @property
    def publication_id(self) -> str:
        return f"{self.registration_id}-{self.design}"


class _Registration:
    """What a record says of all its designs."""

    def __init__(self, record: etree._Element, source: str) -> None:
        self._record = record
        self._source = source
        self._outside = _NOT_OWN | {"Design"}
        self._namespaces = " ".join(
            {namespace_of(element) for element in record.iter(etree.Element)}
        )

    @property
    def is_deleted(self) -> bool:
        scope = [self._record, *iter_within(self._record, ("HagueRegistration",), _NOT_OWN)]
        return any(_is_deleted(element) for element in scope)

    def designs(self) -> list[etree._Element]:
        """Its designs; a registration that names none but shows views is one itself."""
        if local_name(self._record) == "Design":
            return [self._record]
        found = list(iter_within(self._record, ("Design",), _NOT_OWN))
        if not found and next(iter_within(self._record, ("View",), _NOT_OWN), None) is not None:
            return [self._record]
        return found

    def deletion(self) -> DeletedDesign | PublicationInvalid:
        try:
            number = self._number(self._record)
            identity = _Identity(self._office(self._record), number, "")
        except PublicationInvalid as error:
            return error
        return DeletedDesign(identity.registration_id, whole_registration=True)

    def identify(self, design: etree._Element, place: int, n_designs: int) -> _Identity:
        """Office, registration and number of a design.

        Raises:
            PublicationInvalid: If the office or the registration's number cannot be told, or
                several designs carry no number.
        """
        office = self._office(design)
        stated = first_text(design, ("DesignIdentifier",), _NOT_OWN) or ""
        printed = first_text(design, ("RegistrationNumber",), _NOT_OWN) or ""
        number, own = "", ""
        for text in (stated, printed):
            if office != "WO" and (match := _SPLIT_NUMBER.match(text)):
                number, own = match["registration"], match["design"]
                break
        number = number or self._number(design)
        own = own or next(
            (
                text
                for text in (stated, first_text(design, ("DesignReference",), _NOT_OWN) or "")
                if re.fullmatch(r"\d{1,4}", text)
            ),
            "",
        )
        if not own and n_designs > 1:
            raise PublicationInvalid(
                self._source, f"design {place} of {n_designs} in {number} carries no number"
            )
        if office == "WO":
            own = str(int(own or "1"))
            number = f"DM/{number}" if number.isdigit() else number
        return _Identity(office, number, own or "1")

    def read(self, design: etree._Element, identity: _Identity) -> RegisteredDesign:
        """Read one design whole."""
        titles = texts_named(design, re.compile(r"^DesignTitle(?:Text)?$"))
        indications = product_indications(design, _NOT_OWN) or product_indications(
            self._record, self._outside
        )
        product = preferred(indications)
        title = preferred(titles) or product or ""
        said = preferred(texts_named(design, re.compile(r"^DesignDescription(?:Text)?$")))
        description = parse_description((said,) if said else (), title)
        views = read_views_of(design, identity.design, product or title or None, _NOT_OWN)
        holders, applicants = self._names(design, "Holder"), self._names(design, "Applicant")
        publication = Publication(
            publication_id=identity.publication_id,
            office=identity.office,
            number=f"{identity.registration}-{identity.design}",
            kind="",
            title=title,
            publication_date=self._date(design, "PublicationDate"),
            filing_date=self._date(
                design, "ApplicationDate", "DesignApplicationDate", "FilingDate"
            ),
            application_number=self._text(design, *_APPLICATIONS),
            locarno=locarno_codes(design, _NOT_OWN) or locarno_codes(self._record, self._outside),
            us_class=(),
            owner="; ".join(holders or applicants) or None,
            inventors=self._names(design, "Designer"),
            n_declared_sheets=None,
            n_declared_figures=None,
            captions=(),
            broken_line_statement=description.broken_line_statement,
            broken_lines=description.broken_lines,
            hague_number=identity.registration if identity.office == "WO" else None,
            images=(),
            source=self._source,
            status=(
                self._text(design, "DesignCurrentStatusCategory", "DesignCurrentStatusCode")
                or "published"
            ).lower(),
            applicants=applicants,
            colour_statements=description.colour_statements,
            embodiment_statements=description.embodiment_statements,
            product_indications=indications,
            extra=self._extra(design, identity),
        )
        return RegisteredDesign(
            publication=publication,
            views=views,
            identifiers=_written_together(identity),
            document=self._document(design),
            amends=any(_AMENDED.match(_operation(element)) for element in (design, self._record)),
        )

    def _extra(self, design: etree._Element, identity: _Identity) -> dict[str, str]:
        found = {
            "registration_number": identity.registration,
            "registration_date": self._text(
                design, "RegistrationDate", "InternationalRegistrationDate"
            ),
            "expiry_date": self._text(design, "ExpiryDate"),
        }
        return {column: value for column, value in found.items() if value}

    def _document(self, design: etree._Element) -> bytes:
        own = etree.tostring(design, with_tail=False)
        if design is self._record:
            return own
        shared = (
            f"{local_name(element)} {text_of(element)}".encode()
            for element in iter_within(self._record, _SHARED, self._outside)
        )
        products = (
            f"{text.language} {text.text}".encode()
            for text in product_indications(self._record, self._outside)
        )
        return own + b"\n".join((*shared, *products))

    def _text(self, design: etree._Element, *names: str) -> str | None:
        own = first_text(design, names, _NOT_OWN)
        return own or first_text(self._record, names, self._outside)

    def _date(self, design: etree._Element, *names: str) -> date | None:
        return parse_register_date(self._text(design, *names))

    def _number(self, design: etree._Element) -> str:
        names = ("InternationalRegistrationNumber", "RegistrationNumber", *_APPLICATIONS)
        number = self._text(design, *names, "ST13ApplicationNumber")
        if number is None:
            raise PublicationInvalid(self._source, "carries no registration or application number")
        if not re.search(r"[0-9A-Za-z]", number):
            raise PublicationInvalid(self._source, f"its number {number[:80]!r} is none")
        return number

    def _office(self, design: etree._Element) -> str:
        """Two letters; from the kind of register where a record does not say."""
        if code := self._text(design, "RegistrationOfficeCode", "IPOfficeCode", "OfficeCode"):
            if not re.fullmatch(r"[A-Za-z]{2}", code):
                raise PublicationInvalid(
                    self._source, f"its office {code[:80]!r} is no code of one"
                )
            return code.upper()
        if "europa.eu" in self._namespaces:
            return "EM"
        if self._text(design, "InternationalRegistrationNumber"):
            return "WO"
        st13 = self._text(design, "ST13ApplicationNumber") or ""
        if re.match(r"^[A-Z]{2}", st13):
            return st13[:2]
        raise PublicationInvalid(self._source, "does not say which office registered the design")

    def _names(self, design: etree._Element, role: str) -> tuple[str, ...]:
        for scope, outside in ((design, _NOT_OWN), (self._record, self._outside)):
            parties = iter_within(scope, (role,), outside)
            if names := [name for party in parties if (name := name_of(party))]:
                return tuple(dict.fromkeys(names))
        return ()


_SHARED = (
    *_APPLICATIONS,
    *("RegistrationNumber", "InternationalRegistrationNumber", "RegistrationDate", "ExpiryDate"),
    *("InternationalRegistrationDate", "ApplicationDate", "DesignApplicationDate", "FilingDate"),
    *("PublicationDate", "Holder", "Applicant", "Designer", "LocarnoClassificationBag"),
    *("IndicationProductDetails", "DesignCurrentStatusCategory", "DesignCurrentStatusCode"),
)
"""What of a registration goes into each of its designs."""


def _is_deleted(element: etree._Element) -> bool:
    return _DELETED.match(_operation(element)) is not None


def _operation(element: etree._Element) -> str:
    return attribute(element, "operationCategory") or attribute(element, "operationCode")


def _written_together(identity: _Identity) -> tuple[str, ...]:
    """How picture names spell registration and design: ``000123456-0001``, ``DM204232-1``."""
    compact = re.sub(r"[^0-9A-Za-z]", "", identity.registration)
    return tuple(
        dict.fromkeys(f"{number}-{identity.design}" for number in (identity.registration, compact))
    )
