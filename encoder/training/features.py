"""Pooled features of a corpus through a frozen backbone, on varied drawings."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.ports import GreyImage
from encoder.model import DrawingNet
from encoder.preprocess import prepare
from encoder.training.augment import augment
from encoder.training.config import ProjectorFitConfig, TrainingConfig
from encoder.training.corpus import Corpus
from encoder.training.publish import export_onnx

_BATCH = 32


@dataclass(frozen=True)
class PooledFeatures:
    """What the projector is fitted to."""

    features: NDArray[np.float32]
    """float32 [N, P], as the projector sees them."""
    objects: NDArray[np.int64]
    """int64 [N], object of the corpus."""


class _Pooled(nn.Module):
    """The network up to its projector, for export."""

    def __init__(self, net: DrawingNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, ink: Tensor) -> Tensor:
        return self.net.pool(ink)


def pooled_features(
    net: DrawingNet, corpus: Corpus, config: TrainingConfig, fit: ProjectorFitConfig
) -> PooledFeatures:
    """Pooled features of augmented drawings, several of each object.

    Computed by ONNX Runtime, which is four times as fast as torch on a CPU.

    Args:
        net: Its backbone is used as it is, in evaluation.
        corpus: What is drawn.
        config: Says how drawings are varied and prepared.
        fit: Says how many objects and drawings.
    """
    rng = np.random.default_rng(config.seed)
    chance = torch.Generator().manual_seed(config.seed)
    objects = corpus.pick_objects(fit.n_objects, rng)
    per_batch = max(1, _BATCH // fit.n_drawings_per_object)
    session = _export(net, config)
    found: list[NDArray[np.float32]] = []
    for start in range(0, len(objects), per_batch):
        some = objects[start : start + per_batch]
        packed = torch.from_numpy(corpus.draw(some, fit.n_drawings_per_object, rng))
        ink = augment(
            packed, config.preprocess.size_px, config.augment, config.preprocess.gamma, chance
        )
        found.append(session.run(None, {"ink": ink.numpy()})[0])
    return PooledFeatures(np.concatenate(found), np.repeat(objects, fit.n_drawings_per_object))


def features_of_figures(
    net: DrawingNet, figures: Iterable[GreyImage], config: TrainingConfig
) -> NDArray[np.float32]:
    """Pooled features of figures as they are, for measuring: float32 [N, P]."""
    session = _export(net, config)
    return np.concatenate(
        [
            session.run(None, {"ink": prepare(figure, config.preprocess)[None]})[0]
            for figure in figures
        ]
    )


def _export(net: DrawingNet, config: TrainingConfig) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = config.n_threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "pooled.onnx"
        export_onnx(_Pooled(net).eval(), config.preprocess.size_px, path)
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
