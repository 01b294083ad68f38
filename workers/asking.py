"""Questions put to models that may be slow, dear, far away or down.

A question that was answered once is never put again: answers come from the catalogue where it keeps
them, and each new one is kept there the moment it is here, whatever happens to its siblings. A
question that may not or cannot be put now is put off, with the reason.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

import structlog

from core.describing import Description, Outcome, Provider
from core.endpoints import is_local_endpoint
from core.errors import ConfigurationFault, ProviderUnavailable
from core.settings import DescribeSettings, ProviderSettings
from ingestion.answer_ledger import AnswerKey, Asked
from ingestion.catalogue import Catalogue
from ingestion.catalogue_records import Described, Origin
from workers.turns import Turns, new_call

log = structlog.get_logger()

_LONGEST_BACKOFF_S = 60
_NOTE_CHARS = 300


@dataclass(frozen=True, slots=True)
class Question:
    """One figure, put to one provider."""

    figure_id: str
    key: AnswerKey
    origin: Origin


@dataclass(frozen=True, slots=True)
class PutOff:
    """Why a question was not put, or not answered."""

    described: Described
    note: str
    soon: bool = False
    """True where only its turn had not come: asking again at once makes sense."""


_NOT_YET = PutOff(Described.PENDING, "no model has been asked about it yet")
_NOT_NOW = PutOff(Described.PENDING, _NOT_YET.note, soon=True)
_ASKED_ELSEWHERE = PutOff(Described.PENDING, "a model is being asked about it", soon=True)


@dataclass(slots=True)
class Answers:
    """What came of some questions, by figure; each is in one of the two."""

    given: dict[str, Description] = field(default_factory=dict)
    put_off: dict[str, PutOff] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Interview:
    """A provider, its limits, and how questions are put to it."""

    provider: Provider
    settings: ProviderSettings
    put: Callable[[Sequence[Question]], Iterator[Outcome]]


class LookUp:
    """Answers what the catalogue has the answer to, and asks nobody."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def ask(self, interview: Interview, questions: Sequence[Question]) -> Answers:
        """Answer what can be answered without asking."""
        kept = self._catalogue.answers([question.key for question in questions])
        answers = Answers()
        for question in questions:
            if question.key in kept:
                answers.given[question.figure_id] = kept[question.key]
            else:
                withheld = _withheld(interview.provider, question)
                answers.put_off[question.figure_id] = withheld or _NOT_YET
        return answers


_Found: TypeAlias = dict[AnswerKey, Description | PutOff]


class Asker:
    """Asks what the catalogue does not know, for a while; safe in threads.

    Args:
        catalogue: Keeps the answers.
        turns: Shared with all other askers.
        settings: Budget and attempts.
        for_s: No question is put later than so many seconds from now.
        anew: Ask again where the answer that is kept was of no use.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        turns: Turns,
        settings: DescribeSettings,
        *,
        for_s: float,
        anew: bool = False,
    ) -> None:
        self._catalogue = catalogue
        self._turns = turns
        self._settings = settings
        self._anew = anew
        self._until = time.monotonic() + for_s
        self._lock = threading.Lock()
        self._in_flight: Counter[str | None] = Counter()
        self.stopped: dict[str, ProviderUnavailable | ConfigurationFault] = {}
        """By model, why nobody asks it any more for now."""

    def ask(self, interview: Interview, questions: Sequence[Question]) -> Answers:
        """Answer questions from what is kept, else by asking; an endpoint several at a time."""
        found: _Found = dict(self._kept(questions))
        rest = {question.key: question for question in questions if question.key not in found}
        size = 1 if interview.provider.endpoint else interview.settings.batch_size
        slices = [list(rest.values())[at : at + size] for at in range(0, len(rest), size)]
        n_threads = interview.settings.n_parallel if interview.provider.endpoint else 1
        with ThreadPoolExecutor(n_threads, "asking") as pool:
            for some in pool.map(lambda these: self._settle(interview, these), slices):
                found |= some
        answers = Answers()
        for question in questions:
            outcome = found[question.key]
            if isinstance(outcome, Description):
                answers.given[question.figure_id] = outcome
            else:
                answers.put_off[question.figure_id] = outcome
        return answers

    def _kept(self, questions: Sequence[Question]) -> Mapping[AnswerKey, Description]:
        kept = self._catalogue.answers([question.key for question in questions])
        return {key: answer for key, answer in kept.items() if answer.texts or not self._anew}

    def _settle(self, interview: Interview, questions: Sequence[Question]) -> _Found:
        """Put those questions that may be put now, until each is answered or put off."""
        with self._reserved(interview.provider, questions) as (allowed, refused):
            found, rest = dict(refused), allowed
            for n_attempt in range(1, self._settings.n_attempts + 1):
                turn = self._wait_for_turn(interview.provider) if rest else _NOT_YET
                if isinstance(turn, PutOff):
                    return found | {question.key: turn for question in rest}
                outcomes, error = self._put(interview, rest, turn)
                found |= outcomes
                rest = [question for question in rest if question.key not in found]
                if error is not None:
                    self._leave_alone(interview.provider, error, n_attempt)
            given_up = self._given_up(interview.provider) or _NOT_NOW
            return found | {question.key: given_up for question in rest}

    @contextmanager
    def _reserved(
        self, provider: Provider, questions: Sequence[Question]
    ) -> Iterator[tuple[list[Question], _Found]]:
        """Those questions that may be put, their share of the budget held; the others put off."""
        rest: list[Question] = []
        found: _Found = {}
        for question in questions:
            refusal = self._given_up(provider) or _withheld(provider, question)
            if refusal is None and time.monotonic() > self._until:
                refusal = _NOT_NOW
            with self._lock:
                refusal = refusal or self._too_dear(question.origin)
                if refusal is None:
                    self._in_flight[question.origin.upload_id] += 1
                    rest.append(question)
                else:
                    found[question.key] = refusal
        try:
            yield list(rest), found
        finally:
            with self._lock:
                self._in_flight.subtract(question.origin.upload_id for question in rest)

    def _too_dear(self, origin: Origin) -> PutOff | None:
        """Refuse what might lead over the budget; calls in flight are taken for the dearest."""
        own = origin.budget_tokens
        budget = self._settings.budget_tokens if own is None else own
        if budget is None:
            return None
        spent = self._catalogue.spending(origin.upload_id)
        left, each = budget - spent.n_tokens, spent.largest_call or budget
        if left <= 0 or each > left:
            note = f"its upload's budget of {budget:,} tokens does not pay for more"
            return PutOff(Described.PENDING, note)
        return _NOT_NOW if (self._in_flight[origin.upload_id] + 1) * each > left else None

    def _wait_for_turn(self, provider: Provider) -> str | PutOff:
        """The name of the call whose turn it is, or why there is none in time."""
        call = new_call()
        while provider.endpoint is not None:
            wait_s = self._turns.take(provider.endpoint, call)
            if given_up := self._given_up(provider):
                return given_up
            if not wait_s:
                break
            if time.monotonic() + wait_s > self._until:
                return _NOT_NOW if wait_s <= _LONGEST_BACKOFF_S else _paused(wait_s)
            time.sleep(wait_s)
        return call

    def _put(
        self, interview: Interview, questions: Sequence[Question], call: str
    ) -> tuple[_Found, ProviderUnavailable | None]:
        """Put questions once and keep each answer as it comes; those left out wait."""
        provider = interview.provider
        claim_s = 2 * interview.settings.timeout_s * len(questions)  # an answer may be mended once
        found: _Found = {
            question.key: refusal
            for question in questions
            if (refusal := _withheld(provider, question))  # names are resolved anew
        }
        free = [question for question in questions if question.key not in found]
        claimed = [question for question in free if self._turns.claim(_name(question), claim_s)]
        found |= {question.key: _ASKED_ELSEWHERE for question in free if question not in claimed}
        try:
            found |= self._kept(claimed)  # another process may have asked since
            asked = [question for question in claimed if question.key not in found]
            outcomes = interview.put(asked) if asked else iter(())
            for question in asked:
                try:
                    outcome = next(outcomes)
                except ConfigurationFault as fault:
                    self.stopped[provider.model_id] = fault
                    return found, None
                if isinstance(outcome, ProviderUnavailable):
                    return found, outcome
                self._keep(provider, question, outcome, call)
                found[question.key] = outcome
        finally:
            for question in claimed:
                self._turns.release(_name(question))
        return found, None

    def _keep(self, provider: Provider, question: Question, answer: Description, call: str) -> None:
        paid_by = question.origin.upload_id
        asked = Asked(question.key, provider.prompt_hash, provider.endpoint, paid_by)
        self._catalogue.store_answer(asked, answer)
        n_tokens = answer.n_prompt_tokens + answer.n_completion_tokens
        if provider.endpoint is not None and n_tokens:
            self._turns.settle(provider.endpoint, call, n_tokens)

    def _leave_alone(self, provider: Provider, error: ProviderUnavailable, n_attempt: int) -> None:
        """Keep everybody from asking for a while; after the last attempt, stop asking here."""
        backoff_s = min(self._settings.retry_wait_s * 2 ** (n_attempt - 1), _LONGEST_BACKOFF_S)
        wait_s = backoff_s if error.retry_after_s is None else error.retry_after_s
        if provider.endpoint is not None:
            self._turns.pause(provider.endpoint, wait_s)
        log.warning("a model did not answer", model=provider.model_id, reason=str(error))
        if n_attempt == self._settings.n_attempts or provider.endpoint is None:
            self.stopped[provider.model_id] = error

    def _given_up(self, provider: Provider) -> PutOff | None:
        reason = self.stopped.get(provider.model_id)
        return PutOff(Described.PENDING, str(reason)[:_NOTE_CHARS]) if reason else None


def _paused(wait_s: float) -> PutOff:
    note = f"its model asked to be left alone, for {wait_s / 60:.0f} minutes still"
    return PutOff(Described.PENDING, note)


def _withheld(provider: Provider, question: Question) -> PutOff | None:
    """Why a question must not leave this machine, if it would."""
    if not question.origin.is_confidential or provider.endpoint is None:
        return None
    if is_local_endpoint(provider.endpoint):
        return None
    return PutOff(
        Described.WITHHELD,
        f"it is confidential, and {provider.endpoint} is not on this machine",
    )


def _name(question: Question) -> str:
    return "\n".join((question.key.picture_sha256, question.key.request_hash, question.key.model))
