"""Every figure of the catalogue as plain rows."""

from collections.abc import Mapping
from typing import Any

from core.records import Figure
from ingestion.catalogue import Catalogue


def export_figures(catalogue: Catalogue) -> list[dict[str, Any]]:
    """Figures by publication and place, front-page copies included.

    Returns:
        The rows of the stable JSON of `limn export --figures --json`.
    """
    first_of = catalogue.first_of_duplicates()
    return [
        {
            "figure_id": row.figure.figure_id,
            "publication_id": row.figure.publication_id,
            "label": row.figure.label,
            "label_source": row.figure.label_source.value,
            "view": row.figure.view.value,
            "sheet": row.figure.sheet,
            "front_page": row.figure.is_front_page,
            "caption": row.figure.caption,
            "locarno": row.publication.locarno[0].code if row.publication.locarno else None,
            "stage": row.stage.value,
            "duplicate_of": _first(row.figure, first_of),
        }
        for row in catalogue.iter_figures()
    ]


def _first(figure: Figure, first_of: Mapping[str, str]) -> str | None:
    """The first figure, by id, with the same picture; None for that one and for unique ones."""
    first = None if figure.is_front_page else first_of.get(figure.sha256)
    return None if first == figure.figure_id else first
