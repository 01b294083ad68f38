"""What sample grants say, and that the reader of real grants understands it."""

import io
import tarfile
import zipfile

import numpy as np
import pytest

from core.records import Publication, View
from ingestion.formats.uspto_xml import parse_grant
from samples.archive import write_weekly_archives
from samples.designs import make_design
from samples.families import family_named
from samples.wording import describe, describe_hague, with_article


def test_articles() -> None:
    said = [with_article(title) for title in ("Chair", "Umbrella", "LED bulb", "Headphones")]
    assert said == ["a chair", "an umbrella", "an LED bulb", "headphones"]


def test_figure_sentences_vary_and_end_as_one_list() -> None:
    design = make_design("chair", 1)
    labels = tuple(str(k + 1) for k in range(len(design.views)))
    written = {describe(np.random.default_rng(seed), design, labels) for seed in range(20)}
    assert len({description.figures for description in written}) > 10
    for description in written:
        assert [reference for reference, _ in description.figures] == [f"FIG. {k}" for k in labels]
        assert description.figures[-1][1].endswith(".")
        assert "chair" in description.figures[0][1] or "seat" in description.figures[0][1]


def test_broken_lines_are_explained_and_only_then() -> None:
    designs = [make_design("bottle", seed) for seed in range(8)]
    assert {design.is_broken for design in designs} == {True, False}
    for design in designs:
        notes = " ".join(
            describe(np.random.default_rng(0), design, ("1",) * len(design.views)).notes
        )
        assert ("broken line" in notes) == design.is_broken


def test_hague_descriptions_name_numbers_and_views() -> None:
    design = make_design("mug", 2)
    labels = tuple(f"1.{k + 1}" for k in range(len(design.views)))
    description = describe_hague(np.random.default_rng(0), design, labels)
    assert description.heading == f"1. {design.title}"
    assert description.figures[0] == ("1.1 ", ": Perspective")


@pytest.fixture(scope="module")
def read_back(tmp_path_factory: pytest.TempPathFactory) -> list[Publication]:
    """Sample grants, read by the reader of real ones."""
    folder = tmp_path_factory.mktemp("read")
    families = [family_named(name) for name in ("brick", "carton", "screwdriver", "shelf")]
    (path,) = write_weekly_archives(folder, n_publications=4, seed=3, families=families)
    publications = []
    with tarfile.open(path) as week:
        for member in week:
            packed = week.extractfile(member)
            assert packed is not None
            with zipfile.ZipFile(io.BytesIO(packed.read())) as grant:
                (name,) = [name for name in grant.namelist() if name.endswith(".XML")]
                publications.append(parse_grant(grant.read(name), name))
    return publications


def test_reader_understands_every_figure(read_back: list[Publication]) -> None:
    for publication in read_back:
        assert len(publication.captions) == publication.n_declared_figures
        seen = {caption.view for caption in publication.captions}
        sides = {View.FRONT, View.REAR, View.LEFT, View.RIGHT, View.PERSPECTIVE}
        assert sides <= seen, [caption.text for caption in publication.captions]
        assert all(caption.object_name for caption in publication.captions)


def test_reader_finds_every_field(read_back: list[Publication]) -> None:
    for publication in read_back:
        assert publication.publication_id.startswith("US-D99")
        assert publication.locarno[0].edition == "14"
        assert publication.us_class
        assert publication.inventors
        assert publication.filing_date is not None
        assert publication.cited_publication_ids
        assert publication.n_declared_sheets == len(publication.images) - 1
    assert any(publication.owner for publication in read_back)


def test_reader_keeps_families_apart_by_class(read_back: list[Publication]) -> None:
    assert {publication.locarno[0].code for publication in read_back} == {
        "25-01",
        "09-03",
        "08-04",
        "06-04",
    }
