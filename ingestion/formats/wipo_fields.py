"""Fields of a registered design, read from its XML: texts with languages, classes, names, dates."""

import re
from collections.abc import Collection, Sequence
from datetime import date

from lxml import etree

from core.locarno import LocarnoCode, parse_locarno
from core.records import LocalText
from ingestion.formats.wipo_xml import attribute, first_text, iter_within, local_name, text_of

_INDICATION = re.compile(
    r"^(?:\w*ProductIndication\w*|IndicationProduct\w*|ProductDescription\w*"
    r"|LocarnoClassDescription\w*)$"
)
_NO_INDICATION = re.compile(r"(?:Code|Category|Version|Identifier|Number|Details|Bag)$")
_CLASSES = ("LocarnoClass", "LocarnoClassNumber", "LocarnoClassification", "ClassNumber")
_EDITIONS = ("LocarnoClassificationEdition", "ClassificationVersion")
_DATE = re.compile(r"^(\d{4})-?(\d{2})-?(\d{2})(?!\d)")


def parse_register_date(text: str | None) -> date | None:
    """A date as registers write it, with or without dashes or a time zone; None for anything else.

    Example:
        >>> parse_register_date("2024-01-19+01:00"), parse_register_date("20240100")
        (datetime.date(2024, 1, 19), None)
    """
    match = _DATE.match(text or "")
    try:
        return date(*(int(part) for part in match.groups())) if match else None
    except ValueError:
        return None


def texts_named(
    element: etree._Element, name: re.Pattern[str], outside: Collection[str] = ()
) -> tuple[LocalText, ...]:
    """Texts of the leaves of this name, each with its language, in document order, once each."""
    found: dict[LocalText, None] = {}
    names = {local_name(part) for part in element.iter(etree.Element)}
    for part in iter_within(element, {n for n in names if name.match(n)}, outside):
        if len(part) == 0 and (text := text_of(part)):
            parent = part.getparent()
            language = attribute(part, "languageCode") or (
                attribute(parent, "languageCode") if parent is not None else ""
            )
            found[LocalText(language.lower()[:2], text)] = None
    return tuple(found)


def product_indications(element: etree._Element, outside: Collection[str]) -> tuple[LocalText, ...]:
    """What a design is for, in every language it is said in."""
    names = {
        name
        for part in element.iter(etree.Element)
        if _INDICATION.match(name := local_name(part)) and not _NO_INDICATION.search(name)
    }
    if not names:
        return ()
    pattern = re.compile("^(?:" + "|".join(sorted(names)) + ")$")
    return tuple(
        text for text in texts_named(element, pattern, outside) if re.search(r"\w", text.text)
    )


def preferred(texts: Sequence[LocalText]) -> str | None:
    """The English text, else the first one."""
    return next((t.text for t in texts if t.language == "en"), texts[0].text if texts else None)


def locarno_codes(element: etree._Element, outside: Collection[str]) -> tuple[LocarnoCode, ...]:
    """Locarno codes with their editions, in document order; classes of another kind left out."""
    codes = []
    for part in iter_within(element, _CLASSES, outside):
        if len(part):
            continue
        edition, is_locarno = _classification_of(part, element)
        try:
            code = parse_locarno(re.sub(r"[./]", "-", text_of(part)), edition)
        except ValueError:
            continue
        if is_locarno:
            codes.append(code)
    return tuple(dict.fromkeys(codes))


def _classification_of(part: etree._Element, top: etree._Element) -> tuple[str | None, bool]:
    """Edition of the classification a class belongs to, and whether it is Locarno's at all."""
    around = part.getparent()
    while around is not None:
        kind = first_text(around, ("ClassificationKindCode",), ())
        edition = first_text(around, _EDITIONS, ())
        if edition or kind:
            digits = re.match(r"\d+", edition or "")
            is_locarno = kind is None or "locarno" in kind.lower()
            return (digits[0] if digits else edition), is_locarno
        if around is top:
            break
        around = around.getparent()
    return None, True


def name_of(party: etree._Element) -> str | None:
    """An organisation's name, or a person's as ``First Last``."""
    whole = ("OrganizationStandardName", "OrganizationName", "EntityName", "PersonFullName")
    if name := first_text(party, whole):
        return name
    parts = (first_text(party, (part,)) for part in ("FirstName", "LastName"))
    person = " ".join(part for part in parts if part)
    return person or first_text(party, ("FreeFormatNameLine", "HolderName", "ApplicantName"))
