"""Questions put to models that may be slow, dear, far away or down.

A question that was answered once is never put again: answers come from the catalogue where it keeps
them, and each new one is kept there the moment it is here, whatever happens to its siblings; one of
the wrong form too, which is then sent back. Each call is written down before it is made, at the
most that it can cost. A question that may not or cannot be put now is put off, with the reason; one
whose answer was lost, since it may be paid already, until a person lets it be put again.
"""

import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Lock
from typing import TypeAlias

import stamina
import structlog

from core.describing import Description, Provider
from core.errors import CatalogueUnavailable, ConfigurationFault, ProviderUnavailable
from core.settings import DescribeSettings
from ingestion.call_ledger import AnswerKey, Call
from ingestion.catalogue import Catalogue
from ingestion.catalogue_records import Described
from workers.questions import (
    ASKED_ELSEWHERE,
    LOST,
    NOT_NOW,
    Answers,
    Interview,
    PutOff,
    Question,
    paused,
    refusal_of,
    withheld_reason,
)
from workers.turns import Turns, new_call

log = structlog.get_logger()

_LONGEST_BACKOFF_S = 60
_LONGEST_CALL = 3
"""In timeouts of a service: one to reach it, one until it begins to answer, one to read that."""
_HELD_S = 60
"""An answer that cannot be kept yet is held so long."""
_NOTE_CHARS = 300


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
        self.stopped: dict[str, ProviderUnavailable | ConfigurationFault] = {}
        """By model, why nobody asks it any more for now."""
        self._n_lost = Counter[str]()
        """By model, answers lost since the last that came."""
        self._counting = Lock()

    def ask(self, interview: Interview, questions: Sequence[Question]) -> Answers:
        """Answer questions from what is kept, else by asking; an endpoint several at a time."""
        kept, others = self._recall(questions)
        found: _Found = dict(kept)
        rest = list({question.key: question for question in others}.values())
        size = 1 if interview.provider.endpoint else interview.settings.batch_size
        slices = [rest[at : at + size] for at in range(0, len(rest), size)]
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

    def _recall(
        self, questions: Sequence[Question]
    ) -> tuple[dict[AnswerKey, Description], list[Question]]:
        """Final answers that are kept, and the other questions with what was answered so far."""
        kept = self._catalogue.answers([question.key for question in questions])
        final = {
            key: answer
            for key, answer in kept.items()
            if answer.flaw is None and (answer.texts or not self._anew)
        }
        open_keys = [question.key for question in questions if question.key not in final]
        lost = self._catalogue.lost_questions(open_keys)
        others = [
            replace(question, earlier=kept.get(question.key), is_lost=question.key in lost)
            for question in questions
            if question.key not in final
        ]
        return final, others

    def _settle(self, interview: Interview, questions: Sequence[Question]) -> _Found:
        """Put those questions that may be put now, until each is answered or put off."""
        provider = interview.provider
        found: _Found = {}
        for question in questions:
            if refusal := self._refusal(interview, question):
                found[question.key] = refusal
        n_failed = 0
        while rest := [question for question in questions if question.key not in found]:
            turn = self._given_up(provider) or self._wait_for_turn(provider)
            if isinstance(turn, PutOff):
                return found | {question.key: turn for question in rest}
            outcomes, error = self._put(interview, rest, turn)
            found |= outcomes
            if error is not None:
                n_failed += 1
                self._leave_alone(provider, error, n_failed)
        return found

    def _refusal(self, interview: Interview, question: Question) -> PutOff | None:
        """Why a question is not to be put now."""
        if question.is_lost:
            return LOST
        refusal = self._given_up(interview.provider) or withheld_reason(
            interview.provider, question
        )
        if refusal is None and time.monotonic() > self._until:
            refusal = NOT_NOW
        budget = self._budget(question)
        if refusal is not None or budget is None:
            return refusal
        most = interview.priced(interview.most(question))
        fit = self._catalogue.fits(question.origin.upload_id, most, budget)
        return refusal_of(fit, budget)

    def _budget(self, question: Question) -> int | None:
        own = question.origin.budget_tokens
        return self._settings.budget_tokens if own is None else own

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
                return NOT_NOW if wait_s <= _LONGEST_BACKOFF_S else paused(wait_s)
            time.sleep(wait_s)
        return call

    def _put(
        self, interview: Interview, questions: Sequence[Question], turn: str
    ) -> tuple[_Found, ProviderUnavailable | None]:
        """Put questions once and keep each answer as it comes; those left out wait."""
        longest_s = _LONGEST_CALL * interview.settings.timeout_s * len(questions)
        found: _Found = {
            question.key: refusal
            for question in questions
            if (refusal := withheld_reason(interview.provider, question))  # names are resolved anew
        }
        free = [question for question in questions if question.key not in found]
        claimed = [question for question in free if self._turns.claim(question.name, longest_s)]
        found |= {question.key: ASKED_ELSEWHERE for question in free if question not in claimed}
        try:
            kept, others = self._recall(claimed)  # another process may have asked since
            found |= kept
            calls: list[tuple[Question, Call]] = []
            for question in others:
                call = interview.call(question, new_call(), longest_s)
                budget = self._budget(question)
                refusal = refusal_of(self._catalogue.reserve(call, budget), budget)
                if refusal is None:
                    calls.append((question, call))
                else:
                    found[question.key] = refusal
            outcomes, error = self._hear(interview, calls, turn)
        finally:
            for question in claimed:
                self._turns.release(question.name)
        return found | outcomes, error

    def _hear(
        self, interview: Interview, calls: Sequence[tuple[Question, Call]], turn: str
    ) -> tuple[_Found, ProviderUnavailable | None]:
        """Make calls that are reserved; each ends as answered, lost, or not made at all."""
        found: _Found = {}
        outcomes = interview.put([question for question, _ in calls]) if calls else iter(())
        for n, (question, call) in enumerate(calls):
            try:
                outcome = next(outcomes)
            except ConfigurationFault as fault:
                self.stopped[interview.provider.model_id] = fault
                self._take_back(calls[n:])
                return found, None
            if isinstance(outcome, ProviderUnavailable):
                not_made = list(calls[n:])
                if outcome.may_be_paid:
                    self._catalogue.give_up(call)
                    found[question.key] = LOST
                    not_made.pop(0)
                self._take_back(not_made)
                return found, outcome
            self._keep(interview, call, outcome, turn)
            with self._counting:
                del self._n_lost[interview.provider.model_id]
            if outcome.flaw is None:
                found[question.key] = outcome
        return found, None

    def _take_back(self, calls: Sequence[tuple[Question, Call]]) -> None:
        for _, call in calls:
            self._catalogue.take_back(call)

    def _keep(self, interview: Interview, call: Call, answer: Description, turn: str) -> None:
        """Keep an answer; while the catalogue is away, it is held here and tried again."""
        cost = interview.priced(answer.tokens)
        if cost.n_tokens > call.most.n_tokens:
            log.warning(
                "a call took more than it was held to take at most: budgets may be passed; raise "
                "PICTURE_TOKENS or MAX_ANSWER_TOKENS",
                model=call.key.model,
                n_tokens=cost.n_tokens,
                held=call.most.n_tokens,
            )
        for attempt in stamina.retry_context(
            on=CatalogueUnavailable, attempts=None, timeout=_HELD_S
        ):
            with attempt:
                self._catalogue.store_answer(call, answer, cost.price)
        if call.endpoint is not None and cost.n_tokens:
            self._turns.settle(call.endpoint, turn, cost.n_tokens)

    def _leave_alone(self, provider: Provider, error: ProviderUnavailable, n_failed: int) -> None:
        """Keep everybody from asking for a while; after the last attempt, stop asking here.

        One question is put several times where that costs nothing; answers that are lost one after
        another are counted over all, lest a service that is silent has every question put to it.
        """
        with self._counting:
            self._n_lost[provider.model_id] += error.may_be_paid
            n_attempt = max(n_failed, self._n_lost[provider.model_id])
        backoff_s = min(self._settings.retry_wait_s * 2 ** (n_attempt - 1), _LONGEST_BACKOFF_S)
        wait_s = backoff_s if error.retry_after_s is None else error.retry_after_s
        if provider.endpoint is not None:
            self._turns.pause(provider.endpoint, wait_s)
        log.warning("a model did not answer", model=provider.model_id, reason=str(error))
        if n_attempt >= self._settings.n_attempts or provider.endpoint is None:
            self.stopped[provider.model_id] = error

    def _given_up(self, provider: Provider) -> PutOff | None:
        reason = self.stopped.get(provider.model_id)
        return PutOff(Described.PENDING, str(reason)[:_NOTE_CHARS]) if reason else None
