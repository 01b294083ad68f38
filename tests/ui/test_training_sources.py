"""The catalogue's figures and generated designs as training drawings."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from core.errors import PictureUnreadable, SourceInvalid
from core.records import WITHDRAWN, FigureText, Provenance
from core.settings import CatalogueSettings, Settings
from encoder.evaluation.manifest import read_manifest_rows
from encoder.training.sources.elsewhere import CatalogueSource, SampleSource
from ingestion.catalogue import Catalogue
from ingestion.pictures import PictureStore
from tests.ingestion.conftest import build_stored
from ui.training_catalogue import CatalogueDrawings
from ui.training_samples import SampleDrawings

NUMBERS = ("D0000001", "D0000002", "D0000003", "D0000004")


def picture(seed):
    image = np.full((40, 60), 255, np.uint8)
    image[5 + seed : 9 + seed, 4:50] = 0
    return image


def store(catalogue, pictures, number, hague):
    stored = build_stored(number, revision=number[-1])
    front, *figures = stored.figures
    kept = [
        replace(figure, sha256=pictures.put_figure(picture(int(number[-1]) + n)))
        for n, figure in enumerate(figures)
    ]
    said = [
        FigureText(kept[0].figure_id, Provenance.LLM, "shaver grip"),
        FigureText(kept[1].figure_id, Provenance.GRANT, kept[1].caption),
        FigureText(kept[1].figure_id, Provenance.GRANT_WORDING, "line drawing of grip"),
        FigureText(
            kept[1].figure_id, Provenance.THESAURUS_WORDING, f"{kept[1].view} view of shavers"
        ),
    ]
    status = WITHDRAWN if number == NUMBERS[3] else "published"
    publication = replace(
        stored.publication, hague_number=hague, application_number=None, status=status
    )
    stored = replace(
        stored, publication=publication, figures=(front, *kept), texts=(*stored.texts, *said)
    )
    catalogue.begin_upload(f"/in/{number}.tar", number[-1] * 64, 10, [number])
    catalogue.store_publication(stored, number[-1] * 64, number)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Three publications of three figures each, and a withdrawn one."""
    home = tmp_path_factory.mktemp("home")
    catalogue = Catalogue.open(f"sqlite:///{home}/catalogue.sqlite3")
    pictures = PictureStore(str(home / "pictures"))
    for number in NUMBERS:
        store(catalogue, pictures, number, "DM/083 932" if number < NUMBERS[2] else None)
    catalogue.close()
    return home


def opened(home, **settings):
    source = CatalogueSource(kind="catalogue", share=1, path=home, **settings)
    elsewhere = CatalogueSettings(url="postgresql://nowhere/at-all")
    return CatalogueDrawings(source, Settings(catalogue=elsewhere))


def test_figures_of_a_publication_show_one_object_with_the_words_said_of_any(home):
    drawings = [drawing for job in opened(home).jobs() for drawing in job()]
    assert len(drawings) == 9
    first = drawings[0]
    assert {d.object_key for d in drawings} == {f"US-{number}-S1" for number in NUMBERS[:3]}
    assert first.drawn.label == "razor handle"
    assert first.drawn.publication_id == "US-D0000001-S1"
    assert first.drawn.family == ("DM083932",)
    assert first.drawn.locarno == "28-03"
    assert {"shaver grip", "line drawing of grip"} <= set(first.drawn.texts)
    assert not any("view" in text for text in first.drawn.texts)
    assert np.array_equal(first.image, picture(1))


def test_texts_of_one_origin_can_be_left_out(home):
    drawings = opened(home, texts=["grant"]).jobs()[0]()
    assert "shaver grip" not in drawings[0].drawn.texts
    assert "line drawing of grip" not in drawings[0].drawn.texts


def test_a_family_is_held_out_together_and_written_for_evaluation(home, tmp_path):
    for one_in in range(2, 40):
        drawings = opened(home, held_out_one_in=one_in, held_out=tmp_path / "kept")
        if len(drawings.jobs()) == 3:
            break
    drawings.write_held_out()
    rows = read_manifest_rows(tmp_path / "kept" / "manifest.csv")
    assert {row.publication_id for row in rows} == {"US-D0000001-S1", "US-D0000002-S1"}
    assert rows[0].family == ("DM083932",)
    assert np.array_equal(np.asarray(Image.open(tmp_path / "kept" / rows[0].file)), picture(1))
    before = (tmp_path / "kept" / "manifest.csv").stat().st_mtime_ns
    drawings.write_held_out()
    assert (tmp_path / "kept" / "manifest.csv").stat().st_mtime_ns == before


def test_the_recipe_changes_with_what_the_catalogue_holds(home, tmp_path):
    assert opened(home).recipe == opened(home).recipe
    assert opened(home).recipe != opened(home, texts=["grant"]).recipe


def test_a_missing_picture_is_named(home, tmp_path):
    job = opened(home).jobs()[0]
    with pytest.raises(PictureUnreadable):
        job.func(str(tmp_path / "empty"), *job.args[1:])


def test_what_is_no_home_is_refused(tmp_path):
    with pytest.raises(SourceInvalid, match="no Limn home"):
        opened(tmp_path)
    Catalogue.open(f"sqlite:///{tmp_path}/catalogue.sqlite3").close()
    with pytest.raises(SourceInvalid, match="has no figure"):
        opened(tmp_path).jobs()


def test_family_numbers_are_written_one_way():
    publication = build_stored().publication
    stated = replace(publication, extra={"priority": "KR 30-2020; EM 1"}, hague_number="DM/1")
    assert stated.family == ("DM000001", "EM 000000001", "KR 302020", "US 29123456")


def samples(**settings):
    values = {"n_designs": 2, "families": ["mug", "chair"], **settings}
    return SampleDrawings(SampleSource(kind="samples", share=1, **values))


def test_generated_designs_are_drawn_from_all_sides_and_always_the_same():
    job = samples().jobs()[0]
    drawings, again = job(), job()
    assert len(drawings) >= 7
    assert len({drawing.object_key for drawing in drawings}) == 1
    assert all(np.array_equal(a.image, b.image) for a, b in zip(drawings, again, strict=True))


def test_held_out_designs_are_written_and_not_trained_on(tmp_path):
    some = samples(n_designs=6, families=["mug"], held_out_one_in=3, held_out=tmp_path / "kept")
    keys = {job.args[0].key for job in some.jobs()}
    some.write_held_out()
    rows = read_manifest_rows(tmp_path / "kept" / "manifest.csv")
    kept = {row.publication_id for row in rows}
    assert kept
    assert keys | kept == {f"mug/{number}" for number in range(6)}
    assert not keys & kept
    assert {row.class_name for row in rows} == {"mug"}


def test_an_unknown_family_is_refused_with_those_there_are():
    with pytest.raises(SourceInvalid, match="no family of generated designs is called car; there"):
        samples(families=["car"]).jobs()
