"""What each of two processes does in test_parallel: a step whose gradients are kept, then a run.

torchrun --standalone --nproc-per-node 2 two_ranks.py CONFIG.toml FOLDER
"""

import sys
from contextlib import nullcontext
from pathlib import Path

import torch

from encoder.model import DrawingNet, ModelConfig, ThinResNet
from encoder.training import train as training
from encoder.training.config import read_config
from encoder.training.gradient_cache import backward_in_chunks
from encoder.training.objectives import ObjectiveConfig, Targets, build_objective
from encoder.training.parallel import Ranks, joined_ranks

N_DRAWINGS = 16
TERMS = ("instance", "label", "locarno", "frequency", "view", "graded")


def gradients(ranks: Ranks, method: str, chunk_size: int | None) -> dict[str, torch.Tensor]:
    """Gradients, and the loss, of one step on a batch of sixteen drawings."""
    torch.manual_seed(7)
    tiny = ThinResNet(stem_width=8, stage_widths=(8, 16), stage_depths=(1, 1))
    net = DrawingNet(ModelConfig(backbone=tiny, projector_width=16))
    half = torch.arange(N_DRAWINGS // 2).repeat_interleave(2)
    levels = {
        "label": half % 5,
        "subclass": half % 4 - 1,
        "locarno": half % 3,
        "frequency": half % 3,
    }
    objective = build_objective(
        ObjectiveConfig(method=method, terms=TERMS),
        n_objects=8,
        dimension=net.config.dimension,
        counts={level: torch.bincount(codes.clamp(min=0)) for level, codes in levels.items()},
    )
    texts = torch.nn.functional.normalize(torch.randn(N_DRAWINGS, net.config.dimension), dim=1)
    ink = torch.rand(N_DRAWINGS, 1, 48, 48)
    targets = Targets(texts, half, levels)
    net.train()
    losses = backward_in_chunks(
        ink.chunk(ranks.n_ranks)[ranks.rank],
        chunk_size,
        net,
        lambda vectors: objective(ranks.gather(vectors), targets),
    )
    ranks.combine_gradients(net, objective)
    named = [*net.named_parameters(), *objective.named_parameters()]
    kept = {name: value.grad for name, value in named if value.grad is not None}
    return {**kept, "total": torch.tensor(losses["total"])}


def main() -> None:
    """Save gradients; train halfway, go on, and save the weights each rank ends with."""
    config, folder = read_config(Path(sys.argv[1])), Path(sys.argv[2])
    with joined_ranks("cpu") as ranks:
        for method in ("informed", "arcface"):
            kept = gradients(ranks, method, None)
            torch.save(kept, folder / f"{method}-{ranks.rank}.pt")
        torch.save(gradients(ranks, "informed", 4), folder / f"chunked-{ranks.rank}.pt")
        training.joined_ranks = lambda device: nullcontext(ranks)
        training.train(config, until_step=2)
        run = training.train(config)
        torch.save(run.net.state_dict(), folder / f"weights-{ranks.rank}.pt")


if __name__ == "__main__":
    main()
