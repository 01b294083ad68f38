"""A captioner behind an OpenAI-compatible service that takes pictures."""

import base64
import io
from collections.abc import Iterator, Sequence
from typing import Any

from core.describing import Description, FigureFacts, Outcome
from core.ports import GreyImage
from core.records import Provenance
from encoder.describing.answers import description_of_caption
from encoder.describing.endpoint import Endpoint
from encoder.describing.parallel import ask_in_order
from encoder.describing.pictures import MAX_SIDE_PX, scaled_picture
from encoder.describing.prompts import Prompt, frame_facts


class EndpointCaptioner:
    """Implements `core.describing.Captioner`."""

    def __init__(self, endpoint: Endpoint, prompt: Prompt, n_parallel: int) -> None:
        self._endpoint = endpoint
        self._prompt = prompt
        self._n_parallel = n_parallel
        self._prompt_hash = prompt.hash_with(MAX_SIDE_PX, *endpoint.shaping)

    @property
    def provenance(self) -> Provenance:
        return Provenance.CAPTIONER

    @property
    def model_id(self) -> str:
        return self._endpoint.model

    @property
    def prompt_hash(self) -> str:
        return self._prompt_hash

    @property
    def endpoint(self) -> str:
        return self._endpoint.url

    def caption(
        self, images: Sequence[GreyImage], figures: Sequence[FigureFacts]
    ) -> Iterator[Outcome]:
        """Describe each picture in a few sentences; see `Captioner`."""
        pairs = list(zip(images, figures, strict=True))
        return ask_in_order(pairs, self._ask, self._n_parallel)

    def _ask(self, pair: tuple[GreyImage, FigureFacts]) -> Description:
        image, facts = pair
        return description_of_caption(self._endpoint.ask(self._messages(image, facts)))

    def _messages(self, image: GreyImage, facts: FigureFacts) -> list[dict[str, Any]]:
        file = io.BytesIO()
        scaled_picture(image).save(file, "PNG")
        url = f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
        return [
            {"role": "system", "content": self._prompt.system},
            {
                "role": "user",
                "content": [
                    {"type": "image_url", "image_url": {"url": url}},
                    {"type": "text", "text": frame_facts(facts)},
                ],
            },
        ]
