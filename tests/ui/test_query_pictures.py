"""Pictures as they are searched with: turned, cropped, covered, redrawn, or a 3-D model."""

import io

import numpy as np
import pytest
import trimesh
from PIL import Image, ImageDraw

from core.errors import MeshInvalid, PictureUnreadable, QueryInvalid
from core.ports import GreyImage
from core.settings import LimitSettings
from ui.picture_edits import PictureEdits
from ui.query_images import read_query_figures

LIMITS = LimitSettings()


def page() -> Image.Image:
    """A square at the upper left, a disc at the lower right."""
    image = Image.new("L", (400, 300), 255)
    pen = ImageDraw.Draw(image)
    pen.rectangle((20, 20, 120, 120), outline=0, width=5)
    pen.ellipse((260, 160, 380, 280), outline=0, width=5)
    return image


def png(image: Image.Image | GreyImage) -> bytes:
    file = io.BytesIO()
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(file, "PNG")
    return file.getvalue()


def figures(edits: dict, image: Image.Image | None = None) -> tuple[GreyImage, ...]:
    data = png(image or page())
    return read_query_figures(data, "a.png", LIMITS, PictureEdits.parse(edits)).figures


def test_crop_takes_its_part_as_one_drawing() -> None:
    (cropped,) = figures({"crop": [0, 0, 0.5, 0.5]})
    assert np.array_equal(cropped, np.asarray(page())[:150, :200])
    (both,) = figures({"crop": [0, 0, 1, 1]})
    assert both.shape == (300, 400)


def test_rotation_is_clockwise_and_comes_before_crop_and_mask() -> None:
    (turned,) = figures({"rotation_deg": 90, "crop": [0.5, 0, 0.5, 0.5]})
    assert np.array_equal(turned, np.rot90(np.asarray(page()), -1)[:200, 150:])
    (slanted,) = figures({"rotation_deg": 30, "crop": [0, 0, 1, 1]})
    assert slanted.shape[0] > 300
    assert slanted[0, 0] == 255


@pytest.mark.parametrize(
    "region",
    [[0.6, 0.5, 0.4, 0.5], [[0.6, 0.5], [1, 0.5], [1, 1], [0.6, 1]]],
    ids=["box", "polygon"],
)
def test_mask_paints_paper(region: list) -> None:
    (kept,) = figures({"mask": [region], "crop": [0, 0, 1, 1]})
    assert (kept[160:, 260:] == 255).all()
    assert np.array_equal(kept[:140, :200], np.asarray(page())[:140, :200])


def test_photograph_is_proposed_and_redrawn_when_asked() -> None:
    rows, columns = np.indices((300, 300))
    shade = np.clip(60 + 0.4 * columns + 0.2 * rows, 0, 200)
    scene = np.where(np.hypot(rows - 150, columns - 150) < 100, shade, 245).astype(np.uint8)
    told = read_query_figures(png(scene), "mug.png", LIMITS)
    assert told.notice
    assert "mug.png looks like a photograph" in told.notice
    assert np.array_equal(told.figures[0], scene)
    kept = read_query_figures(png(scene), "mug.png", LIMITS, PictureEdits(photo=False))
    assert kept.notice is None
    (lines,) = read_query_figures(png(scene), "mug.png", LIMITS, PictureEdits(photo=True)).figures
    assert set(np.unique(lines)) == {0, 255}
    assert (lines == 0).mean() < 0.1


@pytest.mark.parametrize("grey", [0, 90, 255])
@pytest.mark.parametrize("photo", [None, True])
def test_picture_of_one_colour_is_refused(grey: int, photo: bool | None) -> None:
    noise = np.random.default_rng(0).integers(0, 6, (80, 80)).astype(np.uint8)
    picture = np.clip(grey + noise.astype(int) - 3, 0, 255).astype(np.uint8)
    with pytest.raises(PictureUnreadable, match=r"a\.png: nothing is drawn on it"):
        read_query_figures(png(picture), "a.png", LIMITS, PictureEdits(photo=photo))


def test_nothing_left_after_the_mask_is_said() -> None:
    with pytest.raises(PictureUnreadable, match="nothing is left on it after crop and mask"):
        figures({"mask": [[0, 0, 1, 1]]})
    with pytest.raises(PictureUnreadable, match="nothing is left"):
        figures({"crop": [0.45, 0.1, 0.1, 0.1]})


@pytest.mark.parametrize(
    ("edits", "said"),
    [
        ({"crop": [0, 0, 0, 1]}, "crop has no area"),
        ({"crop": [0.6, 0, 0.6, 1]}, "reaches beyond the picture"),
        ({"crop": [0, 0, 300, 200]}, "crop: "),
        ({"crop": [float("nan"), 0, 1, 1]}, "crop: "),
        ({"rotation_deg": float("inf")}, "rotation_deg: "),
        ({"mask": [[[0, 0], [1, 1]]]}, "mask: "),
        ({"zoom": 2}, "unknown picture field zoom"),
        ({"up_axis": "X"}, "up_axis: "),
    ],
    ids=str,
)
def test_senseless_edits_name_the_field(edits: dict, said: str) -> None:
    with pytest.raises(QueryInvalid) as caught:
        PictureEdits.parse(edits)
    assert said in str(caught.value)


def test_model_is_drawn_from_seven_sides() -> None:
    box = trimesh.creation.box([3.0, 1.0, 2.0]).export(file_type="stl")
    views = read_query_figures(box, "Box.STL", LIMITS).figures
    assert len(views) == 7
    assert all((view < 128).any() and view[0, 0] == 255 for view in views)
    upright = read_query_figures(box, "Box.STL", LIMITS, PictureEdits(up_axis="Y")).figures
    assert not np.array_equal(views[1], upright[1])
    with pytest.raises(MeshInvalid, match="cannot be cropped"):
        read_query_figures(box, "Box.STL", LIMITS, PictureEdits(crop=(0, 0, 1, 1)))
