"""What an evaluation found, as one validated record; its JSON is that of `limn evaluate --json`."""

from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from encoder.evaluation.long_tail import Part

Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]
Interval: TypeAlias = tuple[float, float]
"""Lower and upper end of a 95 % bootstrap interval, publications drawn with replacement."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Measures(_Record):
    """Means over queries of one track; `encoder.evaluation.metrics` defines each."""

    map: Share
    """Mean average precision over the full ranking."""
    hit_at_1: Share
    hit_at_5: Share
    hit_at_10: Share
    """Recall@K as papers on patents count it: share of queries with a hit in the first K."""
    recall_at_1: Share
    recall_at_5: Share
    recall_at_10: Share
    """Recall@K as a fraction of what is relevant."""
    mrr_at_10: Share
    ndcg_at_10: Share


class PartMeasures(Measures):
    """The queries of frequent, middling or rare classes alone."""

    n_queries: int = Field(ge=1)
    n_classes: int = Field(ge=1)


class CrossModal(_Record):
    """Titles that ask for figures, or figures that ask for their title."""

    n_queries: int = Field(ge=1)
    r_at_1: Share
    r_at_5: Share
    r_at_10: Share
    ci95: dict[str, Interval]


class SystemScores(Measures):
    """One system on one track."""

    ci95: dict[str, Interval]
    parts: dict[Part, PartMeasures]
    """Empty where no class is known."""
    text_to_image: CrossModal | None = None
    """None where there are no titles, or the system cannot read."""
    image_to_text: CrossModal | None = None
    encoder_id: str | None = None
    ms_per_image: float = Field(ge=0)


class BaselineScores(SystemScores):
    """A baseline on the same figures, and how far the model is ahead of it."""

    gain: dict[str, float]
    """The model's measure minus the baseline's."""
    gain_ci95: dict[str, Interval]
    """Of the differences by query, so both saw the same publications."""


class TrackReport(_Record):
    """The model and its baselines on one track."""

    n_queries: int = Field(ge=1)
    n_gallery: int = Field(ge=1)
    n_left_out: int = Field(ge=0)
    """Figures that say too little for the track."""
    n_unanswered: int = Field(ge=0)
    """Queries without a relevant figure; not scored."""
    model: SystemScores
    baselines: dict[str, BaselineScores]
    ms_per_image: float = Field(ge=0)
    """Of the model."""


class Unreadable(_Record):
    """A picture that could not be used."""

    file: str
    reason: str


class EvaluationReport(TrackReport):
    """What `limn evaluate` prints."""

    relevance: str
    exclude_own_publication: bool
    n_publications: int
    without_front_pages: TrackReport | None = None
    """DeepPatent's lists again, without the copies of figures from front pages, which give answers
    away."""
    unreadable: tuple[Unreadable, ...] = ()
