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
    view = "" if figure.view is View.UNKNOWN else f"{figure.view.value} view"
    texts = [publication.title, figure.caption or " of ".join(filter(None, (view, thing)))]
    if publication.locarno:
        code = publication.locarno[0].code
        kind = subclass_titles().get(code) or class_name(code)
        texts.append(", ".join(filter(None, (thing, kind))))
    return [
        FigureText(figure.figure_id, Provenance.GRANT, text)
        for text in dict.fromkeys(text.strip() for text in texts)
        if text
    ]
