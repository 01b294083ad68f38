"""Every answer that a model gave, and which figures still wait for one."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from core.describing import Description, Flaw
from core.records import Stage
from ingestion.call_ledger import AnswerKey, Call, CallLedger, call_values
from ingestion.catalogue_records import Described, Origin
from ingestion.catalogue_schema import (
    figures,
    provider_answers,
    provider_calls,
    publications,
    upload_members,
    uploads,
)
from ingestion.database import batches, storable
from ingestion.figure_stages import to_be_indexed


@dataclass(frozen=True, slots=True)
class Standing:
    """How many figures stand at one point of being described, and why."""

    described: Described
    note: str | None
    n_figures: int


class AnswerLedger(CallLedger):
    """Answers of models, kept for good: no text is lost with a publication, none is paid twice."""

    def store_answer(self, call: Call, answer: Description, price: float = 0) -> None:
        """Keep an answer, and what it cost, whatever became of its call's reservation.

        Where one to the same question was kept, the new one counts and both are paid.
        """
        now = datetime.now(UTC)
        paid = call_values(call) | {
            "answered_at": now,
            "n_prompt_tokens": answer.tokens.prompt,
            "n_completion_tokens": answer.tokens.completion,
            "price": price,
        }
        said = {
            "prompt_hash": call.prompt_hash,
            "texts": [storable(text) for text in answer.texts],
            "problem": answer.problem and storable(answer.problem),
            "flawed_answer": answer.flaw and storable(answer.flaw.answer),
            "flaw": answer.flaw and storable(answer.flaw.fault),
            "answered_at": now,
        }
        with self._writing() as connection:
            is_sqlite = connection.dialect.name == "sqlite"
            insert = sqlite_insert if is_sqlite else postgresql_insert
            connection.execute(
                insert(provider_calls)
                .values(paid)
                .on_conflict_do_update(index_elements=["call_id"], set_=paid)
            )
            connection.execute(
                insert(provider_answers)
                .values(asdict(call.key) | said | {"n_answers": 1})
                .on_conflict_do_update(
                    index_elements=list(provider_answers.primary_key),
                    set_=said | {"n_answers": provider_answers.c.n_answers + 1},
                )
            )

    def answers(self, keys: Sequence[AnswerKey]) -> dict[AnswerKey, Description]:
        """Answers that are kept, those with a flaw too; keys without one are left out."""
        wanted = set(keys)
        found: dict[AnswerKey, Description] = {}
        with self._reading() as connection:
            for batch in batches({key.picture_sha256: None for key in keys}):
                rows = connection.execute(
                    select(provider_answers).where(
                        provider_answers.c.picture_sha256.in_(batch),
                        provider_answers.c.model.in_({key.model for key in keys}),
                    )
                )
                for row in rows:
                    key = AnswerKey(row.picture_sha256, row.request_hash, row.model)
                    if key in wanted:
                        flaw = None if row.flaw is None else Flaw(row.flawed_answer, row.flaw)
                        found[key] = Description(
                            tuple(row.texts),
                            problem=row.problem,
                            flaw=flaw,
                            n_answers=row.n_answers,
                        )
        return found

    def set_budget(self, upload_id: str, budget_tokens: int | None) -> None:
        """Give an upload a budget of its own, or take it back."""
        with self._writing() as connection:
            connection.execute(
                update(uploads)
                .where(uploads.c.upload_id == upload_id)
                .values(budget_tokens=budget_tokens)
            )

    def origins(self, figure_ids: Sequence[str]) -> Mapping[str, Origin]:
        """Who pays for each figure, and whether it may leave the machine."""
        confidential = (
            select(upload_members.c.publication_id)
            .join(uploads, uploads.c.upload_id == upload_members.c.upload_id)
            .where(uploads.c.is_confidential)
        )
        found: dict[str, Origin] = {}
        with self._reading() as connection:
            for batch in batches(dict.fromkeys(figure_ids)):
                rows = connection.execute(
                    select(
                        figures.c.figure_id,
                        publications.c.upload_id,
                        or_(
                            func.coalesce(uploads.c.is_confidential, False),
                            publications.c.publication_id.in_(confidential),
                        ).label("is_confidential"),
                        uploads.c.budget_tokens,
                    )
                    .join(publications, publications.c.publication_id == figures.c.publication_id)
                    .outerjoin(uploads, uploads.c.upload_id == publications.c.upload_id)
                    .where(figures.c.figure_id.in_(batch))
                )
                found |= {
                    row.figure_id: Origin(
                        row.upload_id, bool(row.is_confidential), row.budget_tokens
                    )
                    for row in rows
                }
        return found

    def list_undescribed(self, figure_id: str, reason: str) -> None:
        """Say of a figure that models were asked about it to no avail; what it has stays."""
        with self._writing() as connection:
            connection.execute(
                update(figures)
                .where(figures.c.figure_id == figure_id)
                .values(described=Described.DONE, described_note=storable(reason))
            )

    def standings(self) -> list[Standing]:
        """Figures that models were asked about, by how far that came and why."""
        statement = (
            select(figures.c.described, figures.c.described_note, func.count())
            .where(to_be_indexed, figures.c.described.is_not(None))
            .group_by(figures.c.described, figures.c.described_note)
            .order_by(figures.c.described, func.count().desc(), figures.c.described_note)
        )
        with self._reading() as connection:
            return [
                Standing(Described(row[0]), row[1], row[2]) for row in connection.execute(statement)
            ]

    def figures_worded_otherwise(self, wording_rule: str) -> list[str]:
        """Figures past CUT whose other wordings an older rule wrote, or none; by id."""
        statement = (
            select(figures.c.figure_id)
            .where(
                to_be_indexed,
                figures.c.stage != Stage.CUT,
                figures.c.failed_stage.is_(None),
                figures.c.wording_rule.is_distinct_from(wording_rule),
            )
            .order_by(figures.c.figure_id)
        )
        with self._reading() as connection:
            return list(connection.scalars(statement))

    def figures_described(
        self,
        states: Sequence[Described | None],
        *,
        upload_id: str | None = None,
        after: str = "",
        limit: int | None = None,
    ) -> list[str]:
        """Figures past CUT, not failed, that stand at any of these points; by id, for paging.

        With an `upload_id`, those that this upload pays for.
        """
        named = [state for state in states if state is not None]
        wanted: ColumnElement[bool] = figures.c.described.in_(named)
        if None in states:
            wanted = or_(wanted, figures.c.described.is_(None))
        statement = (
            select(figures.c.figure_id)
            .where(
                to_be_indexed,
                wanted,
                figures.c.stage != Stage.CUT,
                figures.c.failed_stage.is_(None),
                figures.c.figure_id > after,
            )
            .order_by(figures.c.figure_id)
            .limit(limit)
        )
        if upload_id is not None:
            statement = statement.join(
                publications, publications.c.publication_id == figures.c.publication_id
            ).where(publications.c.upload_id == upload_id)
        with self._reading() as connection:
            return list(connection.scalars(statement))
