"""What can be asked: one frozen record shared by the pages, the REST API and the command line."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from core.errors import QueryInvalid
from search.contradictions import contradiction
from search.contributions import Fusion
from search.orientation import Tolerance
from search.query_values import (
    Day,
    LocarnoFilters,
    LowerStrings,
    PublicationNumber,
    Strings,
    TextWeights,
    UpperStrings,
    UsClassFilters,
    Views,
)

MAX_LIMIT = 500
MAX_DEPTH = 5000
"""Last rank that can be reached by paging, offset + limit."""
MAX_IMAGES = 32
"""Query pictures and liked figures of one search; of a longer publication the first are taken."""
NOTHING_ASKED = (
    "nothing is asked: give a picture, words, a figure id or a publication number, or a filter to"
    " list what is newest within it"
)


def check_n_pictures(n_pictures: int) -> None:
    """Refuse more query pictures and liked figures than one search takes.

    Raises:
        QueryInvalid: If there are more than `MAX_IMAGES`.
    """
    if n_pictures > MAX_IMAGES:
        raise QueryInvalid(
            f"at most {MAX_IMAGES} pictures and figures in one search, got {n_pictures}; take some"
            " away, or search with a folder of them one by one (`limn search --batch`)"
        )


def check_asked(query: "SearchQuery", n_images: int) -> None:
    """Refuse a query that asks for nothing with the pictures that come beside it.

    Raises:
        QueryInvalid: If neither likeness nor a filter is asked for, or dislikes alone are.
    """
    by_likeness = n_images or query.text or query.asks_by_picture
    if query.unlike_figure_ids and not by_likeness:
        raise QueryInvalid(
            "unlike_figure_ids: figures to be unlike need a picture or words to be like"
        )
    if not (by_likeness or query.is_narrowed):
        raise QueryInvalid(NOTHING_ASKED)


class SearchQuery(BaseModel):
    """One search, without pixels: query images are handed over beside it.

    With filters alone it lists the publications that pass, newest first. Build it with
    `SearchQuery.parse` wherever the values come from a person; its errors are written for them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str | None = None
    """Words; searched in pictures, in descriptions and as words."""
    figure_ids: Strings = ()
    """More like these indexed figures; their own publications are left out."""
    unlike_figure_ids: Strings = ()
    """Less like these indexed figures (see `search.asked`); their publications are left out."""
    publication_id: PublicationNumber | None = None
    """More like all figures of this publication, which is left out. However it is written:
    ``D907,292``, ``USD907292S1``, ``US-D0907292-S1``, ``DM/204232-1``."""
    locarno_any: LocarnoFilters = ()
    """Class (``28``) or subclass (``28-03``); at least one must match."""
    locarno_all: LocarnoFilters = ()
    locarno_not: LocarnoFilters = ()
    class_mode: Literal["filter", "boost"] = "filter"
    """What `locarno_any` and `locarno_all` do: leave out what does not match, or raise what does.
    `locarno_not` always leaves out."""
    class_boost: float = Field(default=0.1, gt=0, le=1, allow_inf_nan=False)
    """Added to the likeness (cosine) of matching publications in mode ``boost``. Where words take
    part, scores are of ranks: then it is the weight of the same search within the class alone,
    counted beside the search everywhere."""
    us_class: UsClassFilters = ()
    """``D28`` or ``D28/47``; at least one must match."""
    us_class_not: UsClassFilters = ()
    office: UpperStrings = ()
    """``US``, ``EM``, ``WO``; at least one must match, as in every list below."""
    owner: Strings = ()
    """Names exactly as published."""
    designer: Strings = ()
    """Names exactly as published."""
    within: Strings = ()
    """Publication ids; nothing else is found."""
    views: Views = ()
    kind: UpperStrings = ()
    """Kind code, ``S1``."""
    status: LowerStrings = ()
    """As the office or the delivery says, ``published``. Withdrawn publications are never found."""
    source: Strings = ()
    """File name of the delivery, ``I20210105.tar``."""
    published_from: Day | None = None
    """First day, included."""
    published_to: Day | None = None
    """Last day, included."""
    filed_from: Day | None = None
    filed_to: Day | None = None
    priority_from: Day | None = None
    """By the earliest of filing and claimed priority: what claims none goes by its filing date."""
    priority_to: Day | None = None
    """Until then, included, it was filed or the priority it claims was."""
    cut_off: Day | None = None
    """Only what was published before this day, which itself is not included: prior art. Together
    with `published_to` both hold. A publication without a date is left out by every date."""
    image_weight: float = Field(default=0.5, ge=0, le=1, allow_inf_nan=False)
    """Share of the pictures where pictures and text are asked together; the text has the rest."""
    text_weights: TextWeights = TextWeights()
    """How the text's share is divided."""
    unlike_weight: float = Field(default=0.5, ge=0, le=1, allow_inf_nan=False)
    """How far the search is moved away from `unlike_figure_ids`: 0 not at all."""
    limit: int = Field(default=20, ge=1, le=MAX_LIMIT)
    offset: int = Field(default=0, ge=0)
    group: Literal["publication", "figure"] = "publication"
    fusion: Fusion = "rrf"
    """How pictures and words are brought into one order where both or words take part: by weighted
    reciprocal rank, or by distribution of scores (``dbsf``), which knows no weights."""
    collapse: bool = False
    """List the same picture and the same family once, the others below it; a
    search for the record lists each."""
    orientation: Tolerance = "auto"
    """Whether query pictures are also compared mirrored and turned, see `search.orientation`."""
    exact: bool = False
    """Score every allowed figure with its full vector: for the record, slower."""

    @model_validator(mode="after")
    def _check(self) -> "SearchQuery":
        if self.text is not None and not self.text.strip():
            raise ValueError("the query text is empty; leave it out or type some words")
        if reason := contradiction(self):
            raise ValueError(reason)
        if self.offset + self.limit > MAX_DEPTH:
            raise ValueError(
                f"offset {self.offset} + limit {self.limit} goes beyond the last rank {MAX_DEPTH};"
                " narrow the filters instead"
            )
        return self

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> "SearchQuery":
        """Read a query from JSON-like values.

        Raises:
            QueryInvalid: If a field is unknown or a value makes no sense; the message names the
                field and says what is expected.

        Example:
            >>> SearchQuery.parse({"text": "chair", "locarno_any": ["6-1"]})
            Traceback (most recent call last):
            core.errors.QueryInvalid: locarno_any: '6-1' is not a Locarno class (28) or ...
        """
        unknown = sorted(set(values) - set(cls.model_fields))
        if unknown:
            raise QueryInvalid(
                f"unknown search field {', '.join(unknown)}; known: {', '.join(cls.model_fields)}"
            )
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            raise QueryInvalid("; ".join(_explain(fault) for fault in error.errors())) from None

    @property
    def asks_by_picture(self) -> bool:
        """Whether indexed figures are searched with; query images come beside the query."""
        return bool(self.figure_ids or self.publication_id)

    @property
    def has_class_filter(self) -> bool:
        """Whether Locarno classes narrow this search."""
        hard = self.class_mode == "filter" and (self.locarno_any or self.locarno_all)
        return bool(hard or self.locarno_not)

    @property
    def has_class_boost(self) -> bool:
        """Whether Locarno classes raise what matches."""
        return self.class_mode == "boost" and bool(self.locarno_any or self.locarno_all)

    @property
    def is_narrowed(self) -> bool:
        """Whether any filter is set."""
        return self.has_class_filter or any(getattr(self, name) for name in _FILTERS)

    def without_class_filter(self) -> "SearchQuery":
        """The same search over all Locarno classes."""
        return self.model_copy(update={"locarno_any": (), "locarno_all": (), "locarno_not": ()})

    def without_class_boost(self) -> "SearchQuery":
        """The same search with nothing raised."""
        return self.model_copy(
            update={"class_mode": "filter", "locarno_any": (), "locarno_all": ()}
        )

    def within_class(self) -> "SearchQuery":
        """The same search with its classes as a filter."""
        return self.model_copy(update={"class_mode": "filter"})


_FILTERS = (
    *("us_class", "us_class_not", "office", "owner", "designer", "within", "views", "kind"),
    *("status", "source", "published_from", "published_to", "filed_from", "filed_to"),
    *("priority_from", "priority_to", "cut_off"),
)


def _explain(fault: Mapping[str, Any]) -> str:
    """One pydantic fault as a sentence that names the field."""
    place = ".".join(str(step) for step in fault["loc"] if not isinstance(step, int))
    message = str(fault["msg"]).removeprefix("Value error, ")
    return f"{place}: {message}" if place else message
