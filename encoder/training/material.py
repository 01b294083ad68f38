"""What a run learns from and is measured on, opened and kept apart."""

from dataclasses import dataclass
from typing import Any

from encoder.training.caches import PackingWatch, build_caches
from encoder.training.config import TrainingConfig
from encoder.training.corpus import Corpus, build_corpus
from encoder.training.leaks import HeldOutFigures, keep_apart
from encoder.training.sources.elsewhere import Elsewhere
from encoder.training.validation import ValidationSet, load_validation


@dataclass(frozen=True)
class Material:
    """Training and validation drawings of a run."""

    corpus: Corpus
    validation: ValidationSet | None
    leaks: dict[str, Any]
    """Counts by kind, and what was done; says so where nothing was checked."""


def open_material(
    config: TrainingConfig,
    elsewhere: Elsewhere | None = None,
    watch: PackingWatch | None = None,
    *,
    leads: bool = True,
) -> Material:
    """Draw what is not drawn yet, open it, and see that validation is not trained on.

    Args:
        config: The run.
        elsewhere: How sources of other rooms are opened; None where there are none.
        watch: Told how packing goes on.
        leads: Whether what is held out is written.

    Raises:
        SourceInvalid: If a source holds nothing, or something else than it should.
        LeaksFound: If validation is also trained on.
    """
    sets = build_caches(config, elsewhere, watch, leads=leads)
    if config.validation is None:
        nothing = {"policy": config.leaks, "checked": "nothing: the run validates on nothing"}
        return Material(build_corpus(config, sets), None, nothing)
    validation = load_validation(config)
    held_out = HeldOutFigures(validation.rows, validation.packed)
    kept, leaks = keep_apart(sets, held_out, config.leaks)
    return Material(build_corpus(config, kept), validation, leaks)
