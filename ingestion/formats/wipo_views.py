"""The views of one registered design: their labels, what they show, and their pictures' names.

Pure. Views arrive as figures already cut; a representation sheet, which may hold several, does not.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from lxml import etree

from core.records import GivenFigure, View
from ingestion.caption_phrases import read_views
from ingestion.formats.wipo_xml import attribute, first_text, iter_within, text_of

_FILES = ("FileName", "ViewFilename", "ViewFileName", "ImageFileName")
_SHEET_FILES = ("FileName", "RepresentationSheetFilename", "ImageFileName")
_NUMBERS = ("ViewIdentifier", "ViewSequenceNumber", "ViewNumber")
_LEGENDS = ("ViewTypeText", "Caption", "ViewTitle", "ViewDescription", "ViewDescriptionText")
_CATEGORIES = ("ViewTypeCategory", "ViewKind", "RepresentationFormCategory")
_LABEL = re.compile(r"^\d{1,4}(?:[.-]\d{1,4})?$")


@dataclass(frozen=True, slots=True)
class ViewFile:
    """One picture of a design, as its document speaks of it."""

    file: str | None
    """Name with whatever folders the document writes; None where it names no file."""
    number: str | None
    """What the document numbers it by; some offices name the picture so."""
    figure: GivenFigure | None
    """None for a sheet that is still to be cut."""


def read_views_of(
    design: etree._Element, number: str, product: str | None, outside: Collection[str]
) -> tuple[ViewFile, ...]:
    """The views of a design, or its sheets where it has no views, in document order.

    Args:
        design: The element of the design.
        number: Of the design, ``"1"``; views are labelled ``1.1``, ``1.2``, as Hague prints them.
        product: What the design is for.
        outside: Names of elements that are not looked into.
    """
    views = list(iter_within(design, ("View",), outside))
    if not views:
        sheets = iter_within(design, ("DesignRepresentationSheet",), outside)
        return tuple(
            ViewFile(file, None, None)
            for sheet in sheets
            if (file := first_text(sheet, _SHEET_FILES))
        )
    taken: set[str] = set()
    read = []
    for place, view in enumerate(views, 1):
        label = _label(view, number, place)
        if label in taken:
            label = None
        taken |= {label} if label else set()
        legend = _legend(view)
        shown = legend or first_text(view, _CATEGORIES)
        figure = GivenFigure(
            label=label,
            view=read_views(shown, 1)[0] if shown else View.UNKNOWN,
            object_name=product,
            caption=legend,
        )
        numbers = (first_text(view, (name,)) for name in reversed(_NUMBERS))
        own_number = next((text for text in numbers if text), None)
        read.append(ViewFile(first_text(view, _FILES), own_number, figure))
    return tuple(read)


def _label(view: etree._Element, number: str, place: int) -> str | None:
    """``1.2``; a view without a number of its own is counted."""
    stated = (first_text(view, (name,)) for name in _NUMBERS)
    texts = [*stated, attribute(view, "sequenceNumber")]
    own = next((text for text in texts if text and _LABEL.match(text)), str(place))
    design = _without_zeros(number)
    if re.search(r"[.-]", own):
        return own.replace("-", ".")
    return f"{design}.{int(own)}"


def _legend(view: etree._Element) -> str | None:
    """What is written under the view, in English where it is."""
    found = [part for part in iter_within(view, _LEGENDS) if text_of(part)]
    english = [part for part in found if attribute(part, "languageCode").lower().startswith("en")]
    return next((text_of(part) for part in [*english, *found]), None)


def unnamed_views(identifier: str, n_known: int, n_pictures: int) -> tuple[ViewFile, ...]:
    """Views that only their pictures tell of, numbered behind those the document knows.

    Args:
        identifier: Of the design, ``"000123456-0001"``.
        n_known: Views in the document.
        n_pictures: Pictures named after the design.
    """
    number = _without_zeros(identifier.rpartition("-")[2])
    return tuple(
        ViewFile(None, None, GivenFigure(f"{number}.{place}"))
        for place in range(n_known + 1, n_pictures + 1)
    )


class PictureNames:
    """The pictures of a delivery, found by what a document says of them.

    Args:
        members: Names of all pictures, with folders as the delivery spells them.
    """

    def __init__(self, members: Sequence[str]) -> None:
        self._of_file: dict[str, list[str]] = {}
        self._of_stem: dict[str, list[str]] = {}
        self._of_design: dict[str, list[str]] = {}
        for member in members:
            path = PurePosixPath(member.casefold())
            self._of_file.setdefault(path.name, []).append(member)
            self._of_stem.setdefault(_without_zeros(path.stem), []).append(member)
            for owner in _owners(path.stem):
                self._of_design.setdefault(owner, []).append(member)

    def of_view(self, view: ViewFile, identifiers: Sequence[str]) -> list[str]:
        """Pictures a view may mean: one, none, or several where the delivery is ambiguous.

        Args:
            view: A file name goes before a number that names a picture.
            identifiers: Of the design; pictures of equal names are told apart by their folders.
        """
        if view.file is None:
            key = _without_zeros((view.number or "").casefold())
            return self._of_stem.get(key, [])
        said = PurePosixPath(view.file.replace("\\", "/").casefold())
        found = self._of_file.get(said.name, [])
        if len(found) > 1:
            found = [m for m in found if f"/{m.casefold()}".endswith(f"/{said}")] or found
        if len(found) > 1:
            own = {_key(text) for name in identifiers for text in (name, name.rpartition("-")[0])}
            own |= {re.sub(r"\D", "", text) for text in own}
            found = [m for m in found if own & {_key(part) for part in m.split("/")[:-1]}] or found
        return found

    def of_design(self, identifiers: Sequence[str]) -> dict[int, str]:
        """Pictures named after a design, ``000123456_0001_1.jpg``, by their numbers in order."""
        keys = (_key(text) for text in identifiers)
        found = next((of_key for key in keys if (of_key := self._of_design.get(key))), [])
        numbered: dict[int, str] = {}
        for member in found:
            number = int(re.findall(r"\d+", member.rpartition(".")[0])[-1])
            numbered.setdefault(number, member)
        return dict(sorted(numbered.items()))


def _key(text: str) -> str:
    return re.sub(r"[^0-9a-z]+", "-", text.casefold()).strip("-")


def _without_zeros(text: str) -> str:
    return text.lstrip("0") or text


def _owners(stem: str) -> tuple[str, ...]:
    """What a picture's name may belong to: all of it but its last number."""
    match = re.match(r"^(.+)[_.-]\d{1,4}$", stem)
    return (_key(match[1]),) if match else ()
