"""The losses of Lo et al. 2024 as read in DOMAIN §5, and view positives beside them.

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

    For row i: mean over its positives p of −log(e^{z_ip} / Σ_{j not ignored} e^{z_ij}). With one
    positive a row this is InfoNCE, with all of a class SupCon (Khosla et al. 2020, eq. 2).

    Args:
        logits: float [B, M], similarities already divided by the temperature.
        positives: bool [B, M]; rows without any are left out.
        ignored: bool [B, M], pairs that are neither positive nor negative; never a positive.
        weights: float [B], weight of each row; None for equal weights.

    Returns:
        Weighted mean over the rows that have a positive; 0 if none has.
    """
    log_probability = F.log_softmax(logits.masked_fill(ignored, -torch.inf), dim=1)
    n_positives = positives.sum(dim=1)
    per_row = -log_probability.masked_fill(~positives, 0).sum(dim=1) / n_positives.clamp(min=1)
    row_weights = (n_positives > 0).to(logits.dtype)
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


def inverse_frequency_weights(labels: Tensor) -> Tensor:
    """Class-balanced row weights of a batch: 1 / count of the row's class in the batch.

    Args:
        labels: int64 [B]; −1, "unknown", gets weight 0.

    Returns:
        float32 [B].
    """
    same = labels[:, None] == labels[None, :]
    return (labels >= 0).float() / same.sum(dim=1)


class LearnableTemperature(nn.Module):
    """Divides similarities by a temperature that is trained along; never below 0.01."""

    def __init__(self, initial: float) -> None:
        super().__init__()
        self.log_scale = nn.Parameter(torch.tensor(1 / initial).log())

    def forward(self, similarities: Tensor) -> Tensor:
        return similarities * self.log_scale.exp().clamp(max=100)


class UncertaintyWeighting(nn.Module):
    """Σ_k (e^{−s_k} L_k + s_k) with learnable s_k, from 0 (Kendall et al. 2018, simplified)."""

    def __init__(self, terms: tuple[str, ...]) -> None:
        super().__init__()
        self.log_variance = nn.ParameterDict(
            {term: nn.Parameter(torch.zeros(())) for term in terms}
        )

    def forward(self, losses: dict[str, Tensor]) -> Tensor:
        weighted = [
            (-self.log_variance[term]).exp() * loss + self.log_variance[term]
            for term, loss in losses.items()
        ]
        return torch.stack(weighted).sum()


class DrawingObjective(nn.Module):
    """All terms of a training step, combined; a term left out of `terms` is an ablation.

    - `instance`: drawing ↔ its sampled text. Other drawings of equal label are ignored.
    - `label`: drawing ↔ text, every text of the same label positive, label-balanced.
    - `locarno`: drawing ↔ text at the level of the Locarno class, class-balanced.
    - `view`: drawing ↔ other drawings of the same object. Other objects of equal label are ignored.
    """

    def __init__(self, terms: tuple[str, ...], temperature: float, view_temperature: float) -> None:
        super().__init__()
        self.terms = terms
        self.uncertainty = UncertaintyWeighting(terms)
        self.temperatures = nn.ModuleDict(
            {
                term: LearnableTemperature(view_temperature if term == "view" else temperature)
                for term in terms
            }
        )

    def forward(
        self, vectors: Tensor, texts: Tensor, objects: Tensor, labels: Tensor, classes: Tensor
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Loss of one batch.

        Args:
            vectors: float32 [B, D], unit rows, drawings.
            texts: float32 [B, D], unit rows, one sampled text a drawing.
            objects: int64 [B], which object is drawn.
            labels: int64 [B], what kind of object.
            classes: int64 [B], Locarno class; −1 where unknown.

        Returns:
            The combined loss, and each term before weighting.
        """
        itself = torch.eye(len(vectors), dtype=torch.bool, device=vectors.device)
        same_label = labels[:, None] == labels[None, :]
        same_object = objects[:, None] == objects[None, :]
        same_class = (classes[:, None] == classes[None, :]) & (classes >= 0)[:, None]
        to_text = vectors @ texts.T
        nothing = torch.zeros_like(itself)
        losses: dict[str, Tensor] = {}
        for term in self.terms:
            scale = self.temperatures[term]
            if term == "instance":
                losses[term] = symmetric_contrastive(scale(to_text), itself, same_label & ~itself)
            elif term == "label":
                weights = inverse_frequency_weights(labels)
                losses[term] = symmetric_contrastive(scale(to_text), same_label, nothing, weights)
            elif term == "locarno":
                weights = inverse_frequency_weights(classes)
                unknown = (classes < 0)[None, :] | (classes < 0)[:, None]
                losses[term] = symmetric_contrastive(
                    scale(to_text), same_class, unknown & ~itself & ~same_class, weights
                )
            else:
                others = same_object & ~itself
                ignored = itself | (same_label & ~same_object)
                losses[term] = contrastive(scale(vectors @ vectors.T), others, ignored)
        return self.uncertainty(losses), losses
