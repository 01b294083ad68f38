"""Scores an encoder, and baselines beside it, on figures that were embedded."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from encoder.evaluation.cross_modal import CrossModalResult, image_to_text, text_to_image
from encoder.evaluation.embedding import Embedded, EmbeddedSet
from encoder.evaluation.long_tail import PARTS
from encoder.evaluation.manifest import Track, read_citations
from encoder.evaluation.metrics import bootstrap_interval
from encoder.evaluation.report import (
    BaselineScores,
    CrossModal,
    PartMeasures,
    SystemScores,
    TrackReport,
)
from encoder.evaluation.tracks import TrackResult, measure


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the figures."""

    track: Track
    exclude_own_publication: bool = False
    cites: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """For citations: cited by citing publication."""

    @property
    def hides_own_publication(self) -> bool:
        """A citing publication never answers itself."""
        return self.exclude_own_publication or self.track == Track.CITATIONS

    @classmethod
    def read(
        cls, track: Track, citations: Path | None, *, exclude_own_publication: bool
    ) -> "Question":
        """With the citations of a file, where one is given.

        Raises:
            EvaluationInvalid: If the file cannot be used.
        """
        cites = read_citations(citations) if citations else {}
        return cls(track, exclude_own_publication, cites)


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """Numbers, and what they were made from."""

    question: Question
    figures: EmbeddedSet
    results: tuple[TrackResult, ...]
    """By system; the first one's is the model's."""
    report: TrackReport


def evaluate(
    figures: EmbeddedSet,
    question: Question,
    watch: Callable[[str, int, int], None] | None = None,
) -> Evaluation:
    """Rank every query by the model and by each baseline.

    Args:
        figures: Embedded by the model first, then by the baselines.
        question: Which track.
        watch: Called with a system's name, queries done and queries in all.

    Raises:
        EvaluationInvalid: If no figure says what the track needs, or no query has a relevant
            figure.
    """
    results = tuple(_measure(one, figures, question, watch) for one in figures.embedded)
    (model, *rivals), (of_model, *of_rivals) = figures.embedded, results
    report = TrackReport(
        n_queries=of_model.n_queries,
        n_gallery=of_model.n_gallery,
        n_left_out=of_model.n_left_out,
        n_unanswered=of_model.n_unanswered,
        model=SystemScores(**_numbers(model, of_model, figures)),
        baselines={
            rival.system.name: BaselineScores(
                **_numbers(rival, result, figures), **_gains(of_model, result)
            )
            for rival, result in zip(rivals, of_rivals, strict=True)
        },
        ms_per_image=model.ms_per_image,
    )
    return Evaluation(question, figures, results, report)


def _measure(
    one: Embedded,
    figures: EmbeddedSet,
    question: Question,
    watch: Callable[[str, int, int], None] | None,
) -> TrackResult:
    def seen(n_done: int, n_all: int) -> None:
        if watch:
            watch(one.system.name, n_done, n_all)

    return measure(
        one.vectors,
        figures.rows,
        question.track,
        exclude_own_publication=question.hides_own_publication,
        cites=question.cites,
        watch=seen,
    )


def _numbers(one: Embedded, result: TrackResult, figures: EmbeddedSet) -> dict[str, Any]:
    parts = {}
    for part in PARTS:
        mask = result.parts == part
        if mask.any():
            parts[part] = PartMeasures(
                n_queries=int(mask.sum()),
                n_classes=len(np.unique(result.classes[mask])),
                **{name: float(values[mask].mean()) for name, values in result.measures.items()},
            )
    numbers: dict[str, Any] = {
        **result.means,
        "ci95": result.ci95,
        "parts": parts,
        "encoder_id": one.system.encoder_id,
        "ms_per_image": one.ms_per_image,
    }
    if one.title_vectors is not None:
        for name, ask in (("text_to_image", text_to_image), ("image_to_text", image_to_text)):
            numbers[name] = _cross_modal(ask(one.title_vectors, one.vectors, figures.rows))
    return numbers


def _cross_modal(result: CrossModalResult) -> CrossModal:
    return CrossModal(n_queries=result.n_queries, **result.means, ci95=result.ci95)


def _gains(model: TrackResult, rival: TrackResult) -> dict[str, Any]:
    gains = {name: values - rival.measures[name] for name, values in model.measures.items()}
    return {
        "gain": {name: float(values.mean()) for name, values in gains.items()},
        "gain_ci95": {
            name: bootstrap_interval(values, model.publications) for name, values in gains.items()
        },
    }
