"""How a publication stands to others, as rows of its facts: citations, relatives, duplicates."""

from collections.abc import Sequence
from html import escape

from core.errors import LimnError
from core.publication_numbers import cited_designs, register_of
from core.records import Publication
from ingestion.related_publications import NamedPublication
from ui.cards import publication_href
from ui.context import UiContext
from ui.wording import counted, date_of, number_of

_SHARING_SHOWN = 20
_CITING_SHOWN = 100
_UNFOLDED = 10


def related_rows(context: UiContext, record: Publication) -> list[tuple[str, str]]:
    """What it cites, who cites it, what belongs to it and what repeats it.

    Args:
        context: As far as somebody may see it.
        record: The publication.

    Returns:
        Names and HTML; the HTML is empty where nothing is known.
    """
    return [
        ("Cites", _citations(context, record)),
        ("Cited by", _citing(context, record)),
        ("Related", _relatives(context, record)),
        ("Same drawings in", _sharing(context, record)),
    ]


def _citing(context: UiContext, record: Publication) -> str:
    """Publications of the collection that cite it, newest first; all but the first ones folded."""
    links = [_link(one) for one in context.resources.catalogue.citing(record, _CITING_SHOWN)]
    shown = _list(links[:_UNFOLDED])
    if len(links) <= _UNFOLDED:
        return shown
    rest = "the newest of them" if len(links) == _CITING_SHOWN else "more"
    summary = f"{len(links) - _UNFOLDED} {rest}"
    return f"{shown}<details><summary>{summary}</summary>{_list(links[_UNFOLDED:])}</details>"


def _citations(context: UiContext, record: Publication) -> str:
    """Cited US designs and whatever else the collection holds by number, then the rest folded.

    A cited Hague registration is shown as those of its designs that the collection holds.
    """
    meant = {
        cited: [
            (register_of(cited.office or "", cited.number), n)
            for n in cited_designs(cited.office or "", cited.number)
        ]
        for cited in record.citations
        if cited.number
    }
    numbers = {number for keys in meant.values() for _, number in keys}
    held = {(one.office, one.number): one for one in context.resources.catalogue.numbered(numbers)}
    designs, others = [], []
    for cited in dict.fromkeys(record.citations):
        links = [_citation_link(held[key]) for key in meant.get(cited, ()) if key in held]
        number = escape(number_of(cited.office or "", cited.number or "", ""))
        if links:
            designs += links
        elif cited.is_us_design:
            designs.append(f"<span>{number}</span>")
        else:
            others.append(escape(cited.text or "") or f"{number} {escape(cited.name or '')}")
    designs = list(dict.fromkeys(designs))
    shown = f"<div class='limn-citations'>{''.join(designs)}</div>" if designs else ""
    if not others:
        return shown
    summary = counted(len(others), "other source")
    return f"{shown}<details><summary>{summary}</summary>{_list(others)}</details>"


def _citation_link(one: NamedPublication) -> str:
    href, title = escape(publication_href(one.publication_id)), escape(one.title)
    number = escape(number_of(one.office, one.number, ""))
    return f"<a href='{href}' target='_self' title='{title}'>{number}</a>"


def _relatives(context: UiContext, record: Publication) -> str:
    """Other publications of its number, and of its family."""
    catalogue = context.resources.catalogue
    same_number = [
        one
        for one in catalogue.numbered([record.number])
        if one.office == record.office or (one.owner and one.owner == record.owner)
    ]
    reasons = {one.publication_id: _when(one, record) for one in same_number}
    if record.family:
        try:
            family = context.resources.index.listing.family(record.family)
        except LimnError:
            family = []  # the search page says what is wrong with the index
        reasons |= {other: "of the same family" for other in family if other not in reasons}
    reasons.pop(record.publication_id, None)
    return _list(
        [
            f"{_link(one)} <small>{escape(reasons[one.publication_id])}</small>"
            for one in catalogue.named(reasons)
        ]
    )


def _when(other: NamedPublication, record: Publication) -> str:
    """Whether another publication of a number came before or after."""
    if other.publication_date and record.publication_date:
        if other.publication_date < record.publication_date:
            return "an earlier publication of this number"
        if other.publication_date > record.publication_date:
            return "a later publication of this number"
    return "another publication of this number"


def _sharing(context: UiContext, record: Publication) -> str:
    """Publications with bit for bit the same drawings."""
    catalogue = context.resources.catalogue
    sharing = catalogue.publications_sharing(record.publication_id, limit=_SHARING_SHOWN)
    return _list(
        [
            f"{_link(one)} <small>{counted(sharing[one.publication_id], 'figure')}</small>"
            for one in catalogue.named(sharing)
        ]
    )


def _link(one: NamedPublication) -> str:
    href = escape(publication_href(one.publication_id))
    number = number_of(one.office, one.number, one.kind)
    facts = ", ".join(filter(None, (one.title, date_of(one.publication_date))))
    return f"<a href='{href}' target='_self'>{escape(number)}</a> {escape(facts)}"


def _list(items: Sequence[str]) -> str:
    shown = "".join(f"<li>{item}</li>" for item in items)
    return f"<ul>{shown}</ul>" if shown else ""
