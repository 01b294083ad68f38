"""Every call of a model, written down before it is made, and what each upload may still spend.

A call is first reserved at the most that it can cost, in the transaction that finds that it fits
into its upload's budget; its answer replaces that by what it cost, in the transaction that keeps
the answer. So whatever dies or runs beside it, a budget is not passed and no answer is forgotten. A
call that has no answer when one was due stays in the ledger as lost: it may have to be paid. Its
question is not put again until a person says so. What runs in Limn's own processes costs nothing,
so none of its calls is ever lost.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Float,
    Select,
    case,
    cast,
    delete,
    func,
    insert,
    select,
    text,
    update,
)

from core.describing import NO_TOKENS, Tokens
from ingestion.catalogue_schema import provider_calls
from ingestion.database import Database, batches


@dataclass(frozen=True, slots=True)
class AnswerKey:
    """What was asked, of whom, about which picture: asked twice, it has the same answer."""

    picture_sha256: str
    request_hash: str
    """Of the prompt and of everything that was put into it."""
    model: str


@dataclass(frozen=True, slots=True)
class Cost:
    """Tokens, and their price in the currency of the settings."""

    tokens: Tokens = NO_TOKENS
    price: float = 0

    @property
    def n_tokens(self) -> int:
        return self.tokens.prompt + self.tokens.completion


@dataclass(frozen=True, slots=True)
class Call:
    """One question that is put to a model."""

    call_id: str
    key: AnswerKey
    prompt_hash: str
    endpoint: str | None
    upload_id: str | None
    """Who pays."""
    most: Cost
    """What it can cost at most."""
    due_at: datetime
    """When its answer is here, or never will be."""


class Fit(StrEnum):
    """Whether one more call may be made: its question was not put already, a budget holds it."""

    NOW = "now"
    ASKED = "asked"
    """Its question was put, and the answer may come yet."""
    LOST = "lost"
    """Its question was put, and the answer was lost."""
    LATER = "later"
    """Once calls that are under way turn out cheaper than they might be."""
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Spending:
    """What the calls for an upload cost, as their providers count."""

    upload_id: str | None
    n_calls: int = 0
    """Answered ones."""
    n_prompt_tokens: int = 0
    n_completion_tokens: int = 0
    price: float = 0
    n_lost: int = 0
    """Calls that may have been answered and paid, and whose answer did not arrive."""
    n_lost_tokens: int = 0
    """The most that they may have cost."""
    lost_price: float = 0
    n_waiting: int = 0
    """Of the lost calls, those whose questions a person has not let be put again."""
    n_waiting_tokens: int = 0
    """The most that putting these again may cost, and that they may have cost already."""
    waiting_price: float = 0
    n_open_tokens: int = 0
    """The most that calls under way may cost."""

    @property
    def n_tokens(self) -> int:
        return self.n_prompt_tokens + self.n_completion_tokens


class CallLedger(Database):
    """Calls that were made, are under way, or were lost."""

    def lost_questions(self, keys: Sequence[AnswerKey]) -> set[AnswerKey]:
        """Those of some questions that wait for a person, since an answer to them was lost."""
        wanted = set(keys)
        found: set[AnswerKey] = set()
        calls = provider_calls.c
        with self._reading() as connection:
            for batch in batches({key.picture_sha256: None for key in keys}):
                rows = connection.execute(
                    select(calls.picture_sha256, calls.request_hash, calls.model).where(
                        calls.picture_sha256.in_(batch), _waits()
                    )
                )
                found |= {AnswerKey(*row) for row in rows}
        return found & wanted

    def fits(self, upload_id: str | None, most: Cost, budget_tokens: int) -> Fit:
        """Whether a call would fit into a budget now."""
        with self._reading() as connection:
            return _fit(connection, upload_id, most, budget_tokens)

    def reserve(self, call: Call, budget_tokens: int | None) -> Fit:
        """Write a call down before it is made, if its upload's budget holds it at its dearest.

        Returns:
            `Fit.NOW` where it may be made; else nothing was written.
        """
        with self._writing() as connection:
            _lock(connection, "question", *astuple(call.key))
            if former := _former(connection, call):
                return former
            if budget_tokens is not None:
                _lock(connection, "budget", call.upload_id)
                fit = _fit(connection, call.upload_id, call.most, budget_tokens)
                if fit is not Fit.NOW:
                    return fit
            connection.execute(insert(provider_calls).values(call_values(call)))
        return Fit.NOW

    def take_back(self, call: Call) -> None:
        """Strike a call that was not made, or that its provider refused to answer."""
        with self._writing() as connection:
            connection.execute(delete(provider_calls).where(_is(call)))

    def give_up(self, call: Call) -> None:
        """Say of a call that its answer will not come, and that it may have to be paid."""
        with self._writing() as connection:
            connection.execute(
                update(provider_calls).where(_is(call)).values(due_at=datetime.now(UTC))
            )

    def release_lost(self, upload_id: str | None = None) -> Spending:
        """Let questions be put again whose answers were lost, as a person does who takes the cost.

        Args:
            upload_id: Those for one upload alone.

        Returns:
            What waited; the calls stay lost.
        """
        calls = provider_calls.c
        of = calls.call_id.is_not(None) if upload_id is None else calls.upload_id == upload_id
        with self._writing() as connection:
            row = connection.execute(_spending(of)).one()
            connection.execute(
                update(provider_calls).where(of, _waits()).values(released_at=datetime.now(UTC))
            )
        return Spending(upload_id, **row._mapping)

    def write_off_lost(self) -> Spending:
        """Strike all lost calls, as a person does who has seen that they were not billed.

        Their questions may be put again.
        """
        with self._writing() as connection:
            row = connection.execute(_spending(provider_calls.c.call_id.is_not(None))).one()
            connection.execute(delete(provider_calls).where(_is_lost()))
        return Spending(None, **row._mapping)

    def spending(self, upload_id: str | None) -> Spending:
        """What the calls for one upload cost so far."""
        with self._reading() as connection:
            row = connection.execute(_spending(provider_calls.c.upload_id == upload_id)).one()
        return Spending(upload_id, **row._mapping)

    def spending_by_upload(self) -> list[Spending]:
        """What was paid or may have to be, by upload, the dearest first."""
        payer = provider_calls.c.upload_id
        statement = _spending(provider_calls.c.call_id.is_not(None))
        with self._reading() as connection:
            rows = connection.execute(statement.add_columns(payer).group_by(payer))
            found = [Spending(**row._mapping) for row in rows]
        return sorted(found, key=lambda spent: (-spent.n_tokens, spent.upload_id or ""))


def call_values(call: Call) -> dict[str, object]:
    """A call's row while it is not answered."""
    return {
        "call_id": call.call_id,
        "picture_sha256": call.key.picture_sha256,
        "request_hash": call.key.request_hash,
        "model": call.key.model,
        "endpoint": call.endpoint,
        "upload_id": call.upload_id,
        "due_at": call.due_at,
        "n_prompt_tokens": call.most.tokens.prompt,
        "n_completion_tokens": call.most.tokens.completion,
        "price": call.most.price,
    }


def _fit(connection: Connection, upload_id: str | None, most: Cost, budget_tokens: int) -> Fit:
    row = connection.execute(_spending(provider_calls.c.upload_id == upload_id)).one()
    left = budget_tokens - Spending(upload_id, **row._mapping).n_tokens - row.n_lost_tokens
    if most.n_tokens > left or left <= 0:
        return Fit.NEVER
    return Fit.NOW if most.n_tokens <= left - row.n_open_tokens else Fit.LATER


def _former(connection: Connection, call: Call) -> Fit | None:
    """What stands in the way of a question that was put before; strikes what never does."""
    calls = provider_calls.c
    is_same = (
        (calls.picture_sha256 == call.key.picture_sha256)
        & (calls.request_hash == call.key.request_hash)
        & (calls.model == call.key.model)
        & calls.answered_at.is_(None)
    )
    if call.endpoint is None:
        connection.execute(delete(provider_calls).where(is_same, calls.endpoint.is_(None)))
    due_at = connection.scalar(select(func.max(calls.due_at)).where(is_same, _is_held()))
    if due_at is None:
        return None
    return Fit.LOST if due_at <= datetime.now(UTC) else Fit.ASKED


def _lock(connection: Connection, *name: str | None) -> None:
    """Have others who name the same wait; SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        lock = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
        connection.execute(lock, {"name": f"limn {' '.join(map(str, name))}"})


def _is(call: Call) -> ColumnElement[bool]:
    return provider_calls.c.call_id == call.call_id


def _is_lost() -> ColumnElement[bool]:
    calls = provider_calls.c
    was_sent = calls.answered_at.is_(None) & calls.endpoint.is_not(None)
    return was_sent & (calls.due_at <= datetime.now(UTC))


def _is_held() -> ColumnElement[bool]:
    """Of calls without an answer: nobody has let their questions be put again."""
    return provider_calls.c.released_at.is_(None) & provider_calls.c.endpoint.is_not(None)


def _waits() -> ColumnElement[bool]:
    return _is_lost() & _is_held()


def _spending(of: ColumnElement[bool]) -> Select[Any]:
    """Columns of `Spending`, over some calls."""
    calls = provider_calls.c
    tokens = calls.n_prompt_tokens + calls.n_completion_tokens
    answered, lost, waits = calls.answered_at.is_not(None), _is_lost(), _waits()
    is_open = ~answered & (calls.due_at > datetime.now(UTC))
    columns = {
        "n_calls": (answered, 1, BigInteger),
        "n_prompt_tokens": (answered, calls.n_prompt_tokens, BigInteger),
        "n_completion_tokens": (answered, calls.n_completion_tokens, BigInteger),
        "price": (answered, calls.price, Float),
        "n_lost": (lost, 1, BigInteger),
        "n_lost_tokens": (lost, tokens, BigInteger),
        "lost_price": (lost, calls.price, Float),
        "n_waiting": (waits, 1, BigInteger),
        "n_waiting_tokens": (waits, tokens, BigInteger),
        "waiting_price": (waits, calls.price, Float),
        "n_open_tokens": (is_open, tokens, BigInteger),
    }
    sums: list[ColumnElement[Any]] = [
        cast(func.coalesce(func.sum(case((which, what), else_=0)), 0), kind).label(name)
        for name, (which, what, kind) in columns.items()
    ]
    return select(*sums).where(of)
