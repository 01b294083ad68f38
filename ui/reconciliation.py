"""Does the index hold what the catalogue says, and nothing else?"""

from pydantic import BaseModel

from core.records import Stage
from workers.resources import Resources


class Reconciliation(BaseModel):
    """The stable JSON of `limn reconcile --json`."""

    figures: int
    """Figures in the catalogue, front-page copies not counted."""
    points: int
    """Points in the index."""
    failures: int
    """Figures listed as failed."""
    missing: list[str]
    """Figures neither in the index nor listed as failed."""
    orphans: list[str]
    """Points without a figure, or of a figure listed as failed."""

    @property
    def agrees(self) -> bool:
        return not self.missing and not self.orphans


def reconcile_index(resources: Resources) -> Reconciliation:
    """Compare every figure id of the catalogue with every point of the index.

    Raises:
        IndexUnavailable: If Qdrant does not answer.
    """
    catalogue = resources.catalogue
    expected = set(catalogue.iter_indexable_figure_ids())
    failed = catalogue.figure_ids(stage=Stage.FAILED)
    found = set(resources.index.iter_figure_ids())
    return Reconciliation(
        figures=len(expected) + len(failed),
        points=len(found),
        failures=len(failed),
        missing=sorted(expected - found),
        orphans=sorted(found - expected),
    )
