"""Sheets drawn in code, cut: figures, labels, turns, headers and specks."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from core.ports import GreyImage
from core.records import Box
from ingestion.ink_parts import measure_ink
from ingestion.sheets import CutSheet, _cut_figure, cut_sheet
from samples.lettering import Lettering

WIDTH, HEIGHT = 1000, 1300
INK = 128


class Page:
    """A sheet being drawn."""

    def __init__(self, width: int = WIDTH, height: int = HEIGHT) -> None:
        self.picture = Image.new("L", (width, height), 255)
        self.pen = ImageDraw.Draw(self.picture)

    def write(self, text: str, x: int, y: int, size: int = 48) -> "Page":
        self.pen.text((x, y), text, fill=0, font=ImageFont.load_default(size))
        return self

    def chair(self, x: int, y: int, side: int) -> "Page":
        """A connected outline with a cross-bar."""
        self.pen.rectangle((x, y, x + side, y + side), outline=0, width=4)
        self.pen.line((x, y + side // 2, x + side, y + side // 2), fill=0, width=4)
        return self

    def broken_box(self, x: int, y: int, side: int, dash: int = 18) -> "Page":
        """A square in broken lines: many parts, one figure."""
        for start in range(0, side, 2 * dash):
            end = min(start + dash, side)
            for line in (
                (x + start, y, x + end, y),
                (x + start, y + side, x + end, y + side),
                (x, y + start, x, y + end),
                (x + side, y + start, x + side, y + end),
            ):
                self.pen.line(line, fill=0, width=4)
        return self

    @property
    def pixels(self) -> GreyImage:
        page = np.array(self.picture)
        return np.where(page < INK, 0, 255).astype(np.uint8)


def labels_of(cut: CutSheet) -> list[str | None]:
    return [figure.label for figure in cut.figures]


def ink_count(pixels: GreyImage) -> int:
    return int((pixels < INK).sum())


def ink_in(page: GreyImage, boxes: Sequence[Box | None]) -> int:
    return sum(
        ink_count(page[b.y_px : b.y_px + b.height_px, b.x_px : b.x_px + b.width_px])
        for b in boxes
        if b is not None
    )


def two_figures() -> Page:
    page = Page().chair(150, 100, 320).write("FIG. 1", 230, 470)
    return page.chair(520, 640, 360).write("FIG. 2", 620, 1060)


def test_one_figure_is_cut_tight_and_loses_its_label() -> None:
    cut = cut_sheet(Page().chair(200, 200, 500).write("FIG. 3", 380, 900).pixels, landscape=False)
    (figure,) = cut.figures
    assert figure.label == "3"
    assert figure.label_confidence > 0.5
    assert figure.label_box is not None
    assert 880 < figure.label_box.y_px < 960
    assert figure.box.x_px == pytest.approx(188, abs=4)
    assert figure.box.width_px == pytest.approx(525, abs=8)
    assert figure.pixels.shape == (figure.box.height_px, figure.box.width_px)


@pytest.mark.parametrize(
    ("printed", "label"),
    [("FIG. 1", "1"), ("FIG.7", "7"), ("Fig. 12", "12"), ("FIG. 3A", "3A"), ("Figure 4", "4")],
)
def test_labels_are_read_in_their_usual_spellings(printed: str, label: str) -> None:
    page = Page().chair(200, 150, 500).write(printed, 350, 850, size=56)
    assert labels_of(cut_sheet(page.pixels, landscape=False)) == [label]


def test_hague_number_is_read_at_the_top() -> None:
    page = Page().chair(200, 300, 600).write("1.3", 30, 20, size=56)
    assert labels_of(cut_sheet(page.pixels, landscape=False)) == ["1.3"]


@pytest.mark.parametrize("turns", [0, 1, 2])
def test_hague_numbers_part_the_figures_of_a_sheet_wherever_they_stand(turns: int) -> None:
    page = Page().chair(300, 60, 350).write("1.7", 430, 450, size=56)
    page = page.chair(300, 700, 350).write("1.1", 430, 1100, size=56)
    cut = cut_sheet(np.ascontiguousarray(np.rot90(page.pixels, turns)), landscape=turns == 1)
    assert labels_of(cut) == ["1.7", "1.1"]
    assert [figure.box.height_px for figure in cut.figures] == pytest.approx([375, 375], abs=10)


def test_a_number_on_the_drawn_product_is_no_hague_number() -> None:
    page = Page().chair(150, 150, 700)
    page.pen.rectangle((350, 260, 640, 420), outline=0, width=4)
    page.write("12.5", 420, 310, size=56)
    assert labels_of(cut_sheet(page.pixels, landscape=False)) == [None]


def test_the_word_fig_on_the_drawn_product_is_no_label() -> None:
    page = Page().chair(150, 150, 500)
    page.pen.rectangle((170, 200, 480, 340), outline=0, width=4)
    page.write("FIG TREE", 200, 250, size=40).write("FIG. 2", 330, 800)
    cut = cut_sheet(page.pixels, landscape=False)
    assert labels_of(cut) == ["2"]


@pytest.mark.parametrize(
    ("number", "slant"),
    [
        *((number, slant) for number in ("1B", "18", "12B", "128") for slant in (0.0, 0.2)),
        *((number, 0.0) for number in ("3a", "4(b)", "7-2")),
    ],
)
def test_suffixes_are_read_in_drawn_letters(number: str, slant: float) -> None:
    written = Lettering(60, 0.1, slant, 1.0, False, "Fig. {}").label(number)
    page = Page().chair(200, 150, 500)
    page.picture.paste(Image.fromarray(written), (300, 850))
    assert labels_of(cut_sheet(page.pixels, landscape=False)) == [number]


def test_a_figure_whose_number_cannot_be_read_is_there_without_a_label() -> None:
    page = two_figures()
    page.pen.rectangle((330, 480, 362, 512), fill=0)  # blots the 1 out
    cut = cut_sheet(page.pixels, landscape=False)
    assert labels_of(cut) == [None, "2"]
    first = cut.figures[0]
    assert (first.label_confidence, first.box.height_px) == (0.0, pytest.approx(345, abs=8))


def test_a_label_takes_its_underline_along() -> None:
    page = Page().chair(200, 150, 500).write("FIG. 3", 350, 850, size=60)
    page.pen.line((345, 922, 540, 922), fill=0, width=5)
    (figure,) = cut_sheet(page.pixels, landscape=False).figures
    assert figure.label == "3"
    assert figure.box.height_px == pytest.approx(525, abs=8)


def test_drawing_that_stands_behind_a_label_is_not_read_into_its_number() -> None:
    page = Page().write("FIG. 8", 60, 300, size=60)
    page.pen.rectangle((330, 300, 800, 350), outline=0, width=4)
    (figure,) = cut_sheet(page.pixels, landscape=False).figures
    assert figure.label == "8"
    assert figure.box.x_px > 300


@pytest.mark.parametrize(("paper", "ink"), [(238, 60), (205, 90), (255, 175)])
def test_faint_lines_on_grey_paper_are_ink(paper: int, ink: int) -> None:
    page = two_figures().pixels
    grain = np.random.default_rng(0).normal(0, 4, page.shape)
    grey = np.where(page == 0, ink, paper) + grain
    cut = cut_sheet(grey.clip(0, 255).astype(np.uint8), landscape=False)
    assert labels_of(cut) == ["1", "2"]
    for figure, other in zip(cut.figures, cut_sheet(page, landscape=False).figures, strict=True):
        assert figure.box.width_px == pytest.approx(other.box.width_px, abs=4)


def test_two_figures_are_separated_and_labelled() -> None:
    cut = cut_sheet(two_figures().pixels, landscape=False)
    assert labels_of(cut) == ["1", "2"]
    first, second = cut.figures
    assert first.box.y_px + first.box.height_px < 460
    assert second.box.x_px > 480


def test_a_neighbour_inside_the_crop_is_painted_over() -> None:
    page = Page()
    page.pen.line((100, 100, 100, 1000, 900, 1000), fill=0, width=6)  # an L around the other
    page.chair(400, 300, 300)
    page.write("FIG. 1", 180, 1060).write("FIG. 2", 470, 680)
    cut = cut_sheet(page.pixels, landscape=False)
    by_label = {figure.label: figure for figure in cut.figures}
    assert set(by_label) == {"1", "2"}
    assert ink_count(by_label["1"].pixels) == pytest.approx(6 * (900 + 800), rel=0.05)


def test_a_broken_line_figure_stays_whole() -> None:
    page = Page().broken_box(120, 120, 340).broken_box(560, 120, 340)
    page.write("FIG. 1", 200, 520).write("FIG. 2", 640, 520)
    cut = cut_sheet(page.pixels, landscape=False)
    assert labels_of(cut) == ["1", "2"]
    assert all(figure.box.width_px > 340 for figure in cut.figures)


def test_an_exploded_figure_with_one_label_stays_whole() -> None:
    page = Page().chair(350, 60, 200).chair(350, 420, 200).chair(350, 780, 200)
    cut = cut_sheet(page.write("FIG. 5", 380, 1100).pixels, landscape=False)
    assert labels_of(cut) == ["5"]
    assert cut.figures[0].box.height_px > 900


def test_without_any_label_the_drawing_is_kept_together() -> None:
    cut = cut_sheet(Page().chair(100, 100, 300).chair(600, 800, 300).pixels, landscape=False)
    assert labels_of(cut) == [None]
    assert cut.figures[0].label_box is None
    assert cut.figures[0].label_confidence == 0


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_the_labels_reading_direction_turns_the_sheet(turns: int) -> None:
    page = two_figures().pixels
    cut = cut_sheet(np.ascontiguousarray(np.rot90(page, turns)), landscape=False)
    assert cut.rotation_deg == 90 * turns
    np.testing.assert_array_equal(cut.upright, page)
    assert labels_of(cut) == ["1", "2"]


def test_a_landscape_sheet_without_labels_is_turned_as_told() -> None:
    page = Page().chair(100, 100, 300).pixels
    cut = cut_sheet(page, landscape=True)
    assert cut.rotation_deg == 90
    np.testing.assert_array_equal(cut.upright, np.rot90(page, -1))


@pytest.mark.parametrize("size", [(999, 1301), (1000, 1300), (1241, 1753)])
def test_a_landscape_sheet_gives_the_same_figures_as_its_upright_twin(
    size: tuple[int, int],
) -> None:
    page = Page(*size).chair(150, 100, 320).write("FIG. 1", 230, 470)
    page = page.chair(520, 640, 360).write("FIG. 2", 620, 1060)
    lying = np.ascontiguousarray(np.rot90(page.pixels))
    upright, turned = cut_sheet(page.pixels, landscape=False), cut_sheet(lying, landscape=True)
    assert labels_of(turned) == labels_of(upright) == ["1", "2"]
    for one, other in zip(upright.figures, turned.figures, strict=True):
        assert ink_count(one.pixels) == ink_count(other.pixels)
        assert abs(one.box.x_px - other.box.x_px) <= 2
        assert abs(one.box.y_px - other.box.y_px) <= 2


@pytest.mark.parametrize("paper", [255, 250])
def test_a_blank_sheet_has_no_figures(paper: int) -> None:
    assert cut_sheet(np.full((300, 200), paper, np.uint8), landscape=False).figures == ()


def test_stray_specks_are_no_figure() -> None:
    page = Page()
    for x, y in ((100, 100), (800, 300), (300, 1100)):
        page.pen.rectangle((x, y, x + 3, y + 3), fill=0)
    assert cut_sheet(page.pixels, landscape=False).figures == ()


def test_stray_specks_do_not_widen_a_figure() -> None:
    page = Page().chair(400, 400, 200)
    page.pen.rectangle((20, 20, 23, 23), fill=0)
    (figure,) = cut_sheet(page.pixels, landscape=False).figures
    assert figure.box.x_px > 380


def test_a_sheet_full_of_ink_is_one_figure() -> None:
    cut = cut_sheet(np.zeros((700, 500), np.uint8), landscape=False)
    assert [figure.box for figure in cut.figures] == [Box(0, 0, 500, 700)]


def test_a_tiny_sheet_is_cut() -> None:
    page = np.full((3, 5), 255, np.uint8)
    page[1, 1:4] = 0
    assert len(cut_sheet(page, landscape=False).figures) <= 1


def test_every_bit_of_ink_is_in_one_figure_or_a_label() -> None:
    page = two_figures().pixels
    cut = cut_sheet(page, landscape=False)
    cut_ink = sum(ink_count(figure.pixels) for figure in cut.figures)
    assert cut_ink + ink_in(page, [f.label_box for f in cut.figures]) == ink_count(page)


@settings(max_examples=12, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(40, 500), st.integers(40, 640), st.integers(40, 200)),
        min_size=1,
        max_size=8,
    ),
    st.booleans(),
)
def test_no_drawn_ink_is_lost(shapes: list[tuple[int, int, int]], landscape: bool) -> None:
    page = Page(760, 900)
    for x, y, side in shapes:
        page.chair(x, y, side)
    cut = cut_sheet(page.pixels, landscape=landscape)
    kept = sum(ink_count(figure.pixels) for figure in cut.figures)
    named = ink_in(cut.upright, [figure.label_box for figure in cut.figures])
    assert kept + named >= ink_count(page.pixels)


@pytest.mark.parametrize("rotation_deg", [0, 90, 180, 270])
@pytest.mark.parametrize("shape", [(301, 260), (1301, 1204), (1302, 1203)])
def test_neighbours_are_painted_over_as_on_the_whole_sheet(
    shape: tuple[int, int], rotation_deg: int
) -> None:
    rng = np.random.default_rng(7)
    blobs = Image.fromarray((rng.random((30, 26)) < 0.85).astype(np.uint8) * 255)
    page = np.array(blobs.resize(shape[::-1], Image.Resampling.BILINEAR))
    upright = np.rot90(page, -rotation_deg // 90)
    parts = measure_ink(page).turned(rotation_deg)
    own = rng.random(len(parts)) < 0.5
    numbers = np.concatenate(([False], own))[parts.numbered]
    foreign = (parts.numbered > 0) & ~numbers
    cells = ndimage.binary_dilation(foreign, np.ones((3, 3))) & ~numbers
    right, down = parts.offset
    painted = cells.repeat(parts.step, axis=0).repeat(parts.step, axis=1)
    painted = painted[down : down + upright.shape[0], right : right + upright.shape[1]]

    figure = _cut_figure(upright, parts, own, None)

    box = figure.box
    crop = np.s_[box.y_px : box.y_px + box.height_px, box.x_px : box.x_px + box.width_px]
    np.testing.assert_array_equal(figure.pixels, np.where(painted, 255, upright)[crop])
    assert painted[crop].any()
