"""The image network: a backbone, pooling and a projection into the text space.

Needs torch and transformers; serving reads the ONNX export instead (`encoder.image_encoder`).
"""

from typing import Annotated, Any, Literal, Self, cast

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own habit)
from pydantic import BaseModel, ConfigDict, Field, model_validator
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, ResNetConfig, ResNetModel

from encoder.efficientnet_lite import EfficientNetLite, LiteVariant

_IMAGENET_MEAN = (0.485, 0.456, 0.406)
_IMAGENET_STD = (0.229, 0.224, 0.225)
_GEM_POWER = 3.0
_SMALLEST_VARIANCE = 1e-6


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ThinResNet(_Part):
    """A residual network of basic blocks on one grey channel; the default is ResNet-18, halved."""

    kind: Literal["resnet"] = "resnet"
    stem_width: int = Field(default=32, ge=4)
    stage_widths: tuple[int, ...] = (32, 64, 128, 256)
    stage_depths: tuple[int, ...] = (2, 2, 2, 2)


class LiteNet(_Part):
    """EfficientNet-Lite; `encoder.training.pretrained` knows its ImageNet weights."""

    kind: LiteVariant


class HubBackbone(_Part):
    """Any image backbone of transformers: ResNet, EfficientNet, ViT, Swinv2, ConvNeXtV2 ..."""

    kind: Literal["transformers"]
    model_type: str
    """As transformers spells it: `resnet`, `efficientnet`, `vit`, `swinv2`."""
    options: dict[str, Any] = {}
    """Of its configuration; one channel takes ink as it is, three take a normalised picture."""


Backbone = Annotated[ThinResNet | LiteNet | HubBackbone, Field(discriminator="kind")]


class ModelConfig(_Part):
    """Shape of the network; saved with the weights."""

    backbone: Backbone = ThinResNet()
    pooling: Literal["mean", "mean-max", "gem", "stages"] = "mean-max"
    """How feature maps become one vector; `gem` is Radenović et al. 2019 with power 3. `stages`
    reads the last three stages of `efficientnet-lite` instead of its head: the means of the last
    two, where shapes are, and the standard deviations of the one before, where strokes are."""
    projector: Literal["mlp", "linear"] = "mlp"
    """From pooled features into the text space; none where the dimensions agree already."""
    projector_width: int = Field(default=512, ge=8)
    dimension: int = Field(default=384, ge=2)
    """D of the frozen text space."""
    mirrored: Literal["not", "left-right", "both-ways"] = "both-ways"
    """In evaluation, average a drawing's vector with those of its mirror images: a left and a right
    view of one thing then coincide, and so do many a top and bottom view."""

    @model_validator(mode="after")
    def _stages_are_known(self) -> Self:
        if self.pooling == "stages" and not isinstance(self.backbone, LiteNet):
            raise ValueError('pooling "stages" needs a backbone of kind efficientnet-lite0 or 1')
        return self


class DrawingNet(nn.Module):
    """Ink [B, 1, S, S] → unit vectors [B, D] of the text space."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.backbone = build_backbone(config.backbone, has_head=config.pooling != "stages")
        self.projector = _build_projector(config, _pooled_width(self.backbone, config))

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
        return self.project(self.pool(ink))

    def pool(self, ink: Tensor) -> Tensor:
        """What the projector sees of a drawing: float [B, P]."""
        if self.config.pooling == "stages":
            return _pool_stages(cast(EfficientNetLite, self.backbone).stage_maps(ink))
        maps = self.backbone(ink)  # (B, C, S/32, S/32), or (B, T, C) where the backbone has tokens
        places = maps.flatten(2) if maps.ndim == 4 else maps.transpose(1, 2)  # (B, C, T)
        match self.config.pooling:
            case "mean":
                return cast(Tensor, places.mean(dim=2))
            case "mean-max":
                return torch.cat([places.mean(dim=2), places.amax(dim=2)], dim=1)
            case _:
                powers = places.float().clamp(min=1e-6).pow(_GEM_POWER)
                return cast(Tensor, powers.mean(dim=2).pow(1 / _GEM_POWER))

    def project(self, pooled: Tensor) -> Tensor:
        """Pooled features [B, P] → unit vectors float32 [B, D]."""
        return F.normalize(cast(Tensor, self.projector(pooled)).float(), dim=-1)


def build_backbone(
    config: Backbone, *, has_head: bool = True
) -> "EfficientNetLite | _Transformers":
    """A backbone with random weights: ink [B, 1, S, S] → maps [B, C, h, w] or tokens [B, T, C].

    Args:
        config: Which one.
        has_head: Whether `efficientnet-lite` has its last layer, which pooling its stages leaves.
    """
    match config:
        case LiteNet():
            return EfficientNetLite(config.kind, has_head=has_head)
        case ThinResNet():
            shape = ResNetConfig(
                num_channels=1,
                embedding_size=config.stem_width,
                hidden_sizes=list(config.stage_widths),
                depths=list(config.stage_depths),
                layer_type="basic",
            )
            return _Transformers(ResNetModel(shape))
        case HubBackbone():
            options = AutoConfig.for_model(config.model_type, **config.options)
            network = AutoModel.from_config(options)  # type: ignore[no-untyped-call]
            return _Transformers(network)


class _Transformers(nn.Module):
    """A backbone of transformers, fed ink or, where it wants colours, a normalised picture."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        shape = cast(Any, network.config)
        widths = getattr(shape, "hidden_sizes", None)
        self.n_channels = int(widths[-1] if widths else getattr(shape, "hidden_dim", 0))
        self.n_channels = self.n_channels or int(shape.hidden_size)
        self.is_coloured = shape.num_channels == 3
        self.register_buffer("mean", torch.tensor(_IMAGENET_MEAN)[:, None, None], persistent=False)
        self.register_buffer("std", torch.tensor(_IMAGENET_STD)[:, None, None], persistent=False)

    def forward(self, ink: Tensor) -> Tensor:
        mean, std = cast(Tensor, self.mean), cast(Tensor, self.std)
        images = (1 - ink - mean) / std if self.is_coloured else ink
        return cast(Tensor, self.network(images).last_hidden_state)


def _pooled_width(backbone: "EfficientNetLite | _Transformers", config: ModelConfig) -> int:
    """P."""
    if config.pooling == "stages":
        return sum(cast(EfficientNetLite, backbone).stage_widths[-3:])
    return backbone.n_channels * (2 if config.pooling == "mean-max" else 1)


def _pool_stages(maps: list[Tensor]) -> Tensor:
    """Standard deviations over places of the third last stage, means of the last two: [B, P]."""
    strokes, parts, wholes = (stage.float() for stage in maps[-3:])
    mean = strokes.mean(dim=(2, 3))
    variance = strokes.square().mean(dim=(2, 3)) - mean.square()
    deviation = variance.clamp(min=_SMALLEST_VARIANCE).sqrt()  # a slope without bound at zero
    return torch.cat([deviation, parts.mean(dim=(2, 3)), wholes.mean(dim=(2, 3))], dim=1)


def _build_projector(config: ModelConfig, width: int) -> nn.Module:
    if width == config.dimension:
        return nn.Identity()
    if config.projector == "linear":
        return nn.Linear(width, config.dimension)
    return nn.Sequential(
        nn.Linear(width, config.projector_width),
        nn.ReLU(),
        nn.Linear(config.projector_width, config.dimension),
    )
