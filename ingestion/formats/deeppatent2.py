"""DeepPatent2 (Sci Data 2023): a year of US design figures, cut and described by its authors.

A year is an archive in parts that are read as one file (``2019.aa, 2019.ab …``), that archive
whole, or its folder: ``design2019.json`` with one record a figure, figures in ``Segmented`` and
whole sheets in ``Original``. Figures are taken as they are; only where there are none are the
sheets taken, and cut here.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from core.errors import BadInput, PicturesLacking
from core.records import FigureCaption, Publication, SheetImage, publication_id
from core.settings import LimitSettings
from ingestion.archive_entries import Rejection
from ingestion.delivery import Listing, Unit
from ingestion.delivery_files import first_names
from ingestion.formats.deeppatent2_images import IMAGE_NAME, ImageSet, set_of
from ingestion.formats.deeppatent2_records import (
    read_caption,
    read_classes,
    read_figure,
    record_text,
)
from ingestion.formats.deeppatent2_year import METADATA_NAME, Year, folders_of, open_year
from ingestion.formats.uspto_fields import parse_date, sheet_images
from ingestion.split_parts import all_parts, first_part, first_parts_in
from ingestion.table_rows import BadRow, Row
from ingestion.unit_images import UnitImages

_ARCHIVE_STARTS = (b"PK\x03\x04", b"\x1f\x8b")


class DeepPatent2:
    """Years of DeepPatent2."""

    format = "deeppatent2"
    units_a_message = 32

    def recognises(self, path: Path) -> bool:
        """By its parts, by its metadata, or by the names of its figures."""
        if path.is_dir():
            return len(_years_in(path)) == 1 and not first_parts_in(path)
        if first := first_part(path):
            return path == first and _begins_year(path)
        return any(_is_own(name) for name in first_names(path))

    def list_units(self, path: Path, limits: LimitSettings) -> Listing:
        """Name the patents, and the records and images that belong to none."""
        year = open_year(path, limits)
        rejected = (*year.rejected, *year.unnamed_images())
        sheets = "there are no figures already cut; the sheets in Original are cut here"
        notes = () if year.image_set is ImageSet.SEGMENTED else (sheets,)
        return Listing(tuple(year.units), rejected, year.left, notes)

    def read_units(
        self, path: Path, names: Sequence[str], limits: LimitSettings
    ) -> Iterator[tuple[str, Unit | BadInput]]:
        """Read patents; a figure that is not there is listed as missing."""
        year = open_year(path, limits)
        for name in dict.fromkeys(names):
            try:
                yield name, _Patent(year, name, limits).unit(f"{path}!{name}")
            except BadInput as error:
                yield name, error

    def delivery_files(self, path: Path) -> Iterable[Path]:
        """All parts of an archive in parts."""
        return all_parts(path) if first_part(path) == path else (path,)


def find_years(path: Path) -> tuple[Path, ...]:
    """The years a path stands for: of a part the first one, of a folder all in it; often none."""
    if not path.is_dir():
        first = first_part(path)
        return (first,) if first and _begins_year(first) else ()
    if parts := tuple(part for part in first_parts_in(path) if _begins_archive(part)):
        return parts
    years = _years_in(path)
    return years if len(years) > 1 else ()


def _years_in(folder: Path) -> tuple[Path, ...]:
    """The folder where the metadata lie in it, else those in it where they do."""
    try:
        with_metadata = [
            place
            for place in folders_of(folder)
            if any(METADATA_NAME.fullmatch(file.name) for file in place.glob("*.json*"))
        ]
    except OSError:  # it will be told when it is listed
        return ()
    return (folder,) if folder in with_metadata else tuple(with_metadata)


def _is_own(name: str) -> bool:
    file = name.rpartition("/")[2]
    image = IMAGE_NAME.fullmatch(file)
    is_figure = bool(image and image["figure"]) and set_of(name) is ImageSet.SEGMENTED
    return is_figure or bool(METADATA_NAME.fullmatch(file))


def _begins_year(part: Path) -> bool:
    """Whether a first part is an archive's; of one that is missing nobody can tell."""
    return part.suffix == ".ab" or _begins_archive(part)


def _begins_archive(part: Path) -> bool:
    try:
        with part.open("rb") as file:
            head = file.read(512)
    except OSError:
        return False
    return head.startswith(_ARCHIVE_STARTS) or head[257:262] == b"ustar"


class _Patent:
    """One patent put together from its records."""

    def __init__(self, year: Year, name: str, limits: LimitSettings) -> None:
        self._year, self._name = year, name
        self._images: dict[str, SheetImage] = {}
        self._captions: dict[str, FigureCaption] = {}
        self._records: list[Row] = []
        self._lacking: set[str] = set()
        self._n_front_pages = 0
        self._taken = UnitImages(name, limits)
        self._rejected: list[Rejection] = []
        for place, record in year.records_of(name):
            if isinstance(record, BadRow):
                self._rejected.append(Rejection(place, record.reason))
            elif reason := self._take(record):
                self._rejected.append(Rejection(place, reason))

    def unit(self, source: str) -> Unit:
        """The patent as a unit.

        Raises:
            PicturesLacking: If none of its images can be taken.
        """
        if not self._taken.content:
            reasons = [f"{bad.member} {bad.reason}" for bad in self._rejected]
            raise PicturesLacking(self._name, reasons)
        publication = self._publication(source)
        return Unit(
            name=self._name,
            publication=publication,
            document=json.dumps(self._records, sort_keys=True).encode(),
            images=self._taken.content,
            rejected=tuple(self._rejected),
        )

    def _take(self, record: Row) -> str | None:
        """Take a record and its image in, or say why not."""
        file = self._year.image_of(record)
        if not file:
            return "names no image"
        if self._year.image_set is ImageSet.ORIGINAL:
            self._records.append(record)
            return self._take_sheet(file, record)
        if file in self._images:
            return f"names {file} a second time; not taken in"
        image = IMAGE_NAME.fullmatch(file)
        is_front_page = bool(image and image["sheet"].upper() == "D00000")
        if is_front_page and self._n_front_pages:
            return f"{file} is a second piece of the front-page copy; not taken in"
        if lack := self._taken.take(file, self._year.images.find(file)):
            return f"{file} {lack}"
        self._records.append(record)
        self._n_front_pages += is_front_page
        position = 0 if is_front_page else len(self._images) - self._n_front_pages + 1
        figure = read_figure(record, image["figure"] if image else None)
        self._images[file] = SheetImage(file, position, landscape=False, figure=figure)
        return None

    def _take_sheet(self, file: str, record: Row) -> str | None:
        caption = read_caption(record, None)
        if caption.label and caption.text:
            self._captions.setdefault(caption.label, caption)
        if file in self._images or file in self._lacking:
            return None
        if lack := self._taken.take(file, self._year.images.find(file)):
            self._lacking.add(file)
            return f"{file} {lack}"
        self._images[file] = SheetImage(file, 0, landscape=False)
        return None

    def _publication(self, source: str) -> Publication:
        first = self._records[0]
        locarno, us_class, problems = read_classes(first)
        self._rejected += [Rejection(self._name, problem) for problem in problems]
        number, _, day = self._name.removeprefix("US").partition("-")
        images = tuple(self._images.values())
        if self._year.image_set is ImageSet.ORIGINAL:
            images = sheet_images((file, False) for file in sorted(self._images))
        return Publication(
            publication_id=publication_id("US", number, "S1"),
            office="US",
            number=number,
            kind="S1",
            title=record_text(first, "object_title"),
            publication_date=parse_date(day),
            filing_date=None,
            application_number=None,
            locarno=locarno,
            us_class=us_class,
            owner=None,
            inventors=(),
            n_declared_sheets=None,
            n_declared_figures=None,
            captions=tuple(self._captions.values()),
            broken_line_statement=None,
            hague_number=None,
            images=images,
            source=source,
        )
