"""Design registers as offices deliver them: XML documents with pictures beside them.

A folder, zip or tar with one document for many registrations or one for each, or a lone document
without pictures. Which picture belongs to which view: `wipo_views.PictureNames`.
"""

import re
from collections.abc import Container, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from pathlib import Path

from core.errors import ArchiveCorrupt, BadInput, PublicationInvalid
from core.records import SheetImage
from core.settings import LimitSettings
from ingestion.archive_entries import Entry, Rejection
from ingestion.archives import opened, opened_or_lone
from ingestion.delivery import Leftovers, Listing, Unit, Withdrawal
from ingestion.formats.wipo_designs import (
    DeletedDesign,
    PassedDesign,
    RegisteredDesign,
    parse_registration,
)
from ingestion.formats.wipo_views import PictureNames, unnamed_views
from ingestion.formats.wipo_xml import is_register, iter_records
from ingestion.zip_entries import ZIP_ERRORS

_PICTURES = frozenset({".tif", ".tiff", ".png", ".jpg", ".jpeg", ".gif", ".webp"})
_HEAD_BYTES = 65536
_MAX_INFLATED = 10_000
"""Entries of a gzipped tar that are unpacked to find its first document behind the pictures."""
_OF_GRANTS = frozenset({".zip", ".tar", ".sgm", ".sgml"})
"""Before any document these say that the delivery is another reader's."""
_DELETIONS = re.compile(r"(?:^|/)[A-Z]{2}_[A-Z]{2}DEL[^/]*\.xml$", re.IGNORECASE)
"""INPI puts deletions into files of their own."""
_SURPLUS = "came with the register but no design of it names it; not taken in"
_RECORDS_ALONE = (
    "no pictures in this delivery: its designs are kept as records, and cannot be searched but for "
    "those whose pictures are here from before"
)
_NO_PICTURE = "names no picture, and none that came is named after it"
_TWICE = "is named by two views; the first one has it"
_AMBIGUOUS = "several pictures of this name came and the document does not say which one is meant"

_Read = RegisteredDesign | DeletedDesign | PublicationInvalid


class DesignRegister:
    """WIPO ST.96 (Hague Express and others) and ST.86 (EUIPO, INPI, DPMA)."""

    format = "wipo"
    units_a_message = 128  # each message parses its documents from the start

    def recognises(self, path: Path) -> bool:
        """By the first document in it."""
        try:
            status = path.stat()
        except OSError:
            return False
        return _is_register(path, status.st_mtime_ns, status.st_size)

    def list_units(self, path: Path, limits: LimitSettings) -> Listing:
        """Name every design and every deletion, and the pictures that no design names."""
        names: list[str] = []
        with ExitStack() as stack:
            content = _open(path, limits, stack)
            rejected = list(content.rejected)
            named: set[str] = set()
            n_new = 0
            for document in content.documents:
                try:
                    for name, read in _iter_named(document, str(path)):
                        if isinstance(read, PublicationInvalid):
                            rejected.append(Rejection(name, read.reason))
                            continue
                        names.append(name)
                        if isinstance(read, RegisteredDesign):
                            n_new += not read.amends
                            named.update(content.pictures_of(read).values())
                except (ArchiveCorrupt, PublicationInvalid) as error:
                    rejected.append(Rejection(document.name, error.reason))
        if n_new and not content.pictures:
            rejected.append(Rejection(path.name, _RECORDS_ALONE))
        rejected += [Rejection(name, _SURPLUS) for name in content.pictures if name not in named]
        return Listing(tuple(names), tuple(rejected), content.left)

    def read_units(
        self, path: Path, names: Sequence[str], limits: LimitSettings
    ) -> Iterator[tuple[str, Unit | Withdrawal | BadInput]]:
        """Read designs and deletions in document order."""
        pending = dict.fromkeys(names)
        with ExitStack() as stack:
            content = _open(path, limits, stack)
            ids_of: dict[str, set[str]] = {}
            for name in names:
                member, _, design = name.rpartition("#")
                ids_of.setdefault(member, set()).add(design.partition(" ")[0])
            for document in content.documents:
                if document.name not in ids_of:
                    continue
                try:
                    for name, read in _iter_named(document, str(path), ids_of[document.name]):
                        if name in pending:
                            del pending[name]
                            yield name, _unit(name, read, content, limits)
                        if not pending:
                            return
                except (ArchiveCorrupt, PublicationInvalid):
                    continue  # what is left of its names is answered below
        for name in pending:
            reason = f"{path.name} holds no such design, or lost it to damage"
            yield name, ArchiveCorrupt(name, reason)


@dataclass(frozen=True, slots=True)
class _Content:
    """What lies in a delivery; entries can be read while it is open."""

    documents: tuple[Entry, ...]
    pictures: dict[str, Entry]
    names: PictureNames
    rejected: tuple[Rejection, ...]
    left: Leftovers

    def pictures_of(self, design: RegisteredDesign) -> dict[int, str]:
        """Pictures by place of the view they belong to; a view with several or none is left out."""
        found = {}
        for place, view in enumerate(design.views):
            members = self.names.of_view(view, design.identifiers)
            if len(members) == 1:
                found[place] = members[0]
        if not found and all(view.file is None for view in design.views):
            return self._numbered(design)
        return found

    def _numbered(self, design: RegisteredDesign) -> dict[int, str]:
        """Pictures named after the design, by the views' numbers; those beyond them come behind.

        Where the pictures are numbered in another way than the views, they are taken in order.
        """
        pictures = self.names.of_design(design.identifiers)
        numbers = [view.number or "" for view in design.views]
        place_of = {int(text): at for at, text in enumerate(numbers) if text.isdecimal()}
        if 0 in pictures or place_of.keys().isdisjoint(pictures):
            return dict(enumerate(pictures.values()))
        found = {place_of[n]: member for n, member in pictures.items() if n in place_of}
        beyond = (member for n, member in pictures.items() if n not in place_of)
        return found | dict(enumerate(beyond, len(design.views)))


def _open(path: Path, limits: LimitSettings, stack: ExitStack) -> _Content:
    documents: list[Entry] = []
    pictures: dict[str, Entry] = {}
    rejected: list[Rejection] = []
    left = Leftovers()
    for item in stack.enter_context(opened_or_lone(path, limits, ".xml")):
        if isinstance(item, Rejection):
            rejected.append(item)
        elif item.suffix == ".xml":
            documents.append(item)
        elif item.suffix in _PICTURES:
            pictures[item.name] = item
        else:
            left.leave(item.name, "is neither a document nor a picture")
    names = PictureNames(list(pictures))
    return _Content(tuple(documents), pictures, names, tuple(rejected), left)


def _iter_named(
    document: Entry, path: str, wanted: Container[str] | None = None
) -> Iterator[tuple[str, _Read]]:
    """Every design of a document under its unit's name, ``register.xml#WO-DM204232-1``.

    Args:
        document: The XML.
        path: Of the delivery.
        wanted: Ids of the designs to give, in as many versions as there are; None for all.
    """
    taken: dict[str, int] = {}
    deletes = _DELETIONS.search(document.name) is not None
    n_records = 0
    for n_records, record in enumerate(iter_records(document.read(), document.name), 1):
        source = f"{path}!{document.name}"
        for read in parse_registration(record, source, deletes=deletes, wanted=wanted):
            if isinstance(read, PublicationInvalid):
                yield f"{document.name}#record {n_records}", read
                continue
            design_id = (
                read.publication.publication_id
                if isinstance(read, RegisteredDesign)
                else read.publication_id
            )
            taken[design_id] = n_before = taken.get(design_id, 0) + 1
            again = f" ({n_before})" if n_before > 1 else ""
            if not isinstance(read, PassedDesign):
                yield f"{document.name}#{design_id}{again}", read
    if n_records == 0:
        raise PublicationInvalid(document.name, "holds no design registration")


def _unit(
    name: str, read: _Read, content: _Content, limits: LimitSettings
) -> Unit | Withdrawal | PublicationInvalid:
    if isinstance(read, PublicationInvalid):
        return read
    if isinstance(read, DeletedDesign):
        return Withdrawal(
            name=name,
            publication_id=read.publication_id,
            whole_registration=read.whole_registration,
            reason="deleted by its office",
        )
    sheets, member_of, rejected = _pair(name, read, content)
    images: dict[str, bytes] = {}
    for file, member in member_of.items():
        try:
            images[file] = content.pictures[member].read()
        except ArchiveCorrupt as error:
            rejected.append(Rejection(f"{name}!{file}", error.reason))
        if sum(map(len, images.values())) > limits.max_member_bytes:
            return PublicationInvalid(name, "its pictures exceed LIMN_LIMITS__MAX_MEMBER_BYTES")
    n_figures = sum(sheet.figure is not None for sheet in sheets)
    return Unit(
        name=name,
        publication=replace(
            read.publication, images=tuple(sheets), n_declared_figures=n_figures or None
        ),
        document=read.document,
        images=images,
        rejected=tuple(rejected),
        images_expected=bool(content.pictures),
        inherits_images=True,
    )


def _pair(
    name: str, design: RegisteredDesign, content: _Content
) -> tuple[list[SheetImage], dict[str, str], list[Rejection]]:
    """Give each view its picture.

    Returns:
        The images of the publication, the delivery's member by image file, and the views for
        which no single picture was found.
    """
    members = content.pictures_of(design)
    n_pictures = max(members, default=-1) + 1
    views = (*design.views, *unnamed_views(design.identifiers[0], len(design.views), n_pictures))
    sheets: list[SheetImage] = []
    member_of: dict[str, str] = {}
    rejected: list[Rejection] = []
    for place, view in enumerate(views):
        member = members.get(place)
        file = (member or view.file or "").replace("\\", "/").rpartition("/")[2]
        shown = f"{name}!{file or 'view ' + str(view.figure.label if view.figure else place + 1)}"
        if not file:
            if content.pictures:
                rejected.append(Rejection(shown, _NO_PICTURE))
            continue
        if member in member_of.values():
            rejected.append(Rejection(shown, _TWICE))
            continue
        if file in member_of:  # two pictures of one name in different folders
            file = f"{place + 1}-{file}"
        sheets.append(SheetImage(file, len(sheets) + 1, landscape=False, figure=view.figure))
        if member is not None:
            member_of[file] = member
        elif len(content.names.of_view(view, design.identifiers)) > 1:
            rejected.append(Rejection(shown, _AMBIGUOUS))
    return sheets, member_of, rejected


@lru_cache(maxsize=256)
def _is_register(path: Path, _mtime_ns: int, _n_bytes: int) -> bool:
    """Whether the first document is a register's; remembered while the delivery stays the same."""
    if path.is_file() and path.suffix.lower() == ".xml":
        with path.open("rb") as file:
            return is_register(file.read(_HEAD_BYTES))
    n_peeked = _MAX_INFLATED if path.suffix.lower() in {".gz", ".tgz"} else None
    try:
        with opened(path, LimitSettings()) as found:
            for item in islice(found, n_peeked):
                if isinstance(item, Entry) and item.suffix == ".xml":
                    with item.open() as file:
                        return is_register(file.read(_HEAD_BYTES))
                if isinstance(item, Entry) and item.suffix in _OF_GRANTS:
                    return False
    except (ArchiveCorrupt, *ZIP_ERRORS):
        return False
    return False
