"""One ST.32 document → one publication, field by field, and every trap of the format."""

import time
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import PublicationInvalid
from core.locarno import LocarnoCode
from core.records import Citation, Publication, SheetImage, View
from ingestion.formats.st32_entities import named_character, resolve_names
from ingestion.formats.uspto_document import parse_document

SOURCE = "pg020507.xml"
IMAGE = '<!ENTITY USD0456619-20020507-D00000.TIF SYSTEM "USD0456619-20020507-D00000.TIF" NDATA TIF>'
CITATIONS = """<B561><PCIT><DOC><DNUM><PDAT>D42142</PDAT></DNUM><DATE><PDAT>19120200</PDAT></DATE>
<KIND><PDAT>S</PDAT></KIND></DOC><PARTY-US><NAM><SNM><STEXT><PDAT>Moffat</PDAT></STEXT></SNM></NAM>
</PARTY-US></PCIT><CITED-BY-EXAMINER/></B561>
<B561><PCIT><DOC><DNUM><PDAT>2047051</PDAT></DNUM><CTRY><PDAT>GB</PDAT></CTRY></DOC></PCIT>
<CITED-BY-OTHER/></B561>
<B562><NCIT><STEXT><PDAT>Catalogue, item &ldquo;B&rdquo;.</PDAT></STEXT></NCIT></B562>"""
ASSIGNEE = (
    "<B730><B731><PARTY-US><NAM><ONM><STEXT><PDAT>M&oslash;ller &amp; S&oslash;n</PDAT></STEXT>"
    "</ONM></NAM></PARTY-US></B731></B730>"
)


def read(document: bytes) -> Publication:
    return parse_document(document, SOURCE)


def test_every_field_is_read(build):
    publication = read(build.grant_sgml(citations=CITATIONS, parties=ASSIGNEE))
    first, second = publication.captions
    assert publication == Publication(
        publication_id="US-D0456619-S1",
        office="US",
        number="D0456619",
        kind="S1",
        title="Café table",
        publication_date=date(2002, 5, 7),
        filing_date=date(2001, 4, 13),
        application_number="29140197",
        locarno=(LocarnoCode("06", "03", "7"),),
        us_class=("D6/480", "D6/486"),
        owner="Møller & Søn",
        inventors=("Åse Røe",),
        n_declared_sheets=2,
        n_declared_figures=2,
        captions=(first, second),
        broken_line_statement=None,
        hague_number=None,
        images=tuple(SheetImage(f"USD0456619-20020507-D0000{n}.TIF", n, False) for n in range(3)),
        source=SOURCE,
        claim="The ornamental design, as shown.",
        assignees=("Møller & Søn",),
        citations=(
            Citation("US", "D0042142", "S", "1912-02", "cited by examiner", "Moffat"),
            Citation("GB", "2047051", category="cited by other"),
            Citation(text="Catalogue, item “B”."),
        ),
    )
    assert (first.label, first.view) == ("1", View.PERSPECTIVE)
    assert (second.view, second.object_name) == (View.REAR, "Café table")


def test_sgml_proper_reads_the_same_as_its_xml(build):
    """Of 2001: no XML declaration, image files declared, empty elements left open."""
    doctype = (
        '<!DOCTYPE PATDOC PUBLIC "-//USPTO//DTD ST.32 US PATENT GRANT V2.4 2000-09-20//EN" '
        f"[\n{IMAGE}\n]>"
    )
    opened = CITATIONS.replace("/></B561>", "></B561>")
    sgml = build.grant_sgml(citations=opened, prologue=doctype, closing=">")
    assert read(sgml) == read(build.grant_sgml(citations=CITATIONS))


def test_empty_elements_may_be_closed_at_length(build):
    opened = build.grant_sgml(citations=CITATIONS.replace("/></B561>", "></B561>"), closing=">")
    long = opened.replace(b'.TIF">', b'.TIF"></EMI>').replace(b"B597US>", b"B597US></B597US>")
    assert read(long) == read(build.grant_sgml(citations=CITATIONS))


def test_an_owner_without_assignee_is_the_inventor(build):
    assert read(build.grant_sgml()).owner == "Åse Røe"


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("A &mdash; B", "A — B"), ("5 &mgr;m &OHgr;", "5 μm Ω"), ("&b.alpha;", "α"),
        ("R&D &amp; AT&T", "R&D & AT&T"), ("&nosuch; &#233; &", "&nosuch; é &"),
        ("&lt;b&gt; &LT;i", "<b> <i"), ("&Circlesolid;&lsqb;x&rsqb;", "●[x]"),
        ("(<HIL><BOLD><PDAT>12</PDAT></BOLD></HIL>)", "(12)"),
    ],
)  # fmt: skip
def test_named_characters_are_read_from_the_table(build, written, read_as):
    title = written.replace("<HIL>", "</PDAT>\n<HIL>").replace("</HIL>", "</HIL>\n<PDAT>")
    assert read(build.grant_sgml(title=title)).title == read_as


def test_no_name_grows_the_text():
    text = "".join(f"&{name};" for name in ("eacute", "agr", "NotEqualTilde", "nosuch")) * 100
    assert len(resolve_names(text)) <= len(text) + 4 * text.count("nosuch")
    assert named_character("nosuch") is None


@pytest.mark.parametrize("encoding", ["iso-8859-1", "windows-1252", None])
def test_documents_of_older_encodings_are_read(build, encoding):
    declared = f'<?xml version="1.0" encoding="{encoding}"?>' if encoding else ""
    document = build.grant_sgml(prologue=declared).decode().encode("latin-1")
    assert read(document).inventors == ("Åse Røe",)


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(12))


@pytest.mark.parametrize(
    "declared",
    [LAUGHS, '<!ENTITY x SYSTEM "file:///etc/passwd">', '<!ENTITY % x SYSTEM "http://x/y"> %x;',
     '<!ENTITY x "a">', f"{IMAGE} <!entity x 'a'>", "<!ENTITY"],
)  # fmt: skip
def test_a_document_may_declare_image_files_alone(build, declared):
    prologue = f'<!DOCTYPE PATDOC SYSTEM "ST32-US-Grant-025xml.dtd" [{declared}]>'
    started = time.perf_counter()
    with pytest.raises(PublicationInvalid, match="entity that is no image file"):
        read(build.grant_sgml(prologue=prologue, title="Chair &l11; &x;"))
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        (b"<PDAT>D0456619", b"<PDAT>", "has no SDOBI/B100/B110"),
        (b"<PDAT>S1", b"<PDAT> ", "has no SDOBI/B100/B130"),
        (b"<PDAT>D0456619", b"<PDAT>06334220", "is a non-design grant"),
        (b"</SDOBI>", b"", "no well-formed XML"),
        (b"table", b"ta\0ble", "no well-formed XML"),
        ("Å".encode(), b"\xc5", "is not written in utf-8"),
        (b'"UTF-8"', b'"punycode"', "written in punycode, which is not read"),
    ],
)
def test_what_is_no_design_grant_is_refused_with_the_reason(build, before, after, reason):
    document = build.grant_sgml().replace(before, after, 1)
    with pytest.raises(PublicationInvalid, match=reason) as raised:
        read(document)
    assert raised.value.member == SOURCE


def test_a_document_longer_than_any_grant_is_refused(build):
    with pytest.raises(PublicationInvalid, match="longer than any"):
        read(build.grant_sgml() + b" " * 2**26)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_damaged_documents_raise_nothing_but_publication_invalid(build, data):
    whole = build.grant_sgml(citations=CITATIONS, parties=ASSIGNEE)
    at = data.draw(st.integers(0, len(whole) - 1))
    n = data.draw(st.integers(0, 300))
    junk = data.draw(st.binary(max_size=8) | st.sampled_from([b"</PDAT>", b"&x", b"<![CDATA["]))
    try:
        publication = read(whole[:at] + junk + whole[at + n :])
    except PublicationInvalid:
        return
    assert publication.number


def _claim(day):
    return f"<B320><DATE><PDAT>{day}</PDAT></DATE></B320>"


def _parent(day):
    return (
        "<PARENT-US><CDOC><DOC><DNUM><PDAT>29/140197</PDAT></DNUM></DOC></CDOC><PDOC><DOC><DNUM>"
        f"<PDAT>29/123673</PDAT></DNUM><DATE><PDAT>{day}</PDAT></DATE></DOC></PDOC></PARENT-US>"
    )


@pytest.mark.parametrize(
    ("related", "day"),
    [
        (f"<B300>{_claim(20000324)}{_claim(19990430)}{_claim(19980400)}</B300>", date(1999, 4, 30)),
        (f"<B600><B620>{_parent(20000525)}</B620></B600>", date(2000, 5, 25)),
        (f"<B600><B630><B631>{_parent(19980917)}</B631></B630></B600>", date(1998, 9, 17)),
        (f"<B600><B630><B632>{_parent(19980917)}</B632></B630></B600>", date(1998, 9, 17)),
        (f"<B600><B640>{_parent(19980917)}</B640></B600>", date(1998, 9, 17)),
        (f"<B600><B660>{_parent(19980917)}</B660></B600>", None),
        ("<B600><B680US><DOC><DATE><PDAT>20001218</PDAT></DATE></DOC></B680US></B600>", None),
        (f"<B300>{_claim(19990430)}</B300><B600><B620>{_parent(19980917)}</B620></B600>",
         date(1998, 9, 17)),
        ("", None),
    ],
)  # fmt: skip
def test_the_earliest_claimed_date_is_read(build, related, day):
    assert read(build.grant_sgml(related=related)).priority_date == day


def test_applications_of_its_line_and_claimed_priorities_are_read(build):
    parent = (
        "<PARENT-US><CDOC><DOC><DNUM><PDAT>29/140197</PDAT></DNUM></DOC></CDOC>"
        "<PDOC><DOC><DNUM><PDAT>{}</PDAT></DNUM><CTRY><PDAT>US</PDAT></CTRY></DOC></PDOC>"
        "<PSTA><PDAT>00</PDAT></PSTA></PARENT-US>"
    )
    provisional = "<B680US><DOC><DNUM><PDAT>60/256447</PDAT></DNUM></DOC></B680US>"
    claimed = (
        "<B300><B310><DNUM><PDAT>40002946</PDAT></DNUM></B310><B330><CTRY><PDAT>DE</PDAT></CTRY>"
        "</B330><B310><DNUM><PDAT>DM/052814</PDAT></DNUM></B310><B330><CTRY><PDAT>XH</PDAT></CTRY>"
        "</B330></B300>"
    )
    divided, continued = parent.format("29/123673"), parent.format("09/156060")
    related = (
        f"{claimed}<B600><B620>{divided}</B620><B630><B631>{continued}</B631></B630>"
        f"{provisional}</B600>"
    )
    assert read(build.grant_sgml(related=related)).related_applications == (
        "US 29123673",
        "US 09156060",
        "US 29140197",
        "US 60256447",
        "DE 40002946",
        "DM052814",
    )
