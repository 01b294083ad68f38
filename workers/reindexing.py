"""The index made from the catalogue alone, beside the live one: for a model, a schema, a loss."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias

from workers.figure_points import enter
from workers.reconciling import compare_index
from workers.resources import Resources

if TYPE_CHECKING:
    from search.index import FigureIndex

_BATCH = 64

Watch: TypeAlias = Callable[[int, int], None]
"""Takes figures done and figures in all."""


def reindex(resources: Resources, watch: Watch) -> int:
    """Fill a collection for the model of these resources beside the live one, then switch to it.

    Searches go on in the live collection meanwhile. Vectors that the catalogue already keeps for
    this model are used again, so an interrupted run goes on where it stopped. Figures that no
    worker has embedded yet are left to the workers. What comes in meanwhile is entered too: at
    the end of the filling, and once more after the switch.

    Args:
        resources: With the address of a running index.
        watch: Called as it goes.

    Returns:
        How many figures are in the index.

    Raises:
        IndexUnavailable: If Qdrant does not answer.
    """
    index = fill(resources, watch)
    index.activate()
    catch_up(resources, index)
    return index.count()


def fill(resources: Resources, watch: Watch) -> "FigureIndex":
    """Fill the collection of these resources' model; which one is live stays as it is.

    Every point is written anew, so that a damaged collection is mended too.

    Returns:
        The collection.
    """
    catalogue, index = resources.catalogue, resources.unprepared_index()
    index.prepare(beside=True)
    figure_ids = list(catalogue.iter_indexable_figure_ids())
    n_done = 0
    for batch in _batches(figure_ids):
        watch(n_done, len(figure_ids))
        enter(resources, index, batch)
        n_done += len(batch)
    catch_up(resources, index)
    watch(len(figure_ids), len(figure_ids))
    return index


def catch_up(
    resources: Resources, index: "FigureIndex", watch: Watch = lambda _done, _all: None
) -> int:
    """Bring a collection that was filled once to what the catalogue says by now.

    Only what differs is written: figures that came, changed or went, until none does. Figures that
    no worker has embedded yet are left to the workers.

    Args:
        resources: Of the collection's model.
        index: The collection.
        watch: Called with figures done and figures that differ.

    Returns:
        How many points were written or deleted.
    """
    n_changed = 0
    while True:
        found = compare_index(resources.catalogue, index)
        index.delete_figures(found.orphans)
        n_now, differing = len(found.orphans), found.missing + found.stale
        for place, batch in enumerate(_batches(differing)):
            watch(place * _BATCH, len(differing))
            n_now += enter(resources, index, batch)
        if n_now == 0:
            return n_changed
        n_changed += n_now


def _batches(figure_ids: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(figure_ids), _BATCH):
        yield list(figure_ids[start : start + _BATCH])
