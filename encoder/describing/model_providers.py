"""Captioner and enricher: what they make of a model, behind an endpoint or in this process."""

from collections.abc import Iterator, Sequence

from core.describing import Description, FigureFacts, Outcome, Tokens
from core.errors import ProviderUnavailable
from core.ports import GreyImage
from core.records import FigureText, Provenance
from encoder.describing.answers import answer_schema, description_of_caption
from encoder.describing.enriching import description_of_answer
from encoder.describing.language_model import Conversation, LanguageModel
from encoder.describing.pictures import MAX_SIDE_PX
from encoder.describing.prompts import Prompt, frame_facts

_FORM = {
    "type": "json_schema",
    "json_schema": {"name": "descriptions", "strict": True, "schema": answer_schema()},
}


class _AskedModel:
    """A model with what it is asked.

    Args:
        model: Who is asked.
        prompt: The instructions.
        shaping: What else shapes an answer, beside prompt and model.
    """

    def __init__(self, model: LanguageModel, prompt: Prompt, *shaping: object) -> None:
        self._model = model
        self._prompt = prompt
        self._prompt_hash = prompt.hash_with(*shaping, *model.shaping)

    @property
    def model_id(self) -> str:
        return self._model.model_id

    @property
    def prompt_hash(self) -> str:
        return self._prompt_hash

    @property
    def endpoint(self) -> str | None:
        return self._model.url


class ModelCaptioner(_AskedModel):
    """Implements `core.describing.Captioner`."""

    def __init__(self, model: LanguageModel, prompt: Prompt) -> None:
        super().__init__(model, prompt, MAX_SIDE_PX)

    @property
    def provenance(self) -> Provenance:
        return Provenance.CAPTIONER

    def caption(
        self,
        images: Sequence[GreyImage],
        figures: Sequence[FigureFacts],
        earlier: Sequence[Description | None] = (),
    ) -> Iterator[Outcome]:
        """Describe each picture in a few sentences; see `Captioner`."""
        before = earlier or [None] * len(figures)
        asked = [
            self._conversation(facts, image, had)
            for image, facts, had in zip(images, figures, before, strict=True)
        ]
        for answer in self._model.answers(asked):
            if isinstance(answer, ProviderUnavailable):
                yield answer
            else:
                yield description_of_caption(answer)

    def most_tokens(self, facts: FigureFacts) -> Tokens:
        """See `Captioner`."""
        return self._model.most_tokens(self._conversation(facts), n_pictures=1)

    def _conversation(
        self, facts: FigureFacts, image: GreyImage | None = None, had: Description | None = None
    ) -> Conversation:
        return Conversation(
            self._prompt.system,
            (frame_facts(facts),),
            image,
            n_answers=had.n_answers if had else 0,
        )


class ModelEnricher(_AskedModel):
    """Implements `core.describing.Enricher`."""

    def __init__(self, model: LanguageModel, prompt: Prompt) -> None:
        super().__init__(model, prompt, *((_FORM,) if model.url else ()))

    @property
    def provenance(self) -> Provenance:
        return Provenance.LLM

    def enrich(
        self,
        figures: Sequence[FigureFacts],
        seen: Sequence[Sequence[FigureText]],
        earlier: Sequence[Description | None] = (),
    ) -> Iterator[Outcome]:
        """About 20 descriptions a figure; see `Enricher`."""
        before = earlier or [None] * len(figures)
        asked = [
            self._conversation(facts, texts, had)
            for facts, texts, had in zip(figures, seen, before, strict=True)
        ]
        for answer, had in zip(self._model.answers(asked), before, strict=True):
            if isinstance(answer, ProviderUnavailable):
                yield answer
            else:
                is_mended = had is not None and had.flaw is not None
                yield description_of_answer(answer, self._prompt, is_mended=is_mended)

    def most_tokens(
        self, facts: FigureFacts, seen: Sequence[FigureText], earlier: Description | None
    ) -> Tokens:
        """See `Enricher`."""
        return self._model.most_tokens(self._conversation(facts, seen, earlier), n_pictures=0)

    def _conversation(
        self, facts: FigureFacts, seen: Sequence[FigureText], had: Description | None
    ) -> Conversation:
        said = [frame_facts(facts, seen)]
        if had is not None and had.flaw is not None:
            said += [had.flaw.answer, f"{self._prompt.repair}\nFault: {had.flaw.fault}"]
        return Conversation(
            self._prompt.system,
            tuple(said),
            form=_FORM,
            n_answers=had.n_answers if had else 0,
        )
