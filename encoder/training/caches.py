"""Every source's drawings as a packed cache, made once and found again by what they are."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from core.errors import SourceInvalid
from encoder.training.cache_lock import filling
from encoder.training.config import CachedSource, DrawnSource, TrainingConfig
from encoder.training.drawings import DrawingSet, is_built, read_drawing_set
from encoder.training.packing import pack_jobs
from encoder.training.sources.elsewhere import CatalogueSource, Elsewhere, SampleSource
from encoder.training.sources.source import DrawingSource

PackingWatch = Callable[[str, int, int], None]
"""Told the kind of source, how many of its jobs are done, and of how many."""


def build_caches(
    config: TrainingConfig,
    elsewhere: Elsewhere | None = None,
    watch: PackingWatch | None = None,
    *,
    leads: bool = True,
) -> tuple[DrawingSet, ...]:
    """Draw what is not drawn yet and open every source's cache.

    Args:
        config: The run.
        elsewhere: How sources of other rooms are opened; None where there are none.
        watch: Told how packing goes on.
        leads: Whether what is held out is written; others would write what is being read.

    Raises:
        SourceInvalid: If a source holds nothing, or something else than it should.
    """
    sets = []
    for source in config.sources:
        if isinstance(source, CachedSource):
            sets.append(read_drawing_set(source.path))
            continue
        drawings = _drawings_of(source, elsewhere)
        sets.append(_packed(source, drawings, config.cache_dir, watch))
        if leads:
            drawings.write_held_out()
    return tuple(sets)


def _drawings_of(source: DrawnSource, elsewhere: Elsewhere | None) -> DrawingSource:
    if not isinstance(source, CatalogueSource | SampleSource):
        return source
    if elsewhere is None:
        raise SourceInvalid(f"sources of kind {source.kind} are drawn by `limn train` alone")
    if isinstance(source, SampleSource):
        return elsewhere.samples(source)
    return elsewhere.catalogue(source)


def _packed(
    source: DrawnSource, drawings: DrawingSource, cache_dir: Path, watch: PackingWatch | None
) -> DrawingSet:
    recipe = drawings.recipe
    folder = _folder(cache_dir, source, recipe)
    with filling(folder):
        if not is_built(folder, recipe=recipe):
            pack_jobs(
                folder,
                drawings.jobs(),
                recipe=recipe,
                n_processes=source.n_processes,
                progress=None if watch is None else lambda n, of: watch(source.kind, n, of),
            )
        return read_drawing_set(folder)


def _folder(cache_dir: Path, source: DrawnSource, recipe: str) -> Path:
    """One folder a recipe and place: neither two runs nor two sources of a kind share one."""
    first = cache_dir / source.kind
    if is_built(first, recipe=recipe):  # what caches were called when a kind had but one
        return first
    place = "" if isinstance(source, SampleSource) else source.path
    digest = hashlib.sha256(f"{recipe} {place}".encode()).hexdigest()
    return cache_dir / f"{source.kind}-{digest[:12]}"
