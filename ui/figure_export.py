"""Every figure of the catalogue as plain rows."""

from typing import Any

from ingestion.catalogue import Catalogue


def export_figures(catalogue: Catalogue) -> list[dict[str, Any]]:
    """Figures by publication and place, front-page copies included.

    Returns:
        The rows of the stable JSON of `limn export --figures --json`.
    """
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
        }
        for row in catalogue.iter_figures()
    ]
