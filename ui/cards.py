"""Search hits and publications → cards of the gallery. Pure but for the catalogue's rows."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import quote

from core.records import Figure, Publication
from ingestion.catalogue import Catalogue
from ingestion.catalogue_records import StoredPublication
from search.asked import BRANCH_NEWEST
from search.casebook_records import Opinion
from search.hits import FigureHit, PublicationHit
from search.ranking import Sameness, Twin
from search.regions import LABEL
from ui.components.assets import picture_url, thumbnail_url
from ui.components.gallery import Card, CardMark, CardPicture, CardTwin, CardView
from ui.explain_link import regions_href
from ui.search_state import SearchState
from ui.wording import (
    MARK_WORDS,
    branch_words,
    class_words,
    date_of,
    figure_alt,
    figure_name,
    number_of,
    view_words,
)

_SAMENESS: Mapping[Sameness, str] = {
    "same picture": "the same drawing",
    "same family": "of the same family",
}
_MAX_STRIP = 8
"""Places in a card's strip; the last one says how many more views there are, if there are more."""


def publication_href(publication_id: str) -> str:
    """Address of a publication's page."""
    return f"/publication?id={quote(publication_id, safe='')}"


def hit_cards(
    hits: Sequence[PublicationHit],
    catalogue: Catalogue,
    state: SearchState,
    opinions: Mapping[str, Opinion],
) -> list[Card]:
    """One card for each hit of a search that the catalogue still knows, in the state's order.

    Args:
        hits: Best first.
        catalogue: For what is printed of them.
        state: The search.
        opinions: What was thought of them, by publication.
    """
    order = {"newest": True, "oldest": False}.get(state.order)
    top = max((hit.score for hit in hits), default=0.0)
    known = catalogue.publications(hit.publication_id for hit in hits)
    twins = catalogue.publication_records(twin.publication_id for hit in hits for twin in hit.twins)
    found = [(hit, known.get(hit.publication_id)) for hit in hits]
    if order is not None and state.asks_by_likeness:
        dated = [pair for pair in found if pair[1] and pair[1].publication.publication_date]
        undated = [pair for pair in found if pair not in dated]
        dated.sort(key=_published, reverse=order)
        found = [*dated, *undated]
    return [
        replace(
            _with_regions(_hit_card(hit, stored, top), hit, state),
            twins=_twins(hit.twins, twins),
            mark=_mark(opinions.get(hit.publication_id)),
        )
        for hit, stored in found
        if stored is not None
    ]


def _published(pair: tuple[PublicationHit, StoredPublication | None]) -> str:
    stored = pair[1]
    return str(stored.publication.publication_date) if stored else ""


def publication_card(stored: StoredPublication, rank: int) -> Card:
    """A card of a publication that was not searched for."""
    figures = drawn_figures(stored)
    return _card(stored, rank, figures[0] if figures else None, {}, "", 0)


def pictures_of(cards: Sequence[Card], *, with_views: bool) -> list[str]:
    """SHA-256 of the small pictures that cards show, in their order.

    Args:
        cards: As they hang.
        with_views: Whether their strips are seen.
    """
    sources = [
        src
        for card in cards
        for src in (card.best.src, *(view.src for view in card.views if with_views))
    ]
    return [src.rpartition("/")[2] for src in sources if src]


def drawn_figures(stored: StoredPublication) -> list[Figure]:
    """The figures of the sheets; the front-page copy only where there is nothing else."""
    drawn = [figure for figure in stored.figures if not figure.is_front_page]
    return drawn or list(stored.figures)


def _hit_card(hit: PublicationHit, stored: StoredPublication, top: float) -> Card:
    matched = {figure.figure_id: figure for figure in hit.figures}
    figures = drawn_figures(stored)
    best_id = hit.figures[0].figure_id if hit.figures else ""
    best = next((figure for figure in figures if figure.figure_id == best_id), None)
    percent = round(100 * hit.score / top) if top > 0 else 0
    return _card(
        stored,
        hit.rank,
        best or (figures[0] if figures else None),
        matched,
        _score_words(hit),
        min(max(percent, 2), 100),
    )


def _with_regions(card: Card, hit: PublicationHit, state: SearchState) -> Card:
    """The card with its link to the picture of similar regions, where there can be one."""
    href = next((regions_href(state, f) for f in hit.figures if f.figure_id == card.best.id), "")
    return replace(card, best=replace(card.best, regions_href=href, regions_title=LABEL))


def _score_words(hit: PublicationHit) -> str:
    """The score as printed; empty where publications are listed by date."""
    if all(figure.branch == BRANCH_NEWEST for figure in hit.figures):
        return ""
    return f"{hit.score:.2f}" if hit.score >= 0.095 else f"{hit.score:.3f}"


def _card(
    stored: StoredPublication,
    rank: int,
    best: Figure | None,
    matched: Mapping[str, FigureHit],
    score: str,
    percent: int,
) -> Card:
    record = stored.publication
    figures = drawn_figures(stored)
    first = [figure for figure in figures if figure.figure_id in matched]
    rest = [figure for figure in figures if figure.figure_id not in matched]
    n_views = _MAX_STRIP if len(figures) <= _MAX_STRIP else _MAX_STRIP - 1
    views = sorted((first + rest)[:n_views], key=figures.index)
    return Card(
        id=record.publication_id,
        rank=rank,
        href=publication_href(record.publication_id),
        title=record.title,
        score=score,
        score_title="Likeness of the best figure; comparable within this search only",
        percent=percent,
        facts=_facts(record),
        best=_best_picture(best, record, matched),
        views=tuple(
            CardView(
                id=figure.figure_id,
                src=thumbnail_url(figure.sha256),
                alt=figure_alt(figure, record),
                matched=best is not None and figure.figure_id == best.figure_id and bool(matched),
            )
            for figure in views
        ),
        n_more=len(figures) - len(views),
    )


def _twins(twins: Sequence[Twin], records: Mapping[str, Publication]) -> tuple[CardTwin, ...]:
    return tuple(
        CardTwin(
            id=twin.publication_id,
            href=publication_href(twin.publication_id),
            number=_printed_number(twin.publication_id, records),
            reason=_SAMENESS[twin.reason],
        )
        for twin in twins
    )


def _mark(opinion: Opinion | None) -> CardMark | None:
    last = opinion.marking if opinion else None
    if last is None or last.mark is None:
        return None
    return CardMark(last.mark, MARK_WORDS[last.mark], f"{last.made_by}, {last.made_at[:10]}")


def _printed_number(publication_id: str, records: Mapping[str, Publication]) -> str:
    record = records.get(publication_id)
    return number_of(record.office, record.number, record.kind) if record else publication_id


def _best_picture(
    best: Figure | None, record: Publication, matched: Mapping[str, FigureHit]
) -> CardPicture:
    if best is None:
        return CardPicture(
            id="", src="", full="", alt=f"No picture of {record.title}", caption="no drawing"
        )
    hit = matched.get(best.figure_id)
    words = [figure_name(best.label, best.sheet), view_words(best.view)]
    caption = ", ".join(word for word in words if word)
    reason = branch_words(hit.branch) if hit else ""
    return CardPicture(
        id="" if best.is_front_page else best.figure_id,
        src=thumbnail_url(best.sha256),
        full=picture_url(best.sha256),
        alt=figure_alt(best, record),
        caption=f"{caption}; {reason}" if reason else caption,
    )


def _facts(record: Publication) -> tuple[tuple[str, str], ...]:
    number = number_of(record.office, record.number, record.kind)
    rest = " · ".join(part for part in (date_of(record.publication_date), record.owner) if part)
    facts = [(number, rest)]
    if record.locarno:
        facts.append((record.locarno[0].code, class_words(record.locarno[0].code)))
    elif record.us_class:
        facts.append((record.us_class[0], "US class"))
    return tuple(facts)
