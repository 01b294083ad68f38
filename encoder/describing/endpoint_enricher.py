"""An enricher behind an OpenAI-compatible chat service."""

from collections.abc import Iterator, Sequence

from core.describing import Description, FigureFacts, Outcome
from core.records import FigureText, Provenance
from encoder.describing.answers import Answer, answer_schema
from encoder.describing.endpoint import Endpoint
from encoder.describing.enriching import Message, write_descriptions
from encoder.describing.parallel import ask_in_order
from encoder.describing.prompts import Prompt

_FORMAT = {
    "type": "json_schema",
    "json_schema": {"name": "descriptions", "strict": True, "schema": answer_schema()},
}


class EndpointEnricher:
    """Implements `core.describing.Enricher`."""

    def __init__(self, endpoint: Endpoint, prompt: Prompt, n_parallel: int) -> None:
        self._endpoint = endpoint
        self._prompt = prompt
        self._n_parallel = n_parallel
        self._prompt_hash = prompt.hash_with(_FORMAT, *endpoint.shaping)

    @property
    def provenance(self) -> Provenance:
        return Provenance.LLM

    @property
    def model_id(self) -> str:
        return self._endpoint.model

    @property
    def prompt_hash(self) -> str:
        return self._prompt_hash

    @property
    def endpoint(self) -> str:
        return self._endpoint.url

    def enrich(
        self, figures: Sequence[FigureFacts], seen: Sequence[Sequence[FigureText]]
    ) -> Iterator[Outcome]:
        """About 20 descriptions a figure; see `Enricher`."""
        pairs = list(zip(figures, seen, strict=True))
        return ask_in_order(pairs, self._ask, self._n_parallel)

    def _ask(self, pair: tuple[FigureFacts, Sequence[FigureText]]) -> Description:
        return write_descriptions(self._chat, self._prompt, *pair)

    def _chat(self, messages: list[Message]) -> Answer:
        return self._endpoint.ask(messages, _FORMAT)
