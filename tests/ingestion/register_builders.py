"""Tiny design registers made in code: ST.96 as the Hague writes it, ST.86 as EUIPO does.

Tests reach these through the `registers` fixture.
"""

import io
from collections.abc import Mapping, Sequence

from PIL import Image, ImageDraw

HAGUE = (
    'xmlns:dgn="http://www.wipo.int/standards/XMLSchema/ST96/Design" '
    'xmlns:com="http://www.wipo.int/standards/XMLSchema/ST96/Common"'
)
EUIPO = 'xmlns="http://euipo.europa.eu/design/data"'
INDICATIONS = {"en": "Chairs", "fr": "Chaises", "es": "Sillas"}


def picture(seed: int = 0, size: int = 160) -> bytes:
    """A JPEG of one drawn view; another one for each seed."""
    page = Image.new("L", (size, size), 255)
    draw = ImageDraw.Draw(page)
    draw.rectangle((20 + seed % 40, 20, 120, 60 + seed % 70), outline=0, width=3)
    draw.ellipse((30, 70, 60 + seed % 90, 140), outline=0, width=3)
    packed = io.BytesIO()
    page.save(packed, "JPEG", quality=90)
    return packed.getvalue()


def hague_design(
    number: int = 1,
    views: Sequence[str] = ("204232/1.1.jpg", "204232/1.2.jpg"),
    *,
    legends: Sequence[str] = ("Perspective", "Front"),
    indications: Mapping[str, str] = INDICATIONS,
    locarno: str = "06-01",
    attributes: str = "",
    extra: str = "",
) -> str:
    """One design of a Hague registration."""
    shown = "".join(
        f"<dgn:View><com:FileName>{file}</com:FileName><dgn:ViewIdentifier>{n}</dgn:ViewIdentifier>"
        f"<dgn:ViewTypeCategory>{legend}</dgn:ViewTypeCategory><dgn:ViewTypeTextBag>"
        f'<dgn:ViewTypeText com:languageCode="fr">Vue {n}</dgn:ViewTypeText>'
        f'<dgn:ViewTypeText com:languageCode="en">{legend} view</dgn:ViewTypeText>'
        "</dgn:ViewTypeTextBag></dgn:View>"
        for n, (file, legend) in enumerate(zip(views, legends, strict=False), 1)
    )
    products = "".join(
        f'<dgn:ProductIndicationText com:languageCode="{code}">{text}</dgn:ProductIndicationText>'
        for code, text in indications.items()
    )
    return f"""<dgn:Design {attributes}><dgn:DesignIdentifier>{number}</dgn:DesignIdentifier>
<dgn:DesignRepresentationBag><dgn:DesignRepresentation><dgn:ViewBag>{shown}</dgn:ViewBag>
</dgn:DesignRepresentation></dgn:DesignRepresentationBag>
<com:DesignClassificationBag><com:LocarnoClassificationBag>
<com:LocarnoClassificationEdition>14</com:LocarnoClassificationEdition>
<com:LocarnoClassification><com:LocarnoClass>{locarno}</com:LocarnoClass>
</com:LocarnoClassification></com:LocarnoClassificationBag></com:DesignClassificationBag>
{products}{extra}</dgn:Design>"""


def st96_priority(country: str, number: str, day: str) -> str:
    """An application whose priority is claimed."""
    stated = f"<com:PriorityCountryCode>{country}</com:PriorityCountryCode>" if country else ""
    return (
        f"<dgn:Priority>{stated}<com:ApplicationNumber><com:ApplicationNumberText>{number}"
        "</com:ApplicationNumberText></com:ApplicationNumber><com:PriorityApplicationFilingDate>"
        f"{day}</com:PriorityApplicationFilingDate></dgn:Priority>"
    )


def hague_registration(
    number: str = "DM/204232",
    designs: Sequence[str] | None = None,
    *,
    attributes: str = "",
    published: str = "2020-05-15",
    priorities: Sequence[tuple[str, str, str]] = (("US", "29/999,999", "2019-06-01"),),
) -> str:
    """One registration: current data, and a history that speaks of other dates.

    `priorities` are country, number and date.
    """
    claimed = "".join(st96_priority(*priority) for priority in priorities)
    inside = "".join(designs if designs is not None else (hague_design(),))
    return f"""<dgn:HagueExpressTransaction {attributes}><dgn:HagueCurrent><dgn:HagueRegistration>
<com:InternationalRegistrationNumber>{number}</com:InternationalRegistrationNumber>
<dgn:InternationalRegistrationDate>2019-11-15</dgn:InternationalRegistrationDate>
<com:FilingDate>2019-11-14</com:FilingDate><com:PublicationDate>{published}</com:PublicationDate>
<com:ExpiryDate>2024-11-15</com:ExpiryDate>
<dgn:HolderBag><dgn:Holder><com:Contact><com:Name><com:OrganizationName>
<com:OrganizationStandardName>Møller &amp; Søn A/S</com:OrganizationStandardName>
</com:OrganizationName></com:Name></com:Contact></dgn:Holder></dgn:HolderBag>
<dgn:DesignerBag><dgn:Designer><com:Contact><com:Name><com:PersonName><com:PersonStructuredName>
<com:FirstName>Ada</com:FirstName><com:LastName>Berg</com:LastName></com:PersonStructuredName>
</com:PersonName></com:Name></com:Contact></dgn:Designer></dgn:DesignerBag>
<dgn:RepresentativeBag><dgn:Representative><com:Contact><com:Name><com:PersonName>
<com:PersonFullName>A Lawyer</com:PersonFullName></com:PersonName></com:Name></com:Contact>
</dgn:Representative></dgn:RepresentativeBag>
<dgn:PriorityBag>{claimed}</dgn:PriorityBag>
<dgn:DesignBag>{inside}</dgn:DesignBag></dgn:HagueRegistration></dgn:HagueCurrent>
<dgn:HagueHistory><com:InternationalRegistrationNumber>{number}</com:InternationalRegistrationNumber>
<com:PublicationDate>2021-01-08</com:PublicationDate></dgn:HagueHistory>
</dgn:HagueExpressTransaction>"""


def hague_document(*registrations: str, doctype: str = "") -> bytes:
    """A document of the Hague Express."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>{doctype}
<dgn:Transaction {HAGUE} com:st96Version="V6_0">{"".join(registrations)}</dgn:Transaction>
""".encode()


def euipo_design(
    identifier: str = "000123456-0001",
    *,
    operation: str = "Insert",
    views: int = 2,
    status: str = "Registered and fully published",
    priorities: Sequence[tuple[str, str, str]] = (),
) -> str:
    """One design of EUIPO's register, its views numbered and their pictures not named.

    `priorities` are country, number and date.
    """
    claimed = "".join(
        f"<Priority><PriorityCountryCode>{country}</PriorityCountryCode>"
        f"<PriorityNumber>{number}</PriorityNumber><PriorityDate>{day}</PriorityDate></Priority>"
        for country, number, day in priorities
    )
    shown = "".join(f"<View><ViewNumber>{n}</ViewNumber></View>" for n in range(1, views + 1))
    return f"""<Design operationCode="{operation}">
<DesignIdentifier>{identifier}</DesignIdentifier><ApplicationNumber>{identifier[:9]}</ApplicationNumber>
<ApplicationDate>2003-04-01</ApplicationDate><RegistrationDate>2003-04-02</RegistrationDate>
<ExpiryDate>2028-04-01</ExpiryDate><DesignCurrentStatusCode>{status}</DesignCurrentStatusCode>
<PublicationDetails><Publication><PublicationDate>2003-05-06</PublicationDate></Publication>
</PublicationDetails><PriorityDetails>{claimed}</PriorityDetails><IndicationProductDetails>
<IndicationProduct><ClassificationKindCode>Locarno</ClassificationKindCode>
<ClassificationVersion>13</ClassificationVersion><ClassDescriptionDetails><ClassDescription>
<ClassNumber>26.05</ClassNumber><ProductDescription languageCode="de">Lampen</ProductDescription>
<ProductDescription languageCode="en">Lamps</ProductDescription></ClassDescription>
</ClassDescriptionDetails></IndicationProduct></IndicationProductDetails>
<DesignRepresentationSheetDetails><DesignRepresentationSheet><ViewDetails>{shown}</ViewDetails>
</DesignRepresentationSheet></DesignRepresentationSheetDetails></Design>"""


def euipo_document(*designs: str) -> bytes:
    """A document of EUIPO's register, ST.86."""
    return f"""<?xml version="1.0" encoding="UTF-8"?><Transaction {EUIPO}><DesignTransactionBody>
<TransactionContentDetails><TransactionCode>DS-Search Design List</TransactionCode>
<TransactionData><DesignDetails>{"".join(designs)}</DesignDetails></TransactionData>
</TransactionContentDetails></DesignTransactionBody></Transaction>""".encode()


def inpi_document(*designs: tuple[str, str]) -> bytes:
    """A document of INPI's register, ST.86: (design reference, picture number) for each design."""
    inside = "".join(
        f"""<Design><DesignReference>{reference}</DesignReference>
<DesignTitle>Chaise pliante</DesignTitle><IndicationProductDetails><IndicationProduct>
<ClassDescriptionDetails><ClassDescription><ClassNumber>0601</ClassNumber></ClassDescription>
</ClassDescriptionDetails></IndicationProduct></IndicationProductDetails>
<DesignRepresentationSheetDetails><DesignRepresentationSheet><ViewDetails><View>
<ViewSequenceNumber>1</ViewSequenceNumber><ViewNumber>{number}</ViewNumber></View></ViewDetails>
</DesignRepresentationSheet></DesignRepresentationSheetDetails></Design>"""
        for reference, number in designs
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Transaction xmlns="http://www.wipo.int/standards/XMLSchema/designs"><DesignTransactionBody>
<TransactionContentDetails><TransactionData><DesignApplicationDetails><DesignApplication>
<RegistrationOfficeCode>FR</RegistrationOfficeCode>
<DesignApplicationNumber>20140182</DesignApplicationNumber>
<DesignApplicationDate>2014-01-14</DesignApplicationDate><DesignDetails>{inside}</DesignDetails>
<ApplicantDetails><Applicant><ApplicantAddressBook><FormattedNameAddress><Name><FormattedName>
<FirstName>Jean</FirstName><LastName>Martin</LastName></FormattedName></Name>
</FormattedNameAddress></ApplicantAddressBook></Applicant></ApplicantDetails>
</DesignApplication></DesignApplicationDetails></TransactionData></TransactionContentDetails>
</DesignTransactionBody></Transaction>""".encode()
