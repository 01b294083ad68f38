"""The document of a US design grant, as the Red Book writes it (ICE DTD v4.5).

One element a line, no indentation, a document type that is never resolved, and processing
instructions around the description of drawings.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from xml.sax.saxutils import escape

from samples.grant import Citation, Grant
from samples.wording import Description, Person

_DPI = 300


def grant_document(grant: Grant) -> bytes:
    """Write a grant as XML, UTF-8."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<!DOCTYPE us-patent-grant SYSTEM "us-patent-grant-v45-2014-04-03.dtd" [ ]>',
        f'<us-patent-grant lang="EN" dtd-version="v4.5 2014-04-03" file="{grant.stem}.XML" '
        'status="PRODUCTION" id="us-patent-grant" country="US" '
        f'date-produced="{grant.published - timedelta(days=15):%Y%m%d}" '
        f'date-publ="{grant.published:%Y%m%d}">',
        *_bibliography(grant),
        *_drawings(grant),
        *_description(grant.description),
        "<us-claim-statement>CLAIM</us-claim-statement>",
        '<claims id="claims">',
        '<claim id="CLM-00001" num="00001">',
        f"<claim-text>The ornamental design for {escape(grant.claimed)}, as shown and described."
        "</claim-text>",
        "</claim>",
        "</claims>",
        "</us-patent-grant>",
    ]
    return ("\n".join(lines) + "\n").encode()


def _bibliography(grant: Grant) -> list[str]:
    main_class, *further = grant.us_classes
    return [
        "<us-bibliographic-data-grant>",
        "<publication-reference>",
        *_document_id(grant.number, f"{grant.published:%Y%m%d}", kind="S1"),
        "</publication-reference>",
        '<application-reference appl-type="design">',
        *_document_id(grant.application, f"{grant.filed:%Y%m%d}"),
        "</application-reference>",
        f"<us-application-series-code>{grant.application[:2]}</us-application-series-code>",
        "<us-term-of-grant>",
        "<length-of-grant>15</length-of-grant>",
        "</us-term-of-grant>",
        "<classification-locarno>",
        "<edition>14</edition>",
        f"<main-classification>{grant.locarno.replace('-', '')}</main-classification>",
        "</classification-locarno>",
        "<classification-national>",
        "<country>US</country>",
        f"<main-classification>{main_class}</main-classification>",
        *[f"<further-classification>{code}</further-classification>" for code in further],
        "</classification-national>",
        f'<invention-title id="d2e53">{escape(grant.title)}</invention-title>',
        *_citations(grant.citations),
        "<number-of-claims>1</number-of-claims>",
        "<us-exemplary-claim>1</us-exemplary-claim>",
        *_searched(grant.us_classes),
        "<figures>",
        f"<number-of-drawing-sheets>{len(grant.images) - 1}</number-of-drawing-sheets>",
        f"<number-of-figures>{grant.n_figures}</number-of-figures>",
        "</figures>",
        *_parties(grant),
        *_examiner(),
        *_hague(grant),
        "</us-bibliographic-data-grant>",
    ]


def _document_id(
    number: str, day: str, kind: str | None = None, name: str | None = None
) -> list[str]:
    return [
        "<document-id>",
        "<country>US</country>",
        f"<doc-number>{number}</doc-number>",
        *([f"<kind>{kind}</kind>"] if kind else []),
        *([f"<name>{escape(name)}</name>"] if name else []),
        f"<date>{day}</date>",
        "</document-id>",
    ]


def _citations(citations: Sequence[Citation]) -> list[str]:
    if not citations:
        return []
    lines = ["<us-references-cited>"]
    for idx, cited in enumerate(citations, start=1):
        lines.append("<us-citation>")
        if cited.literature:
            lines += [
                f'<nplcit num="{idx:05d}">',
                f"<othercit>{escape(cited.literature)}</othercit>",
                "</nplcit>",
            ]
        else:
            document = _document_id(cited.number, cited.day, kind="S", name=cited.name)
            lines += [f'<patcit num="{idx:05d}">', *document, "</patcit>"]
        who = "examiner" if cited.us_class else "applicant"
        lines.append(f"<category>cited by {who}</category>")
        if cited.us_class:
            lines.append(
                "<classification-national><country>US</country><main-classification>"
                f"{cited.us_class}</main-classification></classification-national>"
            )
        lines.append("</us-citation>")
    return [*lines, "</us-references-cited>"]


def _searched(us_classes: Iterable[str]) -> list[str]:
    lines = ["<us-field-of-classification-search>"]
    for code in us_classes:
        subclass = code[3:6].strip()
        ranged = subclass.isdigit() and len(code) == 6 and int(subclass) > 100
        lines += ["<classification-national>", "<country>US</country>"]
        lines.append(
            f"<main-classification>{code}{f'-{int(subclass) + 5}' if ranged else ''}"
            "</main-classification>"
        )
        if ranged:
            lines.append("<additional-info>unstructured</additional-info>")
        lines.append("</classification-national>")
    return [*lines, "</us-field-of-classification-search>"]


def _address(place: tuple[str, str | None, str]) -> list[str]:
    city, state, country = place
    return [
        "<address>",
        f"<city>{escape(city)}</city>",
        *([f"<state>{state}</state>"] if state else []),
        f"<country>{country}</country>",
        "</address>",
    ]


def _person(person: Person) -> list[str]:
    return [
        "<addressbook>",
        f"<last-name>{escape(person.family)}</last-name>",
        f"<first-name>{escape(person.given)}</first-name>",
        *_address(person.place),
        "</addressbook>",
    ]


def _parties(grant: Grant) -> list[str]:
    owner, first = grant.owner, grant.inventors[0]
    book = (
        ["<addressbook>", f"<orgname>{escape(owner.name)}</orgname>", *_address(owner.place),
         "</addressbook>"]
        if owner else _person(first)
    )  # fmt: skip
    authority = "assignee" if owner else "inventor"
    lines = [
        "<us-parties>",
        "<us-applicants>",
        '<us-applicant sequence="001" app-type="applicant" designation="us-only" '
        f'applicant-authority-category="{authority}">',
        *book,
        "<residence>",
        f"<country>{(owner or first).place[2]}</country>",
        "</residence>",
        "</us-applicant>",
        "</us-applicants>",
        "<inventors>",
    ]
    for idx, inventor in enumerate(grant.inventors, start=1):
        lines += [
            f'<inventor sequence="{idx:03d}" designation="us-only">',
            *_person(inventor),
            "</inventor>",
        ]
    lines += ["</inventors>", "</us-parties>"]
    if owner:
        lines += ["<assignees>", "<assignee>", "<addressbook>",
                  f"<orgname>{escape(owner.name)}</orgname>", "<role>02</role>",
                  *_address(owner.place), "</addressbook>", "</assignee>",
                  "</assignees>"]  # fmt: skip
    return lines


def _examiner() -> list[str]:
    return [
        "<examiners>",
        "<primary-examiner>",
        "<last-name>Sample</last-name>",
        "<first-name>Exa</first-name>",
        "<department>2999</department>",
        "</primary-examiner>",
        "</examiners>",
    ]


def _hague(grant: Grant) -> list[str]:
    if grant.hague_number is None:
        return []
    filed, shown = f"{grant.filed:%Y%m%d}", f"{grant.filed + timedelta(days=180):%Y%m%d}"
    return [
        "<hague-agreement-data>",
        f"<international-filing-date><date>{filed}</date></international-filing-date>",
        f"<international-registration-publication-date><date>{shown}</date>"
        "</international-registration-publication-date>",
        f"<international-registration-number>{grant.hague_number}</international-registration-number>",
        f"<international-registration-date><date>{filed}</date></international-registration-date>",
        "</hague-agreement-data>",
    ]


def _drawings(grant: Grant) -> list[str]:
    lines = ['<drawings id="DRAWINGS">']
    for image in grant.images:
        tag = f"D{image.position:05d}"
        height, width = (size * 25.4 / _DPI for size in (image.height_px, image.width_px))
        lies = 'orientation="landscape" ' if image.landscape else ""
        lines += [
            f'<figure id="Fig-EMI-{tag}" num="{image.position:05d}">',
            f'<img id="EMI-{tag}" he="{height:.2f}mm" wi="{width:.2f}mm" {lies}'
            f'file="{grant.stem}-{tag}.TIF" alt="embedded image" img-content="drawing" '
            'img-format="tif"/>',
            "</figure>",
        ]
    return [*lines, "</drawings>"]


def _description(description: Description) -> list[str]:
    paragraphs = [escape(description.heading)] if description.heading else []
    for reference, rest in description.figures:
        paragraphs.append(f'<figref idref="DRAWINGS">{reference}</figref>{escape(rest)}')
    paragraphs += [escape(note) for note in description.notes]
    instruction = (
        '<?brief-description-of-drawings description="Brief Description of Drawings" end="{}"?>'
    )
    return [
        '<description id="description">',
        instruction.format("lead"),
        "<description-of-drawings>",
        *[
            f'<p id="p-{idx:04d}" num="{idx:04d}">{text}</p>'
            for idx, text in enumerate(paragraphs, 1)
        ],
        "</description-of-drawings>",
        instruction.format("tail"),
        "</description>",
    ]
