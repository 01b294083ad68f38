"""What the stages found out about figures, and what a replacement left behind."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sqlalchemy import Row, select

from core.ports import Embeddings
from ingestion.catalogue_records import StoredEmbeddings
from ingestion.catalogue_schema import embeddings, obsolete_points
from ingestion.database import Database, batches, insert_new
from ingestion.figure_stages import lock_figures

_VECTOR = np.dtype("<f4")


class FigureFindings(Database):
    """Vectors of figures, and points that are left over."""

    def obsolete_points(self, limit: int | None = None) -> list[str]:
        """Figures removed by a replacement whose points the index may still hold."""
        statement = select(obsolete_points.c.figure_id).order_by(obsolete_points.c.figure_id)
        with self._reading() as connection:
            return list(connection.scalars(statement.limit(limit)))

    def forget_obsolete(self, figure_ids: Sequence[str]) -> None:
        """Strike out obsolete figures once their points are deleted."""
        with self._writing() as connection:
            for batch in batches(sorted(figure_ids)):
                connection.execute(
                    obsolete_points.delete().where(obsolete_points.c.figure_id.in_(batch))
                )

    def store_embeddings(
        self,
        encoder_id: str,
        figure_ids: Sequence[str],
        image: Embeddings,
        text: Embeddings | None = None,
        *,
        revisions: Sequence[str] | None = None,
    ) -> list[str]:
        """Keep the vectors of figures, in place of older ones by the same encoder.

        Args:
            encoder_id: Who made them.
            figure_ids: N ids; those no longer in the catalogue are passed over.
            image: float32 [N, D].
            text: float32 [N, D], or None where the figures have no text vector.
            revisions: N revisions as read with the pixels, see `advance`.

        Returns:
            Ids of the figures whose vectors were kept.

        Raises:
            ValueError: If the shapes do not fit.
        """
        if image.shape[0] != len(figure_ids) or (text is not None and text.shape != image.shape):
            raise ValueError(
                f"{len(figure_ids)} figures, image {image.shape}, "
                f"text {None if text is None else text.shape}"
            )
        row_of = {figure: idx for idx, figure in enumerate(figure_ids)}
        with self._writing() as connection:
            kept = lock_figures(connection, figure_ids, revisions)
            for batch in batches(kept):
                connection.execute(
                    embeddings.delete().where(
                        embeddings.c.encoder_id == encoder_id, embeddings.c.figure_id.in_(batch)
                    )
                )
            rows = [
                {
                    "figure_id": figure,
                    "encoder_id": encoder_id,
                    "image": image[row_of[figure]].astype(_VECTOR).tobytes(),
                    "text": None
                    if text is None
                    else text[row_of[figure]].astype(_VECTOR).tobytes(),
                    "revision": None if revisions is None else revisions[row_of[figure]],
                }
                for figure in kept
            ]
            insert_new(connection, embeddings, rows)
        return kept

    def embeddings(self, encoder_id: str, figure_ids: Sequence[str]) -> StoredEmbeddings:
        """Vectors an encoder made of these figures; figures without any are left out."""
        found: dict[str, Row[Any]] = {}
        with self._reading() as connection:
            for batch in batches(dict.fromkeys(figure_ids)):
                rows = connection.execute(
                    select(embeddings).where(
                        embeddings.c.encoder_id == encoder_id, embeddings.c.figure_id.in_(batch)
                    )
                )
                found.update({row.figure_id: row for row in rows})
        present = tuple(figure for figure in dict.fromkeys(figure_ids) if figure in found)
        if not present:
            nothing = np.zeros((0, 0), np.float32)
            return StoredEmbeddings((), nothing, nothing, np.zeros(0, np.bool_), ())
        blank = bytes(len(found[present[0]].image))
        return StoredEmbeddings(
            figure_ids=present,
            image=_matrix([found[figure].image for figure in present]),
            text=_matrix([found[figure].text or blank for figure in present]),
            has_text=np.array([found[figure].text is not None for figure in present], np.bool_),
            revisions=tuple(found[figure].revision for figure in present),
        )


def _matrix(rows: Sequence[bytes]) -> Embeddings:
    return np.frombuffer(b"".join(rows), _VECTOR).reshape(len(rows), -1).astype(np.float32)
