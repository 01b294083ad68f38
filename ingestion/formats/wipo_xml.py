"""Design registers in XML, one record at a time: safe to parse, read by local name.

Offices write WIPO ST.96 in versions 1 to 8 and ST.86 in namespaces of their own, so that only the
local names of elements and attributes are relied on. Closed: no network, no DTD, no entity is ever
expanded, and a file is never held as one tree.
"""

import re
from collections.abc import Collection, Iterator

from lxml import etree

from ingestion.formats.closed_xml import iter_closed

RECORDS = ("HagueExpressTransaction", "HagueRegistration", "DesignApplication", "Design")
"""What a record may be, outermost first: one of these inside another one belongs to it."""

_MARKS = re.compile(
    rb"XMLSchema/ST96/Design|XMLSchema/designs|euipo\.europa\.eu/design|"
    rb"oami\.europa\.eu/schemas/design|\bDesignTransactionBody\b|\bHagueExpressTransaction\b"
)


def is_register(head: bytes) -> bool:
    """Whether the first bytes of a document are those of a design register.

    Example:
        >>> is_register(b'<a xmlns:dgn="http://www.wipo.int/standards/XMLSchema/ST96/Design">')
        True
    """
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head.replace(b"\0", b"")
    return _MARKS.search(head) is not None


def iter_records(document: bytes, source: str) -> Iterator[etree._Element]:
    """The registrations of a register, each freed when the next one is asked for.

    Raises:
        PublicationInvalid: Where the document stops being well-formed XML, or at once where it
            declares entities; the records before the damage have been given by then.
    """
    record: etree._Element | None = None
    for event, element in iter_closed(document, source):
        if event == "start":
            if record is None and local_name(element) in RECORDS:
                record = element
        elif record is None or element is record:
            if record is not None:
                yield record
            record = None
            _free(element)


def local_name(element: etree._Element) -> str:
    """Name of an element without its namespace; with a prefix that nothing declares, all of it."""
    return _split(element.tag)[1] if isinstance(element.tag, str) else ""


def namespace_of(element: etree._Element) -> str:
    """Its namespace, ``""`` where it has none."""
    return _split(str(element.tag))[0]


def text_of(element: etree._Element) -> str:
    """All text inside an element, white space folded."""
    return " ".join("".join(map(str, element.itertext())).split())


def attribute(element: etree._Element, name: str) -> str:
    """An attribute by local name, ``""`` where it is missing."""
    for key, value in element.attrib.items():
        if _split(str(key))[1] == name:
            return str(value).strip()
    return ""


def iter_within(
    element: etree._Element, names: Collection[str], outside: Collection[str] = ()
) -> Iterator[etree._Element]:
    """Elements of these names below an element, in document order.

    Args:
        element: Not given itself.
        names: Local names.
        outside: Local names of elements that are not looked into.
    """
    if not names:  # lxml would take it for any name
        return
    for found in element.iterdescendants(*(f"{{*}}{name}" for name in names)):
        around = found.getparent()
        while around is not None and around is not element:
            if local_name(around) in outside:
                break
            around = around.getparent()
        else:
            yield found


def first_text(
    element: etree._Element, names: Collection[str], outside: Collection[str] = ()
) -> str | None:
    """The first text among elements of these names; an earlier name goes before a later one."""
    for name in names:
        for found in iter_within(element, (name,), outside):
            if text := text_of(found):
                return text
    return None


def _split(tag: str) -> tuple[str, str]:
    """Namespace and name; lxml's own reading refuses names that its parser lets pass."""
    namespace, _, name = tag.rpartition("}")
    return namespace.removeprefix("{"), name


def _free(element: etree._Element) -> None:
    element.clear()
    while element.getprevious() is not None:
        parent = element.getparent()
        if parent is None:
            return
        del parent[0]
