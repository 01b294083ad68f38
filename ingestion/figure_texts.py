"""What is said about figures: what machines drafted, as people corrected it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, select, update

from core.errors import BadInput
from core.records import FigureText, Provenance, Stage
from ingestion.catalogue_records import Correction, Described, TextDraft
from ingestion.catalogue_schema import figure_texts, figures
from ingestion.database import Database, batches, insert_new, storable
from ingestion.figure_stages import lock_figures, to_be_indexed
from ingestion.text_corrections import (
    add_correction,
    correct,
    corrections_of,
    find_text,
    strike_correction,
    text_sha256,
)

MAX_TEXT_CHARS = 250
"""Of a person's text: no word of it is lost to a text encoder that reads 256 tokens."""
TEXT_ORDER = (figure_texts.c.provenance, figure_texts.c.position, figure_texts.c.text_sha256)
is_searched = figure_texts.c.provenance.in_([kind for kind in Provenance if kind.is_searched])
"""A text by which its figure is found."""


class FigureTexts(Database):
    """The texts of figures. A machine's text that a person corrected does not come back."""

    def store_texts(self, drafts: Sequence[TextDraft], revisions: Sequence[str]) -> list[str]:
        """Make what was drafted the texts of the figures, all or nothing.

        A figure at CUT moves to DESCRIBED. One that has gone on comes back there if the words that
        it is searched by are others now; whoever embeds or indexes it with the former words
        meanwhile is passed over, see `advance`.

        Args:
            drafts: One a figure; figures that are gone are passed over.
            revisions: `FigureRow.revision` of each as it was read for drafting.

        Returns:
            Ids of those figures that now wait to be embedded, sorted.
        """
        draft_of = {draft.figure_id: draft for draft in drafts}
        waiting: list[str] = []
        with self._writing() as connection:
            for batch in batches(lock_figures(connection, list(draft_of), revisions)):
                waiting += _settle(connection, [draft_of[figure_id] for figure_id in batch])
        return waiting

    def correct_text(self, figure_id: str, text: str, instead_of: str | None = None) -> bool:
        """Keep a person's words about a figure, in place of a machine's or beside all.

        Args:
            figure_id: The figure.
            text: What is right; empty to have `instead_of` alone hidden.
            instead_of: The text that is wrong, word for word as it is kept; None to add one.

        Returns:
            True where the figure waits to be embedded anew now.

        Raises:
            BadInput: If there is no such figure or text, if it is the grant's own, or if the new
                one is too long or nothing at all.
        """
        text = tidy(text)
        if not text and instead_of is None:
            raise BadInput("nothing was written; say what the figure shows")
        with self._writing() as connection:
            row = _read_figure(connection, figure_id)
            shown = _texts_of(connection, [figure_id]).get(figure_id, [])
            if instead_of is None:
                add_correction(connection, row, text, None)
            else:
                correct(connection, row, text, find_text(shown, instead_of, figure_id))
            if row.stage == Stage.CUT:
                return False
            return _redraw(connection, row, shown)

    def undo_correction(self, figure_id: str, correction_id: str) -> bool:
        """Take a person's words back; the machine's that they stood for are there again.

        Returns:
            True where the figure waits to be embedded anew now.

        Raises:
            BadInput: If there is no such figure or correction.
        """
        with self._writing() as connection:
            row = _read_figure(connection, figure_id)
            shown = _texts_of(connection, [figure_id]).get(figure_id, [])
            original = strike_correction(connection, row, correction_id)
            if row.stage == Stage.CUT:
                return False
            return _redraw(connection, row, [*shown, *((original,) if original else ())])

    def corrections(self, figure_ids: Sequence[str]) -> dict[str, list[Correction]]:
        """What people wrote about figures that still have the picture they saw, oldest first."""
        found: dict[str, list[Correction]] = {}
        with self._reading() as connection:
            for batch in batches(figure_ids):
                for figure_id, rows in corrections_of(connection, batch).items():
                    found[figure_id] = [
                        Correction(row.original_sha256, row.text, row.original, row.made_at)
                        for row in rows
                    ]
        return found


def tidy(text: str) -> str:
    """A person's text with its white space folded.

    Raises:
        BadInput: If it is longer than a text encoder reads.

    Example:
        >>> tidy(" a folding\\n chair ")
        'a folding chair'
    """
    folded = storable(" ".join(text.split()))
    if len(folded) > MAX_TEXT_CHARS:
        raise BadInput(
            f"the text has {len(folded)} characters; shorten it to {MAX_TEXT_CHARS}: "
            "what lies beyond is not read by the search"
        )
    return folded


def insert_texts(connection: Connection, texts: Sequence[FigureText]) -> int:
    """Insert texts of figures that are there, each once; part of a larger transaction."""
    n_of: Counter[str] = Counter()
    rows = []
    for text in texts:
        rows.append(
            {
                "figure_id": text.figure_id,
                "provenance": text.provenance,
                "text_sha256": text_sha256(text.text),
                "position": n_of[text.figure_id],
                "text": storable(text.text),
                "model": text.model,
                "prompt_hash": text.prompt_hash,
            }
        )
        n_of[text.figure_id] += 1
    return insert_new(connection, figure_texts, rows)


def text_from_row(row: Row[Any]) -> FigureText:
    """A text about a figure from its columns."""
    return FigureText(
        row.figure_id, Provenance(row.provenance), row.text, row.model, row.prompt_hash
    )


def _settle(connection: Connection, drafts: Sequence[TextDraft]) -> list[str]:
    """Write locked figures' texts and move the figures; returns those that wait to be embedded."""
    figure_ids = [draft.figure_id for draft in drafts]
    rows: Iterable[Row[Any]] = connection.execute(
        select(figures).where(figures.c.figure_id.in_(figure_ids), to_be_indexed)
    )
    there = {row.figure_id: row for row in rows}
    former = _texts_of(connection, figure_ids)
    corrections = corrections_of(connection, figure_ids)
    rewritten: list[str] = []
    texts: list[FigureText] = []
    moves: list[dict[str, object]] = []
    for draft in drafts:
        if draft.figure_id not in there:
            continue
        row, before = there[draft.figure_id], former.get(draft.figure_id, [])
        now = _corrected(draft, corrections.get(draft.figure_id, ()))
        if now != before:
            rewritten.append(draft.figure_id)
            texts += now
        differs = _searched(now) != _searched(before)
        moves.append(_move(row, draft, differs=differs))
    for batch in batches(rewritten):
        connection.execute(delete(figure_texts).where(figure_texts.c.figure_id.in_(batch)))
    insert_texts(connection, texts)
    if moves:
        connection.execute(_MOVE, moves)
        _strike_failures(connection, figure_ids)
    return [str(move["key"]) for move in moves if move["to_stage"] == Stage.DESCRIBED]


_MOVE = (
    update(figures)
    .where(figures.c.figure_id == bindparam("key"))
    .values(
        stage=bindparam("to_stage"),
        text_revision=bindparam("to_revision"),
        described=bindparam("to_described"),
        described_note=bindparam("to_note"),
        wording_rule=bindparam("to_rule"),
    )
)


def _move(row: Row[Any], draft: TextDraft, *, differs: bool) -> dict[str, object]:
    """Nobody has read the texts of a figure at CUT, so it keeps its revision."""
    is_new = row.stage == Stage.CUT
    return {
        "key": draft.figure_id,
        "to_stage": Stage.DESCRIBED if is_new or differs else row.stage,
        "to_revision": row.text_revision + (differs and not is_new),
        "to_described": draft.described,
        "to_note": draft.note and storable(draft.note),
        "to_rule": draft.wording_rule or row.wording_rule,
    }


def _searched(texts: Sequence[FigureText]) -> set[str]:
    return {text.text for text in texts if text.provenance.is_searched}


def _strike_failures(connection: Connection, figure_ids: Sequence[str]) -> None:
    connection.execute(
        update(figures)
        .where(
            figures.c.figure_id.in_(figure_ids),
            figures.c.failed_stage.in_([Stage.CUT, Stage.DESCRIBED]),
        )
        .values(failed_stage=None, failure_reason=None)
    )


def _corrected(draft: TextDraft, corrections: Sequence[Row[Any]]) -> list[FigureText]:
    """The draft without what people hid, sentences with a hidden name too, with what they wrote; in
    the order it is stored.
    """
    distinct: dict[tuple[Provenance, str], FigureText] = {}
    for text in _with_corrections(draft, corrections) if corrections else draft.texts:
        words = storable(text.text)
        stored = text if words == text.text else replace(text, text=words)
        distinct.setdefault((stored.provenance, stored.text), stored)
    return sorted(distinct.values(), key=lambda text: text.provenance)


def _with_corrections(draft: TextDraft, corrections: Sequence[Row[Any]]) -> list[FigureText]:
    hidden = {row.original_sha256 for row in corrections}
    wrong_names = [row.original.casefold() for row in corrections if row.original]
    kept = [
        text
        for text in draft.texts
        if text_sha256(text.text) not in hidden
        and not (
            text.provenance is Provenance.THESAURUS_WORDING
            and any(name in text.text.casefold() for name in wrong_names)
        )
    ]
    written = [row.text for row in corrections if row.text]
    return kept + [FigureText(draft.figure_id, Provenance.PERSON, text) for text in written]


def _redraw(connection: Connection, row: Row[Any], shown: Sequence[FigureText]) -> bool:
    """Write what machines say of a figure, with people's corrections as they are now."""
    machines = tuple(text for text in shown if text.provenance is not Provenance.PERSON)
    state = Described(row.described) if row.described else None
    draft = TextDraft(row.figure_id, machines, state, row.described_note)
    return bool(_settle(connection, [draft]))


def _texts_of(connection: Connection, figure_ids: Sequence[str]) -> Mapping[str, list[FigureText]]:
    found: dict[str, list[FigureText]] = {}
    rows = connection.execute(
        select(figure_texts)
        .where(figure_texts.c.figure_id.in_(figure_ids))
        .order_by(figure_texts.c.figure_id, *TEXT_ORDER)
    )
    for row in rows:
        found.setdefault(row.figure_id, []).append(text_from_row(row))
    return found


def _read_figure(connection: Connection, figure_id: str) -> Row[Any]:
    lock_figures(connection, [figure_id])
    row = connection.execute(select(figures).where(figures.c.figure_id == figure_id)).one_or_none()
    if row is None:
        raise BadInput(f"there is no figure {figure_id[:80]!r}")
    if row.is_front_page or row.is_withdrawn:
        raise BadInput(f"{figure_id} is not searched, so nothing is written about it")
    return row
