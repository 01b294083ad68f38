"""What feeds training: icons, models, front pages, and the classes guessed from the text space."""

import csv
import gzip
import json
import zipfile

import numpy as np
import pytest
from PIL import Image

from core.errors import SourceInvalid
from encoder.training.sources.covers import CoverSource
from encoder.training.sources.icons import IconSource, render_icon
from encoder.training.sources.meshes import MeshSource
from encoder.training.text_space import embed_texts_cached, nearest_goods

SQUARE = {
    "set": "s",
    "name": "box-open",
    "concept": "box_open",
    "cat": ["HomeGoods", "Misc"],
    "w": 24,
    "h": 24,
    "body": '<path fill="currentColor" d="M4 4h16v16H4z"/>',
}


def drawn_from(source):
    return [drawing for job in source.jobs() for drawing in job()]


def write_icons(path, icons):
    with gzip.open(path, "wt", encoding="utf-8") as lines:
        lines.writelines(json.dumps(icon) + "\n" for icon in icons)


def test_a_solid_icon_becomes_its_outline():
    image = render_icon(SQUARE, 0.02)
    height, width = image.shape
    assert image[height // 2, width // 2] == 255
    assert (image < 128).mean() < 0.2
    assert (image < 128).any()


def test_a_thicker_pen_draws_more_ink():
    assert (render_icon(SQUARE, 0.03) < 128).sum() > 1.5 * (render_icon(SQUARE, 0.01) < 128).sum()


def test_icons_are_named_by_concept_and_broken_ones_left_out(tmp_path):
    write_icons(tmp_path / "i.gz", [SQUARE, {**SQUARE, "body": "<path d="}])
    source = IconSource(kind="icons", share=1, path=tmp_path / "i.gz")
    drawings = drawn_from(source)
    assert [drawing.object_key for drawing in drawings] == ["box_open"]
    assert drawings[0].drawn.label == "box open"
    assert drawings[0].drawn.texts == ("box open", "box open, home goods")


def write_models(folder):
    corners = np.array([[x, y, z] for x in (0, 9) for y in (0, 5) for z in (0, 3)], dtype=np.uint16)
    faces = np.array(
        [
            [0, 1, 3],
            [0, 3, 2],
            [4, 7, 5],
            [4, 6, 7],
            [0, 5, 1],
            [0, 4, 5],
            [2, 3, 7],
            [2, 7, 6],
            [0, 2, 6],
            [0, 6, 4],
            [1, 5, 7],
            [1, 7, 3],
        ]
    )
    np.savez(folder / "box.npz", v=corners, f=faces)
    np.savez(folder / "flat.npz", v=np.zeros((3, 3), np.uint16), f=np.array([[0, 1, 2]]))
    with zipfile.ZipFile(folder / "meshes.zip", "w") as archive:
        for name in ("box.npz", "flat.npz"):
            archive.write(folder / name, name)
    with (folder / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerows(
            [
                ["file", "label", "category", "up_axis"],
                ["box.npz", "Tool-Box", "work_shop", "Z"],
                ["flat.npz", "nothing", "x", "Y"],
            ]
        )


def test_models_are_drawn_from_all_sides_and_flat_ones_left_out(tmp_path):
    write_models(tmp_path)
    source = MeshSource(kind="meshes", share=1, path=tmp_path, n_perspectives=2)
    drawings = drawn_from(source)
    assert len(drawings) == 9
    assert {drawing.object_key for drawing in drawings} == {"box.npz"}
    assert drawings[0].drawn.texts[2] == "tool box, work shop"
    assert all((drawing.image < 128).any() for drawing in drawings)
    again = drawn_from(source)
    assert all(np.array_equal(a.image, b.image) for a, b in zip(drawings, again, strict=True))


def test_models_kept_back_for_measuring_are_not_drawn(tmp_path):
    write_models(tmp_path)
    kept_back = tmp_path / "rendered.csv"
    kept_back.write_text("file,publication_id\n1.png,box.npz\n", encoding="utf-8")
    source = MeshSource(kind="meshes", share=1, path=tmp_path, kept_back=kept_back)
    assert drawn_from(source) == []
    assert source.recipe != source.model_copy(update={"kept_back": None}).recipe
    with pytest.raises(SourceInvalid, match=r"none.csv cannot be read"):
        source.model_copy(update={"kept_back": tmp_path / "none.csv"}).split()


def test_what_is_no_source_is_refused_by_name(tmp_path):
    (tmp_path / "i.gz").write_bytes(b"no gzip")
    icons = IconSource(kind="icons", share=1, path=tmp_path / "i.gz")
    with pytest.raises(SourceInvalid, match=r"i.gz cannot be read"):
        icons.jobs()
    write_icons(tmp_path / "i.gz", [{"name": "x"}])
    with pytest.raises(SourceInvalid, match="holds no icons"):
        icons.jobs()
    with pytest.raises(SourceInvalid, match=r"manifest.csv cannot be read"):
        MeshSource(kind="meshes", share=1, path=tmp_path).jobs()
    (tmp_path / "us.csv").write_text("us_class\n")
    covers = CoverSource(kind="covers", share=1, path=tmp_path, us_to_locarno=tmp_path / "us.csv")
    with pytest.raises(SourceInvalid, match=r"us.csv has no column `us_design_class`"):
        covers.jobs()


def test_covers_are_split_by_number_and_classed_where_the_us_class_is_clear(tmp_path):
    rows = [["file", "publication_id", "title", "us_class"]]
    for number in range(16, 32):
        Image.fromarray(np.zeros((4, 4), np.uint8)).save(tmp_path / f"{number}.png")
        rows.append(
            [f"{number}.png", f"D05000{number}", "Chair", "D6-3" if number < 24 else "D9-1"]
        )
    rows.append(["16.png", "D0500033", "", "D6-3"])  # no title, no use
    with (tmp_path / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    (tmp_path / "us.csv").write_text(
        "us_design_class,n_patents,top_locarno,top_share,distribution\n"
        "D6,10,06-01,0.6,06-01:6 06-03:2 02-01:2\nD9,4,09-01,0.25,09-01:1 07-01:1 08-01:1 10-01:1\n"
    )
    kept = drawn_from(
        CoverSource(kind="covers", share=1, path=tmp_path, us_to_locarno=tmp_path / "us.csv")
    )
    assert len(kept) == 14
    assert not {drawing.object_key for drawing in kept} & {"D0500016", "D0500024"}
    assert all(drawing.drawn.publication_id == drawing.object_key for drawing in kept)
    assert {drawing.drawn.locarno for drawing in kept} == {"06", None}
    assert "chair, furnishing" in kept[0].drawn.texts


def test_nearest_goods_needs_agreement_and_nearness():
    goods = np.eye(8, dtype=np.float32)
    goods[:5, 0] += 1  # five goods in one direction
    goods /= np.linalg.norm(goods, axis=1, keepdims=True)
    classes = np.array([6, 6, 6, 2, 2, 9, 9, 9])
    near = goods[:5].mean(axis=0, keepdims=True)
    near /= np.linalg.norm(near)
    far = np.full((1, 8), -1, np.float32) / np.sqrt(8)
    found, similarity = nearest_goods(np.concatenate([near, far]), goods, classes)
    assert found.tolist() == [6, -1]
    assert similarity[0] > 0.6 > similarity[1]


@pytest.mark.model
def test_text_vectors_are_kept_and_only_new_texts_computed(tmp_path, monkeypatch):
    first = embed_texts_cached(["chair", "lamp", "chair"], tmp_path)
    assert np.array_equal(first[0], first[2])
    asked = []
    monkeypatch.setattr(
        "encoder.training.text_space._embed",
        lambda texts: asked.extend(texts) or np.zeros((len(texts), 384), np.float32),
    )
    again = embed_texts_cached(["lamp", "stool"], tmp_path)
    assert asked == ["stool"]
    assert np.array_equal(again[0], first[1])
