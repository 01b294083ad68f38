"""The image network: a small residual backbone, pooling and a projection into the text space.

Needs torch and transformers; serving reads the ONNX export instead (`encoder.image_encoder`).
"""

from typing import Literal, cast

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
    mirrored: Literal["not", "left-right", "both-ways"] = "both-ways"
    """In evaluation, average a drawing's vector with those of its mirror images: a left and a right
    view of one thing then coincide, and so do many a top and bottom view."""


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
        """Embed drawings; in evaluation, the same vector for a drawing and its mirror images.

        Args:
            ink: float32 [B, 1, S, S], 0 paper, 1 ink.

        Returns:
            float32 [B, D], rows of unit length.
        """
        if self.training or self.config.mirrored == "not":
            return self.embed_once(ink)
        images = [ink, ink.flip(-1)]
        if self.config.mirrored == "both-ways":
            images += [image.flip(-2) for image in images]
        vectors = [self.embed_once(image) for image in images]
        return F.normalize(torch.stack(vectors).sum(dim=0), dim=-1)

    def embed_once(self, ink: Tensor) -> Tensor:
        """One pass, without the mirror image: unit vectors [B, D]."""
        features = self.backbone(ink).last_hidden_state  # (B, C, S/32, S/32)
        pooled = torch.cat([features.mean(dim=(2, 3)), features.amax(dim=(2, 3))], dim=1)
        return F.normalize(cast(Tensor, self.projector(pooled)).float(), dim=-1)
