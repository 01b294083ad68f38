"""A lasting random part of the collection, for comparing models on it."""

import hashlib
from collections.abc import Sequence

from sqlalchemy import and_, func, select

from ingestion.catalogue_schema import embeddings, figures, publications
from ingestion.database import Database, batches
from ingestion.figure_stages import to_be_indexed
from ingestion.walls import of_shown, shown


class CorpusSample(Database):
    """Figures that models have embedded, by publication."""

    def sample_publications(self, encoder_ids: Sequence[str], n_figures: int) -> list[str]:
        """Publications drawn at random, of which every one of these encoders embedded figures.

        The order of drawing hangs on their ids alone, so that a collection that grows keeps most
        of its sample.

        Args:
            encoder_ids: One or more, each once.
            n_figures: Publications are drawn until they have so many figures.
        """
        n_embedded = func.count().label("n_embedded")
        statement = (
            select(figures.c.publication_id, n_embedded)
            .join(embeddings, embeddings.c.figure_id == figures.c.figure_id)
            .where(
                to_be_indexed,
                embeddings.c.encoder_id.in_(encoder_ids),
                of_shown(figures.c.publication_id, self._hidden),
            )
            .group_by(figures.c.publication_id)
        )
        with self._reading() as connection:
            found = [tuple(row) for row in connection.execute(statement)]
        chosen: list[str] = []
        n_drawn = 0
        for publication_id, n in sorted(found, key=lambda row: _draw(row[0])):
            if n_drawn >= n_figures:
                break
            chosen.append(publication_id)
            n_drawn += n // len(encoder_ids)
        return chosen

    def figures_of(self, publication_ids: Sequence[str]) -> list[str]:
        """Figures to be indexed of publications, by id."""
        found: list[str] = []
        with self._reading() as connection:
            for batch in batches(publication_ids):
                chosen = and_(
                    figures.c.publication_id.in_(batch),
                    to_be_indexed,
                    of_shown(figures.c.publication_id, self._hidden),
                )
                found += connection.scalars(select(figures.c.figure_id).where(chosen))
        return sorted(found)

    def publications_by_number(self, office: str, numbers: Sequence[str]) -> list[str]:
        """Ids of an office's publications with these numbers, ``"D0553080"``."""
        found: list[str] = []
        with self._reading() as connection:
            for batch in batches(sorted(set(numbers))):
                chosen = and_(
                    publications.c.office == office,
                    publications.c.number.in_(batch),
                    shown(self._hidden),
                )
                found += connection.scalars(select(publications.c.publication_id).where(chosen))
        return sorted(found)


def _draw(publication_id: str) -> bytes:
    return hashlib.sha256(publication_id.encode()).digest()
