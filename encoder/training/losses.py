"""The losses of Lo et al. 2024 as read in DOMAIN §5, and those that stand beside them.

The paper's equations are not public in full; this is an interpretation. Every loss takes positives
and pairs to ignore as masks, so that one function serves drawings ↔ texts and drawings ↔ drawings.
"""

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own habit)
from torch import Tensor, nn


def contrastive(
    logits: Tensor, positives: Tensor, ignored: Tensor, weights: Tensor | None = None
) -> Tensor:
    """Multi-positive InfoNCE over the rows of a similarity matrix.

    For row i: Σ_p g_ip · −log(e^{z_ip} / Σ_{j not ignored} e^{z_ij}), its positives' gains g_ip
    scaled to sum to 1. With one positive a row this is InfoNCE; with all of a class, equally,
    SupCon (Khosla et al. 2020, eq. 2); with gains by level of kinship, graded targets (Kavimandan
    2025).

    Args:
        logits: float [B, M], similarities already divided by the temperature.
        positives: bool or float [B, M], gain of each pair, 0 for none; rows without any gain are
            left out.
        ignored: bool [B, M], pairs that are neither positive nor negative; never a positive.
        weights: float [B], weight of each row; None for equal weights.

    Returns:
        Weighted mean over the rows that have a positive; 0 if none has.
    """
    gains = positives.to(logits.dtype)
    log_probability = F.log_softmax(logits.masked_fill(ignored, -torch.inf), dim=1)
    total = gains.sum(dim=1)
    per_row = -(log_probability.masked_fill(gains == 0, 0) * gains).sum(dim=1)
    per_row = per_row / total.clamp(min=1e-8)
    row_weights = (total > 0).to(logits.dtype)
    if weights is not None:
        row_weights = row_weights * weights
    return (per_row * row_weights).sum() / row_weights.sum().clamp(min=1e-8)


def symmetric_contrastive(
    logits: Tensor, positives: Tensor, ignored: Tensor, weights: Tensor | None = None
) -> Tensor:
    """Mean of `contrastive` over rows and over columns of a square matrix [B, B]."""
    across = contrastive(logits, positives, ignored, weights)
    down = contrastive(logits.T, positives.T, ignored.T, weights)
    return (across + down) / 2


def inverse_frequency_weights(counts: Tensor) -> Tensor:
    """1 / n of each class, scaled to a mean of 1 over the classes that occur.

    Args:
        counts: int64 [K], drawings of each class in the corpus; 0 for none.

    Returns:
        float32 [K], 0 where nothing occurs.
    """
    weights = torch.where(counts > 0, 1 / counts.clamp(min=1).float(), 0)
    return weights / weights[counts > 0].mean().clamp(min=1e-12)


def effective_number_weights(counts: Tensor, beta: float) -> Tensor:
    """(1 − β) / (1 − β^n) of each class (Cui et al. 2019, eq. 2), scaled to a mean of 1.

    Args:
        counts: int64 [K], drawings of each class in the corpus; 0 for none.
        beta: In [0, 1): 0 weighs all classes alike, towards 1 it is the inverse frequency.

    Returns:
        float32 [K], 0 where nothing occurs.
    """
    n = counts.clamp(min=1).double()
    weights = torch.where(counts > 0, (1 - beta) / (1 - beta**n), 0).float()
    return weights / weights[counts > 0].mean().clamp(min=1e-12)


def graded_gains(levels: tuple[Tensor, ...], gains: tuple[float, ...]) -> Tensor:
    """The gain of the closest kinship each pair has: patent, then subclass, then class.

    Args:
        levels: int64 [B] each, from the closest kinship to the loosest; −1 is akin to nothing.
        gains: Of each level, falling.

    Returns:
        float32 [B, B].
    """
    graded = torch.zeros(len(levels[0]), len(levels[0]), device=levels[0].device)
    for codes, gain in zip(reversed(levels), reversed(gains), strict=True):
        graded = graded.masked_fill(same(codes), gain)
    return graded


def same(codes: Tensor) -> Tensor:
    """Pairs of equal, known codes: int64 [B] → bool [B, B]."""
    return (codes[:, None] == codes[None, :]) & (codes >= 0)[:, None]


class LearnableTemperature(nn.Module):
    """Divides similarities by a temperature that is trained along; never below 0.01."""

    def __init__(self, initial: float) -> None:
        super().__init__()
        self.log_scale = nn.Parameter(torch.tensor(1 / initial).log())

    def forward(self, similarities: Tensor) -> Tensor:
        return similarities * self.log_scale.exp().clamp(max=100)


class UncertaintyWeighting(nn.Module):
    """Σ_k (e^{−s_k} L_k + s_k) with learnable s_k, from 0 (Kendall et al. 2018, simplified).

    A term that nothing of a batch takes part in, its loss 0, says nothing of its uncertainty.
    """

    def __init__(self, terms: tuple[str, ...]) -> None:
        super().__init__()
        self.log_variance = nn.ParameterDict(
            {term: nn.Parameter(torch.zeros(())) for term in terms}
        )

    def forward(self, losses: dict[str, Tensor]) -> Tensor:
        weighted = [
            (-self.log_variance[term]).exp() * loss + self.log_variance[term] * (loss.detach() > 0)
            for term, loss in losses.items()
        ]
        return torch.stack(weighted).sum()


class SolvedWeighting(nn.Module):
    """Σ_k log L_k: `UncertaintyWeighting` at its best s_k = log L_k, but for a constant.

    Every term then pulls in proportion to how far it could still fall, from the first step.
    """

    def forward(self, losses: dict[str, Tensor]) -> Tensor:
        return torch.stack([loss.clamp(min=1e-6).log() for loss in losses.values()]).sum()
