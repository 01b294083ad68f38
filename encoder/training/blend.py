"""Weights between a run's beginning and its end (WiSE-FT, Wortsman et al. 2022).

Fine-tuned on drawings made for training, a network forgets some of what it saw in real ones.
Between its weights before and after lie networks that do both; their projector is fitted anew.
"""

import torch
from torch import Tensor

from core.errors import ConfigurationFault
from encoder.model import DrawingNet
from encoder.training.config import BlendConfig, TrainingConfig
from encoder.training.corpus import Corpus
from encoder.training.pretrained import load_network
from encoder.training.projector_fit import fit_projector


def blended(
    config: TrainingConfig, blend: BlendConfig, end: dict[str, Tensor], corpus: Corpus
) -> DrawingNet:
    """The network that a finished run publishes, on the CPU.

    Args:
        config: The run; its network began with that of `start_from`.
        blend: How much of the end it has, and how its projector is fitted.
        end: The run's last weights.
        corpus: What the projector is fitted to.

    Raises:
        ConfigurationFault: If the run began with no network.
    """
    if config.start_from is None:
        raise ConfigurationFault("[blend] needs `start_from`: the network that the run begins with")
    net = DrawingNet(config.model)
    load_network(net, config.start_from)
    with torch.no_grad():
        for name, value in net.state_dict().items():
            if value.is_floating_point():
                value.lerp_(end[name], blend.share)
    net.eval()
    fit_projector(net, corpus, config, blend.projector_fit)
    return net
