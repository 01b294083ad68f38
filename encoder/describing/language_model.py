"""What captioners and enrichers need of a model, wherever it runs."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from core.describing import Tokens
from core.errors import ProviderUnavailable
from core.ports import GreyImage
from core.settings import ProviderSettings
from encoder.describing.answers import Answer

_FRAME_TOKENS = 64
"""What a chat template puts around one turn, at most."""


@dataclass(frozen=True, slots=True, eq=False)
class Conversation:
    """What was said so far.

    Attributes:
        system: The instructions.
        said: By the user and the model in turns; the user begins and ends.
        picture: Shown with the first thing that the user says.
        form: Of the answer, as OpenAI's `response_format` says it; None for free text. A wish:
            answers are checked, whether it was understood or not.
        n_answers: How many were had to this very question; another one is wanted.
    """

    system: str
    said: tuple[str, ...]
    picture: GreyImage | None = None
    form: Mapping[str, Any] | None = None
    n_answers: int = 0


class LanguageModel(Protocol):
    """Continues conversations."""

    @property
    def model_id(self) -> str:
        """Names model and version."""

    @property
    def url(self) -> str | None:
        """Where conversations are sent, without credentials; None where nothing is sent."""

    @property
    def shaping(self) -> tuple[object, ...]:
        """Of the settings, what shapes an answer."""

    def answers(
        self, conversations: Sequence[Conversation]
    ) -> Iterator[Answer | ProviderUnavailable]:
        """The next words of each, in order, as they come; none is asked for twice.

        Raises:
            ConfigurationFault: If a setting must be mended first.
        """

    def most_tokens(self, conversation: Conversation, n_pictures: int) -> Tokens:
        """The most that one answer can take, with so many pictures shown."""


def most_tokens(settings: ProviderSettings, conversation: Conversation, n_pictures: int) -> Tokens:
    """An upper bound: no tokenizer in use makes more tokens than a text has bytes.

    What a picture is counted as differs too much between models to be known; the settings say it.
    """
    texts = [conversation.system, *conversation.said]
    if conversation.form is not None:
        texts.append(json.dumps(conversation.form))
    n_words = sum(len(text.encode("utf-8", "backslashreplace")) + _FRAME_TOKENS for text in texts)
    return Tokens(n_words + n_pictures * settings.picture_tokens, settings.max_answer_tokens)
