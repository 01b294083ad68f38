"""DeepPatent (WACV 2022): sheets of US design patents as PNG, in one folder a patent.

The files are named ``I20181127/USD0834581-20181127/USD0834581-20181127-D00002.png``: number and
date are all that is known of a patent. Where split lists lie with them, the lists choose the
images, and what they say is kept with the patent.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath

from core.errors import BadInput, PicturesLacking
from core.records import Publication, SheetImage, publication_id
from core.settings import LimitSettings
from ingestion.archive_entries import Entry, Rejection
from ingestion.delivery import Leftovers, Listing, Unit
from ingestion.delivery_files import DeliveryFiles, FolderFiles, KeptOpen, files_of, first_names
from ingestion.formats.deeppatent_lists import IMAGE_NAME, SplitLists
from ingestion.formats.merged_columns import merge_columns
from ingestion.formats.uspto_fields import parse_date, sheet_images
from ingestion.unit_images import UnitImages

_OTHER_SUFFIXES = (".xml", ".sgm", ".sgml", ".zip", ".tif", ".json")
_IMAGE_FOLDER = re.compile(r"I\d{8}|USD\d{7}-\d{8}", re.IGNORECASE)
_IN_NO_LIST = "is in none of the split lists"
_NO_IMAGE = "is not named as an image of DeepPatent is"
_REPEATED = "is there twice but for letter case; the first by name is taken in"


class DeepPatent:
    """Folders, zips and tars in the layout of DeepPatent."""

    format = "deeppatent"
    units_a_message = 8

    def recognises(self, path: Path) -> bool:
        """By its image names, where nothing of another format lies with them."""
        names = first_names(path)
        if any(name.lower().endswith(_OTHER_SUFFIXES) for name in names):
            return False
        return any(IMAGE_NAME.fullmatch(PurePosixPath(name).name) for name in names)

    def list_units(self, path: Path, limits: LimitSettings) -> Listing:
        """Name the patents; with split lists, those of which a listed image is there."""
        files = files_of(path, limits)
        lists = _lists(path, files)
        n_images: dict[str, int] = {}
        left = Leftovers()
        seen: set[int] = set()
        repeated = []
        for name in files.iter_names():
            image = IMAGE_NAME.fullmatch(PurePosixPath(name).name)
            if image and lists.chooses(image["patent"], image["sheet"]):
                unit = _unit_name(name, image["patent"])
                n_images[unit] = n_images.get(unit, 0) + 1
                place = hash((unit, image["sheet"].upper()))
                if place in seen:
                    repeated.append(Rejection(name, _REPEATED))
                seen.add(place)
            elif not lists.is_one(name):
                left.leave(name, _IN_NO_LIST if image else _NO_IMAGE)
        found = {PurePosixPath(unit).name.upper() for unit in n_images}
        absent = (patent for patent in lists.patents() if patent not in found)
        rejected = [*files.rejected, *lists.rejected, *repeated]
        rejected += [
            Rejection(patent, f"{len(lists.of_patent(patent))} images are in {said}, none is here")
            for said in (", ".join(lists.splits),)
            for patent in absent
        ]
        notes = (f"only images in {', '.join(lists.splits)} are taken",) if lists.splits else ()
        return Listing(tuple(n_images), tuple(rejected), left, notes)

    def read_units(
        self, path: Path, names: Sequence[str], limits: LimitSettings
    ) -> Iterator[tuple[str, Unit | BadInput]]:
        """Read patents."""
        files = files_of(path, limits)
        lists = _lists(path, files)
        for name in dict.fromkeys(names):
            try:
                yield name, _read_unit(path, name, files, lists, limits)
            except BadInput as error:
                yield name, error


def _unit_name(name: str, patent: str) -> str:
    """The patent's own folder, else the patent below the folder that holds its images."""
    folder = PurePosixPath(name).parent
    return str(folder if folder.name.upper() == patent.upper() else folder / patent.upper())


def _read_unit(
    path: Path, name: str, files: DeliveryFiles, lists: SplitLists, limits: LimitSettings
) -> Unit:
    patent = PurePosixPath(name).name
    number, _, day = patent.upper().removeprefix("US").partition("-")
    names = _images_of(path, name, files)
    said = lists.of_patent(patent) if lists.splits else {sheet: {} for sheet in names}
    taken = UnitImages(name, limits)
    rejected = []
    spelled = {sheet: names.get(sheet, f"{patent}-{sheet}.png") for sheet in sorted(said)}
    for file in (names[sheet] for sheet in spelled if sheet in names):
        if reason := taken.take(PurePosixPath(file).name, files.find(file)):
            rejected.append(Rejection(f"{name}!{PurePosixPath(file).name}", reason))
    if not taken.content:
        raise PicturesLacking(name, [f"{bad.member} {bad.reason}" for bad in rejected])
    images = sheet_images((file, False) for file in spelled.values())
    extra = merge_columns({PurePosixPath(spelled[sheet]).name: own for sheet, own in said.items()})
    return Unit(
        name=name,
        publication=_publication(number, day, images, extra, f"{path}!{name}"),
        document=json.dumps([patent, list(taken.content), extra], sort_keys=True).encode(),
        images=taken.content,
        rejected=tuple(rejected),
    )


def _publication(
    number: str, day: str, images: tuple[SheetImage, ...], extra: dict[str, str], source: str
) -> Publication:
    return Publication(
        publication_id=publication_id("US", number, "S1"),
        office="US",
        number=number,
        kind="S1",
        title="",
        publication_date=parse_date(day),
        filing_date=None,
        application_number=None,
        locarno=(),
        us_class=(),
        owner=None,
        inventors=(),
        n_declared_sheets=None,
        n_declared_figures=None,
        captions=(),
        broken_line_statement=None,
        hague_number=None,
        images=images,
        source=source,
        extra=extra,
    )


_NAMES: KeptOpen[dict[str, dict[str, str]]] = KeptOpen()
_LISTS: KeptOpen[SplitLists] = KeptOpen()


def _images_of(path: Path, unit: str, files: DeliveryFiles) -> dict[str, str]:
    """Where a unit's images lie; of a folder only the one that holds them is looked into."""
    if not isinstance(files, FolderFiles):
        return _NAMES.get(path, "", lambda: _by_unit(files.iter_names())).get(unit, {})
    own = path / unit
    folder = own if own.is_dir() else own.parent
    if not folder.is_dir():
        return {}
    base = folder.relative_to(path)
    found = (base / place.name for place in folder.iterdir())
    names = _NAMES.get(folder, path, lambda: _by_unit(place.as_posix() for place in found))
    return names.get(unit, {})


def _by_unit(names: Iterable[str]) -> dict[str, dict[str, str]]:
    """Names of the images of each unit, by sheet."""
    units: dict[str, dict[str, str]] = {}
    for name in sorted(names):
        if image := IMAGE_NAME.fullmatch(PurePosixPath(name).name):
            sheets = units.setdefault(_unit_name(name, image["patent"]), {})
            sheets.setdefault(image["sheet"].upper(), name)
    return units


def _lists(path: Path, files: DeliveryFiles) -> SplitLists:
    """The split lists of a delivery, at its top or in a folder that holds no images."""

    def read() -> SplitLists:
        lists = SplitLists()
        for name in names:
            found = files.find(name)
            if isinstance(found, Entry):
                lists.read(found)
        return lists

    if isinstance(files, FolderFiles):
        folders = (top for top in sorted(path.iterdir()) if top.is_dir() and not top.is_symlink())
        tops = [path, *(top for top in folders if not _IMAGE_FOLDER.fullmatch(top.name))]
        lists = [place for top in tops for place in sorted(top.glob("*.txt")) if place.is_file()]
        names = [place.relative_to(path).as_posix() for place in lists]
        key = tuple((place.stat().st_size, place.stat().st_mtime_ns) for place in lists)
        return _LISTS.get(path, (*names, *key), read)
    names = [name for name in files.iter_names() if name.lower().endswith(".txt")]
    return _LISTS.get(path, "", read)
