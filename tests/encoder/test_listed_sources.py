"""Sources that read pictures by a list: manifests and DeepPatent."""

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from core.errors import EvaluationInvalid, SourceInvalid
from encoder.evaluation.manifest import read_manifest_rows
from encoder.training.drawings import DrawnObject
from encoder.training.sources.deeppatent import DeepPatentSource
from encoder.training.sources.manifest import ManifestSource

HEADER = "file,publication_id,title,locarno,class,view,landscape,family\n"


def drawn_from(source):
    return [drawing for job in source.jobs() for drawing in job()]


@pytest.fixture
def folder(tmp_path):
    image = np.full((20, 30), 255, np.uint8)
    image[2:4] = 0
    for name in ("a.png", "b.png", "c.png"):
        Image.fromarray(image).save(tmp_path / name)
    (tmp_path / "manifest.csv").write_text(
        HEADER
        + "a.png,D1,Folding chair,06-01,Chair,front,,DM/1; 29/5\n"
        + "b.png,D1,Folding chair,06-01,Chair,rear,1,\n"
        + "c.png,,,,,,,\n"
    )
    return tmp_path


def test_rows_of_one_publication_are_views_of_one_object(folder):
    first, second, third = drawn_from(ManifestSource(kind="manifest", share=1, path=folder))
    assert (first.object_key, second.object_key, third.object_key) == ("D1", "D1", "c.png")
    texts = ("chair", "a line drawing of a chair", "folding chair", "chair, furnishing")
    assert first.drawn == DrawnObject("chair", texts, "06-01", "D1", ("29/5", "DM/1"))
    assert third.drawn == DrawnObject("", ())
    assert first.image.shape == (20, 30)
    assert second.image.shape == (30, 20)
    assert (second.image[:, -4:-2] == 0).all()


def test_a_manifest_that_changes_is_another_recipe_and_a_folder_that_moves_is_not(folder):
    source = ManifestSource(kind="manifest", share=1, path=folder)
    before = source.recipe
    moved = folder.rename(folder.with_name("moved"))
    assert ManifestSource(kind="manifest", share=2, path=moved).recipe == before
    with (moved / "manifest.csv").open("a") as rows:
        rows.write("d.png,D2,,,,,,\n")
    assert ManifestSource(kind="manifest", share=1, path=moved).recipe != before


def test_held_out_publications_stay_together_and_are_listed(tmp_path):
    rows = [f"{n}.png,D{n // 3},Chair,,,,,{'F1' if n < 30 else ''}" for n in range(300)]
    (tmp_path / "manifest.csv").write_text(HEADER + "\n".join(rows))
    held_out = tmp_path / "kept" / "held_out.csv"
    source = ManifestSource(
        kind="manifest", share=1, path=tmp_path, held_out_one_in=5, held_out=held_out
    )
    source.write_held_out()
    kept = read_manifest_rows(held_out)
    assert len(kept) + len(source.jobs()) == 300
    assert 30 <= len(kept) <= 110
    publications = [row.publication_id for row in kept]
    assert all(publications.count(one) == 3 for one in set(publications))
    of_family = [row for row in kept if row.family]
    assert len(of_family) in (0, 30)


def test_a_family_that_one_member_joins_is_held_out_whole(tmp_path):
    """The parent and its child share a number, the child and its provisional another."""
    kin = ["US 29000001", "US 29000001; US 29000002; US 29000003", "US 13000001; US 29000003"]
    rows = [f"{n}.png,D{n},Chair,,,,,{said}" for n, said in enumerate(kin)]
    (tmp_path / "manifest.csv").write_text(HEADER + "\n".join(rows))
    for one_in in range(2, 12):
        source = ManifestSource(kind="manifest", share=1, path=tmp_path, held_out_one_in=one_in)
        assert len(source.jobs()) in (0, 3)


def test_held_out_needs_a_share(tmp_path):
    with pytest.raises(ValidationError, match="give both"):
        ManifestSource(kind="manifest", share=1, path=tmp_path, held_out=tmp_path / "x.csv")


@pytest.mark.parametrize(
    ("text", "reason"), [("title\nx\n", "no column `file`"), (HEADER, "lists nothing")]
)
def test_a_wrong_manifest_is_refused(tmp_path, text, reason):
    (tmp_path / "manifest.csv").write_text(text)
    with pytest.raises(EvaluationInvalid, match=reason):
        ManifestSource(kind="manifest", share=1, path=tmp_path).jobs()


def test_a_missing_manifest_is_named(tmp_path):
    with pytest.raises(SourceInvalid, match=r"manifest.csv: no such manifest"):
        _ = ManifestSource(kind="manifest", share=1, path=tmp_path).recipe


def test_deeppatent_takes_publications_from_paths_and_has_no_words(tmp_path):
    files = []
    for number, sheet in (("USD0834581", 0), ("USD0834581", 1), ("USD0834582", 2)):
        path = tmp_path / f"I20181127/{number}-20181127/{number}-20181127-D0000{sheet}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.zeros((8, 8), np.uint8)).save(path)
        files.append(str(path.relative_to(tmp_path)))
    (tmp_path / "train.txt").write_text("".join(f"{file} {n}\n" for n, file in enumerate(files)))
    source = DeepPatentSource(
        kind="deeppatent", share=1, path=tmp_path, lists=(tmp_path / "train.txt",)
    )
    keys = [drawing.object_key for drawing in drawn_from(source)]
    assert keys == ["USD0834581", "USD0834582"]
    with_copies = drawn_from(source.model_copy(update={"front_pages": True}))
    assert len(with_copies) == 3
    assert with_copies[0].drawn == DrawnObject("", (), None, "USD0834581")


@pytest.mark.parametrize(
    ("text", "reason"),
    [("", "lists no picture"), ("a.png 1", "line 1: no path of a US design"), (None, "no such")],
)
def test_a_wrong_split_list_is_refused(tmp_path, text, reason):
    path = tmp_path / "list.txt"
    if text is not None:
        path.write_text(text)
    source = DeepPatentSource(kind="deeppatent", share=1, path=tmp_path, lists=(path,))
    with pytest.raises(SourceInvalid, match=reason):
        (source.recipe, source.jobs())
