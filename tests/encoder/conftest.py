"""A tiny network published once, and drawings made in code."""

import numpy as np
import pytest
import torch

from encoder.model import DrawingNet, ModelConfig, ThinResNet
from encoder.preprocess import PreprocessConfig
from encoder.training.publish import publish

TINY_MODEL = ModelConfig(
    backbone=ThinResNet(stem_width=8, stage_widths=(8, 16), stage_depths=(1, 1)),
    projector_width=16,
)
TINY_PREPROCESS = PreprocessConfig(size_px=48)


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory):
    torch.manual_seed(3)
    net = DrawingNet(TINY_MODEL)
    for buffer in (b for name, b in net.named_buffers() if name.endswith("running_mean")):
        buffer.uniform_(-0.1, 0.1)  # statistics that folding them away must not lose
    folder = tmp_path_factory.mktemp("tiny") / "checkpoint"
    publish(net, TINY_PREPROCESS, folder, name="tiny-net", training={"data": {}})
    return folder


@pytest.fixture
def drawings():
    rng = np.random.default_rng(11)
    made = []
    for height, width in ((300, 200), (150, 410), (64, 64), (900, 700), (33, 250)):
        image = np.full((height, width), 255, np.uint8)
        for _ in range(6):
            top, left = rng.integers(0, height - 20), rng.integers(0, width - 20)
            image[top : top + 3, left:] = 0
            image[top:, left : left + 2] = 0
        made.append(image)
    return made
