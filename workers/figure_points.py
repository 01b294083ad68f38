"""From figures to vectors to points of an index, all by the model of some resources."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from core.ports import Embeddings
from core.publication_numbers import number_keys
from core.records import Stage
from ingestion.catalogue_records import FigureRow
from search.figure_point import FigurePoint
from workers.resources import Resources
from workers.vectors import image_vectors, searched_texts, text_vectors

if TYPE_CHECKING:
    from search.index import FigureIndex  # loads the client of Qdrant, which cutting never needs


def enter(resources: Resources, index: "FigureIndex", figure_ids: Sequence[str]) -> int:
    """Put figures that some model has embedded into an index, by these resources' model.

    Returns:
        How many are in it now.
    """
    rows = resources.catalogue.figures(figure_ids, searched_texts=True)
    rows = [row for row in rows if row.stage in (Stage.EMBEDDED, Stage.INDEXED)]
    complete_vectors(resources, rows)
    return len(upsert_points(resources, index, rows))


def complete_vectors(resources: Resources, rows: Sequence[FigureRow]) -> None:
    """Embed those figures of which no vectors of today's texts are kept by these resources' model.

    Vectors of which nobody noted the revision are taken for today's.
    """
    kept = resources.catalogue.embeddings(resources.encoder.encoder_id, ids_of(rows))
    known = zip(kept.figure_ids, kept.has_text, kept.revisions, strict=True)
    made_of = {figure_id: (bool(has_text), revision) for figure_id, has_text, revision in known}

    def is_current(row: FigureRow) -> bool:
        has_text = bool(searched_texts(row))
        wanted = ((has_text, row.revision), (has_text, None))
        return made_of.get(row.figure.figure_id) in wanted

    fresh = [row for row in rows if not is_current(row)]
    if fresh:
        store_vectors(resources, fresh)


def store_vectors(resources: Resources, rows: Sequence[FigureRow]) -> list[FigureRow]:
    """Embed figures and keep their vectors; a figure whose picture is unreadable is listed failed.

    Returns:
        The figures that now have vectors by these resources' model.
    """
    images, unreadable = image_vectors(resources, rows)
    for figure_id, reason in unreadable.items():
        resources.catalogue.fail([figure_id], Stage.EMBEDDED, reason)
    embedded = [row for row in rows if row.figure.figure_id in images]
    for has_text in (True, False):  # nothing is known of a drawing without title and caption
        chosen = [row for row in embedded if bool(searched_texts(row)) is has_text]
        if chosen:
            texts = [searched_texts(row) for row in chosen]
            resources.catalogue.store_embeddings(
                resources.encoder.encoder_id,
                ids_of(chosen),
                np.stack([images[figure_id] for figure_id in ids_of(chosen)]),
                text_vectors(resources.encoder, texts) if has_text else None,
                revisions=revisions_of(chosen),
            )
    return embedded


def upsert_points(
    resources: Resources, index: "FigureIndex", rows: Sequence[FigureRow]
) -> list[FigureRow]:
    """Put figures into an index with the vectors that the catalogue keeps.

    Returns:
        The figures that had vectors by these resources' model, and so are in the index.

    Raises:
        IndexUnavailable: If Qdrant does not answer.
    """
    stored = resources.catalogue.embeddings(resources.encoder.encoder_id, ids_of(rows))
    row_of = {row.figure.figure_id: row for row in rows}
    leads = resources.catalogue.leads(ids_of(rows))
    vectors = zip(stored.figure_ids, stored.image, stored.text, stored.has_text, strict=True)
    index.upsert(
        [
            _point(row_of[figure_id], image, text if has_text else None, leads[figure_id])
            for figure_id, image, text, has_text in vectors
        ]
    )
    return [row_of[figure_id] for figure_id in stored.figure_ids]


def _point(
    row: FigureRow, image: Embeddings, text: Embeddings | None, leads: tuple[str, ...]
) -> FigurePoint:
    """What the index holds about a figure; vectors are float32 [D]."""
    publication, figure = row.publication, row.figure
    return FigurePoint(
        figure_id=figure.figure_id,
        publication_id=publication.publication_id,
        image=image,
        text=text,
        texts=tuple(searched_texts(row)),
        office=publication.office,
        kind=publication.kind,
        title=publication.title,
        locarno=tuple(code.code for code in publication.locarno),
        locarno_edition=publication.locarno[0].edition if publication.locarno else None,
        us_class=publication.us_class,
        view=figure.view,
        label=figure.label,
        publication_date=publication.publication_date,
        filing_date=publication.filing_date,
        effective_date=publication.effective_date,
        owners=publication.owners,
        designers=publication.inventors,
        status=publication.status,
        source=publication.delivery,
        upload=row.upload_id,
        family=publication.family,
        number_keys=number_keys(publication.number, publication.kind),
        picture=figure.sha256,
        leads=leads,
        caption=figure.caption,
        revision=row.revision,
    )


def ids_of(rows: Sequence[FigureRow]) -> list[str]:
    """Id of each figure, in order."""
    return [row.figure.figure_id for row in rows]


def revisions_of(rows: Sequence[FigureRow]) -> list[str]:
    """Revision of each figure, in order, to see whether it was replaced meanwhile."""
    return [row.revision for row in rows]
