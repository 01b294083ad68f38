"""The paper's method, its rivals and its ablations, each as one change of a configuration."""

from typing import Any

from encoder.training.config import TrainingConfig
from encoder.training.objectives import LEVELS

BEGINNING = "beginning"
METHOD = "informed"
RIVALS = ("arcface", "triplet", "infonce", "clip")
_TERMS: dict[str, tuple[str, ...]] = {
    "view": ("view",),
    "coarse": (*LEVELS, "graded"),
    "instance": ("instance",),
}
"""Terms of the method that an ablation leaves out, by what it is called."""


def method_names(config: TrainingConfig) -> tuple[str, ...]:
    """All that can be trained of a configuration: the method first, ablations last."""
    terms = set(config.objective.terms)
    begun = (BEGINNING,) if config.schedule.n_steps else ()
    parts = [part for part, out in _TERMS.items() if terms & set(out) and terms - set(out)]
    if terms & set(LEVELS) and config.objective.balance != "none":
        parts.append("balance")
    kinds = list(dict.fromkeys(source.kind for source in config.sources))
    sources = kinds if len(kinds) > 1 else []
    ablations = [f"without {part}" for part in (*parts, "enrichment", *sources)]
    return (*begun, METHOD, *RIVALS, *ablations)


def changed(config: TrainingConfig, name: str) -> TrainingConfig:
    """The configuration of one of `method_names`."""
    update: dict[str, Any] = {}
    match name.removeprefix("without "):
        case "informed":
            pass
        case "beginning":
            update = _part(config, "schedule", n_steps=0)
        case "arcface" | "triplet" | "infonce" | "clip" as rival:
            update = _part(config, "objective", method=rival)
        case "view" | "coarse" | "instance" as part:
            kept = tuple(term for term in config.objective.terms if term not in _TERMS[part])
            update = _part(config, "objective", terms=kept)
        case "balance":
            update = _part(config, "objective", balance="none")
        case "enrichment":
            update = _part(config, "sampling", texts="first")
        case kind:
            update = {"sources": tuple(one for one in config.sources if one.kind != kind)}
    return config.model_copy(update=update)


def _part(config: TrainingConfig, part: str, **values: Any) -> dict[str, Any]:
    return {part: getattr(config, part).model_copy(update=values)}
