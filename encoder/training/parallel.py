"""One run on several devices: every process holds the network and a part of each batch.

Each rank embeds its own drawings, sees the vectors of all, and so computes the loss of the whole
batch. Of that loss it sends the gradient through its own vectors alone; summed over ranks, the
network's gradients are those of one process with the whole batch (docs/adr/0010).
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar, cast

import torch
import torch.distributed as dist
from torch import Tensor, nn

from core.errors import ConfigurationFault

_PATIENCE = timedelta(days=1)
"""Others wait while one rank draws sources, fits a projector or validates; torchrun ends them all
when one dies."""
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Ranks:
    """Which of the processes of a run this is; the only one, unless torchrun started it."""

    rank: int = 0
    n_ranks: int = 1
    local_rank: int = 0
    """Place on this machine, and so the number of its GPU."""

    @property
    def leads(self) -> bool:
        """Whether this process draws sources, validates and writes files."""
        return self.rank == 0

    def gather(self, vectors: Tensor) -> Tensor:
        """Vectors of all ranks, rank after rank: [b, D] → [n_ranks · b, D].

        Gradients reach this rank's own vectors.
        """
        if self.n_ranks == 1:
            return vectors
        parts = [torch.empty_like(vectors) for _ in range(self.n_ranks)]
        dist.all_gather(parts, vectors.detach().contiguous())
        parts[self.rank] = vectors
        return torch.cat(parts)

    def combine_gradients(self, net: nn.Module, objective: nn.Module) -> None:
        """Sum the network's gradients, each of a part of the batch; the objective's are of all."""
        if self.n_ranks == 1:
            return
        for value in objective.parameters():
            if value.grad is not None:
                value.grad /= self.n_ranks
        trained = [
            value for part in (net, objective) for value in part.parameters() if value.requires_grad
        ]
        for value in trained:
            if value.grad is None:
                value.grad = torch.zeros_like(value)
        _sum_over_ranks([cast(Tensor, value.grad) for value in trained])

    def average_statistics(self, net: nn.Module) -> None:
        """Give all ranks the mean of what their batch norms saw."""
        if self.n_ranks == 1:
            return
        statistics = [buffer for buffer in net.buffers() if buffer.is_floating_point()]
        if statistics:
            torch._foreach_div_(statistics, float(self.n_ranks))
            _sum_over_ranks(statistics)

    def align(self, module: nn.Module) -> None:
        """Give all ranks the leader's weights and statistics."""
        if self.n_ranks > 1:
            for value in (*module.parameters(), *module.buffers()):
                dist.broadcast(value.data, src=0)

    def share(self, value: _Value) -> _Value:
        """The leader's value; waits for it."""
        if self.n_ranks == 1:
            return value
        shared = [value]
        dist.broadcast_object_list(shared, src=0, device=torch.device("cpu"))
        return shared[0]


@contextmanager
def joined_ranks(device: str) -> Iterator[Ranks]:
    """Join the processes that torchrun started, and leave them at the end.

    Args:
        device: `cuda` or `cpu`.

    Raises:
        ConfigurationFault: If there are fewer GPUs than processes.
    """
    n_ranks = int(os.environ.get("WORLD_SIZE", "1"))
    if n_ranks == 1:
        yield Ranks()
        return
    ranks = Ranks(int(os.environ["RANK"]), n_ranks, int(os.environ["LOCAL_RANK"]))
    if device == "cuda":
        if ranks.local_rank >= torch.cuda.device_count():
            raise ConfigurationFault(
                f"{torch.cuda.device_count()} GPUs are here, fewer than processes were started"
            )
        torch.cuda.set_device(ranks.local_rank)
    dist.init_process_group("cpu:gloo,cuda:nccl" if device == "cuda" else "gloo", timeout=_PATIENCE)
    try:
        yield ranks
    finally:
        dist.destroy_process_group()


def _sum_over_ranks(values: list[Tensor]) -> None:
    """Sum tensors of one type over all ranks, in place, in one message."""
    together = torch.cat([value.flatten() for value in values])
    dist.all_reduce(together)
    parts = torch.split(together, [value.numel() for value in values])
    for value, part in zip(values, parts, strict=True):
        value.copy_(part.view(value.shape))
