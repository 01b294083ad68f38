"""EfficientNet-Lite: inverted residual blocks without squeeze-and-excitation (Tan & Le 2019).

The Lite variant swaps swish for ReLU6 and has no gates, so it runs fast on a CPU. transformers'
EfficientNet cannot leave its gates out, hence this module; its ImageNet weights come as a package
(`encoder.training.pretrained`).
"""

import math
from typing import Literal, cast

import torch.nn.functional as F  # noqa: N812 (torch's own habit)
from torch import Tensor, nn

LiteVariant = Literal["efficientnet-lite0", "efficientnet-lite1"]
_DEPTHS: dict[LiteVariant, float] = {"efficientnet-lite0": 1.0, "efficientnet-lite1": 1.1}
"""What the repeats of a stage are multiplied by; those of the first and the last stay."""
_STEM_WIDTH = 32
_HEAD_WIDTH = 1280
_STAGES = (
    # repeats, kernel, stride, expansion, channels
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
_NORM_EPS = 1e-3
_NORM_MOMENTUM = 0.01


class _SameConv(nn.Conv2d):
    """Convolution padded as TensorFlow does: an odd pixel of padding goes right and below."""

    def forward(self, images: Tensor) -> Tensor:
        total = self.kernel_size[0] - self.stride[0] if self.stride[0] > 1 else 0
        if total == 0:
            return super().forward(images)
        before = total // 2
        after = total - before
        return super().forward(F.pad(images, (before, after, before, after)))


def _conv_norm(
    n_in: int, n_out: int, kernel: int, *, stride: int = 1, groups: int = 1
) -> tuple[nn.Module, nn.Module]:
    padding = kernel // 2 if stride == 1 else 0
    conv = _SameConv(n_in, n_out, kernel, stride, padding, groups=groups, bias=False)
    return conv, nn.BatchNorm2d(n_out, eps=_NORM_EPS, momentum=_NORM_MOMENTUM)


class InvertedResidual(nn.Module):
    """Expand, convolve each channel by itself, project; added to the input where shapes agree."""

    def __init__(self, n_in: int, n_out: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = n_in * expansion
        layers: list[nn.Module] = []
        if expansion != 1:
            layers += [*_conv_norm(n_in, wide, 1), nn.ReLU6()]
        layers += [*_conv_norm(wide, wide, kernel, stride=stride, groups=wide), nn.ReLU6()]
        self.layers = nn.Sequential(*layers, *_conv_norm(wide, n_out, 1))
        self.is_residual = stride == 1 and n_in == n_out

    def forward(self, images: Tensor) -> Tensor:
        """Float [B, n_in, H, W] → [B, n_out, H / stride, W / stride]."""
        outputs = cast(Tensor, self.layers(images))
        return outputs + images if self.is_residual else outputs


class EfficientNetLite(nn.Module):
    """Ink [B, 1, S, S] → feature maps [B, 1280, S/32, S/32]; S even at every halving."""

    def __init__(
        self, variant: LiteVariant = "efficientnet-lite0", *, has_head: bool = True
    ) -> None:
        """Build with random weights.

        Args:
            variant: Which width and depth.
            has_head: Without it there are no 1,280 maps, only those of `stage_maps`.
        """
        super().__init__()
        self.stem = nn.Sequential(*_conv_norm(1, _STEM_WIDTH, 3, stride=2), nn.ReLU6())
        blocks: list[nn.Module] = []
        self.stage_ends: list[int] = []
        """Block behind which each stage ends."""
        self.stage_widths: list[int] = []
        n_in = _STEM_WIDTH
        for stage, (repeats, kernel, stride, expansion, channels) in enumerate(_STAGES):
            is_outer = stage in (0, len(_STAGES) - 1)
            for repeat in range(repeats if is_outer else math.ceil(repeats * _DEPTHS[variant])):
                stride_here = stride if repeat == 0 else 1
                blocks.append(InvertedResidual(n_in, channels, kernel, stride_here, expansion))
                n_in = channels
            self.stage_ends.append(len(blocks))
            self.stage_widths.append(channels)
        self.blocks = nn.ModuleList(blocks)
        if has_head:
            self.head = nn.Sequential(*_conv_norm(n_in, _HEAD_WIDTH, 1), nn.ReLU6())
        self.n_channels = _HEAD_WIDTH

    def forward(self, ink: Tensor) -> Tensor:
        """Feature maps; ink is turned to black on white in −1 … 1, as the weights expect."""
        return cast(Tensor, self.head(self.stage_maps(ink)[-1]))

    def stage_maps(self, ink: Tensor) -> list[Tensor]:
        """What each of the seven stages gives: [B, `stage_widths[i]`, h, w], first stage first."""
        maps = self.stem(1 - (255 / 128) * ink)
        found = []
        for n_passed, block in enumerate(self.blocks, start=1):
            maps = block(maps)
            if n_passed in self.stage_ends:
                found.append(maps)
        return found
