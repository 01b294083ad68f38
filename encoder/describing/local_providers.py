"""Captioner and enricher that run in this process."""

from collections.abc import Iterator, Sequence
from typing import Any

from core.describing import Description, FigureFacts, Outcome
from core.ports import GreyImage
from core.records import FigureText, Provenance
from encoder.describing.answers import Answer, description_of_caption
from encoder.describing.enriching import Message, write_descriptions
from encoder.describing.local_model import LocalModel
from encoder.describing.pictures import MAX_SIDE_PX, scaled_picture
from encoder.describing.prompts import Prompt, frame_facts


class LocalCaptioner:
    """Implements `core.describing.Captioner`."""

    def __init__(self, model: LocalModel, prompt: Prompt, batch_size: int) -> None:
        self._model = model
        self._prompt = prompt
        self._batch_size = batch_size
        self._prompt_hash = prompt.hash_with(MAX_SIDE_PX, *model.shaping)

    @property
    def provenance(self) -> Provenance:
        return Provenance.CAPTIONER

    @property
    def model_id(self) -> str:
        return self._model.model_id

    @property
    def prompt_hash(self) -> str:
        return self._prompt_hash

    @property
    def endpoint(self) -> None:
        return None

    def caption(
        self, images: Sequence[GreyImage], figures: Sequence[FigureFacts]
    ) -> Iterator[Outcome]:
        """Describe each picture in a few sentences; see `Captioner`."""
        for start in range(0, len(images), self._batch_size):
            batch = slice(start, start + self._batch_size)
            pairs = zip(images[batch], figures[batch], strict=True)
            answers = self._model.answer([self._conversation(*pair) for pair in pairs])
            yield from map(description_of_caption, answers)

    def _conversation(self, image: GreyImage, facts: FigureFacts) -> list[dict[str, Any]]:
        return [
            {"role": "system", "content": [{"type": "text", "text": self._prompt.system}]},
            {
                "role": "user",
                "content": [
                    {"type": "image", "image": scaled_picture(image).convert("RGB")},
                    {"type": "text", "text": frame_facts(facts)},
                ],
            },
        ]


class LocalEnricher:
    """Implements `core.describing.Enricher`."""

    def __init__(self, model: LocalModel, prompt: Prompt) -> None:
        self._model = model
        self._prompt = prompt
        self._prompt_hash = prompt.hash_with(*model.shaping)

    @property
    def provenance(self) -> Provenance:
        return Provenance.LLM

    @property
    def model_id(self) -> str:
        return self._model.model_id

    @property
    def prompt_hash(self) -> str:
        return self._prompt_hash

    @property
    def endpoint(self) -> None:
        return None

    def enrich(
        self, figures: Sequence[FigureFacts], seen: Sequence[Sequence[FigureText]]
    ) -> Iterator[Outcome]:
        """About 20 descriptions a figure, one figure after another; see `Enricher`."""
        for facts, texts in zip(figures, seen, strict=True):
            description: Description = write_descriptions(self._chat, self._prompt, facts, texts)
            yield description

    def _chat(self, messages: list[Message]) -> Answer:
        (answer,) = self._model.answer([messages])
        return answer
