"""XML from outside, read closed: no network, no DTD, no entity is ever expanded."""

import html
from collections.abc import Iterator

from lxml import etree

from core.errors import PublicationInvalid


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
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(document, parser)
    except etree.XMLSyntaxError as error:
        raise PublicationInvalid(source, f"is no well-formed XML: {error}") from error
    except ValueError as error:
        raise PublicationInvalid(source, f"cannot be read as XML: {error}") from error
    dtd = root.getroottree().docinfo.internalDTD
    if dtd is not None and any(dtd.iterentities()):  # type: ignore[union-attr]  # not in the stubs
        raise PublicationInvalid(
            source, "declares entities of its own; published grants do not, so it is refused"
        )
    return root


def folded(element: etree._Element) -> str:
    """Text of an element and its children, white space folded; named characters resolved."""
    return " ".join("".join(_pieces(element)).split())


def _pieces(element: etree._Element) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if isinstance(child, etree._Entity):
            yield html.unescape(child.text or "")
        elif isinstance(child.tag, str):
            yield from _pieces(child)
        yield child.tail or ""
