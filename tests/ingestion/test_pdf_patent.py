"""Patents as PDF documents: scans taken as they are, text told from drawings, harm kept out."""

import io
import json
import subprocess
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from core.errors import ArchiveCorrupt, PublicationInvalid
from core.locarno import LocarnoCode
from core.settings import LimitSettings
from ingestion.deliveries import list_units, read_units, reader_of
from ingestion.delivery import Unit
from ingestion.formats import pdf_child
from ingestion.formats.pdf_pages import read_pages
from ingestion.formats.pdf_patent import read_patent
from ingestion.formats.pdf_title_page import parse_title_page
from ingestion.image_decode import decode_picture
from ingestion.page_text import count_text_lines
from ingestion.sheets import cut_sheet
from tests.conftest import REAL_DATA

LIMITS = LimitSettings()
NAME = "USD0907292.pdf"


def _taken(content: bytes, name: str = NAME, limits: LimitSettings = LIMITS) -> Unit:
    return read_patent(content, name, "/in", limits)


def _pixels(unit: Unit) -> list[np.ndarray]:
    files = [image.file for image in unit.publication.images]
    return [decode_picture(unit.images[file], file, 10**8) for file in files]


def _same(pixels: np.ndarray, scan: Image.Image) -> bool:
    return bool(np.array_equal(pixels, np.asarray(scan.convert("L"))))


@pytest.fixture(autouse=True)
def _read_here(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the start of a process where it is not what is tested; see `own_process`."""

    def read(command: Sequence[str], *, input: bytes, **_: object) -> object:
        out = io.BytesIO()
        pdf_child.answer_pages(input, pdf_child.PdfLimits(**json.loads(command[-1])), out)
        return subprocess.CompletedProcess(command, 0, out.getvalue(), b"")

    if "own_process" not in request.fixturenames:
        monkeypatch.setattr(subprocess, "run", read)


@pytest.fixture
def own_process() -> None:
    """Ask for it to read documents in a process of their own, as production does."""


@pytest.fixture
def patent(pdfs: ModuleType) -> Unit:
    """A title page of real text, a scanned page of text over which text lies, and two sheets."""
    return _taken(
        pdfs.pdf_of(
            pdfs.Page(text=pdfs.columns()),
            pdfs.Page(
                pdfs.drawing_scan("1"), [(80, 760, "Jan. 5, 2021 Sheet 1 of 2")], hidden=True
            ),
            pdfs.Page(pdfs.drawing_scan("2")),
        )
    )


def test_a_scanned_sheet_is_taken_as_it_was_stored(patent: Unit, pdfs: ModuleType) -> None:
    assert list(patent.images) == ["USD0907292-p002.tif", "USD0907292-p003.tif"]
    first, second = _pixels(patent)
    assert _same(first, pdfs.drawing_scan("1"))
    assert _same(second, pdfs.drawing_scan("2"))
    assert [image.position for image in patent.publication.images] == [1, 2]
    assert patent.rejected == ()


def test_the_title_page_is_read_by_its_codes(patent: Unit) -> None:
    publication = patent.publication
    assert publication.publication_id == "US-D0907292-S1"
    assert publication.title == "Shaving razor"
    assert publication.publication_date == date(2021, 1, 5)
    assert publication.filing_date == date(2019, 9, 27)
    assert publication.application_number == "29707368"
    assert publication.locarno == (LocarnoCode("28", "03", "13"),)
    assert publication.us_class == ("D28/47", "D28/91.1")
    assert publication.inventors == ("Ada Berg", "Bo Lind")
    assert publication.owner == "Razor Works A/S"
    assert publication.applicants == ("Acme, Inc.",)
    assert publication.n_declared_sheets == 2
    assert publication.claim == "The ornamental design for a shaving razor, as shown and described."
    assert [(c.label, c.view.value, c.object_name) for c in publication.captions] == [
        ("1", "perspective", "Shaving razor"),
        ("2", "rear", "Shaving razor"),
    ]
    assert publication.broken_line_statement
    assert publication.extra == {}


def test_older_title_pages_have_square_brackets_and_kind_s() -> None:
    page = parse_title_page(
        "[54] KNIFE [75] Inventor: Ada Berg, Oslo, Norway [73] Assignee: Acme Corp., Troy, N.Y. "
        "[**] Term: 14 Years [11] Patent Number: Des. 421,234 [45] ** Date of Patent: Feb. 29, 2000"
    )
    assert (page.number, page.title) == ("D0421234", "Knife")
    assert (page.inventors, page.assignees) == (("Ada Berg",), ("Acme Corp.",))
    assert page.publication_date == date(2000, 2, 29)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", (None, None, ())),
        ("(45) Date of Patent: Foo. 35, 2021 (54) (51) LOC (13) Cl. .. 2-0", (None, None, ())),
        ("(10) Patent No.: US 7,907,292 B2 (54) PUMP", (None, "Pump", ())),
        ("(10) US D1,012,345 S", ("D1012345", None, ())),
    ],
)
def test_what_a_title_page_does_not_hold_stays_unknown(
    text: str, expected: tuple[Any, ...]
) -> None:
    page = parse_title_page(text)
    assert (page.number, page.title, page.locarno) == expected
    assert page.publication_date is None


def test_a_scan_without_text_is_known_by_its_name_alone(pdfs: ModuleType) -> None:
    scans = [pdfs.text_scan(), pdfs.text_scan(n_lines=16), pdfs.drawing_scan(), pdfs.text_scan()]
    unit = _taken(pdfs.pdf_of(*(pdfs.Page(scan) for scan in scans)), "in/D907292.pdf")
    assert unit.publication.publication_id == "US-D0907292-S1"
    assert list(unit.images) == ["D907292-p003.tif"]
    assert unit.publication.title == ""
    assert unit.publication.publication_date is None
    assert "no text layer" in unit.publication.extra["unknown"]


def test_a_document_nothing_names_is_refused_with_what_to_do(pdfs: ModuleType) -> None:
    content = pdfs.pdf_of(pdfs.Page(pdfs.drawing_scan()))
    with pytest.raises(PublicationInvalid, match=r"name the file after it, USD0907292\.pdf"):
        _taken(content, "scan 12.pdf")
    named = _taken(pdfs.pdf_of(pdfs.Page(text=pdfs.columns())), "scan 12.pdf")
    assert named.publication.number == "D0907292"
    assert "no drawing was found" in named.rejected[0].reason


def test_the_name_goes_before_a_number_that_may_be_misread(pdfs: ModuleType) -> None:
    unit = _taken(pdfs.pdf_of(pdfs.Page(text=pdfs.columns())), "USD0907293-20210105.pdf")
    assert unit.publication.number == "D0907293"
    assert unit.publication.extra["printed_number"] == "D0907292"


def test_a_page_without_a_scan_is_drawn_at_300_dpi(pdfs: ModuleType) -> None:
    box = b"4 w 100 100 300 500 re S"
    unit = _taken(pdfs.pdf_of(pdfs.Page(drawing=box)))
    (pixels,) = _pixels(unit)
    assert pixels.shape == (3300, 2550)
    assert pixels[3300 - 100 * 300 // 72, 1000] == 0


def test_a_page_turned_by_its_document_is_turned(pdfs: ModuleType) -> None:
    scan = pdfs.drawing_scan()
    unit = _taken(pdfs.pdf_of(pdfs.Page(scan, rotation=90)))
    assert np.array_equal(_pixels(unit)[0], np.rot90(np.asarray(scan.convert("L")), -1))


def test_a_scan_with_something_drawn_over_it_is_drawn_whole(pdfs: ModuleType) -> None:
    stamp = b"0 g 20 20 200 60 re f"
    unit = _taken(pdfs.pdf_of(pdfs.Page(pdfs.drawing_scan(), drawing=stamp)))
    (pixels,) = _pixels(unit)
    assert pixels.shape == (2200, 1700)
    assert (pixels[-200:-80, 100:500] < 50).all()


def test_lines_of_text_are_counted_on_text_alone(pdfs: ModuleType) -> None:
    def count(scan: Image.Image) -> int:
        return count_text_lines(np.asarray(scan.convert("L")))

    assert count(pdfs.text_scan(n_lines=30)) == 30
    assert count(pdfs.drawing_scan()) == 0


@pytest.fixture
def deliver(tmp_path: Path) -> Callable[[dict[str, bytes]], Path]:
    def write(files: dict[str, bytes]) -> Path:
        for name, content in files.items():
            (tmp_path / name).write_bytes(content)
        return tmp_path

    return write


def test_a_folder_and_a_zip_of_documents_are_deliveries(
    pdfs: ModuleType,
    build: ModuleType,
    deliver: Callable[[dict[str, bytes]], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    content = pdfs.pdf_of(pdfs.Page(pdfs.drawing_scan()))
    files = {"D907292.pdf": content, "D907293.pdf": b"none", "notes.txt": b"x"}
    packed = tmp_path_factory.mktemp("packed") / "patents.zip"
    packed.write_bytes(build.zip_of(files))
    for path in (deliver(files), packed):
        assert reader_of(path).format == "pdf"
        listing = list_units(path, LIMITS)
        assert (listing.members, listing.left.n_files) == (("D907292.pdf", "D907293.pdf"), 1)
        answers = dict(read_units(path, listing.members, LIMITS))
        assert isinstance(answers["D907292.pdf"], Unit)
        assert "is no PDF" in str(answers["D907293.pdf"])
    alone = packed.with_name("USD0907292.pdf")
    alone.write_bytes(content)
    assert reader_of(alone).format == "pdf"
    assert list_units(alone, LIMITS).members == ("USD0907292.pdf",)


def test_deliveries_of_others_are_left_alone(
    build: ModuleType, deliver: Callable[[dict[str, bytes]], Path]
) -> None:
    grant = {name.rpartition("/")[2]: body for name, body in build.grant_files().items()}
    assert reader_of(deliver(grant | {"D907292.pdf": b"%PDF-1.4"})).format == "uspto"


def _reason(content: bytes, limits: LimitSettings = LIMITS) -> str:
    with pytest.raises(ArchiveCorrupt) as refused:
        _taken(content, NAME, limits)
    assert refused.value.member == NAME
    return refused.value.reason


def test_documents_that_cost_too_much_are_refused(pdfs: ModuleType) -> None:
    many = pdfs.pdf_of(*[pdfs.Page(drawing=b"")] * 30)
    few = LimitSettings(max_pdf_pages=29)
    assert _reason(many, few) == "has 30 pages where 29 are allowed (LIMN_LIMITS__MAX_PDF_PAGES)"
    grey = Image.effect_noise((800, 800), 90)
    small = LimitSettings(max_member_bytes=200_000)
    assert "unpack to more than" in _reason(pdfs.pdf_of(pdfs.Page(grey)), small)


def test_a_page_too_large_is_listed_and_its_siblings_go_on(pdfs: ModuleType) -> None:
    content = pdfs.pdf_of(
        pdfs.Page(pdfs.drawing_scan("1")),
        pdfs.Page(drawing=b"0 0 9 9 re f", size=(14_400, 14_400)),
        pdfs.Page(pdfs.drawing_scan("3", size=(5_000, 5_000))),
        pdfs.Page(pdfs.drawing_scan("4")),
    )
    unit = _taken(content, limits=LimitSettings(max_pixels=20_000_000))
    assert list(unit.images) == ["USD0907292-p001.tif", "USD0907292-p004.tif"]
    assert [rejection.member for rejection in unit.rejected] == [
        f"{NAME}!page 2",
        f"{NAME}!page 3",
    ]
    assert "60,000 x 60,000 pixels" in unit.rejected[0].reason
    assert "holds a picture of 5,000 x 5,000" in unit.rejected[1].reason


def test_an_encrypted_document_is_refused(pdfs: ModuleType, own_process: None) -> None:
    locked = b"/ID [<00><00>] /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <%s> /U <%s> >>" % (
        b"11" * 32,
        b"22" * 32,
    )
    content = pdfs.pdf_of(pdfs.Page(pdfs.drawing_scan()), trailer=locked)
    assert _reason(content) == "is encrypted; ask the sender for it without a password"


def test_a_script_is_not_run_and_the_page_is_read(pdfs: ModuleType) -> None:
    script = b"/OpenAction << /S /JavaScript /JS (while(true){}) >>"
    unit = _taken(pdfs.pdf_of(pdfs.Page(pdfs.drawing_scan()), catalog=script))
    assert len(unit.images) == 1


def test_a_document_that_never_ends_is_given_up(
    pdfs: ModuleType, monkeypatch: pytest.MonkeyPatch, own_process: None
) -> None:
    run = subprocess.run

    def hang(_command: Sequence[str], **options: Any) -> Any:
        return run(["/bin/sleep", "30"], **options)

    monkeypatch.setattr(subprocess, "run", hang)
    limits = LimitSettings(max_pdf_seconds=1)
    assert "within 1 s" in _reason(pdfs.pdf_of(pdfs.Page(pdfs.drawing_scan())), limits)


def test_a_reader_that_dies_is_a_reason_and_no_crash(
    pdfs: ModuleType, monkeypatch: pytest.MonkeyPatch, own_process: None
) -> None:
    monkeypatch.setattr("ingestion.formats.pdf_pages._CHILD", "no_such_module")
    reason = _reason(pdfs.pdf_of(pdfs.Page(pdfs.drawing_scan())))
    assert reason.startswith("broke the PDF reader at page 1 (")
    assert "no_such_module" in reason


@given(data=st.data())
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_damage_anywhere_is_a_reason_or_whole_pages(data: st.DataObject, pdfs: ModuleType) -> None:
    scan = pdfs.drawing_scan(size=(400, 500))
    content = bytearray(pdfs.pdf_of(pdfs.Page(scan), pdfs.Page(scan)))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(content) - 1))
        if data.draw(st.booleans()):
            content[at] ^= 1 << data.draw(st.integers(0, 7))
        else:
            del content[at : at + data.draw(st.integers(1, 60))]
    try:
        pages = read_pages(bytes(content), NAME, LIMITS)
    except ArchiveCorrupt:
        return
    for page in pages:
        assert page.picture or page.reason


@pytest.mark.realdata
def test_real_sheets_as_a_pdf_give_the_figures_of_the_sheets(own_process: None) -> None:
    folder = REAL_DATA / "sheets" / "USD0587550"
    scans = [Image.open(path).convert("1") for path in sorted(folder.glob("*.png"))]
    packed = io.BytesIO()
    scans[0].save(packed, "PDF", save_all=True, append_images=scans[1:], resolution=300)
    unit = _taken(packed.getvalue(), "USD0587550.pdf")
    pages = _pixels(unit)
    assert len(pages) == len(scans)
    for pixels, scan in zip(pages, scans, strict=True):
        assert _same(pixels, scan)
    assert [len(cut_sheet(pixels, landscape=False).figures) for pixels in pages[:2]] == [
        len(cut_sheet(np.asarray(scan.convert("L")), landscape=False).figures) for scan in scans[:2]
    ]


@pytest.mark.realdata
def test_real_drawing_sheets_are_no_text() -> None:
    """Every seventh sheet; over all of them the most is 8 lines."""
    for path in sorted((REAL_DATA / "sheets").glob("*/*.png"))[::7]:
        assert count_text_lines(np.asarray(Image.open(path).convert("L"))) <= 8, path.name
