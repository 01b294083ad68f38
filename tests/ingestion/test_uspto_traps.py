"""What documents of both formats may say that no real one at hand says: nothing is dropped."""

import pytest

from core.records import BrokenLines
from ingestion.formats.uspto_document import document_problems, parse_document

STATEMENT = "The broken lines form no part of the claimed design."


def read(document):
    return parse_document(document, "week.tar!grant")


def test_line_breaks_part_words(build):
    paragraph = "FIG. 1 is a front view of a chair;<br/>FIG. 2 is a rear view<br/>thereof."
    publication = read(build.grant_xml(paragraphs=[paragraph], title="Chair<br/>leg"))
    assert [caption.label for caption in publication.captions] == ["1", "2"]
    assert publication.title == "Chair leg"


@pytest.mark.parametrize(
    "around",
    [
        (b"</description-of-drawings>", b"</description-of-drawings><p>%s</p>"),
        (b"<description-of-drawings>", b"<p>%s</p><description-of-drawings>"),
    ],
)
def test_paragraphs_beside_the_figure_descriptions_are_read(build, around):
    before, after = around
    document = build.grant_xml().replace(before, after % STATEMENT.encode())
    publication = read(document)
    assert publication.broken_line_statement == STATEMENT
    assert publication.broken_lines is BrokenLines.UNCLAIMED
    assert [caption.label for caption in publication.captions] == ["1", "2"]


def test_sgml_paragraphs_beside_the_figure_descriptions_are_read(build):
    said = f"<DETDESC><BTEXT><PARA><PTEXT><PDAT>{STATEMENT}</PDAT></PTEXT></PARA></BTEXT></DETDESC>"
    document = build.grant_sgml().replace(b"</DRWDESC>", f"</DRWDESC>{said}".encode())
    assert read(document).broken_line_statement == STATEMENT


def test_each_locarno_code_keeps_the_edition_that_assigned_it(build):
    second = (
        "<classification-locarno><edition>14</edition>"
        "<main-classification>1403</main-classification></classification-locarno>"
    )
    publication = read(build.grant_xml(extra=second))
    assert [(str(code), code.edition) for code in publication.locarno] == [
        ("28-03", "13"),
        ("14-03", "14"),
    ]


def test_names_are_whole(build):
    person = (
        "<inventors><inventor><addressbook><last-name>Lind</last-name><first-name>Bo</first-name>"
        "<middle-name>Q.</middle-name><suffix>Jr.</suffix></addressbook></inventor>"
        "<inventor><addressbook><name>Madonna</name></addressbook></inventor></inventors>"
    )
    assert read(build.grant_xml(parties=person)).inventors == ("Bo Q. Lind, Jr.", "Madonna")


def test_sgml_names_are_whole(build):
    sfx = b"</SNM><SFX><PDAT>Jr.</PDAT></SFX>"
    assert read(build.grant_sgml().replace(b"</SNM>", sfx)).inventors == ("\u00c5se R\u00f8e, Jr.",)


@pytest.mark.parametrize("before", [b"\n", b" \r\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"])
def test_blanks_before_a_document_do_no_harm(build, before):
    assert read(before + build.grant_xml()).number == "D0907292"
    assert read(before + build.grant_sgml()).number == "D0456619"


def test_classes_that_cannot_be_read_are_listed(build):
    publication = read(build.grant_xml(locarno=["red"], us_classes=["x"]))
    reasons = [problem.reason for problem in document_problems(publication, "grant")]
    assert reasons == ["has no class that can be read; filters by class pass it over"]
