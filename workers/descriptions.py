"""Sentences about a figure, put together from the grant's own words alone."""

from core.locarno import class_name, subclass_titles
from core.records import FigureText, Provenance, View
from ingestion.catalogue_records import FigureRow


def describe_figure(row: FigureRow) -> list[FigureText]:
    """What a person reading the grant would say is drawn; nothing is guessed from the picture.

    Returns:
        Texts of provenance GRANT, none twice.
    """
    figure, publication = row.figure, row.publication
    thing = figure.object_name or publication.title
    view = None if figure.view is View.UNKNOWN else figure.view.value
    texts = [publication.title, thing, f"{view} view of {thing}" if view else None, figure.caption]
    if publication.locarno:
        code = publication.locarno[0]
        kind = subclass_titles().get(code.code) or class_name(code.code)
        texts.append(f"{thing}, {kind}" if kind else None)
    return [
        FigureText(figure.figure_id, Provenance.GRANT, text)
        for text in dict.fromkeys(text.strip() for text in texts if text)
        if text
    ]
