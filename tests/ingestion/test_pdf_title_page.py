"""Title pages as text layers spell them, blanks in odd places and all."""

import time
from datetime import date

import pytest

from core.settings import LimitSettings
from ingestion.figure_captions import parse_description
from ingestion.formats.pdf_patent import read_patent
from ingestion.formats.pdf_title_page import parse_title_page

SPACED = """( 12 ) United States Design Patent ( 10 ) Patent No . : US D907 , 292 S
( 45 ) Date of Patent : * * Jan . 5 , 2021
( 54 ) SHAVING RAZOR ( 71 ) Applicant : Acme , Inc . , Oslo ( NO )
( 72 ) Inventors : Ada Berg , Oslo ( NO ) ; Bo Lind , Troy , MI ( US )
( 21 ) Appl . No . : 29 / 707 , 368 ( 22 ) Filed : Sep . 27 , 2019
( 51 ) LOC ( 13 ) Cl . . . . . . . 28 - 03 ( 52 ) U . S . Cl . USPC . . . . D28 / 47 ; D14 / 138 AD
( 57 ) CLAIM The ornamental design for a shaving razor , as shown . 1 Claim , 2 Drawing Sheets
DESCRIPTION FIG . 1 is a front view of a shaving razor ; and FIG . 2 is a rear view thereof ."""


def test_blanks_before_punctuation_are_read_through():
    page = parse_title_page(SPACED)
    assert (page.number, page.title) == ("D0907292", "Shaving razor")
    assert (page.publication_date, page.filing_date) == (date(2021, 1, 5), date(2019, 9, 27))
    assert page.application_number == "29707368"
    assert [(str(code), code.edition) for code in page.locarno] == [("28-03", "13")]
    assert page.us_class == ("D28/47", "D14/138AD")
    assert (page.applicants, page.inventors) == (("Acme, Inc.",), ("Ada Berg", "Bo Lind"))
    assert page.n_declared_sheets == 2
    captions = parse_description(page.description, "Shaving razor").captions
    assert [caption.label for caption in captions] == ["1", "2"]


REFERENCES = """(56) References Cited U.S. PATENT DOCUMENTS
D42,142 S * 2/1912 Moffat .......... D6/480 4,123,456 A 10/1978 van der Berg et al. .... 30/34
2004/0045248 A1 * 3/2004 Doe ....... 52/1 Des. 353,674 12/1994 Lee ..... D8/93
(57) CLAIM The design. DESCRIPTION FIG. 1 is a front view. US D907,292 S Page 2 (56)
References Cited D1,012,345 S 1/2024 Røe ... D8/1
FOREIGN PATENT DOCUMENTS CN 302245110 12/2012 EM 001617416-0001 9/2009 WO DM/054034 10/2000
OTHER PUBLICATIONS Catalogue 7/2001, item 3,456,789."""


def test_references_are_read_over_the_pages():
    page = parse_title_page(REFERENCES)
    said = [(one.office, one.number, one.kind, one.date, one.name) for one in page.citations]
    assert said == [
        ("US", "D0042142", "S", "1912-02", "Moffat"),
        ("US", "4123456", "A", "1978-10", "van der Berg et al."),
        ("US", "2004/0045248", "A1", "2004-03", "Doe"),
        ("US", "D0353674", None, "1994-12", "Lee"),
        ("US", "D1012345", "S", "2024-01", "Røe"),
        ("CN", "302245110", None, "2012-12", None),
        ("EM", "001617416-0001", None, "2009-09", None),
        ("WO", "DM/054034", None, "2000-10", None),
    ]
    assert (page.claim, page.description) == ("The design.", ("FIG. 1 is a front view.",))


def test_long_runs_of_anything_cost_little():
    runs = (" ", "D", "D1,111 S 1/2000 ", "DESCRIPTION US D9,9 S ", "(52) D14/1 ", "AB 123-", "A.")
    started = time.process_time()
    for run in runs:
        parse_title_page(f"(56) {run * (100_000 // len(run))}x")
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("text", "classes"),
    [
        ("(52) U.S. Cl. D14/138 AD; D14/138 G (58) Field", ("D14/138AD", "D14/138G")),
        ("(52) U.S. Cl. D2/728; D28/91.1 (58)", ("D2/728", "D28/91.1")),
        ("[52] U.S. Cl. .......... D14/485-495 [58]", ("D14/485-495",)),
    ],
)
def test_classes_are_read_whole(text, classes):
    assert parse_title_page(text).us_class == classes


@pytest.mark.parametrize(
    ("name", "publication_id"),
    [
        ("D435713.pdf", "US-D0435713-S1"),
        ("D-2 drawings.pdf", "US-D0000002-S"),
    ],
)
def test_a_scan_without_a_date_has_the_kind_of_its_number(pdfs, name, publication_id):
    unit = read_patent(pdfs.pdf_of(pdfs.Page(pdfs.drawing_scan())), name, "/in", LimitSettings())
    assert unit.publication.publication_id == publication_id


def test_a_short_number_in_a_name_yields_to_the_printed_one(pdfs):
    content = pdfs.pdf_of(pdfs.Page(text=pdfs.columns()), pdfs.Page(pdfs.drawing_scan()))
    unit = read_patent(content, "D2 drawings.pdf", "/in", LimitSettings())
    assert unit.publication.publication_id == "US-D0907292-S1"


def test_what_a_text_layer_does_not_say_is_listed(pdfs):
    left = "\n".join(
        line for line in pdfs.LEFT_COLUMN.splitlines() if not line.startswith(("(5", "USPC"))
    )
    right = pdfs.RIGHT_COLUMN.replace("Jan. 5, 2021", "soon")
    content = pdfs.pdf_of(pdfs.Page(text=pdfs.columns(left, right)), pdfs.Page(pdfs.drawing_scan()))
    unit = read_patent(content, "a.pdf", "/in", LimitSettings())
    reasons = " ".join(one.reason for one in unit.rejected)
    for lack in ("has no title", "has no whole date", "has no class"):
        assert lack in reasons


def test_applications_it_goes_back_to_are_read():
    page = parse_title_page(
        "(21) Appl. No.: 29/707,368 (22) Filed: Sep. 27, 2019 Related U.S. Application Data "
        "(62) Division of application No. 29/647,169, filed on May 10, 2018, now Pat. No. "
        "Des. 866,858, which is a continuation of application No. 29 / 606,243. "
        "(60) Provisional application No. 62/817,675, filed on Mar. 13, 2019. (51) LOC (13) Cl."
    )
    assert page.related_applications == ("US 62817675", "US 29647169", "US 29606243")
    assert page.priority_date == date(2018, 5, 10)


def test_the_earliest_claimed_date_is_read_and_that_of_what_it_reissues():
    page = parse_title_page(
        "(22) Filed: Sep. 27, 2019 (30) Foreign Application Priority Data Apr. 3, 2019 (KR) ..... "
        "30-2019-0012345 Mar. 29, 2019 (EM) ..... 006335580 (51) LOC (13) Cl."
    )
    assert page.priority_date == date(2019, 3, 29)
    reissue = parse_title_page(
        "Reissue of: (64) Patent No.: Des. 845,543 Issued: Apr. 16, 2019 Appl. No.: 29/606,243 "
        "Filed: Jun. 5, 2017 (51) LOC (13) Cl."
    )
    assert reissue.priority_date == date(2017, 6, 5)
    assert parse_title_page("(22) Filed: Sep. 27, 2019 (51) LOC (13) Cl.").priority_date is None
