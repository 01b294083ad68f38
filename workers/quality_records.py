"""What a comparison of two models found, as it is kept with the newer one and shown."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from encoder.evaluation.long_tail import Part
from encoder.evaluation.report import Interval, PartMeasures


class Verdict(StrEnum):
    """What the gate says of a candidate."""

    PASSED = "passed"
    """Nothing says that it is worse beyond the tolerance."""
    WORSE = "worse"
    """Something it must not be worse at is proved worse by more than the tolerance."""
    UNKNOWN = "unknown"
    """Too little is known to say."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SystemQuality(_Record):
    """One model on one track; measures by name, as `encoder.evaluation.metrics` defines them."""

    means: dict[str, float]
    """Over all queries, in [0, 1]."""
    ci95: dict[str, Interval]
    """Of the means, whole publications drawn with replacement."""
    parts: dict[Part, PartMeasures]


class TrackQuality(_Record):
    """Both models on one track."""

    n_queries: int
    n_publications: int
    """That the queries are of."""
    n_gallery: int
    """Figures that are searched."""
    systems: dict[str, SystemQuality]
    """By encoder id."""
    gain: dict[str, float]
    """The model's mean minus the current one's, by measure; empty where it was compared with
    nothing."""
    gain_ci95: dict[str, Interval]
    """Of the differences by query, whole publications drawn with replacement."""


class ExampleHit(_Record):
    """One of the best hits of an example."""

    figure_id: str
    is_relevant: bool


class Example(_Record):
    """A query drawn at random, and what each model finds."""

    figure_id: str
    title: str
    locarno: str
    part: str
    """Head, middle or tail; empty where the class is unknown."""
    hits: dict[str, tuple[ExampleHit, ...]]
    """By encoder id, best first."""


class Quality(_Record):
    """What a comparison found; kept with the model."""

    made_at: datetime
    encoder_id: str
    current_id: str
    tolerance: float
    """How much worse it may be than the current one, in shares of hits and of precision."""
    n_figures: int
    n_publications: int
    tracks: dict[str, TrackQuality]
    """Those that could be measured, by name."""
    not_measured: dict[str, str]
    """Why not, by track."""
    examples: tuple[Example, ...]
    verdict: Verdict
    said: str
    """The verdict with its reasons, for a person."""
