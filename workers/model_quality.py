"""Two models compared on the operator's own publications, and what follows for the newer one.

Nothing is embedded here: both models' vectors lie in the catalogue. What is relevant to what is
read from the publications themselves; see `encoder.evaluation`.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeAlias

import numpy as np

from core.errors import EvaluationInvalid, ModelInvalid
from encoder.evaluation.embedding import Embedded, EmbeddedSet
from encoder.evaluation.evaluate import Evaluation, Question, evaluate
from encoder.evaluation.example_queries import choose_queries, top_hits
from encoder.evaluation.manifest import ManifestRow, Role, Track, design_number
from encoder.evaluation.report import SystemScores
from encoder.evaluation.systems import System
from ingestion.catalogue import Catalogue
from ingestion.catalogue_records import FigureRow
from workers.quality_records import (
    Example,
    ExampleHit,
    Quality,
    SystemQuality,
    TrackQuality,
    Verdict,
)
from workers.resources import Resources

GATED = (
    (Track.PUBLICATION, "hit_at_1"),
    (Track.PUBLICATION, "map"),
    (Track.LOCARNO, "hit_at_1"),
    (Track.LOCARNO, "map"),
)
"""What a candidate must not be worse at than the current model."""
FEWEST_PUBLICATIONS = 10
"""Among fewer, an interval says nothing."""
_TRACKS = (Track.PUBLICATION, Track.LOCARNO, Track.CITATIONS)
_WORDS: Mapping[tuple[str, str], str] = {
    (Track.PUBLICATION, "hit_at_1"): "first hit of the same publication",
    (Track.PUBLICATION, "map"): "mean average precision, same publication",
    (Track.LOCARNO, "hit_at_1"): "first hit of the same class",
    (Track.LOCARNO, "map"): "mean average precision, same class",
}

Measured: TypeAlias = Mapping[str, float]


def compare_models(
    model: Resources, current: Resources, tell: Callable[[str, int, int], None]
) -> Quality:
    """Measure a model, and the current one beside it, on a lasting random part of the collection.

    Args:
        model: Resources of a model that embedded the collection.
        current: Of the current one; the same, to measure that alone.
        tell: Called with what is done, queries done and queries in all.

    Raises:
        ModelInvalid: If there is no figure that each of the two embedded.
    """
    settings = current.settings.models
    encoder_id, current_id = model.encoder.encoder_id, current.encoder.encoder_id
    systems = [_system(one) for one in ([model] if encoder_id == current_id else [model, current])]
    figures, cites = _read_sample(current.catalogue, systems, settings.n_figures)
    evaluations: dict[str, Evaluation] = {}
    not_measured: dict[str, str] = {}
    for track in _TRACKS:
        question = Question(track, exclude_own_publication=track is Track.LOCARNO, cites=cites)
        try:
            evaluations[track] = evaluate(
                figures, question, lambda name, done, n: tell(f"queries by {name}", done, n)
            )
        except EvaluationInvalid as error:
            not_measured[track] = str(error)
    tracks = {track: _track_quality(found) for track, found in evaluations.items()}
    verdict, said = pass_judgement(tracks, settings.tolerance)
    shown = evaluations.get(Track.LOCARNO) or evaluations.get(Track.PUBLICATION)
    return Quality(
        made_at=datetime.now(UTC),
        encoder_id=encoder_id,
        current_id=current_id,
        tolerance=settings.tolerance,
        n_figures=len(figures.rows),
        n_publications=len({row.publication_id for row in figures.rows}),
        tracks=tracks,
        not_measured=not_measured,
        examples=_examples(shown) if shown else (),
        verdict=verdict,
        said=said,
    )


def pass_judgement(tracks: Mapping[str, TrackQuality], tolerance: float) -> tuple[Verdict, str]:
    """Whether a candidate may take over.

    It may not where, for any measure of `GATED`, the whole paired interval of its difference to
    the current model lies below −`tolerance`. A wide interval stops nobody: it is no proof of
    being worse. Without the track of publications, or with fewer than `FEWEST_PUBLICATIONS` in it,
    nothing is known.

    Returns:
        The verdict, and its reasons for a person.
    """
    asked = tracks.get(Track.PUBLICATION)
    if asked is None or not asked.gain_ci95:
        return Verdict.UNKNOWN, "it could not be compared with the current model"
    if asked.n_publications < FEWEST_PUBLICATIONS:
        return (
            Verdict.UNKNOWN,
            f"{asked.n_publications} publications with several figures are too few to compare on; "
            f"{FEWEST_PUBLICATIONS} are needed",
        )
    gated = [(track, measure) for track, measure in GATED if track in tracks]
    worse = [
        f"{_WORDS[track, measure]} {tracks[track].gain[measure]:+.3f} "
        "(95 %: {:+.3f} to {:+.3f})".format(*tracks[track].gain_ci95[measure])
        for track, measure in gated
        if tracks[track].gain_ci95[measure][1] < -tolerance
    ]
    if worse:
        return Verdict.WORSE, f"worse than the current model at {'; '.join(worse)}"
    return (
        Verdict.PASSED,
        f"no measure of {len(gated)} is proved worse by more than {tolerance:g} on "
        f"{asked.n_queries:,} queries of {asked.n_publications:,} publications",
    )


def _system(resources: Resources) -> System:
    encoder = resources.encoder
    return System(
        encoder.encoder_id, encoder.encode_images, encoder.encode_texts, encoder.encoder_id
    )


def _read_sample(
    catalogue: Catalogue, systems: Sequence[System], n_figures: int
) -> tuple[EmbeddedSet, Mapping[str, frozenset[str]]]:
    """Sampled figures with both models' vectors, and what their publications cite.

    Cited publications of the collection are added to what is searched; they ask nothing.
    """
    publications = catalogue.sample_publications([system.name for system in systems], n_figures)
    asking = catalogue.figures(catalogue.figures_of(publications))
    cited_numbers = {
        row.publication.publication_id: row.publication.cited_publication_ids for row in asking
    }
    cited = catalogue.publications_by_number(
        "US", [number for numbers in cited_numbers.values() for number in numbers]
    )
    found_only = catalogue.figures(catalogue.figures_of(sorted(set(cited) - set(publications))))
    rows = [_manifest_row(row, Role.BOTH) for row in asking]
    rows += [_manifest_row(row, Role.GALLERY) for row in found_only]
    figures = _embedded(catalogue, rows, systems)
    cites = {
        design_number(citing): frozenset(map(design_number, numbers))
        for citing, numbers in cited_numbers.items()
        if numbers
    }
    return figures, cites


def _embedded(
    catalogue: Catalogue, rows: Sequence[ManifestRow], systems: Sequence[System]
) -> EmbeddedSet:
    """Those of the figures that every one of the models embedded."""
    names = [row.file for row in rows]
    kept = [catalogue.embeddings(system.name, names) for system in systems]
    vectors = [dict(zip(one.figure_ids, one.image, strict=True)) for one in kept]
    known = [row for row in rows if all(row.file in found for found in vectors)]
    if not known:
        raise ModelInvalid(
            f"there is no figure that {' and '.join(system.name for system in systems)} embedded; "
            "run `limn reindex --checkpoint` with the folder of the newer one first"
        )
    return EmbeddedSet(
        tuple(known),
        tuple(
            Embedded(system, np.stack([found[row.file] for row in known]), None, 0)
            for system, found in zip(systems, vectors, strict=True)
        ),
        (),
    )


def _manifest_row(row: FigureRow, role: Role) -> ManifestRow:
    publication = row.publication
    return ManifestRow(
        file=row.figure.figure_id,
        publication_id=publication.publication_id,
        title=publication.title,
        locarno=publication.locarno[0].code if publication.locarno else "",
        view=row.figure.view,
        role=role,
    )


def _track_quality(evaluation: Evaluation) -> TrackQuality:
    report = evaluation.report
    first = evaluation.figures.embedded[0].system.name
    rivals = list(report.baselines.items())
    return TrackQuality(
        n_queries=report.n_queries,
        n_publications=len(np.unique(evaluation.results[0].publications)),
        n_gallery=report.n_gallery,
        systems={
            name: _system_quality(scores, evaluation.results[place].means)
            for place, (name, scores) in enumerate([(first, report.model), *rivals])
        },
        gain=rivals[0][1].gain if rivals else {},
        gain_ci95=rivals[0][1].gain_ci95 if rivals else {},
    )


def _system_quality(scores: SystemScores, means: Measured) -> SystemQuality:
    return SystemQuality(means=dict(means), ci95=scores.ci95, parts=scores.parts)


def _examples(evaluation: Evaluation) -> tuple[Example, ...]:
    result, rows = evaluation.results[0], evaluation.figures.rows
    places = choose_queries(result)
    query_idx = result.query_idx[places]
    found = {
        one.system.name: top_hits(evaluation, one.vectors, query_idx)
        for one in evaluation.figures.embedded
    }
    return tuple(
        Example(
            figure_id=rows[query].file,
            title=rows[query].title,
            locarno=rows[query].locarno,
            part=str(result.parts[place]),
            hits={
                name: tuple(
                    ExampleHit(figure_id=rows[hit].file, is_relevant=bool(relevant))
                    for hit, relevant in zip(hits[row], is_relevant[row], strict=True)
                    if hit >= 0
                )
                for name, (hits, is_relevant) in found.items()
            },
        )
        for row, (place, query) in enumerate(zip(places, query_idx, strict=True))
    )
