"""One grant taken in: every image a sheet or a listed problem, every figure with its identity."""

import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from core.records import Box, GivenFigure, LabelSource, View
from core.settings import LimitSettings
from ingestion.archive_entries import Rejection
from ingestion.delivery import Unit
from ingestion.formats.uspto_archive import GrantFiles, grant_unit
from ingestion.intake import take_in
from ingestion.pictures import PictureStore
from ingestion.sheets import CutFigure, CutSheet

NAME = "I20210105/DESIGN/USD0907292-20210105.ZIP"
LIMITS = LimitSettings(max_pixels=4_000_000)
Page = Image.Image


def _file(sheet: int) -> str:
    return f"USD0907292-20210105-D{sheet:05}.TIF"


def _page(labels: Sequence[str] = ("1",), size: tuple[int, int] = (1400, 1900)) -> Page:
    """A sheet with one framed design above each printed label, from the top down."""
    page = Image.new("1", size, 1)
    draw = ImageDraw.Draw(page)
    font = ImageFont.load_default(54)
    step = size[1] // max(len(labels), 1)
    for n, label in enumerate(labels):
        top = n * step + 60
        draw.rectangle((300, top, 1100, top + step - 300), outline=0, width=4)
        draw.ellipse((500, top + 60, 900, top + step - 360), outline=0, width=4)
        draw.text((610, top + step - 240), f"FIG. {label}", fill=0, font=font)
    return page


def _tiff(page: Page) -> bytes:
    file = io.BytesIO()
    page.save(file, "TIFF", compression="group4", dpi=(300, 300))
    return file.getvalue()


def _document(files: Sequence[str], n_sheets: int, landscape: str = "") -> bytes:
    images = "".join(
        f'<figure><img file="{file}" orientation="'
        f'{"landscape" if file == landscape else "portrait"}"/></figure>'
        for file in files
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<us-patent-grant><us-bibliographic-data-grant>
<publication-reference><document-id><country>US</country><doc-number>D0907292</doc-number>
<kind>S1</kind><date>20210105</date></document-id></publication-reference>
<application-reference appl-type="design"><document-id><country>US</country>
<doc-number>29123456</doc-number><date>20190105</date></document-id></application-reference>
<classification-locarno><edition>13</edition><main-classification>2803</main-classification>
</classification-locarno>
<invention-title id="d2e43">Razor handle</invention-title>
<figures><number-of-drawing-sheets>{n_sheets}</number-of-drawing-sheets>
<number-of-figures>{n_sheets}</number-of-figures></figures></us-bibliographic-data-grant>
<drawings>{images}</drawings><description><description-of-drawings>
<p>FIG. 1 is a front view of a razor handle;</p><p>FIG. 2 is a rear view thereof; and,</p>
<p>FIG. 3 is a perspective view thereof.</p></description-of-drawings></description>
</us-patent-grant>""".encode()


def _grant(
    n_sheets: int = 2,
    *,
    images: dict[str, bytes] | None = None,
    landscape: str = "",
    n_declared: int | None = None,
) -> Unit:
    files = [_file(n) for n in range(n_sheets + 1)]
    if images is None:
        images = {file: _tiff(_page([str(n or 1)])) for n, file in enumerate(files)}
    document = _document(files, n_declared or n_sheets, landscape)
    return grant_unit(GrantFiles(NAME, "g.XML", document, images, ()), "a.tar!m")


@pytest.fixture
def pictures(tmp_path: Path) -> PictureStore:
    return PictureStore(str(tmp_path / "pictures"))


@pytest.fixture
def labelled(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make the cutter read these labels, sheet by sheet, whatever is drawn."""

    def prepare(*sheets: Sequence[str | None]) -> None:
        waiting = iter(sheets)

        def cut(page: np.ndarray, *, landscape: bool) -> CutSheet:
            figures = tuple(
                CutFigure(Box(n, 0, 5, 5), np.full((5, 5), n, np.uint8), label, 1.0, None)
                for n, label in enumerate(next(waiting))
            )
            return CutSheet(0, page, figures)

        monkeypatch.setattr("ingestion.intake.cut_sheet", cut)

    return prepare


def test_a_good_grant_becomes_sheets_and_labelled_figures(pictures: PictureStore) -> None:
    grant = _grant()
    stored = take_in(grant, pictures=pictures, limits=LIMITS)
    assert stored.problems == ()
    assert stored.publication.source == "a.tar!m"
    assert [(s.position, s.file, s.width_px, s.height_px) for s in stored.sheets] == [
        (n, _file(n), 1400, 1900) for n in range(3)
    ]
    assert [pictures.get(s.sha256) for s in stored.sheets] == list(grant.images.values())
    assert [f.figure_id for f in stored.figures] == [
        "US-D0907292-S1/s0.1",
        "US-D0907292-S1/1",
        "US-D0907292-S1/2",
    ]
    front, first, second = stored.figures
    assert (front.is_front_page, front.label_source) == (True, LabelSource.NONE)
    assert front.box == Box(0, 0, 1400, 1900)
    assert (first.view, second.view) == (View.FRONT, View.REAR)
    assert first.caption == "FIG. 1 is a front view of a razor handle"
    assert second.object_name == "Razor handle", "thereof means the title"
    pixels = pictures.get_figure(first.sha256)
    assert pixels.shape == (first.box.height_px, first.box.width_px)
    assert pixels.shape[0] < 1700, "the printed label is not part of the figure"


def test_several_figures_of_one_sheet_are_told_apart(pictures: PictureStore) -> None:
    images = {_file(0): _tiff(_page()), _file(1): _tiff(_page(["1", "2", "3"]))}
    stored = take_in(_grant(1, images=images), pictures=pictures, limits=LIMITS)
    assert [(f.sheet, f.position, f.label) for f in stored.figures[1:]] == [
        (1, 1, "1"),
        (1, 2, "2"),
        (1, 3, "3"),
    ]


def test_sheets_that_lie_sideways_are_turned(pictures: PictureStore) -> None:
    lying = {_file(n): _tiff(_page().transpose(Image.Transpose.ROTATE_90)) for n in range(2)}
    for sheet in (0, 1):
        grant = _grant(1, images=lying, landscape=_file(sheet))
        stored = take_in(grant, pictures=pictures, limits=LIMITS)
        assert stored.sheets[sheet].rotation_deg == 90
        assert (stored.sheets[sheet].width_px, stored.sheets[sheet].height_px) == (1900, 1400)
        box = stored.figures[sheet].box
        assert box.height_px > box.width_px


def test_every_bad_image_is_a_problem_and_its_siblings_go_on(pictures: PictureStore) -> None:
    good = _tiff(_page(["3"]))
    grant = _grant(
        6,
        images={
            _file(0): _tiff(_page()),
            _file(1): b"",
            _file(2): good[: len(good) // 2],
            _file(3).lower(): good,
            _file(4): _tiff(Image.new("1", (3000, 3000), 1)),
            _file(5): _tiff(Image.new("1", (800, 900), 1)),
            "USD0907292-20210105-D00099.TIF": good,
        },
    )
    stored = take_in(grant, pictures=pictures, limits=LIMITS)
    reasons = {problem.member: problem.reason for problem in stored.problems}
    assert len(reasons) == len(stored.problems) == 6
    assert "empty" in reasons[f"{NAME}!{_file(1)}"]
    assert f"{NAME}!{_file(2)}" in reasons
    assert "limit" in reasons[f"{NAME}!{_file(4)}"]
    assert reasons[f"{NAME}!{_file(5)}"] == "nothing is drawn on this sheet"
    assert "did not come" in reasons[f"{NAME}!{_file(6)}"]
    assert "does not name it" in reasons[f"{NAME}!USD0907292-20210105-D00099.TIF"]
    assert [sheet.position for sheet in stored.sheets] == [0, 3, 5]
    assert [figure.sheet for figure in stored.figures] == [0, 3]
    n_named, n_surplus = len(stored.publication.images), 1
    n_unusable = len(reasons) - 1  # the blank sheet is stored all the same
    assert len(stored.sheets) + n_unusable == n_named + n_surplus


def test_an_image_refused_by_the_archive_is_listed_once(pictures: PictureStore) -> None:
    grant = _grant()
    refused = Rejection(f"{NAME}!USD0907292-20210105/{_file(2)}", "is a link; refused")
    images = {file: data for file, data in grant.images.items() if file != _file(2)}
    grant = replace(grant, images=images, rejected=(refused,))
    stored = take_in(grant, pictures=pictures, limits=LIMITS)
    assert stored.problems == (refused,)


def test_sheets_that_the_document_declares_but_does_not_name_are_listed(
    pictures: PictureStore,
) -> None:
    (problem,) = take_in(_grant(n_declared=5), pictures=pictures, limits=LIMITS).problems
    assert problem == Rejection(NAME, "declares 5 drawing sheets but names only 2")


def test_only_a_printed_label_that_one_figure_wears_enters_its_id(
    pictures: PictureStore, labelled: Callable[..., None]
) -> None:
    labelled(["1", "9Z"], [None, "9Z", "3"])
    stored = take_in(_grant(), pictures=pictures, limits=LIMITS)
    ids = [figure.figure_id.partition("/")[2] for figure in stored.figures]
    assert len(set(ids)) == len(ids)
    for figure, own in zip(stored.figures, ids, strict=True):
        by_place = f"s{figure.sheet}.{figure.position}"
        is_printed = figure.label_source is LabelSource.PRINTED
        assert own in ({figure.label, by_place} if is_printed else {by_place})
    assert {"1", "3"} < set(ids)


def test_an_inferred_label_stays_out_of_the_id(
    pictures: PictureStore, labelled: Callable[..., None]
) -> None:
    labelled(["1"], [None, "3"])
    stored = take_in(_grant(), pictures=pictures, limits=LIMITS)
    inferred = stored.figures[2]
    assert (inferred.label, inferred.label_source) == ("2", LabelSource.INFERRED)
    assert inferred.view is View.REAR
    assert inferred.figure_id == "US-D0907292-S1/s2.1"


def test_content_hash_follows_document_and_pictures_alone(
    pictures: PictureStore, labelled: Callable[..., None]
) -> None:
    def content_hash(grant: Unit) -> str:
        labelled(["1"], ["2"])
        return take_in(grant, pictures=pictures, limits=LIMITS).content_hash

    grant = _grant()
    first = content_hash(grant)
    reordered = dict(reversed(grant.images.items()))
    assert content_hash(replace(grant, name="other.ZIP", images=reordered)) == first
    assert content_hash(replace(grant, document=grant.document + b"\n")) != first
    swapped = {**grant.images, _file(1): grant.images[_file(2)], _file(2): grant.images[_file(1)]}
    assert content_hash(replace(grant, images=swapped)) != first


def test_taking_in_twice_gives_the_same(pictures: PictureStore) -> None:
    first, second = (take_in(_grant(1), pictures=pictures, limits=LIMITS) for _ in range(2))
    assert first == second


def test_figures_that_come_already_cut_stay_whole_and_keep_what_is_said_of_them(
    pictures: PictureStore,
) -> None:
    unit = _grant(2)
    said = GivenFigure("1.2", View.REAR, "Razor handle", "1.2 : Rear")
    front, first, second = unit.publication.images
    images = (front, replace(first, figure=said), replace(second, figure=GivenFigure(None)))
    stored = take_in(
        replace(unit, publication=replace(unit.publication, images=images)),
        pictures=pictures,
        limits=LIMITS,
    )
    _, known, unknown = stored.figures
    assert known.figure_id == "US-D0907292-S1/1.2"
    assert (known.label, known.label_source) == ("1.2", LabelSource.STATED)
    assert (known.view, known.object_name, known.caption) == (
        said.view,
        said.object_name,
        said.caption,
    )
    assert known.box == Box(0, 0, 1400, 1900), "not cut again"
    assert unknown.figure_id == "US-D0907292-S1/s2.1"
    assert unknown.label_source is LabelSource.NONE


def test_a_unit_of_a_delivery_without_images_misses_none(pictures: PictureStore) -> None:
    unit = replace(_grant(images={}), images_expected=False)
    stored = take_in(unit, pictures=pictures, limits=LIMITS)
    assert (stored.sheets, stored.figures, stored.problems) == ((), (), ())
