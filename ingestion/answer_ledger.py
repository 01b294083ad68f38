"""Every answer that a model gave, what it cost, and which figures still wait for one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from core.describing import Description
from core.records import Stage
from ingestion.catalogue_records import Described, Origin
from ingestion.catalogue_schema import (
    figures,
    provider_answers,
    publications,
    upload_members,
    uploads,
)
from ingestion.database import Database, batches, storable
from ingestion.figure_stages import to_be_indexed


@dataclass(frozen=True, slots=True)
class AnswerKey:
    """What was asked, of whom, about which picture: asked twice, it has the same answer."""

    picture_sha256: str
    request_hash: str
    """Of the prompt and of everything that was put into it."""
    model: str


@dataclass(frozen=True, slots=True)
class Asked:
    """Who was asked, where, and who pays."""

    key: AnswerKey
    prompt_hash: str
    endpoint: str | None = None
    upload_id: str | None = None


@dataclass(frozen=True, slots=True)
class Spending:
    """What the answers for an upload cost, as their providers count."""

    upload_id: str | None
    n_calls: int = 0
    n_prompt_tokens: int = 0
    n_completion_tokens: int = 0
    largest_call: int = 0
    """Tokens of the dearest answer."""

    @property
    def n_tokens(self) -> int:
        return self.n_prompt_tokens + self.n_completion_tokens


@dataclass(frozen=True, slots=True)
class Standing:
    """How many figures stand at one point of being described, and why."""

    described: Described
    note: str | None
    n_figures: int


class AnswerLedger(Database):
    """Answers of models, kept for good: no text is lost with a publication, none is paid twice."""

    def store_answer(self, asked: Asked, answer: Description) -> None:
        """Keep an answer. Where one was kept, the new one counts and both are paid."""
        row = {
            "picture_sha256": asked.key.picture_sha256,
            "request_hash": asked.key.request_hash,
            "model": asked.key.model,
            "prompt_hash": asked.prompt_hash,
            "endpoint": asked.endpoint,
            "texts": [storable(text) for text in answer.texts],
            "problem": answer.problem and storable(answer.problem),
            "n_calls": 1,
            "n_prompt_tokens": answer.n_prompt_tokens,
            "n_completion_tokens": answer.n_completion_tokens,
            "upload_id": asked.upload_id,
            "answered_at": datetime.now(UTC),
        }
        sums = ("n_calls", "n_prompt_tokens", "n_completion_tokens")
        with self._writing() as connection:
            is_sqlite = connection.dialect.name == "sqlite"
            statement = (sqlite_insert if is_sqlite else postgresql_insert)(
                provider_answers
            ).values(row)
            anew = {name: statement.excluded[name] for name in ("texts", "problem", "answered_at")}
            added = {name: provider_answers.c[name] + statement.excluded[name] for name in sums}
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=list(provider_answers.primary_key), set_=anew | added
                )
            )

    def answers(self, keys: Sequence[AnswerKey]) -> dict[AnswerKey, Description]:
        """Answers that are kept; keys without one are left out."""
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
                        found[key] = Description(
                            tuple(row.texts),
                            row.n_prompt_tokens,
                            row.n_completion_tokens,
                            row.problem,
                        )
        return found

    def spending(self, upload_id: str | None) -> Spending:
        """What the answers for one upload cost so far."""
        statement = _SPENDING.where(provider_answers.c.upload_id == upload_id)
        with self._reading() as connection:
            row = connection.execute(statement.group_by(provider_answers.c.upload_id)).one_or_none()
        return Spending(*row) if row else Spending(upload_id)

    def spending_by_upload(self) -> list[Spending]:
        """What was paid, by upload, the dearest first."""
        statement = _SPENDING.group_by(provider_answers.c.upload_id)
        with self._reading() as connection:
            found = [Spending(*row) for row in connection.execute(statement)]
        return sorted(found, key=lambda spent: (-spent.n_tokens, spent.upload_id or ""))

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

    def figures_described(
        self, states: Sequence[Described | None], *, after: str = "", limit: int | None = None
    ) -> list[str]:
        """Figures past CUT, not failed, that stand at any of these points; by id, for paging."""
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
        with self._reading() as connection:
            return list(connection.scalars(statement))


_tokens = provider_answers.c.n_prompt_tokens + provider_answers.c.n_completion_tokens
_SPENDING = select(
    provider_answers.c.upload_id,
    func.sum(provider_answers.c.n_calls),
    func.sum(provider_answers.c.n_prompt_tokens),
    func.sum(provider_answers.c.n_completion_tokens),
    func.max(_tokens),
)
