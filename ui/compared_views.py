"""Pairs of views ready to be drawn: their pictures, how alike they are, how they are laid over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.errors import PictureUnreadable
from core.ports import GreyImage
from ingestion.catalogue_records import StoredPublication
from ingestion.image_decode import decode_picture
from search.alignment import Alignment, align, inverse
from search.comparison import Comparison, Comparisons
from search.orientation import Orientation
from ui.cards import drawn_figures
from ui.compare_state import Shown, pair_name
from ui.components.assets import picture_url, query_picture_url, query_view_url, thumbnail_url
from ui.components.comparison_stage import DrawnPair, DrawnView, Way
from ui.context import UiContext
from ui.search_state import SearchState
from ui.wording import figure_alt, figure_name, number_of, view_words

N_ALIGNED_AT_ONCE = 12
"""Pairs that are laid over each other before one asks for them: 50 ms each."""


@dataclass(frozen=True, slots=True)
class PictureKey:
    """Where a picture lies.

    Attributes:
        is_sent: Whether it was sent to search with; else it is a published figure.
    """

    sha256: str
    is_sent: bool = False


@dataclass(frozen=True, slots=True)
class Viewed:
    """A view as it is drawn, and where its picture lies."""

    drawn: DrawnView
    key: PictureKey


def query_views(context: UiContext, query: SearchState, found: Comparisons) -> tuple[Viewed, ...]:
    """The views that are compared with, drawings first, in the order of their positions."""
    sent = [
        Viewed(
            DrawnView(
                id=sha256,
                src=query_view_url(sha256),
                full_src=query_picture_url(sha256),
                alt=f"query drawing {number}",
                name=f"Drawing {number}" if len(query.drawings) > 1 else "Query drawing",
            ),
            PictureKey(sha256, is_sent=True),
        )
        for number, sha256 in enumerate(query.drawings, start=1)
    ]
    rows = {row.figure.figure_id: row for row in context.resources.catalogue.figures(
        list(found.query_figures)
    )}  # fmt: skip
    several = len({row.publication.publication_id for row in rows.values()}) > 1
    indexed = []
    for figure_id in found.query_figures:
        figure, record = rows[figure_id].figure, rows[figure_id].publication
        number = f", {number_of(record.office, record.number, '')}" if several else ""
        indexed.append(
            Viewed(
                DrawnView(
                    id=figure_id,
                    src=thumbnail_url(figure.sha256),
                    full_src=picture_url(figure.sha256),
                    alt=figure_alt(figure, record),
                    name=f"{figure_name(figure.label, figure.sheet)}{number}",
                    note=view_words(figure.view),
                ),
                PictureKey(figure.sha256),
            )
        )
    return (*sent, *indexed)


def figure_views(stored: StoredPublication) -> Mapping[str, Viewed]:
    """The figures of a design, by id."""
    return {
        figure.figure_id: Viewed(
            DrawnView(
                id=figure.figure_id,
                src=thumbnail_url(figure.sha256),
                full_src=picture_url(figure.sha256),
                alt=figure_alt(figure, stored.publication),
                name=figure_name(figure.label, figure.sheet),
                note=view_words(figure.view),
            ),
            PictureKey(figure.sha256),
        )
        for figure in drawn_figures(stored)
    }


@dataclass(frozen=True, slots=True)
class Pairing:
    """A query view beside a figure, before it is drawn.

    Attributes:
        similarity: Cosine; None where a person paired them.
        found: How the figure is laid to fit the query view, as the search found it.
    """

    view: int
    figure_id: str
    similarity: float | None
    found: Orientation

    @property
    def name(self) -> str:
        return pair_name(self.view, self.figure_id)


def pairings(
    comparison: Comparison, shown: Shown, n_views: int, figure_ids: Sequence[str]
) -> tuple[Pairing, ...]:
    """The best assignment's pairs, and the one that a person put together, if it is another."""
    found = [
        Pairing(pair.query_view, pair.figure_id, pair.similarity, inverse(pair.orientation))
        for pair in comparison.pairs
        if pair.figure_id in figure_ids
    ]
    by_hand = shown.view is not None and shown.pair not in {pair.name for pair in found}
    if (
        by_hand
        and shown.view is not None
        and shown.view < n_views
        and shown.figure_id in figure_ids
    ):
        found.append(Pairing(shown.view, shown.figure_id, None, Orientation.AS_DRAWN))
    return tuple(found)


def drawn_pair(pairing: Pairing, query: Viewed, figure: Viewed, ways: Sequence[Way]) -> DrawnPair:
    """A pair for the stage; without ways it is laid over when somebody looks at it."""
    similarity = "" if pairing.similarity is None else f"{pairing.similarity:.2f}"
    return DrawnPair(
        id=pairing.name,
        view=pairing.view,
        query=query.drawn,
        figure=figure.drawn,
        similarity=similarity,
        ways=tuple(ways),
    )


def ways_of(
    context: UiContext, query: PictureKey, figure: PictureKey, found: Orientation
) -> tuple[Way, ...]:
    """How a figure is laid over a query view, the preferred way first.

    Empty where a picture is blank or cannot be read; the two are then shown side by side.
    """
    try:
        fixed, moved = _small(context, query), _small(context, figure)
    except PictureUnreadable:
        return ()
    return tuple(_way(alignment) for alignment in align(fixed, moved, found))


def _way(alignment: Alignment) -> Way:
    orientation = alignment.orientation
    return Way(
        laid=orientation.name.lower(),
        words=orientation.value,
        is_mirrored=orientation.is_mirrored,
        n_quarter_turns=orientation.n_quarter_turns,
        scale=alignment.scale,
        left=alignment.left,
        top=alignment.top,
    )


def _small(context: UiContext, key: PictureKey) -> GreyImage:
    """The thumbnail's pixels: enough to lay drawings over each other, and quick to read."""
    store = context.query_views if key.is_sent else context.resources.pictures
    return decode_picture(
        store.thumbnail(key.sha256), key.sha256, context.resources.settings.limits.max_pixels
    )
