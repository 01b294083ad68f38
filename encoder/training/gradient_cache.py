"""Contrastive losses over batches larger than memory (GradCache, Gao et al. 2021, section 3)."""

from collections.abc import Callable

import torch
from torch import Tensor

Losses = tuple[Tensor, dict[str, Tensor]]


def backward_in_chunks(
    ink: Tensor,
    chunk_size: int | None,
    embed: Callable[[Tensor], Tensor],
    objective: Callable[[Tensor], Losses],
) -> dict[str, float]:
    """Gradients of an objective over the whole batch, the network seeing a chunk at a time.

    First every chunk is embedded without a graph; the objective's gradient by the vectors is kept;
    then each chunk is embedded again and its part of that gradient sent back through it. Batch
    norms see chunks, so their statistics, and they alone, depend on the chunk size.

    Args:
        ink: float32 [B, 1, S, S].
        chunk_size: Drawings at a time; None, or B and more, for the whole batch at once.
        embed: [b, 1, S, S] → vectors [b, D].
        objective: Vectors [B, D] → the combined loss and its terms.

    Returns:
        The combined loss under `total`, and each term.
    """
    if chunk_size is None or chunk_size >= len(ink):
        total, terms = objective(embed(ink))
        total.backward()  # type: ignore[no-untyped-call]
    else:
        chunks = torch.split(ink, chunk_size)
        with torch.no_grad():
            vectors = torch.cat([embed(chunk) for chunk in chunks])
        vectors.requires_grad_()
        total, terms = objective(vectors)
        total.backward()  # type: ignore[no-untyped-call]
        if vectors.grad is not None:
            for chunk, gradient in zip(chunks, torch.split(vectors.grad, chunk_size), strict=True):
                embed(chunk).backward(gradient)  # type: ignore[no-untyped-call]
    return {name: float(loss.detach()) for name, loss in {"total": total, **terms}.items()}
