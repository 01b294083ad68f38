"""Local models with weights of eight or four bits, through bitsandbytes: on GPUs and processors."""

import logging
from importlib.util import find_spec
from typing import Literal

import torch
from torch import nn
from transformers import BitsAndBytesConfig

from core.errors import ConfigurationFault

_PACKED_INPUTS, _PACKED_OUTPUTS = 64, 32
"""A processor reads weights of four bits in blocks of so many columns and rows."""


def quantisation_config(bits: Literal["8bit", "4bit"], variable: str) -> BitsAndBytesConfig:
    """What transformers needs to quantise a model while it loads it.

    Args:
        bits: Of a weight; what a layer computes with has 16.
        variable: How the settings are set, ``"LIMN_DESCRIBE__CAPTIONER"``, for people to mend them.

    Raises:
        ConfigurationFault: If what it takes is not installed.
    """
    missing = [name for name in ("accelerate", "bitsandbytes") if find_spec(name) is None]
    if missing:
        raise ConfigurationFault(
            f"{variable}__QUANTISATION needs {' and '.join(missing)}, not installed; "
            f"`pip install {' '.join(missing)}`, or set it to none"
        )
    # It says of every layer of every answer that numbers were cast.
    logging.getLogger("bitsandbytes.autograd._functions").setLevel(logging.ERROR)
    if bits == "4bit":
        four_bits = {"load_in_4bit": True, "bnb_4bit_compute_dtype": torch.bfloat16}
        return BitsAndBytesConfig(**four_bits)  # type: ignore[no-untyped-call]
    return BitsAndBytesConfig(load_in_8bit=True)  # type: ignore[no-untyped-call]


def check_packable(model: nn.Module, variable: str) -> None:
    """Make sure that a processor can read a model's layers of four bits.

    It would fail in the middle of the first answer otherwise, on some processors.

    Raises:
        ConfigurationFault: If a layer's width is not a multiple of a block's.
    """
    for name, layer in model.named_modules():
        if type(layer).__name__ != "Linear4bit" or not isinstance(layer, nn.Linear):
            continue
        if layer.weight.device.type == "cpu" and (
            layer.in_features % _PACKED_INPUTS or layer.out_features % _PACKED_OUTPUTS
        ):
            raise ConfigurationFault(
                f"{name}, {layer.out_features} by {layer.in_features} numbers, cannot be computed "
                f"with four bits on a processor; set {variable}__QUANTISATION to 8bit or none, or "
                f"{variable}__DEVICE to a GPU"
            )
