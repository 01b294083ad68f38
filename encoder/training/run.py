"""The moving parts of a run: built, saved, taken up again."""

from dataclasses import dataclass
from typing import Any

import structlog
import torch
from torch import Tensor, nn

from encoder.model import DrawingNet
from encoder.training.config import TrainingConfig
from encoder.training.corpus import Corpus
from encoder.training.objectives import build_objective
from encoder.training.parallel import Ranks
from encoder.training.pretrained import load_backbone, load_network
from encoder.training.projector_fit import fit_projector
from encoder.training.state import STATE_FILE, append_history, load_state, save_state

_log = structlog.get_logger(__name__)
MEMORY_FORMAT = torch.channels_last
"""What bfloat16 convolutions are fast in."""


@dataclass
class Run:
    """The moving parts of a run."""

    config: TrainingConfig
    device: torch.device
    net: DrawingNet
    average: DrawingNet
    """Exponential moving average of `net`; what is validated and published."""
    objective: nn.Module
    optimizer: torch.optim.Optimizer
    ranks: Ranks
    step: int = 0
    best: float = -1.0
    n_without_gain: int = 0
    """Validations since the best one."""

    def save(self) -> None:
        """Write everything needed to go on, atomically; the leader's task."""
        if not self.ranks.leads:
            return
        modules = ("net", "average", "objective", "optimizer")
        state = {name: getattr(self, name).state_dict() for name in modules}
        numbers = {name: getattr(self, name) for name in ("step", "best", "n_without_gain")}
        save_state(self.config.run_dir / STATE_FILE, state | numbers)

    def resume(self) -> bool:
        """Go on from the last saved state; whether there was one."""
        state = load_state(self.config.run_dir / STATE_FILE, self.device)
        if state is None:
            return False
        for name in ("net", "average", "objective", "optimizer"):
            getattr(self, name).load_state_dict(state[name])
        self.step, self.best = state["step"], state["best"]
        self.n_without_gain = state["n_without_gain"]
        _log.info("resumed", step=self.step, best=round(self.best, 4))
        return True

    def record(self, entry: dict[str, Any]) -> None:
        """Keep losses or validation numbers of this step in the history and the log."""
        _log.info("training", **append_history(self.config.run_dir, {"step": self.step, **entry}))

    @property
    def is_exhausted(self) -> bool:
        """Whether validation has not become better for too long."""
        validation = self.config.validation
        patience = validation.patience if validation else None
        return patience is not None and self.n_without_gain >= patience


def start_run(config: TrainingConfig, corpus: Corpus, ranks: Ranks) -> Run:
    """Build network, objective and optimiser, or take them up where a killed run left them.

    Args:
        config: The run.
        corpus: What it learns from.
        ranks: The processes of the run; all start from the leader's weights.
    """
    torch.manual_seed(config.seed)
    torch.set_num_threads(config.n_threads)
    kind = pick_device(config)
    device = torch.device(f"cuda:{ranks.local_rank}" if kind == "cuda" else kind)
    net, average = (_laid_out(DrawingNet(config.model)) for _ in range(2))
    objective = build_objective(
        config.objective,
        n_objects=int(corpus.object_starts[-1]),
        dimension=config.model.dimension,
        counts={level: torch.from_numpy(counts) for level, counts in corpus.counts().items()},
    )
    config.run_dir.mkdir(parents=True, exist_ok=True)
    if ranks.leads and not (config.run_dir / STATE_FILE).is_file():
        _begin(net, corpus, config)
    for part in (net, average, objective):
        part.to(device)
    average.eval().requires_grad_(requires_grad=False)
    optimizer = torch.optim.AdamW(
        _parameter_groups(net, objective, config), betas=(0.9, 0.98), lr=0.0, fused=kind == "cuda"
    )
    run = Run(config, device, net, average, objective, optimizer, ranks)
    if not run.resume():
        ranks.align(net)
        ranks.align(objective)
        average.load_state_dict(net.state_dict())
    if not ranks.leads:
        torch.manual_seed(config.seed + ranks.rank)  # dropout differs from rank to rank
    return run


def _begin(net: DrawingNet, corpus: Corpus, config: TrainingConfig) -> None:
    """Give a new run's network, still on the processor, the weights it begins with."""
    if config.pretrained is not None:
        load_backbone(net, config.pretrained)
    if config.start_from is not None:
        load_network(net, config.start_from)
    if config.projector_fit is not None:
        fit_projector(net, corpus, config, config.projector_fit)


def _parameter_groups(
    net: DrawingNet, objective: nn.Module, config: TrainingConfig
) -> list[dict[str, Any]]:
    """Matrices decay; norms, biases, temperatures and uncertainties do not."""
    for name, value in net.named_parameters():
        value.requires_grad_(not name.startswith(config.frozen))
    trained = [value for value in net.parameters() if value.requires_grad]
    matrices: list[Tensor] = [value for value in trained if value.ndim > 1]
    others = [value for value in trained if value.ndim <= 1]
    return [
        {"params": matrices, "weight_decay": config.schedule.weight_decay},
        {"params": [*others, *objective.parameters()], "weight_decay": 0.0},
    ]


def _laid_out(net: DrawingNet) -> DrawingNet:
    # torch's types leave this form out
    return net.to(memory_format=MEMORY_FORMAT)  # type: ignore[call-overload, no-any-return]


def pick_device(config: TrainingConfig) -> str:
    """`cuda` or `cpu`."""
    if config.device != "auto":
        return config.device
    return "cuda" if torch.cuda.is_available() else "cpu"
