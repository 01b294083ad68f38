"""The index rebuilt from the catalogue alone: after a new encoder, a new schema or a lost index."""

from collections.abc import Callable

from core.records import Stage
from workers.resources import Resources
from workers.stages import store_vectors, upsert_points

_BATCH = 64
_HAVE_BEEN_EMBEDDED = frozenset({Stage.EMBEDDED, Stage.INDEXED})


def reindex(resources: Resources, watch: Callable[[int, int], None]) -> int:
    """Fill a collection for the configured encoder beside the live one, then switch to it.

    Searches go on in the live collection meanwhile. Vectors that the catalogue already keeps for
    this encoder are used again, so an interrupted run goes on where it stopped. Figures that no
    worker has embedded yet are left to the workers.

    Args:
        resources: With the address of a running index.
        watch: Called with figures done and figures in all.

    Returns:
        How many figures are in the index.

    Raises:
        IndexUnavailable: If Qdrant does not answer.
    """
    catalogue, index = resources.catalogue, resources.unprepared_index()
    index.prepare(beside=True)
    figure_ids = list(catalogue.iter_indexable_figure_ids())
    filled: set[str] = set()
    for start in range(0, len(figure_ids), _BATCH):
        watch(start, len(figure_ids))
        rows = [
            row
            for row in catalogue.figures(figure_ids[start : start + _BATCH])
            if row.stage in _HAVE_BEEN_EMBEDDED
        ]
        kept = catalogue.embeddings(
            resources.encoder.encoder_id, [row.figure.figure_id for row in rows]
        ).figure_ids
        store_vectors(resources, [row for row in rows if row.figure.figure_id not in kept])
        filled |= {row.figure.figure_id for row in upsert_points(resources, index, rows)}
    index.delete_figures([found for found in index.iter_figure_ids() if found not in filled])
    index.activate()
    watch(len(figure_ids), len(figure_ids))
    return len(filled)
