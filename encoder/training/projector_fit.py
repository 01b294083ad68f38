"""A projector in closed form: learned whitening of a frozen backbone, turned into the text space.

Features of different drawings of one object differ by what does not matter: the side it is seen
from, the pen, the hatching. Every value is scaled to unit variance; whitening by the covariance
within objects (Mikolajczyk & Matas 2007; Radenović et al. 2019, section 3.3) plays such differences
down, and the directions in which objects differ most are kept. They are then rotated as a whole so
that objects come nearest to their texts (orthogonal Procrustes, Schönemann 1966), which leaves
every similarity between drawings as it is.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from core.errors import ConfigurationFault
from encoder.model import DrawingNet
from encoder.training.config import ProjectorFitConfig, TrainingConfig
from encoder.training.corpus import Corpus
from encoder.training.features import PooledFeatures, pooled_features
from encoder.training.projector_training import train_projector

_SMALLEST_SPREAD = 1e-6


def fit_projector(
    net: DrawingNet, corpus: Corpus, config: TrainingConfig, fit: ProjectorFitConfig
) -> None:
    """Fit the network's linear projector to the corpus, in place, and train it on if so configured.

    The fit's outputs have a mean length of 1; those of the part that is kept are brought to it.

    Raises:
        ConfigurationFault: If the network's projector is not one matrix.
    """
    if not isinstance(net.projector, nn.Linear):
        raise ConfigurationFault('projector_fit needs `projector = "linear"` in [model]')
    pooled = pooled_features(net, corpus, config, fit)
    texts = corpus.first_texts(pooled.objects)
    weight, bias = whitened_to_text(pooled, texts, fit.shrinkage)
    with torch.no_grad():
        length = net.projector(torch.from_numpy(pooled.features)).norm(dim=1).mean()
        for value, fitted in ((net.projector.weight, weight), (net.projector.bias, bias)):
            value.copy_((1 - fit.kept) * torch.from_numpy(fitted) + fit.kept * value / length)
    if fit.steps is not None:
        train_projector(net.projector, pooled, corpus, config.objective, fit.steps, config.seed)


def whitened_to_text(
    pooled: PooledFeatures, texts: NDArray[np.float32], shrinkage: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The projection that whitens within objects and turns towards texts.

    Args:
        pooled: N features of P values, several an object.
        texts: float32 [N, D], the text vector of each feature's object, zeros where it has none;
            D ≤ P.
        shrinkage: How much of the mean variance is added to every direction before whitening.

    Returns:
        Weight float32 [D, P] and bias float32 [D] of a linear layer; its outputs have a mean length
        of 1 over the N features.
    """
    features = torch.from_numpy(pooled.features).double()
    _, owners = np.unique(pooled.objects, return_inverse=True)
    owner = torch.from_numpy(owners)
    spread = features.std(dim=0).clamp(min=_SMALLEST_SPREAD)
    centred = (features - features.mean(dim=0)) / spread
    n_drawings = torch.bincount(owner).double()
    means = torch.zeros(len(n_drawings), features.shape[1], dtype=torch.float64)
    means.index_add_(0, owner, centred)
    means /= n_drawings[:, None]
    within = torch.cov((centred - means[owner]).T)
    within += shrinkage * within.trace() / len(within) * torch.eye(len(within))
    variances, axes = torch.linalg.eigh(within)
    whiten = axes @ torch.diag(variances.rsqrt()) @ axes.T
    between = torch.linalg.eigh(whiten @ torch.cov(means.T) @ whiten).eigenvectors
    projection = whiten @ between.flip(1)[:, : texts.shape[1]]  # (P, D)
    directions = nn.functional.normalize(centred @ projection, dim=1)
    left, _, right = torch.linalg.svd(directions.T @ torch.from_numpy(texts).double())
    projection = projection @ (left @ right)
    projection /= (centred @ projection).norm(dim=1).mean()
    projection /= spread[:, None]
    bias = -(features.mean(dim=0) @ projection)
    return projection.T.float().numpy(), bias.float().numpy()
