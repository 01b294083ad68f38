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
  ``ClassificationVersion``, ``operationCode``/``operationCategory``; of a design's priorities
  ``PriorityBag/Priority/{PriorityCountryCode,ApplicationNumber/ApplicationNumberText,
  PriorityApplicationFilingDate}`` (ST.96) and ``PriorityDetails/Priority/{PriorityCountryCode,
  PriorityNumber,PriorityDate}`` (ST.86);
- clients of the registers of Norway (ST.96), Germany and France (ST.86):
  ``LocarnoClassificationBag/{LocarnoClassificationEdition,LocarnoClassification/LocarnoClass}``,
  ``ClassDescription/{ClassNumber,ProductDescription}``, ``DesignerBag``, ``FormattedName``.
Unknown, and taken where such a name turns up: how a Hague registration names its holder, its
priorities and its product indications, the values of its view categories, and what other values
than ``Insert``, ``Update`` and ``Delete`` say of a record.
"""

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from functools import partial

from lxml import etree

from core.errors import PublicationInvalid
from core.families import application_keys
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
from ingestion.formats.wipo_registration import (
    APPLICATIONS,
    NOT_OWN,
    NOT_SHARED,
    Identity,
    Registration,
    is_amendment,
    is_deletion,
)
from ingestion.formats.wipo_views import ViewFile, read_views_of
from ingestion.formats.wipo_xml import iter_within, local_name, text_of

_SHARED = (
    *APPLICATIONS,
    *("RegistrationNumber", "InternationalRegistrationNumber", "RegistrationDate", "ExpiryDate"),
    *("InternationalRegistrationDate", "ApplicationDate", "DesignApplicationDate", "FilingDate"),
    *("PublicationDate", "Holder", "Applicant", "Designer", "LocarnoClassificationBag"),
    *("IndicationProductDetails", "DesignCurrentStatusCategory", "DesignCurrentStatusCode"),
)
"""What of a registration goes into each of its designs."""


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
    registration = Registration(record, source)
    designs = registration.designs()
    deletes = deletes or registration.is_deleted
    if not designs:
        yield (
            _deletion(registration)
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
            if deletes or is_deletion(design):
                yield DeletedDesign(identity.publication_id, whole_registration=False)
            elif wanted is not None and identity.publication_id not in wanted:
                yield PassedDesign(identity.publication_id)
            else:
                yield _read_design(registration, design, identity)
        except PublicationInvalid as error:
            yield error


def _deletion(registration: Registration) -> DeletedDesign | PublicationInvalid:
    try:
        return DeletedDesign(registration.registration_id(), whole_registration=True)
    except PublicationInvalid as error:
        return error


def _read_design(
    registration: Registration, design: etree._Element, identity: Identity
) -> RegisteredDesign:
    """Read one design whole."""
    text = partial(registration.text, design)
    names = partial(_names, registration, design)
    whole = (registration.record, NOT_SHARED)
    titles = texts_named(design, re.compile(r"^DesignTitle(?:Text)?$"))
    indications = product_indications(design, NOT_OWN) or product_indications(*whole)
    product = preferred(indications)
    title = preferred(titles) or product or ""
    said = preferred(texts_named(design, re.compile(r"^DesignDescription(?:Text)?$")))
    description = parse_description((said,) if said else (), title)
    views = read_views_of(design, identity.design, product or title or None, NOT_OWN)
    holders, applicants = names("Holder"), names("Applicant")
    priorities = registration.priorities(design)
    publication = Publication(
        publication_id=identity.publication_id,
        office=identity.office,
        number=f"{identity.registration}-{identity.design}",
        kind="",
        title=title,
        publication_date=parse_register_date(text("PublicationDate")),
        filing_date=parse_register_date(
            text("ApplicationDate", "DesignApplicationDate", "FilingDate")
        ),
        application_number=text(*APPLICATIONS),
        locarno=locarno_codes(design, NOT_OWN) or locarno_codes(*whole),
        us_class=(),
        owner="; ".join(holders or applicants) or None,
        inventors=names("Designer"),
        n_declared_sheets=None,
        n_declared_figures=None,
        captions=(),
        broken_line_statement=description.broken_line_statement,
        broken_lines=description.broken_lines,
        hague_number=identity.registration if identity.office == "WO" else None,
        images=(),
        source=registration.source,
        status=(
            text("DesignCurrentStatusCategory", "DesignCurrentStatusCode") or "published"
        ).lower(),
        applicants=applicants,
        colour_statements=description.colour_statements,
        embodiment_statements=description.embodiment_statements,
        product_indications=indications,
        extra=_extra(registration, design, identity),
        related_applications=application_keys(
            (claimed.office, claimed.number) for claimed in priorities if claimed.office
        ),
        priority_date=min((one.filed for one in priorities if one.filed), default=None),
    )
    return RegisteredDesign(
        publication=publication,
        views=views,
        identifiers=identity.spellings,
        document=_document(registration, design),
        amends=is_amendment(design) or is_amendment(registration.record),
    )


def _extra(
    registration: Registration, design: etree._Element, identity: Identity
) -> dict[str, str]:
    found = {
        "registration_number": identity.registration,
        "registration_date": registration.text(
            design, "RegistrationDate", "InternationalRegistrationDate"
        ),
        "expiry_date": registration.text(design, "ExpiryDate"),
    }
    return {column: value for column, value in found.items() if value}


def _document(registration: Registration, design: etree._Element) -> bytes:
    own = etree.tostring(design, with_tail=False)
    if design is registration.record:
        return own
    shared = (
        f"{local_name(element)} {text_of(element)}".encode()
        for element in iter_within(registration.record, _SHARED, NOT_SHARED)
    )
    products = (
        f"{text.language} {text.text}".encode()
        for text in product_indications(registration.record, NOT_SHARED)
    )
    claimed = (f"{one}".encode() for one in registration.priorities(registration.record))
    return own + b"\n".join((*shared, *products, *claimed))


def _names(registration: Registration, design: etree._Element, role: str) -> tuple[str, ...]:
    for scope, outside in ((design, NOT_OWN), (registration.record, NOT_SHARED)):
        parties = iter_within(scope, (role,), outside)
        if names := [name for party in parties if (name := name_of(party))]:
            return tuple(dict.fromkeys(names))
    return ()
