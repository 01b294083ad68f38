"""What is written about figures, by whom, and how it reaches the catalogue.

Every figure gets its grant's own words, and what the embedded tagger and thesaurus add, at once and
for nothing, and goes on. Where the settings name a captioner or a language model, it is asked
afterwards (`enrich`), and the figure is embedded and indexed anew with what it said. Texts that a
model was paid for stay until better ones are there.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

import numpy as np
import structlog

from core.describing import Description, FigureFacts, Outcome, Provider, Tokens
from core.errors import ConfigurationFault, ProviderUnavailable
from core.records import FigureText, Provenance, Stage
from encoder.describing.grant_words import grant_texts
from encoder.describing.wordings import RULE_HASH
from ingestion.call_ledger import AnswerKey
from ingestion.catalogue_records import Described, FigureRow, Origin, TextDraft
from workers.asking import Asker
from workers.questions import Interview, LookUp, PutOff, Question
from workers.resources import Resources
from workers.rewording import facts_of, other_wordings
from workers.vectors import image_vectors, read_pictures

log = structlog.get_logger()

_NOT_PUT = ("figure_id", "us_class")
"""Facts that no prompt takes."""
_ASKING_S = 300
"""One batch asks no longer: far below the time after which its worker would be stopped."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is to happen with figures that were written about."""

    to_embed: list[str] = field(default_factory=list)
    """They have words that are not in the index yet."""
    to_ask: list[str] = field(default_factory=list)
    """Models have not answered, and may do so when asked now."""
    stopped: ProviderUnavailable | ConfigurationFault | None = None
    """Why a model was given up for now."""


def describe(resources: Resources, figure_ids: Sequence[str]) -> Outlook:
    """Write about figures what costs nothing: from the grant, the embedded models, kept answers."""
    rows = resources.catalogue.figures(figure_ids)
    passed = [row for row in rows if row.stage is Stage.DESCRIBED]
    waiting = [row for row in rows if row.stage is Stage.CUT]
    drafts = _Desk(resources, LookUp(resources.catalogue), waiting).drafts()
    described = resources.catalogue.store_texts(drafts, [row.revision for row in waiting])
    log.info("figures described", n_figures=len(described))
    pending = {draft.figure_id for draft in drafts if draft.described is Described.PENDING}
    pending |= {row.figure.figure_id for row in passed if row.described is Described.PENDING}
    return Outlook(
        to_embed=[row.figure.figure_id for row in passed] + described,
        to_ask=[row.figure.figure_id for row in rows if row.figure.figure_id in pending],
    )


def enrich(
    resources: Resources, figure_ids: Sequence[str], *, anew: bool = False, for_s: float = _ASKING_S
) -> Outlook:
    """Have the models that the settings name write about figures that are described already.

    Each answer is kept as it comes, so that a batch that dies is not paid twice.

    Args:
        resources: With the queue's address: turns are shared there.
        figure_ids: Those at CUT, failed ones and what is not indexed are passed over.
        anew: Ask again where the answer that is kept was of no use.
        for_s: No question is put later than so many seconds from now.
    """
    rows = [
        row
        for row in resources.catalogue.figures(figure_ids)
        if row.stage not in (Stage.STORED, Stage.CUT, Stage.FAILED)
    ]
    part = resources.settings.describe
    asker = Asker(resources.catalogue, resources.turns, part, for_s=for_s, anew=anew)
    desk = _Desk(resources, asker, rows)
    drafts = desk.drafts()
    to_embed = resources.catalogue.store_texts(drafts, [row.revision for row in rows])
    log.info("figures enriched", n_figures=len(rows), n_changed=len(to_embed))
    return Outlook(to_embed, desk.soon, next(iter(asker.stopped.values()), None))


class _Desk:
    """Where a batch of figures is written about, by one provider after another."""

    def __init__(
        self, resources: Resources, asker: LookUp | Asker, rows: Sequence[FigureRow]
    ) -> None:
        self._resources = resources
        self._asker = asker
        self._rows = rows
        self._row_of = {row.figure.figure_id: row for row in rows}
        self._facts = {key: facts_of(row) for key, row in self._row_of.items()}
        self._tags: dict[str, list[FigureText]] = {}
        self._captions: dict[str, list[FigureText]] = {}
        self._told: dict[str, list[FigureText]] = {}
        self._put_off: dict[str, list[PutOff]] = {}
        self._problems: dict[str, list[str]] = {}
        self._origins: Mapping[str, Origin] = {}

    @property
    def soon(self) -> list[str]:
        """Figures whose turn had not come."""
        return [key for key, reasons in self._put_off.items() if any(why.soon for why in reasons)]

    def drafts(self) -> list[TextDraft]:
        """What there is to say about each figure now, in order."""
        if not self._rows:
            return []
        if self._resources.asks_models:
            self._origins = self._resources.catalogue.origins(list(self._row_of))
        self._tag()
        self._caption()
        self._enrich()
        return [self._draft(row) for row in self._rows]

    def _tag(self) -> None:
        tagger = self._resources.providers.tagger
        if tagger is None:
            return
        vectors, _ = image_vectors(self._resources, self._rows)
        if vectors:
            tags = tagger.tag(
                np.stack(list(vectors.values())), [self._facts[key] for key in vectors]
            )
            for key, tag in zip(vectors, tags, strict=True):
                self._tags[key] = _texts_by(tagger, key, tag)

    def _caption(self) -> None:
        captioner = self._resources.providers.captioner
        if captioner is None:
            return

        def put(questions: Sequence[Question]) -> Iterator[Outcome]:
            rows = [self._row_of[question.figure_id] for question in questions]
            readable, images, unreadable = read_pictures(self._resources, rows)
            facts = [self._facts[row.figure.figure_id] for row in readable]
            earlier = [had for key, had in _earlier(questions).items() if key not in unreadable]
            outcomes = captioner.caption(images, facts, earlier)
            for question in questions:
                problem = unreadable.get(question.figure_id)
                yield Description((), problem=problem) if problem else next(outcomes)

        def most(question: Question) -> Tokens:
            return captioner.most_tokens(self._facts[question.figure_id])

        asked = {key: _request(captioner, facts) for key, facts in self._facts.items()}
        interview = Interview(captioner, self._resources.settings.describe.captioner, put, most)
        self._captions = self._ask(interview, asked)

    def _enrich(self) -> None:
        """Have a language model tell, where the captioner has said what it will."""
        if self._resources.has_language_model:
            enricher = self._resources.providers.enricher
            seen = {
                key: [*self._captions.get(key, ()), *self._tags.get(key, ())] for key in self._facts
            }

            def put(questions: Sequence[Question]) -> Iterator[Outcome]:
                earlier = _earlier(questions)
                facts = [self._facts[key] for key in earlier]
                return enricher.enrich(facts, [seen[k] for k in earlier], list(earlier.values()))

            def most(question: Question) -> Tokens:
                key = question.figure_id
                return enricher.most_tokens(self._facts[key], seen[key], question.earlier)

            asked = {
                key: _request(enricher, facts, seen[key])
                for key, facts in self._facts.items()
                if not any(why.described is Described.PENDING for why in self._reasons(key))
            }
            interview = Interview(enricher, self._resources.settings.describe.enricher, put, most)
            self._told = self._ask(interview, asked)
        bare = [row for row in self._rows if not self._paid(row, self._told, Provenance.LLM)]
        if bare:
            self._look_up_aliases([row.figure.figure_id for row in bare])

    def _look_up_aliases(self, keys: Sequence[str]) -> None:
        thesaurus = self._resources.thesaurus
        tags = [self._tags.get(key, []) for key in keys]
        outcomes = thesaurus.enrich([self._facts[key] for key in keys], tags)
        for key, outcome in zip(keys, outcomes, strict=True):
            if isinstance(outcome, Description):
                self._told[key] = _texts_by(thesaurus, key, outcome)

    def _ask(self, interview: Interview, asked: Mapping[str, str]) -> dict[str, list[FigureText]]:
        """Ask about figures by request hash, and note who is put off and what went wrong."""
        provider = interview.provider
        answers = self._asker.ask(
            interview,
            [
                Question(
                    key,
                    AnswerKey(self._row_of[key].figure.sha256, request, provider.model_id),
                    self._origins[key],
                )
                for key, request in asked.items()
                if key in self._origins
            ],
        )
        for key, reason in answers.put_off.items():
            self._put_off.setdefault(key, []).append(reason)
        for key, given in answers.given.items():
            if given.problem:
                said = f"{provider.provenance}: {given.problem}"
                self._problems.setdefault(key, []).append(said)
        return {key: _texts_by(provider, key, given) for key, given in answers.given.items()}

    def _draft(self, row: FigureRow) -> TextDraft:
        key = row.figure.figure_id
        texts = [
            *(FigureText(key, Provenance.GRANT, text) for text in grant_texts(self._facts[key])),
            *self._tags.get(key, ()),
            *self._paid(row, self._captions, Provenance.CAPTIONER),
        ]
        paid = self._paid(row, self._told, Provenance.LLM)
        if paid:
            texts += paid
        else:
            texts += self._told.get(key, [])
            texts += other_wordings(self._facts[key], texts)
        draft = TextDraft(key, tuple(texts), wording_rule=RULE_HASH)
        if not self._resources.asks_models:
            return draft
        reasons = sorted(self._reasons(key), key=lambda why: why.described)  # pending ones first
        if reasons:
            return replace(draft, described=reasons[0].described, note=reasons[0].note)
        problems = "; ".join(self._problems.get(key, ())) or None
        return replace(draft, described=Described.DONE, note=problems)

    def _reasons(self, figure_id: str) -> Sequence[PutOff]:
        return self._put_off.get(figure_id, ())

    @staticmethod
    def _paid(
        row: FigureRow, given: Mapping[str, Sequence[FigureText]], provenance: Provenance
    ) -> list[FigureText]:
        """What a model wrote of this kind: now, else formerly."""
        now = [t for t in given.get(row.figure.figure_id, ()) if t.provenance is provenance]
        return now or [text for text in row.texts if text.provenance is provenance]


def _earlier(questions: Sequence[Question]) -> dict[str, Description | None]:
    """What was answered so far, by figure, in order."""
    return {question.figure_id: question.earlier for question in questions}


def _request(provider: Provider, facts: FigureFacts, seen: Sequence[FigureText] = ()) -> str:
    """Hash of all that is put to a provider beside the picture."""
    said = {key: value for key, value in asdict(facts).items() if key not in _NOT_PUT}
    asked = [provider.prompt_hash, said, [(text.provenance, text.text) for text in seen]]
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def _texts_by(provider: Provider, figure_id: str, description: Description) -> list[FigureText]:
    return [
        FigureText(figure_id, provider.provenance, text, provider.model_id, provider.prompt_hash)
        for text in description.texts
    ]
