"""What each objective gives, trained once and kept: vectors of the sets it is measured on.

A configuration with steps trains the whole network, one without the projector alone, over features
that are computed once.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import compress
from pathlib import Path

import numpy as np
import torch
from torch import nn

from benchmarks.method_changes import changed
from core.ports import Embeddings, GreyImage
from encoder.checkpoint import MANIFEST_FILE, load_encoder
from encoder.evaluation.manifest import ManifestRow, read_manifest_rows
from encoder.model import DrawingNet
from encoder.training.caches import build_caches
from encoder.training.config import ProjectorFitConfig, ProjectorStepsConfig, TrainingConfig
from encoder.training.corpus import Corpus, build_corpus
from encoder.training.features import PooledFeatures, features_of_figures, pooled_features
from encoder.training.pretrained import load_backbone
from encoder.training.projector_training import train_projector
from encoder.training.publish import publish
from encoder.training.record import read_record
from encoder.training.sources.pictures import read_picture
from encoder.training.train import train

Vectors = Mapping[str, Embeddings]
"""Unit rows float32 [N, D] of each set's figures."""
Trained = Callable[[str, int], Vectors]
"""Of an objective's name and a seed."""


@dataclass(frozen=True)
class MeasuredSet:
    """A folder of figures with its manifest."""

    folder: Path
    rows: tuple[ManifestRow, ...]

    def figures(self) -> Iterator[GreyImage]:
        """Read the figures, in the order of the rows."""
        return (read_picture(self.folder / row.file) for row in self.rows)


def read_set(folder: Path) -> MeasuredSet:
    """Open a set as `limn evaluate --save-figures` and its kin write it."""
    return MeasuredSet(folder, read_manifest_rows(folder / "manifest.csv"))


def trained_networks(config: TrainingConfig, sets: Mapping[str, MeasuredSet]) -> Trained:
    """Whole networks from one beginning: each run goes on after a kill, and is done once."""

    def vectors_of(name: str, seed: int) -> Vectors:
        folder = _trained_checkpoint(run_of(config, name, seed))
        encoder = load_encoder(folder, n_threads=config.n_threads, batch_size=1)
        return {
            name: np.concatenate([encoder.encode_images([figure]) for figure in one.figures()])
            for name, one in sets.items()
        }

    return vectors_of


def run_of(config: TrainingConfig, name: str, seed: int) -> TrainingConfig:
    """The run of one objective and seed, in a folder that no other configuration has."""
    run = changed(config, name).model_copy(update={"seed": config.seed + seed})
    place = f"{_slug(name)}-{seed}-{_digest(run.model_dump_json())}"
    return run.model_copy(update={"run_dir": config.run_dir / place})


def _trained_checkpoint(run: TrainingConfig) -> Path:
    folder = run.run_dir / "checkpoint"
    if not (folder / MANIFEST_FILE).is_file():  # what is written last
        end = train(run).average
        record = read_record(run.run_dir)
        publish(end, run.preprocess, folder, name=run.name, training=record)
    return folder


def trained_projectors(config: TrainingConfig, sets: Mapping[str, MeasuredSet]) -> Trained:
    """Projectors from one beginning, over the features of a backbone that stays as it is."""
    fit = config.projector_fit
    if fit is None or fit.steps is None:
        raise SystemExit(f"{config.name} says nothing about [projector_fit.steps]")
    torch.set_num_threads(config.n_threads)
    shared = config.run_dir / _digest(config.model_dump_json(exclude={"projector_fit"}))
    folder = shared / _digest(fit.model_dump_json())
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(config.seed)
    net = DrawingNet(config.model)
    if config.pretrained is not None:
        load_backbone(net, config.pretrained)
    corpus = build_corpus(config, build_caches(config))
    pooled = _kept_features(net, corpus, config, fit, shared)
    features = {
        name: torch.from_numpy(features_of_figures(net, one.figures(), config))
        for name, one in sets.items()
    }
    steps = fit.steps

    def vectors_of(name: str, seed: int) -> Vectors:
        projector = nn.Linear(pooled.features.shape[1], config.model.dimension)
        path = folder / f"{_slug(name)}-{seed}.pt"
        if path.is_file():
            projector.load_state_dict(torch.load(path, weights_only=True))
        else:
            _train(projector, changed(config, name), steps, seed, _Drawn(config, corpus, pooled))
            torch.save(projector.state_dict(), path)
        with torch.inference_mode():
            return {
                name: nn.functional.normalize(projector(values)).numpy()
                for name, values in features.items()
            }

    return vectors_of


@dataclass(frozen=True)
class _Drawn:
    """All that is drawn, before an ablation leaves anything out."""

    config: TrainingConfig
    corpus: Corpus
    pooled: PooledFeatures


def _train(
    projector: nn.Linear, run: TrainingConfig, steps: ProjectorStepsConfig, seed: int, all_: _Drawn
) -> None:
    """From random weights over features of mean 0 and variance 1, without what a run leaves out."""
    is_kept = [source in run.sources for source in all_.config.sources]
    corpus = build_corpus(run, tuple(compress(all_.corpus.sets, is_kept)))
    stays = np.repeat(is_kept, np.diff(all_.corpus.object_starts))
    rows = stays[all_.pooled.objects]
    numbers = np.cumsum(stays) - 1
    pooled = PooledFeatures(all_.pooled.features[rows], numbers[all_.pooled.objects[rows]])
    torch.manual_seed(seed)
    projector.reset_parameters()
    mean, spread = (torch.from_numpy(of(pooled.features, axis=0)) for of in (np.mean, np.std))
    with torch.no_grad():
        projector.weight.div_(spread.clamp(min=1e-6))
        projector.bias.copy_(-(projector.weight @ mean))
    train_projector(projector, pooled, corpus, run.objective, steps, seed)


def _kept_features(
    net: DrawingNet, corpus: Corpus, config: TrainingConfig, fit: ProjectorFitConfig, folder: Path
) -> PooledFeatures:
    path = folder / f"features-{fit.n_drawings_per_object}.npz"
    if not path.is_file():
        found = pooled_features(net, corpus, config, fit)
        np.savez(path, features=found.features, objects=found.objects)
    with np.load(path) as kept:
        return PooledFeatures(kept["features"], kept["objects"])


def _slug(name: str) -> str:
    return name.replace(" ", "-")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
