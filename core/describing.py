"""The seam between what writes about a figure and the stage that asks for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from core.ports import GreyImage
from core.records import Provenance


@dataclass(frozen=True, slots=True)
class FigureFacts:
    """What the publication says of a figure: data for a prompt, never part of its instructions.

    Attributes:
        view: Of `core.records.View`, ``"unknown"`` included.
        caption: The printed sentence, ``a front view of a chair``.
        locarno: Codes, main first.
        locarno_title: Title of the main subclass, else of its class.
    """

    figure_id: str
    title: str
    view: str
    object_name: str | None = None
    caption: str | None = None
    locarno: tuple[str, ...] = ()
    locarno_title: str | None = None


@dataclass(frozen=True, slots=True)
class Description:
    """What one provider wrote about one figure.

    Attributes:
        texts: None twice, none longer than the text encoder reads; may be empty.
        n_prompt_tokens: What the answer cost, as the provider counts; 0 where nothing is counted.
        problem: Why there is no text, or less than was asked for; None where all went well.
    """

    texts: tuple[str, ...]
    n_prompt_tokens: int = 0
    n_completion_tokens: int = 0
    problem: str | None = None


class Provider(Protocol):
    """What captioner and enricher have in common."""

    @property
    def provenance(self) -> Provenance:
        """Who the texts are said to be by."""

    @property
    def model_id(self) -> str:
        """Names model and version; with `prompt_hash` and the picture it keys the cache."""

    @property
    def prompt_hash(self) -> str:
        """Of the prompt file and of everything else that shapes the answer."""

    @property
    def endpoint(self) -> str | None:
        """URL that figures are sent to; None where nothing leaves this process."""


class Captioner(Provider, Protocol):
    """Pictures → what is seen in them."""

    def caption(
        self, images: Sequence[GreyImage], figures: Sequence[FigureFacts]
    ) -> list[Description]:
        """Describe each picture, in order.

        Raises:
            ProviderUnavailable: It does not answer now; nothing was kept, asking again is right.
        """


class Enricher(Provider, Protocol):
    """Facts and captions → diverse, alias-rich descriptions."""

    def enrich(
        self, figures: Sequence[FigureFacts], captions: Sequence[Sequence[str]]
    ) -> list[Description]:
        """Write descriptions of each figure, in order.

        Args:
            figures: What the publications say.
            captions: What captioners saw in each figure; may be empty.

        Raises:
            ProviderUnavailable: It does not answer now; nothing was kept, asking again is right.
        """
