"""Gradient steps on the projector alone, over features kept from a frozen backbone.

A step costs milliseconds, since no drawing passes the backbone again: a method, its rivals and its
ablations can be compared over several seeds on one CPU core.
"""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from encoder.training.config import ProjectorStepsConfig
from encoder.training.corpus import Corpus
from encoder.training.features import PooledFeatures
from encoder.training.objectives import ObjectiveConfig, Targets, build_objective

_SMALLEST_SPREAD = 1e-6


def train_projector(
    projector: nn.Linear,
    pooled: PooledFeatures,
    corpus: Corpus,
    objective: ObjectiveConfig,
    steps: ProjectorStepsConfig,
    seed: int,
) -> None:
    """Go on from the projector's weights, in place.

    Args:
        projector: From features [P] to vectors [D].
        pooled: Equally many features of each object.
        corpus: What the objects are.
        objective: What is minimised.
        steps: How many steps, how large and how fast.
        seed: Of batches and of what the objective begins with.
    """
    torch.manual_seed(seed)
    owners, n_each = np.unique(pooled.objects, return_counts=True)
    in_order = pooled.features[np.argsort(pooled.objects, kind="stable")]
    features = torch.from_numpy(in_order).reshape(len(owners), n_each[0], -1)
    place = np.full(int(corpus.object_starts[-1]), -1)
    place[owners] = np.arange(len(owners))
    loss_of = build_objective(
        objective,
        n_objects=int(corpus.object_starts[-1]),
        dimension=projector.out_features,
        counts={level: torch.from_numpy(counts) for level, counts in corpus.counts().items()},
    )
    scaled, mean, spread = _scaled(projector, features)
    optimizer = torch.optim.AdamW(
        [
            {"params": [scaled.weight], "weight_decay": steps.weight_decay},
            {"params": [scaled.bias, *loss_of.parameters()], "weight_decay": 0.0},
        ],
        betas=(0.9, 0.98),
    )
    for step in range(steps.n_steps):
        for group in optimizer.param_groups:
            group["lr"] = steps.learning_rate * 0.5 * (1 + math.cos(math.pi * step / steps.n_steps))
        rng = np.random.default_rng([seed, step])
        objects = corpus.pick_objects(steps.batch_size // 2, rng)
        objects = objects[place[objects] >= 0]
        chosen = _two_of_each(features[place[objects]], rng)
        vectors = nn.functional.normalize(scaled((chosen - mean) / spread), dim=-1)
        loss, _ = loss_of(vectors, _targets(corpus, np.repeat(objects, 2), rng))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        projector.weight.copy_(scaled.weight / spread)
        projector.bias.copy_(scaled.bias - projector.weight @ mean)


def _scaled(projector: nn.Linear, features: Tensor) -> tuple[nn.Linear, Tensor, Tensor]:
    """The projector for features of mean 0 and variance 1, so that one learning rate fits all."""
    flat = features.flatten(0, 1)
    mean, spread = flat.mean(dim=0), flat.std(dim=0).clamp(min=_SMALLEST_SPREAD)
    scaled = nn.Linear(projector.in_features, projector.out_features)
    with torch.no_grad():
        scaled.weight.copy_(projector.weight * spread)
        scaled.bias.copy_(projector.bias + projector.weight @ mean)
    return scaled, mean, spread


def _two_of_each(features: Tensor, rng: np.random.Generator) -> Tensor:
    """Two different features of each object: [n, E, P] → [2n, P]."""
    order = torch.from_numpy(rng.random(features.shape[:2]).argsort(axis=1)[:, :2])
    return torch.take_along_dim(features, order[:, :, None], dim=1).flatten(0, 1)


def _targets(corpus: Corpus, drawn: NDArray[np.int64], rng: np.random.Generator) -> Targets:
    return Targets(
        torch.from_numpy(corpus.sample_texts(drawn, rng)),
        torch.from_numpy(corpus.identities[drawn]),
        {level: torch.from_numpy(codes[drawn]) for level, codes in corpus.levels.items()},
    )
