"""Which figures stand for their publication when publications are counted by their figures."""

from collections.abc import Sequence

from sqlalchemy import select

from ingestion.catalogue_schema import figures
from ingestion.database import Database, batches

_PUBLICATION, _VIEW = "publication", "view"


class LeadingFigures(Database):
    """First figures of publications, and of each view within a publication."""

    def leads(self, figure_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """What each figure is the first of, in the order of sheets.

        It depends on what was drawn alone, never on how far a figure has come, so it does not
        change while figures are embedded, fail and are retried one by one.

        Args:
            figure_ids: Figures that are indexed; unknown ones lead nothing.

        Returns:
            By figure id, ``("publication", "view")``, ``("view",)`` or ``()``.
        """
        first: dict[tuple[str, str], str] = {}
        with self._reading() as connection:
            for batch in batches(figure_ids):
                theirs = select(figures.c.publication_id).where(figures.c.figure_id.in_(batch))
                rows = connection.execute(
                    select(figures.c.publication_id, figures.c.figure_id, figures.c.view)
                    .where(figures.c.publication_id.in_(theirs), figures.c.is_front_page.is_(False))
                    .order_by(figures.c.publication_id, figures.c.sheet, figures.c.position)
                )
                for publication_id, figure_id, view in rows:
                    first.setdefault((publication_id, ""), figure_id)
                    first.setdefault((publication_id, view), figure_id)
        found: dict[str, tuple[str, ...]] = dict.fromkeys(figure_ids, ())
        for (_, view), figure_id in first.items():
            if figure_id in found:
                found[figure_id] += (_VIEW if view else _PUBLICATION,)
        return found
