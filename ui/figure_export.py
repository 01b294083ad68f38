"""Every figure of the catalogue as plain rows."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

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


def print_figures(out: Console, rows: Sequence[Mapping[str, Any]]) -> None:
    """The same for people; ids are never shortened, since other commands ask for them."""
    widest = max((len(row["figure_id"]) for row in rows), default=0)
    columns = ("label", "view", "sheet", "Locarno", "stage", "caption")
    table = Table(Column("figure", min_width=widest), *columns, box=None)
    for row in rows:
        cells = (row[key] for key in ("figure_id", "label", "view", "sheet", "locarno", "stage"))
        table.add_row(*(escape(str(cell or "")) for cell in cells), escape(row["caption"] or ""))
    out.print(table)


def _first(figure: Figure, first_of: Mapping[str, str]) -> str | None:
    """The first figure, by id, with the same picture; None for that one and for unique ones."""
    first = None if figure.is_front_page else first_of.get(figure.sha256)
    return None if first == figure.figure_id else first
