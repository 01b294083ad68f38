"""Contrastive losses over batches larger than memory (GradCache, Gao et al. 2021, section 3)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

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
    then each chunk is embedded again, dropout as it fell the first time, and its part of that
    gradient sent back through it. Batch norms see chunks, so their statistics, and they alone,
    depend on the chunk size.

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
        states, embedded = [], []
        with torch.no_grad():
            for chunk in chunks:
                states.append(_chance(ink.device))
                embedded.append(embed(chunk))
        vectors = torch.cat(embedded).requires_grad_()
        total, terms = objective(vectors)
        total.backward()  # type: ignore[no-untyped-call]
        if vectors.grad is not None:
            gradients = torch.split(vectors.grad, chunk_size)
            for chunk, state, gradient in zip(chunks, states, gradients, strict=True):
                with _repeated(state, ink.device):
                    embed(chunk).backward(gradient)  # type: ignore[no-untyped-call]
    return {name: float(loss.detach()) for name, loss in {"total": total, **terms}.items()}


def _chance(device: torch.device) -> tuple[Tensor, ...]:
    """Where the generators stand that dropout draws from."""
    own = torch.get_rng_state()
    return (own, torch.cuda.get_rng_state(device)) if device.type == "cuda" else (own,)


@contextmanager
def _repeated(state: tuple[Tensor, ...], device: torch.device) -> Iterator[None]:
    """Draw again what was drawn from a state, and go on afterwards as if nothing had been drawn."""
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.set_rng_state(state[0])
        if device.type == "cuda":
            torch.cuda.set_rng_state(state[1], device)
        yield
