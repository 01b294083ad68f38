"""One grant document → one publication, field by field, and every trap of the format."""

import time
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import PublicationInvalid
from core.locarno import LocarnoCode
from core.records import Citation, Publication, SheetImage, View
from ingestion.formats.uspto_fields import own_number, parse_date, printed_date, us_class
from ingestion.formats.uspto_xml import parse_grant

SOURCE = "I20210105.tar!I20210105/DESIGN/USD0907292-20210105.ZIP"


def read(document: bytes) -> Publication:
    return parse_grant(document, SOURCE)


def test_every_field_is_read(build):
    citations = build.CITATION.format(country="US", number="D553080")
    inventors = f"<inventors><inventor>{build.PERSON.format('Røe', 'Åse')}</inventor></inventors>"
    hague = (
        "<hague-agreement-data><international-registration-number>DM/204232"
        "</international-registration-number></hague-agreement-data>"
    )
    publication = read(
        build.grant_xml(landscape=[2], citations=citations, parties=inventors, extra=hague)
    )
    first, second = publication.captions
    assert publication == Publication(
        publication_id="US-D0907292-S1",
        office="US",
        number="D0907292",
        kind="S1",
        title="Shaving razor",
        publication_date=date(2021, 1, 5),
        filing_date=date(2019, 9, 27),
        application_number="29707368",
        locarno=(LocarnoCode("28", "03", "13"),),
        us_class=("D28/47",),
        owner="Møller & Søn A/S",
        inventors=("Åse Røe",),
        n_declared_sheets=2,
        n_declared_figures=2,
        captions=(first, second),
        broken_line_statement=None,
        hague_number="DM/204232",
        images=(
            SheetImage("USD0907292-20210105-D00000.TIF", 0, False),
            SheetImage("USD0907292-20210105-D00001.TIF", 1, False),
            SheetImage("USD0907292-20210105-D00002.TIF", 2, True),
        ),
        source=SOURCE,
        claim="The ornamental design, as shown.",
        assignees=("Møller & Søn A/S",),
        citations=(Citation("US", "D0553080", "S", "1999-01", "cited by examiner", "Brown"),),
    )
    assert (first.label, first.view, first.object_name) == ("1", View.PERSPECTIVE, "Shaving razor")
    assert (second.label, second.view, second.object_name) == ("2", View.REAR, "Shaving razor")


@pytest.mark.parametrize(
    ("field", "written"),
    [
        ("D28 47", "D28/47"), ("D 2728", "D2/728"), ("D14486", "D14/486"), ("D13133", "D13/133"),
        (" D1106", "D1/106"), (" D9 99", "D9/99"), ("D 9  9", "D9/9"), ("D99 99", "D99/99"),
        ("D28 911", "D28/91.1"), ("D28  81", "D28/8.1"), ("D142091", "D14/209.1"),
        ("D 32031", "D3/203.1"), ("D073962", "D7/396.2"), (" D76001", "D7/600.1"),
        ("D14138G", "D14/138G"), ("D14138 G", "D14/138G"), ("D14138AD", "D14/138AD"),
        ("D14485-495", "D14/485-495"), ("D10 30- 39", "D10/30-39"),
        ("D142031-2038", "D14/203.1-203.8"), ("D2/728", "D2/728"), ("\nD1106\n", "D1/106"),
        ("426 99", "426/99"), (" 30 49", "30/49"), ("  2913", "2/913"),
        ("", None), ("D", None), ("nonsense", None), ("     ", None),
    ],
)  # fmt: skip
def test_us_classes_are_written_as_people_write_them(field, written):
    assert us_class(field) == written


@pytest.mark.parametrize(
    ("printed", "number"),
    [("D553080", "D0553080"), ("D0913942", "D0913942"), ("D 38,206", "D0038206"),
     ("d1000000", "D1000000"), ("D01000000", "D1000000"), ("RE48374", "RE048374")],
)  # fmt: skip
def test_numbers_take_the_form_grants_print_of_themselves(printed, number):
    assert own_number(printed) == number


@pytest.mark.parametrize("text", [None, "", "20071000", "20211301", "2021010", "２０２１０１０５"])
def test_what_is_no_whole_date_is_none(text):
    assert parse_date(text) is None


@pytest.mark.parametrize(
    ("text", "printed"),
    [("20071016", "2007-10-16"), ("20071000", "2007-10"), ("20070000", "2007"),
     ("20071300", None), ("20070231", None), ("00000000", None), ("", None), (None, None)],
)  # fmt: skip
def test_cited_dates_are_kept_as_exact_as_printed(text, printed):
    assert printed_date(text) == printed


def test_every_citation_is_kept_as_printed(build):
    older = (
        "<references-cited><citation><patcit><document-id><country>EM</country>"
        "<doc-number>000123456-0001</doc-number><date>20071000</date></document-id></patcit>"
        "<category>cited by other</category></citation>"
        "<citation><nplcit><othercit>Catalogue&#x2014; <i>Maid</i>, p. 7.</othercit></nplcit>"
        "<category>cited by examiner</category></citation></references-cited>"
    )
    publication = read(build.grant_xml(extra=older))
    assert publication.citations == (
        Citation("EM", "000123456-0001", date="2007-10", category="cited by other"),
        Citation(category="cited by examiner", text="Catalogue— Maid, p. 7."),
    )
    assert publication.cited_publication_ids == ()


def test_only_cited_us_designs_are_publication_ids_once_each(build):
    cited = [("US", "D553080"), ("US", "7370419"), ("CN", "D301234"), ("US", "D0553080"),
             ("US", "2008/0012345"), ("US", "D38206")]  # fmt: skip
    citations = "".join(build.CITATION.format(country=c, number=n) for c, n in cited)
    read_ids = read(build.grant_xml(citations=citations)).cited_publication_ids
    assert read_ids == ("D0553080", "D0038206")


def test_codes_of_no_standard_class_are_kept_and_nonsense_is_left_out(build):
    codes = read(build.grant_xml(locarno=["7799", "0601", "zz"])).locarno
    assert [str(code) for code in codes] == ["77-99", "06-01"]
    assert [code.is_standard for code in codes] == [False, True]


def test_owner_falls_back_from_assignee_to_applicant_to_none(build):
    applicant = "<us-applicants><us-applicant>{}</us-applicant></us-applicants>"
    person = applicant.format(build.PERSON.format("Fujii", "Yoshito"))
    assert read(build.grant_xml(assignees="", parties=person)).owner == "Yoshito Fujii"
    assert read(build.grant_xml(assignees="")).owner is None
    assert read(build.grant_xml(assignees="<orgname>Bear Co.</orgname>")).owner == "Bear Co."
    both = f"{build.ORGANISATION.format('A')}</assignee><assignee>{build.ORGANISATION.format('B')}"
    publication = read(build.grant_xml(assignees=both, parties=person))
    assert publication.owner == "A; B"
    assert publication.assignees == ("A", "B")
    assert publication.applicants == ("Yoshito Fujii",)


def test_inventors_of_older_grants_stand_among_the_applicants(build):
    older = (
        '<parties><applicants><applicant app-type="applicant-inventor">'
        f"{build.PERSON.format('Norling', 'Tore')}</applicant></applicants></parties>"
    )
    publication = read(build.grant_xml(assignees="", extra=older))
    assert publication.inventors == ("Tore Norling",)
    assert publication.owner == "Tore Norling"


def test_deceased_inventors_are_inventors(build):
    name = "<last-name>{}</last-name><first-name>{}</first-name>"
    among = f"<deceased-inventor>{name.format('Norling', 'Tore')}</deceased-inventor>"
    living = f"<inventor>{build.PERSON.format('Røe', 'Åse')}</inventor>"
    beside = f"<us-deceased-inventor>{build.PERSON.format('Fujii', 'Yo')}</us-deceased-inventor>"
    parties = f"<inventors>{living}{among}</inventors>"
    publication = read(build.grant_xml(parties=parties, extra=beside))
    assert publication.inventors == ("Åse Røe", "Tore Norling", "Yo Fujii")


def test_images_with_other_numbering_get_places_of_their_own(build):
    files = ["US1-D00000.TIF", "US1-P00001.TIF", "US1-D00001.TIF", "sub/US1-D00003.TIF", "odd.tif",
             "US1-D00003.TIF"]  # fmt: skip
    images = read(build.grant_xml(images=files)).images
    assert [(image.file, image.position) for image in images] == [
        ("US1-D00000.TIF", 0), ("US1-P00001.TIF", 1), ("US1-D00001.TIF", 2),
        ("US1-D00003.TIF", 3), ("odd.tif", 4),
    ]  # fmt: skip


def test_broken_line_statement_is_kept_word_for_word(build):
    statement = "None of the broken lines form part of the claimed design."
    publication = read(build.grant_xml(paragraphs=[*build.CAPTIONS, statement]))
    assert publication.broken_line_statement == statement
    assert len(publication.captions) == 2


def test_markup_inside_sentences_is_read_through(build):
    sentence = '<figref idref="DRAWINGS">FIG. <b>3</b>A</figref> is a <?pi x?>top view thereof.'
    (caption,) = read(build.grant_xml(paragraphs=[sentence])).captions
    assert (caption.label, caption.view) == ("3A", View.TOP)


def test_named_characters_are_read_without_a_dtd(build):
    assert read(build.grant_xml(title="Caf&eacute; chair")).title == "Café chair"
    assert read(build.grant_xml(title="Chair&nosuchname; two")).title == "Chair&nosuchname; two"


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        (b"<doc-number>D0907292</doc-number>", b"", "publication-reference/document-id/doc-number"),
        (b"<doc-number>D0907292", "<doc-number>D09\u0661".encode(), "no publication number but"),
        (b"<doc-number>D0907292", b"<doc-number>D09#?", "number but 'D09#.'"),
        (b"<kind>S1</kind>", b"<kind> </kind>", "publication-reference/document-id/kind"),
        (b'appl-type="design"', b'appl-type="utility"', "is a utility grant"),
        (b"us-bibliographic-data-grant", b"us-other", "has no us-bibliographic-data-grant"),
        (b"us-patent-grant", b"PATDOC", "its root is PATDOC"),
        (b"</claims>", b"", "no well-formed XML"),
        (b'encoding="UTF-8"', b'encoding="no-such"', "no well-formed XML"),
        ("Møller".encode(), "Møller".encode("latin-1"), "no well-formed XML"),
    ],
)
def test_what_is_no_design_grant_is_refused_with_the_reason(build, before, after, reason):
    document = build.grant_xml().replace(before, after)
    with pytest.raises(PublicationInvalid, match=reason) as raised:
        read(document)
    assert raised.value.member == SOURCE


def test_an_empty_title_loses_no_caption(build):
    publication = read(build.grant_xml(title=" "))
    assert publication.title == ""
    assert [caption.view for caption in publication.captions] == [View.PERSPECTIVE, View.REAR]
    assert publication.captions[1].object_name is None


def test_a_design_without_application_type_is_known_by_its_number(build):
    document = build.grant_xml().replace(b' appl-type="design"', b"")
    assert read(document).number == "D0907292"
    with pytest.raises(PublicationInvalid, match="not a design"):
        read(document.replace(b"D0907292<", b"11617522<"))


@pytest.mark.parametrize("content", [b"", b" ", b"\0", b"<a/>", b"<" * 9000, b"<a>" * 9000])
def test_what_is_no_grant_at_all_is_refused(content):
    with pytest.raises(PublicationInvalid):
        read(content)


LAUGHS = "".join(
    f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha" * 50}">' for n in range(12)
)  # fmt: skip


@pytest.mark.parametrize(
    ("entities", "used"),
    [
        ('<!ENTITY x SYSTEM "file:///etc/passwd">', "&x;"),
        ('<!ENTITY x SYSTEM "http://127.0.0.1:9/x">', "&x;"),
        ('<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;', ""),
        (LAUGHS, "&l11;"),
        (LAUGHS, '</invention-title><a b="&l11;"/><invention-title>'),
        ('<!ENTITY x "plain">', "&x;"),
    ],
)
def test_entities_are_never_expanded(build, entities, used):
    document = build.grant_xml(
        doctype=f"<!DOCTYPE us-patent-grant [ {entities} ]>", title=f"Chair {used}"
    )
    started = time.perf_counter()
    with pytest.raises(PublicationInvalid, match=r"entit|Entity|well-formed"):
        read(document)
    assert time.perf_counter() - started < 2


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_damaged_documents_raise_nothing_but_publication_invalid(build, data):
    whole = build.grant_xml(citations=build.CITATION.format(country="US", number="D553080"))
    at = data.draw(st.integers(0, len(whole) - 1))
    n = data.draw(st.integers(0, 300))
    junk = data.draw(st.binary(max_size=8) | st.sampled_from([b"</p>", b"9" * 5000, b"&lt;", b"-"]))
    try:
        publication = read(whole[:at] + junk + whole[at + n :])
    except PublicationInvalid:
        return
    assert publication.number
    assert publication.title


def _relation(kind: str, parent: str, child: str, beside: str = "") -> str:
    named = "<document-id><country>US</country><doc-number>{}</doc-number></document-id>"
    return (
        f"<{kind}><relation><parent-doc>{named.format(parent)}{beside}</parent-doc>"
        f"<child-doc>{named.format(child)}</child-doc></relation></{kind}>"
    )


def test_applications_of_its_line_and_claimed_priorities_are_read(build):
    related = (
        _relation(
            "division",
            "29/606243",
            "29707368",
            "<parent-grant-document><document-id><country>US</country><doc-number>D845543"
            "</doc-number></document-id></parent-grant-document>",
        )
        + _relation("continuation-in-part", "15275884", "29606243")
        + _relation(
            "continuation", "14037863", "15275884", "<parent-status>PENDING</parent-status>"
        )
        + "<us-provisional-application><document-id><country>US</country>"
        "<doc-number>61/231279</doc-number></document-id></us-provisional-application>"
        "<related-publication><document-id><country>US</country>"
        "<doc-number>20210038131</doc-number></document-id></related-publication>"
    )
    claimed = (
        '<priority-claims><priority-claim sequence="01" kind="national"><country>KR</country>'
        "<doc-number>30-2018-0060105</doc-number><date>20181219</date></priority-claim>"
        "</priority-claims>"
    )
    extra = f"<us-related-documents>{related}</us-related-documents>{claimed}"
    grant = read(build.grant_xml(extra=extra))
    assert grant.related_applications == (
        "US 29606243",
        "US 15275884",
        "US 14037863",
        "US 29707368",
        "US 61231279",
        "KR 3020180060105",
    )
    parent = replace(read(build.grant_xml()), application_number="29606243")
    assert set(parent.family) & set(grant.family) == {"US 29606243"}


@pytest.mark.parametrize(
    "kind",
    ["addition", "substitution", "reissue", "continuing-reissue", "us-divisional-reissue"],
)
@pytest.mark.parametrize("around", ["relation", "us-relation"])
def test_a_line_is_read_whatever_the_relation_is_called(build, kind, around):
    related = _relation(kind, "29606243", "29707368").replace("relation>", f"{around}>")
    extra = f"<us-related-documents>{related}</us-related-documents>"
    grant = read(build.grant_xml(extra=extra))
    assert grant.related_applications == ("US 29606243", "US 29707368")
    assert grant.extra == {}


def _dated(kind, day, number="29606243"):
    """A relation to an application that was filed on a day and granted long before."""
    granted = "<parent-grant-document><document-id><date>20100101</date></document-id>"
    related = _relation(kind, number, "29707368", f"{granted}</parent-grant-document>")
    return related.replace(f"{number}</doc-number>", f"{number}</doc-number><date>{day}</date>")


@pytest.mark.parametrize(
    ("kind", "counts"),
    [
        ("division", True), ("continuation", True), ("continuation-in-part", True),
        ("reissue", True), ("continuing-reissue", True), ("us-divisional-reissue", True),
        ("substitution", False), ("addition", False),
    ],
)  # fmt: skip
def test_a_parent_gives_its_filing_date_where_it_is_entitled_to_it(build, kind, counts):
    provisional = (
        "<us-provisional-application><document-id><country>US</country>"
        "<doc-number>61231279</doc-number><date>20090804</date></document-id>"
        "</us-provisional-application>"
    )
    related = _dated(kind, 20170601) + provisional
    grant = read(build.grant_xml(extra=f"<us-related-documents>{related}</us-related-documents>"))
    assert grant.priority_date == (date(2017, 6, 1) if counts else None)
    assert grant.effective_date == (date(2017, 6, 1) if counts else date(2019, 9, 27))


def test_an_international_parent_gives_its_filing_date(build):
    pct = (
        "<parent-pct-document><document-id><country>WO</country><doc-number>PCT/EP2017/1"
        "</doc-number><date>20160229</date></document-id></parent-pct-document>"
    )
    related = _relation("continuation", "29606243", "29707368", pct)
    extra = f"<us-related-documents>{related}</us-related-documents>"
    assert read(build.grant_xml(extra=extra)).priority_date == date(2016, 2, 29)


def _foreign(*days):
    claims = (
        f"<priority-claim><country>KR</country><doc-number>{n}</doc-number><date>{day}</date>"
        "</priority-claim>"
        for n, day in enumerate(days)
    )
    return f"<priority-claims>{''.join(claims)}</priority-claims>"


@pytest.mark.parametrize(
    ("related", "foreign", "day"),
    [
        ("", ("20181219", "20180608", "20071000", "soon"), date(2018, 6, 8)),
        (_dated("division", 20160229, "29606242"), ("20180608",), date(2016, 2, 29)),
        (_dated("division", 20160229) + _dated("division", 20150101), (), date(2015, 1, 1)),
        (_dated("division", 20160229), ("20151224",), date(2015, 12, 24)),
        ("", ("20071000",), None),
        ("", (), None),
    ],
)
def test_the_earliest_claimed_date_counts_and_one_without_a_day_does_not(
    build, related, foreign, day
):
    extra = f"<us-related-documents>{related}</us-related-documents>{_foreign(*foreign)}"
    assert read(build.grant_xml(extra=extra)).priority_date == day


def test_related_documents_that_name_no_application_are_passed_over(build):
    status = "<division><relation><parent-doc><parent-status>PENDING</parent-status></parent-doc>"
    said = f"<us-related-documents>{status}</relation></division></us-related-documents>"
    assert read(build.grant_xml(extra=said)).related_applications == ()
