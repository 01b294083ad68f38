"""What people wrote about figures in place of what machines wrote: kept, changed, taken back."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from core.errors import BadInput
from core.records import FigureText, Provenance
from ingestion.catalogue_schema import figures, text_corrections
from ingestion.database import storable


def text_sha256(text: str) -> str:
    """The key of a text as it is stored."""
    return hashlib.sha256(storable(text).encode()).hexdigest()


def corrections_of(
    connection: Connection, figure_ids: Sequence[str]
) -> Mapping[str, Sequence[Row[Any]]]:
    """What people wrote about figures that still have the picture they saw, oldest first."""
    found: dict[str, list[Row[Any]]] = {}
    rows = connection.execute(
        select(text_corrections)
        .join(figures, figures.c.figure_id == text_corrections.c.figure_id)
        .where(
            text_corrections.c.figure_id.in_(figure_ids),
            text_corrections.c.picture_sha256 == figures.c.sha256,
        )
        .order_by(text_corrections.c.made_at, text_corrections.c.original_sha256)
    )
    for row in rows:
        found.setdefault(row.figure_id, []).append(row)
    return found


def find_text(shown: Sequence[FigureText], wrong: str, figure_id: str) -> FigureText:
    """The text that a person calls wrong; raises `BadInput` where it is none of a machine's."""
    matches = [text for text in shown if text.text == wrong]
    by_machine = [text for text in matches if text.provenance is not Provenance.GRANT]
    if matches and not by_machine:
        raise BadInput("these are the publication's own words; they are kept as published")
    if not matches:
        raise BadInput(f"{figure_id} has no such text any more; load it again and correct that")
    return by_machine[-1]


def correct(connection: Connection, row: Row[Any], text: str, wrong: FigureText) -> None:
    """Keep a person's words in place of another text; theirs are changed where it was their own."""
    if wrong.provenance is not Provenance.PERSON:
        add_correction(connection, row, text, wrong)
        return
    own = (text_corrections.c.figure_id == row.figure_id) & (text_corrections.c.text == wrong.text)
    if text:
        connection.execute(update(text_corrections).where(own).values(text=text))
        return
    connection.execute(delete(text_corrections).where(own, text_corrections.c.original.is_(None)))
    connection.execute(update(text_corrections).where(own).values(text=None))


def add_correction(
    connection: Connection, row: Row[Any], text: str, original: FigureText | None
) -> None:
    """Without an original, the text stands for itself: the same words added twice are one."""
    key = text_sha256(original.text if original else text)
    connection.execute(
        delete(text_corrections).where(
            text_corrections.c.figure_id == row.figure_id,
            text_corrections.c.original_sha256 == key,
        )
    )
    connection.execute(
        insert(text_corrections).values(
            figure_id=row.figure_id,
            original_sha256=key,
            picture_sha256=row.sha256,
            original=original and original.text,
            text=text or None,
            made_at=datetime.now(UTC),
            provenance=original and original.provenance,
            model=original and original.model,
            prompt_hash=original and original.prompt_hash,
        )
    )


def strike_correction(
    connection: Connection, row: Row[Any], correction_id: str
) -> FigureText | None:
    """Delete a correction of a locked figure.

    Returns:
        The machine's text that it stood for; None where it stood for none, where the figure has
        another picture by now, or where it was made before authors were kept with corrections: the
        text then comes back when the figure is next described.

    Raises:
        BadInput: If there is no such correction.
    """
    this = (text_corrections.c.figure_id == row.figure_id) & (
        text_corrections.c.original_sha256 == correction_id
    )
    struck = connection.execute(select(text_corrections).where(this)).one_or_none()
    if struck is None:
        raise BadInput(f"{row.figure_id} has no such correction any more; load it again")
    connection.execute(delete(text_corrections).where(this))
    if struck.provenance is None or struck.picture_sha256 != row.sha256:
        return None
    author = Provenance(struck.provenance)
    return FigureText(row.figure_id, author, struck.original, struck.model, struck.prompt_hash)
