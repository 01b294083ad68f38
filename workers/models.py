"""Another model takes over: embedded beside the current one, judged, promoted, rolled back.

Searches never stop. The catalogue says which model is current; the alias in the index follows. Who
has a model open ends with it what was begun, and takes up its successor afterwards
(`Resources.successor`). The collections and vectors of former models are kept until `prune`.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

from core.errors import GateRefused, ModelInvalid
from encoder.checkpoint import DEFAULT_CHECKPOINT
from ingestion.model_ledger import Model, ModelState, ModelSwitch
from search.index import FigureIndex
from workers.kept_folders import copy_folder
from workers.model_quality import compare_models
from workers.quality_records import Quality, Verdict
from workers.reindexing import Watch, catch_up, fill
from workers.resources import Resources

SHIPPED = "shipped"
"""Names the checkpoint that comes with Limn."""
STILL_SEARCHED_S = 60
"""So long after another took over, searches may go on with a model: pages hear of it within
seconds, open the other, and end with the former one what was begun."""


Tell: TypeAlias = Callable[[str, int, int], None]
"""Takes what is being done, parts done and parts in all."""


def _tell_nobody(_what: str, _n_done: int, _n_all: int) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """What `prune` took away."""

    encoder_ids: tuple[str, ...]
    collections: tuple[str, ...]
    kept: tuple[str, ...] = ()
    """Models, and collections of others, that may still be searched by."""


def register(resources: Resources, checkpoint: str) -> Model:
    """Enter a checkpoint as a candidate, and keep a copy of its folder.

    The current model is entered too where nobody did, so that there is a way back to it.

    Args:
        resources: Of the current model.
        checkpoint: A folder, a name on a model hub, or `SHIPPED`.

    Raises:
        CheckpointInvalid: If it cannot be opened.
        ModelInvalid: If it is the current model already.
        StorageFailed: If it cannot be copied.
    """
    encoder_id = resources.open_encoder(None if checkpoint == SHIPPED else checkpoint).encoder_id
    current = note_current(resources, by="limn", note="the first model known here")
    if encoder_id == current.encoder_id:
        raise ModelInvalid(f"{encoder_id} is the current model already")
    return _keep(resources, checkpoint, encoder_id)


def note_current(resources: Resources, *, by: str, note: str) -> Model:
    """Enter the model of these resources as the current one where another or none is."""
    encoder_id = resources.encoder.encoder_id
    model = resources.catalogue.current_model()
    if model is None or model.encoder_id != encoder_id:
        _keep(resources, resources.settings.encoder.checkpoint or SHIPPED, encoder_id)
        resources.catalogue.switch_model(encoder_id, by=by, note=note)
    return find_model(resources, encoder_id)


def embed_candidate(resources: Resources, model: Model, watch: Watch) -> None:
    """Embed the whole collection with a model, beside the current one; again to go on with it.

    Args:
        resources: Of the current model.
        model: From `register`.
        watch: Called with figures done and figures in all.
    """
    fill(resources.beside(model), watch)


def judge(resources: Resources, model: Model, tell: Tell = _tell_nobody) -> Quality:
    """Compare a model that embedded the collection with the current one, and keep what was found.

    Raises:
        ModelInvalid: If it embedded nothing that the current one embedded too.
    """
    quality = compare_models(resources.beside(model), resources, tell)
    resources.catalogue.note_quality(model.encoder_id, quality.model_dump(mode="json"))
    return quality


def promote(
    resources: Resources, model: Model, *, by: str, force: bool = False, tell: Tell = _tell_nobody
) -> ModelSwitch | None:
    """Make a model the current one, if it is no worse than the one that is.

    What came in since it was embedded is entered first. Then the index switches in one step, and
    searches go on with either model until each process has taken up the new one.

    Args:
        resources: Of the current model.
        model: One that embedded the collection.
        by: Who wants it.
        force: Even where the gate refuses; kept on record.
        tell: Called as it goes.

    Returns:
        What changed; None where it is the current one already.

    Raises:
        GateRefused: If it is worse, or not enough is known.
        ModelInvalid: If a checkpoint is configured: it would stay whatever is promoted.
    """
    _check_free(resources)
    if model.state is ModelState.CURRENT:
        return None
    chosen, index = _caught_up(resources, model, tell)
    quality = judge(resources, model, tell)
    is_passed = quality.verdict is Verdict.PASSED
    if not is_passed and not force:
        raise GateRefused(f"{model.encoder_id} is not promoted: {quality.said}")
    switch = _Switch(chosen, index)
    return switch.make(by=by, note=quality.said, is_forced=not is_passed)


def roll_back(resources: Resources, *, by: str, tell: Tell = _tell_nobody) -> ModelSwitch:
    """Make the model current that was so before; the gate is not asked.

    Raises:
        ModelInvalid: If there is none, or a checkpoint is configured.
    """
    _check_free(resources)
    former = previous_model(resources)
    if former is None:
        raise ModelInvalid("there is no previous model to go back to")
    switch = _Switch(*_caught_up(resources, former, tell)).make(by=by, note="rolled back")
    if switch is None:
        raise ModelInvalid(f"{former.encoder_id} was made the current model meanwhile")
    return switch


def previous_model(resources: Resources) -> Model | None:
    """What `roll_back` would go back to."""
    known = resources.catalogue.models()
    return next((model for model in known if model.state is ModelState.PREVIOUS), None)


def prune(resources: Resources, encoder_id: str | None = None) -> Pruned:
    """Delete models that are not current: collection, vectors and checkpoint copy.

    Those that were current less than `STILL_SEARCHED_S` ago are kept, and so are collections, of an
    older schema too, that were live less long ago.

    Args:
        resources: Of the current model.
        encoder_id: This one alone; None for all.

    Raises:
        ModelInvalid: If it is not known, is the current one or was so until a moment ago.
    """
    known = resources.catalogue.models()
    kept = tuple(model.encoder_id for model in known if _is_still_searched(model))
    chosen = [
        model
        for model in known
        if model.state is not ModelState.CURRENT and model.encoder_id not in kept
    ]
    if encoder_id is not None:
        chosen = [_prunable(resources, encoder_id)]
    gone = [model.encoder_id for model in chosen]
    cleared = resources.index.drop_idle(
        gone if encoder_id else None, kept=kept, grace_s=STILL_SEARCHED_S
    )
    for model in chosen:
        resources.catalogue.forget_model(model.encoder_id)
        if model.folder is not None:
            shutil.rmtree(resources.kept_folder(model.encoder_id), ignore_errors=True)
    spared = cleared.spared if encoder_id else (*kept, *cleared.spared)
    return Pruned(tuple(gone), cleared.dropped, spared)


def _prunable(resources: Resources, encoder_id: str) -> Model:
    model = find_model(resources, encoder_id)
    if model.state is ModelState.CURRENT:
        raise ModelInvalid(f"{encoder_id} is the current model; promote another one first")
    if _is_still_searched(model):
        raise ModelInvalid(
            f"{encoder_id} was the current model until a moment ago, and searches may not have "
            f"ended; try again in {STILL_SEARCHED_S} s"
        )
    return model


def _is_still_searched(model: Model) -> bool:
    if model.retired_at is None:
        return False
    # A time to come was written before the clock was set back: nothing is known of that moment.
    since_s = (datetime.now(UTC) - model.retired_at).total_seconds()
    return 0 <= since_s < STILL_SEARCHED_S


def find_model(resources: Resources, encoder_id: str) -> Model:
    """A model that is known here.

    Raises:
        ModelInvalid: If it is not.
    """
    model = resources.catalogue.model(encoder_id)
    if model is None:
        known = ", ".join(found.encoder_id for found in resources.catalogue.models()) or "none"
        raise ModelInvalid(f"no model {encoder_id} is known here; known: {known}")
    return model


def _caught_up(resources: Resources, model: Model, tell: Tell) -> tuple[Resources, FigureIndex]:
    """A model's collection with all that came in since it was filled."""
    chosen = resources.beside(model)
    index = chosen.unprepared_index()
    index.prepare(beside=True)
    catch_up(chosen, index, lambda done, n: tell("figures that came in since", done, n))
    return chosen, index


@dataclass(frozen=True, slots=True)
class _Switch:
    """To a model whose collection was caught up."""

    chosen: Resources
    index: FigureIndex

    def make(self, *, by: str, note: str, is_forced: bool = False) -> ModelSwitch | None:
        """Move the alias, then say so: who hears of it finds the index switched."""
        self.index.activate()
        switch = self.chosen.catalogue.switch_model(
            self.chosen.encoder.encoder_id, by=by, note=note, is_forced=is_forced
        )
        catch_up(self.chosen, self.index)  # what workers entered until they heard of it
        return switch


def _check_free(resources: Resources) -> None:
    configured = resources.settings.encoder.checkpoint
    if configured is not None:
        raise ModelInvalid(
            f"LIMN_ENCODER__CHECKPOINT holds Limn to {configured}; unset it for every process: the "
            "catalogue remembers which model is current"
        )


def _keep(resources: Resources, checkpoint: str, encoder_id: str) -> Model:
    """Enter a model, with a copy of its folder: the original may be changed or moved away."""
    folder = (DEFAULT_CHECKPOINT if checkpoint == SHIPPED else Path(checkpoint)).resolve()
    if not folder.is_dir():
        return resources.catalogue.add_model(encoder_id, checkpoint, None)
    copy_folder(folder, resources.kept_folder(encoder_id), folder.name)
    return resources.catalogue.add_model(encoder_id, checkpoint, folder.name)
