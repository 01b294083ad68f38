"""Questions about figures, what is answered from what is kept, and why others are put off."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from core.describing import Description, Outcome, Provider, Tokens
from core.endpoints import is_local_endpoint
from core.settings import ProviderSettings
from ingestion.call_ledger import AnswerKey, Call, Cost, Fit
from ingestion.catalogue import Catalogue
from ingestion.catalogue_records import Described, Origin


@dataclass(frozen=True, slots=True)
class Question:
    """One figure, put to one provider."""

    figure_id: str
    key: AnswerKey
    origin: Origin
    earlier: Description | None = None
    """What was answered so far: an answer to be mended, or one of no use."""
    is_lost: bool = False
    """It was put before, and the answer was lost."""

    @property
    def name(self) -> str:
        """The same for the same question of any process: one of them puts it at a time."""
        return "\n".join((self.key.picture_sha256, self.key.request_hash, self.key.model))


@dataclass(frozen=True, slots=True)
class PutOff:
    """Why a question was not put, or not answered."""

    described: Described
    note: str
    soon: bool = False
    """True where only its turn had not come: asking again at once makes sense."""


NOT_YET = PutOff(Described.PENDING, "no model has been asked about it yet")
NOT_NOW = PutOff(Described.PENDING, NOT_YET.note, soon=True)
LOST = PutOff(
    Described.PENDING,
    "a model was asked and the answer was lost, so it may be paid already: it is asked again once "
    "a person says so (uploads page, or limn describe --retry-lost)",
)
ASKED_ELSEWHERE = PutOff(Described.PENDING, "a model is being asked about it", soon=True)


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
    most: Callable[[Question], Tokens]
    """The most that putting a question can take."""

    def priced(self, tokens: Tokens) -> Cost:
        """What tokens cost by the prices of the settings."""
        prompts = tokens.prompt * self.settings.prompt_price
        answers = tokens.completion * self.settings.answer_price
        return Cost(tokens, (prompts + answers) / 1e6)

    def call(self, question: Question, call_id: str, longest_s: float) -> Call:
        """A call that begins now, puts one question and is over in so many seconds."""
        return Call(
            call_id=call_id,
            key=question.key,
            prompt_hash=self.provider.prompt_hash,
            endpoint=self.provider.endpoint,
            upload_id=question.origin.upload_id,
            most=self.priced(self.most(question)),
            due_at=datetime.now(UTC) + timedelta(seconds=longest_s),
        )


class LookUp:
    """Answers what the catalogue has the answer to, and asks nobody."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def ask(self, interview: Interview, questions: Sequence[Question]) -> Answers:
        """Answer what can be answered without asking."""
        kept = self._catalogue.answers([question.key for question in questions])
        lost = self._catalogue.lost_questions([question.key for question in questions])
        answers = Answers()
        for question in questions:
            answer = kept.get(question.key)
            if answer is not None and answer.flaw is None:
                answers.given[question.figure_id] = answer
            else:
                reason = withheld_reason(interview.provider, question)
                not_asked = LOST if question.key in lost else NOT_YET
                answers.put_off[question.figure_id] = reason or not_asked
        return answers


def withheld_reason(provider: Provider, question: Question) -> PutOff | None:
    """Why a question must not leave this machine, if it would."""
    if not question.origin.is_confidential or provider.endpoint is None:
        return None
    if is_local_endpoint(provider.endpoint):
        return None
    return PutOff(
        Described.WITHHELD,
        f"it is confidential, and {provider.endpoint} is not on this machine",
    )


def refusal_of(fit: Fit, budget_tokens: int | None) -> PutOff | None:
    """Why a call is not to be made, by what the ledger says of it; None where it may be made."""
    if fit is Fit.LOST:
        return LOST
    if fit is Fit.ASKED:
        return ASKED_ELSEWHERE
    if fit is Fit.NEVER:
        note = (
            f"its upload's budget of {budget_tokens:,} tokens does not pay for one more call at "
            "its dearest"
        )
        return PutOff(Described.PENDING, note)
    return NOT_NOW if fit is Fit.LATER else None


def paused(wait_s: float) -> PutOff:
    """Its endpoint asked to be left alone for longer than a batch waits."""
    note = f"its model asked to be left alone, for {wait_s / 60:.0f} minutes still"
    return PutOff(Described.PENDING, note)
