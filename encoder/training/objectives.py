"""What a step minimises: the method of Lo et al. 2024, or one of its rivals."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

import torch
from pydantic import BaseModel, ConfigDict, Field
from pytorch_metric_learning.losses import ArcFaceLoss, TripletMarginLoss
from pytorch_metric_learning.miners import TripletMarginMiner
from torch import Tensor, nn

from encoder.training.losses import (
    LearnableTemperature,
    SolvedWeighting,
    UncertaintyWeighting,
    contrastive,
    effective_number_weights,
    graded_gains,
    inverse_frequency_weights,
    same,
    symmetric_contrastive,
)

Term = Literal["instance", "label", "subclass", "locarno", "frequency", "view", "graded"]
LEVELS: tuple[Term, ...] = ("label", "subclass", "locarno", "frequency")
_GRADED_GAINS = (1.0, 0.5, 0.25)
"""Of a text of the same object, subclass and class."""
_ARCFACE_SCALE = 30.0
_ARCFACE_MARGIN_DEG = 28.6479
"""0.5 rad."""
_TRIPLET_MARGIN = 0.2


class ObjectiveConfig(BaseModel):
    """Which losses; leaving a term out is an ablation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: Literal["informed", "clip", "infonce", "arcface", "triplet"] = "informed"
    """`informed` is the paper's; the others are the rivals it is measured against."""
    terms: tuple[Term, ...] = ("instance", "label", "locarno", "view")
    """Of `informed`."""
    coarse: Literal["texts", "drawings"] = "texts"
    """What a drawing is brought near to by the coarse terms: texts of its class, or drawings."""
    weighting: Literal["learned", "solved"] = "learned"
    """Whether the terms' uncertainties are learned along, or at each step those that are best."""
    balance: Literal["inverse", "effective", "none"] = "inverse"
    """How the classes of the coarse terms are weighted by their frequency in the corpus."""
    effective_beta: float = Field(default=0.999, ge=0, lt=1)
    temperature: float = Field(default=0.07, gt=0)
    view_temperature: float = Field(default=0.1, gt=0)


@dataclass(frozen=True)
class Targets:
    """What is known of the drawings of a batch; codes are int64 [B], −1 where unknown."""

    texts: Tensor
    """float32 [B, D], unit rows, one sampled text a drawing; zeros where there is none."""
    objects: Tensor
    """Which object, or publication, is drawn."""
    levels: Mapping[str, Tensor]
    """`label`, `subclass`, `locarno`, `frequency`."""

    def wordless(self) -> Tensor:
        """Pairs of which one has no text: bool [B, B]."""
        has_text = self.texts.any(dim=1)
        return ~(has_text[:, None] & has_text[None, :])


class InformedObjective(nn.Module):
    """Instance and coarse-grained terms under learnable uncertainty (DOMAIN §5).

    - `instance`: drawing ↔ its sampled text. Other drawings of the object, or of equal label, are
      ignored.
    - `label`, `subclass`, `locarno`, `frequency`: drawing ↔ text, every text of the same object
      name, Locarno subclass, Locarno class, or head, middle and tail group positive,
      class-balanced; or drawing ↔ drawing, where `coarse` says so.
    - `graded`: drawing ↔ text with graded targets, object > subclass > class (Kavimandan 2025).
    - `view`: drawing ↔ other drawings of the object. Other objects of equal label are ignored.

    Drawings without a text take part in `view` alone.
    """

    def __init__(self, config: ObjectiveConfig, counts: Mapping[str, Tensor]) -> None:
        """Set up the terms.

        Args:
            config: Which terms, and how they begin.
            counts: Drawings of each class in the corpus by level, int64 [K] each.
        """
        super().__init__()
        self.terms = config.terms
        self.coarse = config.coarse
        self.uncertainty = (
            SolvedWeighting()
            if config.weighting == "solved"
            else UncertaintyWeighting(config.terms)
        )
        self.temperatures = nn.ModuleDict(
            {
                term: LearnableTemperature(
                    config.view_temperature
                    if term == "view" or (term in LEVELS and config.coarse == "drawings")
                    else config.temperature
                )
                for term in config.terms
            }
        )
        for level in LEVELS:
            if level in config.terms:
                self.register_buffer(f"{level}_weights", _class_weights(config, counts[level]))

    def forward(self, vectors: Tensor, targets: Targets) -> tuple[Tensor, dict[str, Tensor]]:
        """Loss of one batch.

        Args:
            vectors: float32 [B, D], unit rows, drawings.
            targets: What they show.

        Returns:
            The combined loss, and each term before weighting.
        """
        losses: dict[str, Tensor] = {
            term: self._term(term, vectors, targets) for term in self.terms
        }
        return cast(Tensor, self.uncertainty(losses)), losses

    def _term(self, term: Term, vectors: Tensor, targets: Targets) -> Tensor:
        scale = self.temperatures[term]
        itself = torch.eye(len(vectors), dtype=torch.bool, device=vectors.device)
        same_label, same_object = same(targets.levels["label"]), same(targets.objects)
        if term == "view":
            ignored = itself | (same_label & ~same_object)
            return contrastive(scale(vectors @ vectors.T), same_object & ~itself, ignored)
        logits, wordless = scale(vectors @ targets.texts.T), targets.wordless()
        if term == "instance":
            ignored = (same_label | same_object | wordless) & ~itself
            return symmetric_contrastive(logits, itself & ~wordless, ignored)
        if term == "graded":
            kinship = (targets.objects, targets.levels["subclass"], targets.levels["locarno"])
            gains = graded_gains(kinship, _GRADED_GAINS).masked_fill(wordless, 0)
            return symmetric_contrastive(logits, gains, wordless & ~itself)
        codes = targets.levels[term]
        unknown = (codes < 0)[None, :] | (codes < 0)[:, None]
        table = cast(Tensor, getattr(self, f"{term}_weights"))
        weights = torch.where(codes >= 0, table[codes.clamp(min=0)], 0)
        if self.coarse == "drawings":
            positives = same(codes) & ~itself
            return contrastive(scale(vectors @ vectors.T), positives, unknown | itself, weights)
        unknown = unknown | wordless
        return symmetric_contrastive(logits, same(codes) & ~unknown, unknown & ~itself, weights)


class ClipObjective(nn.Module):
    """Plain CLIP (Radford et al. 2021): every other text of the batch is a negative."""

    def __init__(self, temperature: float) -> None:
        super().__init__()
        self.temperature = LearnableTemperature(temperature)

    def forward(self, vectors: Tensor, targets: Targets) -> tuple[Tensor, dict[str, Tensor]]:
        logits = self.temperature(vectors @ targets.texts.T)
        itself = torch.eye(len(vectors), dtype=torch.bool, device=vectors.device)
        wordless = targets.wordless()
        loss = symmetric_contrastive(logits, itself & ~wordless, wordless & ~itself)
        return loss, {"clip": loss}


class InfoNCEObjective(nn.Module):
    """InfoNCE over publications: drawings alone, no text, no class."""

    def __init__(self, temperature: float) -> None:
        super().__init__()
        self.temperature = LearnableTemperature(temperature)

    def forward(self, vectors: Tensor, targets: Targets) -> tuple[Tensor, dict[str, Tensor]]:
        itself = torch.eye(len(vectors), dtype=torch.bool, device=vectors.device)
        logits = self.temperature(vectors @ vectors.T)
        loss = contrastive(logits, same(targets.objects) & ~itself, itself)
        return loss, {"infonce": loss}


class ArcFaceObjective(nn.Module):
    """ArcFace over publications, s = 30, m = 0.5 (Deng et al. 2019), as Higuchi et al. train."""

    def __init__(self, n_objects: int, dimension: int) -> None:
        super().__init__()
        self.loss = ArcFaceLoss(n_objects, dimension, _ARCFACE_MARGIN_DEG, _ARCFACE_SCALE)

    def forward(self, vectors: Tensor, targets: Targets) -> tuple[Tensor, dict[str, Tensor]]:
        loss = cast(Tensor, self.loss(vectors, targets.objects))
        return loss, {"arcface": loss}


class TripletObjective(nn.Module):
    """Triplet margin loss over publications with semi-hard negatives (Schroff et al. 2015)."""

    def __init__(self) -> None:
        super().__init__()
        self.loss = TripletMarginLoss(margin=_TRIPLET_MARGIN)
        self.miner = TripletMarginMiner(margin=_TRIPLET_MARGIN, type_of_triplets="semihard")

    def forward(self, vectors: Tensor, targets: Targets) -> tuple[Tensor, dict[str, Tensor]]:
        triplets = self.miner(vectors, targets.objects)
        loss = cast(Tensor, self.loss(vectors, targets.objects, triplets))
        return loss, {"triplet": loss}


def build_objective(
    config: ObjectiveConfig, *, n_objects: int, dimension: int, counts: Mapping[str, Tensor]
) -> nn.Module:
    """The objective a run configures.

    Args:
        config: Which method and terms.
        n_objects: Objects of the corpus; ArcFace learns a centre for each.
        dimension: D.
        counts: Drawings of each class in the corpus by level, int64 [K] each.
    """
    match config.method:
        case "informed":
            return InformedObjective(config, counts)
        case "clip":
            return ClipObjective(config.temperature)
        case "infonce":
            return InfoNCEObjective(config.view_temperature)
        case "arcface":
            return ArcFaceObjective(n_objects, dimension)
        case "triplet":
            return TripletObjective()


def _class_weights(config: ObjectiveConfig, counts: Tensor) -> Tensor:
    match config.balance:
        case "inverse":
            return inverse_frequency_weights(counts)
        case "effective":
            return effective_number_weights(counts, config.effective_beta)
        case "none":
            return torch.ones(len(counts))
