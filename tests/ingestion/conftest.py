"""An empty catalogue on each database, and publications to put in."""

import importlib.util
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest

from core.locarno import LocarnoCode
from core.records import (
    Box,
    Citation,
    Figure,
    FigureCaption,
    FigureText,
    LabelSource,
    Provenance,
    Publication,
    Sheet,
    SheetImage,
    View,
    figure_id,
    publication_id,
)
from ingestion.archive_entries import Rejection
from ingestion.catalogue import Catalogue
from ingestion.catalogue_records import StoredPublication


@pytest.fixture(scope="session")
def build() -> ModuleType:
    """Builders of tiny grants and archives, `builders.py` beside this file."""
    return _module_beside("builders")


@pytest.fixture(scope="session")
def registers() -> ModuleType:
    """Builders of tiny design registers, `register_builders.py` beside this file."""
    return _module_beside("register_builders")


@pytest.fixture(scope="session")
def pdfs() -> ModuleType:
    """Builders of patents as PDF documents, `pdf_builders.py` beside this file."""
    return _module_beside("pdf_builders")


@pytest.fixture
def weekly_archive(build: ModuleType, tmp_path: Path) -> Callable[..., Path]:
    """Write a weekly tar of tiny grants: ``weekly_archive("D0907292", "D0907293", n_sheets=3)``."""

    def write(*numbers: str, name: str = "I20210105.tar", **fields: object) -> Path:
        path = tmp_path / name
        path.write_bytes(build.tar_of(build.weekly_files(numbers or ("D0907292",), **fields)))
        return path

    return write


def _module_beside(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        f"ingestion_{name}", Path(__file__).with_name(f"{name}.py")
    )
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def catalogue(catalogue_url: str) -> Iterator[Catalogue]:
    """An empty catalogue, once in SQLite and once in PostgreSQL."""
    opened = Catalogue.open(catalogue_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def make_stored() -> Callable[..., StoredPublication]:
    """Build a publication with its sheets and figures, and a front-page copy."""
    return build_stored


def build_stored(
    number: str = "D0907292",
    *,
    n_figures: int = 3,
    revision: str = "a",
    title: str = "Razor handle",
    pixels: str | None = None,
) -> StoredPublication:
    """A publication with one figure a sheet; `pixels` seeds the pictures' hashes."""
    publication = publication_id("US", number, "S1")
    places = range(n_figures + 1)
    files = [f"US{number}-20210105-D{sheet:05}.TIF" for sheet in places]
    captions = tuple(
        FigureCaption(str(n), f"FIG. {n} is a front view thereof", View.FRONT, title)
        for n in places[1:]
    )
    figures = tuple(
        Figure(
            figure_id=figure_id(publication, sheet, 1, str(sheet) if sheet else None),
            publication_id=publication,
            sheet=sheet,
            position=1,
            label=str(sheet) if sheet else None,
            label_source=LabelSource.PRINTED if sheet else LabelSource.NONE,
            view=View.FRONT if sheet else View.UNKNOWN,
            object_name=title if sheet else None,
            caption=captions[sheet - 1].text if sheet else None,
            box=Box(3, 4, 50, 60),
            sha256=f"{pixels or revision}{sheet}".ljust(64, "0"),
        )
        for sheet in places
    )
    return StoredPublication(
        publication=Publication(
            publication_id=publication,
            office="US",
            number=number,
            kind="S1",
            title=title,
            publication_date=date(2021, 1, 5),
            filing_date=None,
            application_number="29123456",
            locarno=(LocarnoCode("28", "03", "13"), LocarnoCode("08", "03", "13")),
            us_class=("D28/47",),
            owner="Møller & Søn",
            inventors=("A. Møller",),
            n_declared_sheets=n_figures,
            n_declared_figures=n_figures,
            captions=captions,
            broken_line_statement="The broken lines form no part of the claimed design.",
            hague_number=None,
            images=tuple(SheetImage(file, n, n == 2) for n, file in enumerate(files)),
            source="I20210105.tar!a",
            citations=(Citation(office="US", number="D0553080"),),
        ),
        content_hash=revision * 64,
        sheets=tuple(
            Sheet(publication, n, file, f"{n}".ljust(64, "f"), 800, 600, 90 if n == 2 else 0)
            for n, file in enumerate(files)
        ),
        figures=figures,
        texts=tuple(
            FigureText(figure.figure_id, Provenance.GRANT, title) for figure in figures[1:]
        ),
        problems=(Rejection(f"{number}.ZIP!extra.TIF", "is not named by the document"),),
    )
