"""A person's words about a figure, kept and sent to be searched by."""

from core.errors import BadInput
from workers.resources import Resources


def correct_text(
    resources: Resources, figure_id: str, text: str, instead_of: str | None = None
) -> None:
    """Keep a person's text, see `Catalogue.correct_text`, and have the figure indexed anew.

    Raises:
        BadInput: If it makes no sense, or there is no such figure that these resources show.
        QueueUnavailable: If the workers cannot be reached; the text is kept, and searched by after
            their next start.
    """
    _check_shown(resources, figure_id)
    if resources.catalogue.correct_text(figure_id, text, instead_of):
        resources.messages.send_figures("embed", [figure_id])


def undo_correction(resources: Resources, figure_id: str, correction_id: str) -> None:
    """Take a person's text back, see `Catalogue.undo_correction`, and have the figure indexed anew.

    Raises:
        BadInput: If there is none of that name.
        QueueUnavailable: As `correct_text`.
    """
    _check_shown(resources, figure_id)
    if resources.catalogue.undo_correction(figure_id, correction_id):
        resources.messages.send_figures("embed", [figure_id])


def _check_shown(resources: Resources, figure_id: str) -> None:
    if not resources.catalogue.figures([figure_id]):
        raise BadInput(f"no figure {figure_id[:80]!r} in the catalogue")
