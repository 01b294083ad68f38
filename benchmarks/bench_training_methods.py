"""Does the paper's method beat its rivals with the same network, drawings and steps?

The backbone stays as it begins, so its features of all drawings are computed once; the projector is
then trained from the same random beginnings by each objective. Ablations leave out a term, the
class balance, all texts but the plain name, or a source of drawings. Prints one JSON object.

    ./run bench bench_training_methods [CONFIG.toml] [--only NAME ...] [--seeds N]
        [--set NAME=FOLDER ...]

Each set is a folder of figures with a manifest (`limn evaluate --save-figures`,
build_grant_figures.py, build_mesh_drawings.py). What is there already is not trained again.
"""

import argparse
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import nn

from core.logs import configure_logs
from core.settings import LogSettings
from encoder.evaluation.manifest import ManifestRow, Track, read_manifest_rows
from encoder.evaluation.metrics import bootstrap_interval
from encoder.evaluation.tracks import measure
from encoder.model import DrawingNet
from encoder.training.caches import build_caches
from encoder.training.config import (
    ProjectorFitConfig,
    ProjectorStepsConfig,
    TrainingConfig,
    read_config,
)
from encoder.training.corpus import Corpus, build_corpus
from encoder.training.features import PooledFeatures, features_of_figures, pooled_features
from encoder.training.objectives import ObjectiveConfig
from encoder.training.pretrained import load_backbone
from encoder.training.projector_training import train_projector
from encoder.training.state import current_commit

_CONFIG = Path(__file__).parents[1] / "encoder" / "training" / "configs" / "compare.toml"
_SETS = ("sheets=.cache/figures", "grants=.cache/grants", "rendered=.cache/rendered")
METHOD = "informed"
OBJECTIVES: dict[str, dict[str, Any]] = {
    METHOD: {},
    "arcface": {"method": "arcface"},
    "triplet": {"method": "triplet"},
    "infonce": {"method": "infonce"},
    "clip": {"method": "clip"},
    "without view": {"terms": ["instance", "label", "locarno"]},
    "without coarse": {"terms": ["instance", "view"]},
    "without instance": {"terms": ["label", "locarno", "view"]},
    "without balance": {"balance": "none"},
    "without enrichment": {},
    "without icons": {},
    "without covers": {},
    "without meshes": {},
    "without samples": {},
}
_SOURCES = {"without icons": 0, "without covers": 1, "without meshes": 2, "without samples": 3}
"""Place of the source in the configuration that an ablation leaves out."""


@dataclass(frozen=True)
class TestSet:
    """Figures of one kind, as the projector sees them."""

    rows: tuple[ManifestRow, ...]
    features: NDArray[np.float32]

    @property
    def class_track(self) -> Track:
        return Track.LOCARNO_CLASS if any(row.locarno for row in self.rows) else Track.CLASS


@dataclass(frozen=True)
class Material:
    """What all objectives share."""

    config: TrainingConfig
    steps: ProjectorStepsConfig
    corpus: Corpus
    pooled: PooledFeatures
    sets: dict[str, TestSet]
    folder: Path
    """Where projectors are kept."""


@dataclass(frozen=True)
class Scores:
    """Average precision of every query of one track, mean over seeds."""

    values: NDArray[np.float64]
    publications: NDArray[np.str_]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", type=Path, nargs="?", default=_CONFIG)
    parser.add_argument("--only", nargs="*", choices=OBJECTIVES, default=list(OBJECTIVES))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--set", action="append", dest="sets", metavar="NAME=FOLDER")
    given = parser.parse_args()
    configure_logs(LogSettings(level="WARNING"))
    config = read_config(given.config)
    named = dict(entry.split("=", 1) for entry in given.sets or _SETS)
    material = _prepare(config, {name: Path(path) for name, path in named.items()})
    scores = {name: _scores(name, material, given.seeds) for name in given.only}
    report = {
        "question": "same network, drawings and steps: which objective validates best",
        "config": given.config.name,
        "steps": material.steps.model_dump(),
        "size_px": config.preprocess.size_px,
        "n_seeds": given.seeds,
        "objectives": {name: _report(scores[name], scores.get(METHOD)) for name in given.only},
        "commit": current_commit(),
    }
    print(json.dumps(report, indent=2))


def _prepare(config: TrainingConfig, sets: dict[str, Path]) -> Material:
    fit = config.projector_fit
    if fit is None or fit.steps is None:
        raise SystemExit(f"{config.name} says nothing about [projector_fit.steps]")
    torch.set_num_threads(config.n_threads)
    digest = hashlib.sha256(config.model_dump_json(exclude={"projector_fit"}).encode()).hexdigest()
    shared = config.run_dir / digest[:12]
    folder = shared / hashlib.sha256(fit.model_dump_json().encode()).hexdigest()[:12]
    folder.mkdir(parents=True, exist_ok=True)
    net = DrawingNet(config.model)
    load_backbone(net, config.pretrained or "")
    corpus = build_corpus(config, build_caches(config))
    pooled = _kept_features(net, corpus, config, fit, shared)
    opened = {name: _open_set(net, path, config) for name, path in sets.items()}
    return Material(config, fit.steps, corpus, pooled, opened, folder)


def _scores(name: str, material: Material, n_seeds: int) -> dict[str, Scores]:
    """One objective's numbers by set and track."""
    found: dict[str, list[Scores]] = {}
    for seed in range(n_seeds):
        projector = _trained(name, material, seed)
        for track, one in _measure(projector, material.sets):
            found.setdefault(track, []).append(one)
    return {
        track: replace(several[0], values=np.mean([one.values for one in several], axis=0))
        for track, several in found.items()
    }


def _trained(name: str, material: Material, seed: int) -> nn.Linear:
    """The projector of one objective and seed; kept, so that it is trained once."""
    config = material.config
    path = material.folder / f"{name.replace(' ', '-')}-{seed}.pt"
    projector = nn.Linear(material.pooled.features.shape[1], config.model.dimension)
    if path.is_file():
        projector.load_state_dict(torch.load(path, weights_only=True))
        return projector
    corpus, pooled = _ablated(name, config, material.corpus, material.pooled)
    objective = ObjectiveConfig.model_validate(config.objective.model_dump() | OBJECTIVES[name])
    _begin(projector, pooled, seed)
    train_projector(projector, pooled, corpus, objective, material.steps, seed)
    torch.save(projector.state_dict(), path)
    return projector


def _measure(projector: nn.Linear, sets: dict[str, TestSet]) -> Iterator[tuple[str, Scores]]:
    for name, one in sets.items():
        with torch.inference_mode():
            vectors = nn.functional.normalize(projector(torch.from_numpy(one.features))).numpy()
        same = measure(vectors, one.rows, Track.PUBLICATION)
        yield f"{name}: same publication", Scores(same.measures["map"], same.publications)
        kind = measure(vectors, one.rows, one.class_track, exclude_own_publication=True)
        yield f"{name}: same class", Scores(kind.measures["map"], kind.publications)


def _report(scores: dict[str, Scores], method: dict[str, Scores] | None) -> dict[str, Any]:
    """Means with their intervals, and what the method has over this objective, query by query."""
    report: dict[str, Any] = {}
    for track, one in scores.items():
        entry = {
            "map": round(float(one.values.mean()), 4),
            "ci95": _rounded(bootstrap_interval(one.values, one.publications)),
        }
        if method is not None and method is not scores:
            more = method[track].values - one.values
            entry["method_gains"] = round(float(more.mean()), 4)
            entry["gain_ci95"] = _rounded(bootstrap_interval(more, one.publications))
        report[track] = entry
    return report


def _rounded(interval: tuple[float, float]) -> list[float]:
    return [round(end, 4) for end in interval]


def _begin(projector: nn.Linear, pooled: PooledFeatures, seed: int) -> None:
    """Random weights over features of mean 0 and variance 1."""
    torch.manual_seed(seed)
    projector.reset_parameters()
    mean, spread = (torch.from_numpy(of(pooled.features, axis=0)) for of in (np.mean, np.std))
    with torch.no_grad():
        projector.weight.div_(spread.clamp(min=1e-6))
        projector.bias.copy_(-(projector.weight @ mean))


def _ablated(
    name: str, config: TrainingConfig, corpus: Corpus, pooled: PooledFeatures
) -> tuple[Corpus, PooledFeatures]:
    """Corpus and features without what an ablation leaves out of the data."""
    if name == "without enrichment":
        objects = np.arange(corpus.object_starts[-1])
        starts, texts = np.arange(len(corpus.text_starts)), corpus.first_texts(objects)
        return replace(corpus, text_starts=starts, text_vectors=texts), pooled
    if name not in _SOURCES:
        return corpus, pooled
    out = _SOURCES[name]
    first, end = corpus.object_starts[out], corpus.object_starts[out + 1]
    is_kept = (pooled.objects < first) | (pooled.objects >= end)
    objects = pooled.objects[is_kept]
    sources = tuple(source for place, source in enumerate(config.sources) if place != out)
    sets = tuple(one for place, one in enumerate(corpus.sets) if place != out)
    without = build_corpus(config.model_copy(update={"sources": sources}), sets)
    moved = np.where(objects >= end, objects - (end - first), objects)
    return without, PooledFeatures(pooled.features[is_kept], moved)


def _kept_features(
    net: DrawingNet, corpus: Corpus, config: TrainingConfig, fit: ProjectorFitConfig, folder: Path
) -> PooledFeatures:
    path = folder / f"features-{fit.n_drawings_per_object}.npz"
    if not path.is_file():
        found = pooled_features(net, corpus, config, fit)
        np.savez(path, features=found.features, objects=found.objects)
    with np.load(path) as kept:
        return PooledFeatures(kept["features"], kept["objects"])


def _open_set(net: DrawingNet, folder: Path, config: TrainingConfig) -> TestSet:
    rows = read_manifest_rows(folder / "manifest.csv")
    figures = (np.asarray(Image.open(folder / row.file).convert("L")) for row in rows)
    return TestSet(rows, features_of_figures(net, figures, config))


if __name__ == "__main__":
    main()
