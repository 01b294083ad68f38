"""The image network: a small residual backbone, pooling and a projection into the text space.

Needs torch and transformers; serving reads the ONNX export instead (`encoder.image_encoder`).
"""

from typing import cast

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own habit)
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn
from transformers import ResNetConfig, ResNetModel


class ModelConfig(BaseModel):
    """Shape of the network; saved with the weights."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stem_width: int = Field(default=32, ge=4)
    stage_widths: tuple[int, ...] = (32, 64, 128, 256)
    stage_depths: tuple[int, ...] = (2, 2, 2, 2)
    projector_width: int = Field(default=512, ge=8)
    dimension: int = Field(default=384, ge=2)
    """D of the frozen text space."""
    mirror: bool = True
    """In evaluation, average a drawing's vector with its mirror image's: left and right views of
    one thing then coincide."""


class DrawingNet(nn.Module):
    """Ink [B, 1, S, S] → unit vectors [B, D] of the text space."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.backbone = ResNetModel(
            ResNetConfig(
                num_channels=1,
                embedding_size=config.stem_width,
                hidden_sizes=list(config.stage_widths),
                depths=list(config.stage_depths),
                layer_type="basic",
            )
        )
        self.projector = nn.Sequential(
            nn.Linear(2 * config.stage_widths[-1], config.projector_width),
            nn.ReLU(),
            nn.Linear(config.projector_width, config.dimension),
        )

    def forward(self, ink: Tensor) -> Tensor:
        """Embed drawings; with `mirror`, exactly equal for a drawing and its mirror image.

        Args:
            ink: float32 [B, 1, S, S], 0 paper, 1 ink.

        Returns:
            float32 [B, D], rows of unit length.
        """
        vectors = self.embed_once(ink)
        if self.config.mirror and not self.training:
            vectors = F.normalize(vectors + self.embed_once(ink.flip(-1)), dim=-1)
        return vectors

    def embed_once(self, ink: Tensor) -> Tensor:
        """One pass, without the mirror image: unit vectors [B, D]."""
        features = self.backbone(ink).last_hidden_state  # (B, C, S/32, S/32)
        pooled = torch.cat([features.mean(dim=(2, 3)), features.amax(dim=(2, 3))], dim=1)
        return F.normalize(cast(Tensor, self.projector(pooled)).float(), dim=-1)
