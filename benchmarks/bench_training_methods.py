"""Does the paper's method beat its rivals with the same network, drawings and steps?

The method, its rivals and its ablations (a term, the class balance, all texts but the plain name, a
kind of source left out) begin with the same weights and are measured on the same sets. Which
weights learn is the configuration's: with steps in [schedule] the whole network, each objective a
run of its own on a GPU or CPU; without, the projector alone over features that are computed once.
What is trained already is not trained again, and a killed run goes on. Prints one JSON object, or
with --tables the tables of docs/encoder.md.

    ./run bench bench_training_methods [CONFIG.toml] [--only NAME ...] [--seeds N]
        [--set NAME=FOLDER ...] [--tables]

Each set is a folder of figures with a manifest (`limn evaluate --save-figures`,
build_grant_figures.py, build_mesh_drawings.py).
"""

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.method_changes import METHOD, method_names
from benchmarks.method_runs import (
    MeasuredSet,
    Vectors,
    read_set,
    trained_networks,
    trained_projectors,
)
from core.errors import EvaluationInvalid
from core.logs import configure_logs
from core.settings import LogSettings
from encoder.evaluation.cross_modal import text_to_image
from encoder.evaluation.manifest import Track
from encoder.evaluation.metrics import bootstrap_interval
from encoder.evaluation.tracks import measure
from encoder.training.config import TrainingConfig, read_config
from encoder.training.state import current_commit
from encoder.training.text_space import embed_texts_cached

_CONFIG = Path(__file__).parents[1] / "encoder" / "training" / "configs" / "compare.toml"
_SETS = ("sheets=.cache/figures", "grants=.cache/grants", "rendered=.cache/rendered")
Report = dict[str, dict[str, Any]]
"""By objective and track."""


@dataclass(frozen=True)
class Scores:
    """One measure of every query of one track, mean over seeds."""

    measure: str
    values: NDArray[np.float64]
    groups: NDArray[np.str_]
    """What is drawn as a whole for intervals: publications, titles."""


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", type=Path, nargs="?", default=_CONFIG)
    parser.add_argument("--only", nargs="*", metavar="NAME")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--set", action="append", dest="sets", metavar="NAME=FOLDER")
    parser.add_argument("--tables", action="store_true")
    given = parser.parse_args()
    configure_logs(LogSettings(level="WARNING"))
    config = read_config(given.config)
    names = given.only or method_names(config)
    unknown = sorted(set(names) - set(method_names(config)))
    if unknown:
        parser.error(f"{', '.join(unknown)}: {config.name} knows {', '.join(method_names(config))}")
    named = dict(entry.split("=", 1) for entry in given.sets or _SETS)
    sets = {name: read_set(Path(path)) for name, path in named.items()}
    found = compare(config, sets, names, given.seeds)
    if given.tables:
        print("\n\n".join(tables(found)))
        return
    steps = config.schedule if config.schedule.n_steps else config.projector_fit
    report = {
        "question": "same network, drawings and steps: which objective validates best",
        "config": given.config.name,
        "trained": steps.model_dump() if steps else None,
        "size_px": config.preprocess.size_px,
        "n_seeds": given.seeds,
        "objectives": found,
        "commit": current_commit(),
    }
    print(json.dumps(report, indent=2))


def compare(
    config: TrainingConfig, sets: Mapping[str, MeasuredSet], names: Sequence[str], n_seeds: int
) -> Report:
    """Train what is not trained yet and measure it: means, intervals, what the method has over it.

    Args:
        config: Of the method; the others differ from it in one thing each.
        sets: What is measured on, by name.
        names: Of `benchmarks.method_changes.method_names`.
        n_seeds: Runs of each, whose numbers are averaged query by query.
    """
    way = trained_networks if config.schedule.n_steps else trained_projectors
    trained = way(config, sets)
    titles = {
        name: embed_texts_cached([row.title for row in one.rows], config.cache_dir)
        for name, one in sets.items()
    }
    scores: dict[str, dict[str, Scores]] = {}
    for name in names:
        runs = [dict(_measure(trained(name, seed), sets, titles)) for seed in range(n_seeds)]
        scores[name] = {
            track: replace(one, values=np.mean([run[track].values for run in runs], axis=0))
            for track, one in runs[0].items()
        }
    return {name: _report(scores[name], scores.get(METHOD)) for name in names}


def _measure(
    vectors: Vectors, sets: Mapping[str, MeasuredSet], titles: Vectors
) -> Iterator[tuple[str, Scores]]:
    for name, one in sets.items():
        same = measure(vectors[name], one.rows, Track.PUBLICATION)
        yield f"{name}: same publication", Scores("map", same.measures["map"], same.publications)
        track = Track.LOCARNO_CLASS if any(row.locarno for row in one.rows) else Track.CLASS
        with suppress(EvaluationInvalid):  # small sets hold no two publications of a class
            kind = measure(vectors[name], one.rows, track, exclude_own_publication=True)
            yield f"{name}: same class", Scores("map", kind.measures["map"], kind.publications)
        if any(row.title for row in one.rows):
            found = text_to_image(titles[name], vectors[name], one.rows)
            yield f"{name}: title", Scores("r_at_10", found.hits["r_at_10"], found.groups)


def _report(scores: dict[str, Scores], method: dict[str, Scores] | None) -> dict[str, Any]:
    """Means with their intervals, and what the method has over this objective, query by query."""
    report: dict[str, Any] = {}
    for track, one in scores.items():
        entry: dict[str, Any] = {one.measure: _rounded(one.values.mean()), "ci95": _ends(one)}
        if method is not None and method is not scores:
            more = replace(one, values=method[track].values - one.values)
            entry |= {"method_gains": _rounded(more.values.mean()), "gain_ci95": _ends(more)}
        report[track] = entry
    return report


def _ends(scores: Scores) -> list[float]:
    return [_rounded(end) for end in bootstrap_interval(scores.values, scores.groups)]


def _rounded(value: float) -> float:
    return round(float(value), 4)


def tables(report: Report) -> Iterator[str]:
    """The means and, where the method is among them, its paired gains: Markdown."""
    tracks = list(next(iter(report.values())))
    head = [" | ".join(["|", *tracks, ""]).strip(), "|---" * (len(tracks) + 1) + "|"]
    means = [
        _row(name, [_told(next(iter(one.values())), one["ci95"]) for one in found.values()])
        for name, found in report.items()
    ]
    yield "\n".join([*head, *means])
    gains = [
        _row(
            f"method over {name}",
            [_told(one["method_gains"], one["gain_ci95"], "+") for one in found.values()],
        )
        for name, found in report.items()
        if all("method_gains" in one for one in found.values())
    ]
    if gains:
        yield "\n".join([*head, *gains])


def _row(name: str, cells: list[str]) -> str:
    return " | ".join([f"| {name}", *cells]) + " |"


def _told(value: float, ends: list[float], sign: str = "") -> str:
    low, high = (f"{end:{sign}.3f}" for end in ends)
    return f"{value:{sign}.3f} [{low}, {high}]"


if __name__ == "__main__":
    main()
