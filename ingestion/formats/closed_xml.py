"""XML from outside, read closed: no network, no DTD, no entity is ever expanded."""

import codecs
import html
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypedDict

from lxml import etree

from core.errors import PublicationInvalid


class _Closed(TypedDict):
    """What lxml is told, whichever way it reads."""

    resolve_entities: bool
    no_network: bool
    load_dtd: bool
    dtd_validation: bool
    attribute_defaults: bool
    huge_tree: bool
    remove_comments: bool
    remove_pis: bool


_CLOSED = _Closed(
    resolve_entities=False,
    no_network=True,
    load_dtd=False,
    dtd_validation=False,
    attribute_defaults=False,
    huge_tree=False,
    remove_comments=True,
    remove_pis=True,
)


def parse_closed(document: bytes, source: str) -> etree._Element:
    """Parse a document; its comments and processing instructions are left out.

    Args:
        document: As published. A named character (``&eacute;``) stays a node of its own where a
            DOCTYPE leaves its meaning to a DTD; `folded` resolves it.
        source: Named in errors.

    Returns:
        The root element.

    Raises:
        PublicationInvalid: If it is not well-formed, or declares entities.
    """
    with _reported(source):
        begun = document.removeprefix(codecs.BOM_UTF8).lstrip()  # blanks may not stand before XML
        root = etree.fromstring(begun, etree.XMLParser(**_CLOSED))
    _refuse_entities(root, source)
    return root


def iter_closed(document: bytes, source: str) -> Iterator[tuple[str, etree._Element]]:
    """Parse a document piece by piece, as closed as `parse_closed` does.

    Yields:
        ``"start"`` and ``"end"`` of every element, in document order; whoever is done with one may
        take it out of the tree.

    Raises:
        PublicationInvalid: Where the document stops being well-formed XML, or at once where it
            declares entities; what stands before the damage has been given by then.
    """
    events = etree.iterparse(io.BytesIO(document), events=("start", "end"), **_CLOSED)
    with _reported(source):
        for place, (event, element) in enumerate(events):
            if place == 0:
                _refuse_entities(element, source)
            yield event, element


@contextmanager
def _reported(source: str) -> Iterator[None]:
    try:
        yield
    except etree.XMLSyntaxError as error:
        raise PublicationInvalid(source, f"is no well-formed XML: {error}") from error
    except ValueError as error:
        raise PublicationInvalid(source, f"cannot be read as XML: {error}") from error


def _refuse_entities(element: etree._Element, source: str) -> None:
    dtd = element.getroottree().docinfo.internalDTD
    if dtd is not None and any(dtd.iterentities()):  # type: ignore[attr-defined]  # not in the stubs
        raise PublicationInvalid(
            source, "declares entities of its own; published documents do not, so it is refused"
        )


def folded(element: etree._Element) -> str:
    """Text of an element and its children, white space folded; named characters resolved."""
    return " ".join("".join(_pieces(element)).split())


def _pieces(element: etree._Element) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if isinstance(child, etree._Entity):
            yield html.unescape(child.text or "")
        elif child.tag == "br":
            yield " "
        elif isinstance(child.tag, str):
            yield from _pieces(child)
        yield child.tail or ""
