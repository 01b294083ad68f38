"""The seam between what writes about a figure and the stage that asks for it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from core.errors import ProviderUnavailable
from core.ports import Embeddings, GreyImage
from core.records import FigureText, Provenance


@dataclass(frozen=True, slots=True)
class FigureFacts:
    """What the publication says of a figure: data for a prompt, never part of its instructions.

    Attributes:
        view: Of `core.records.View`, ``"unknown"`` included.
        caption: The printed sentence, ``a front view of a chair``.
        locarno: Codes, main first.
        locarno_title: Title of the main subclass, else of its class.
        us_class: Codes, ``"D6/335"``; in no prompt.
    """

    figure_id: str
    title: str
    view: str
    object_name: str | None = None
    caption: str | None = None
    locarno: tuple[str, ...] = ()
    locarno_title: str | None = None
    us_class: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Flaw:
    """An answer of the wrong form, which its provider may be asked to mend, once."""

    answer: str
    fault: str


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a call takes, as its provider counts, or the most that it can take."""

    prompt: int = 0
    completion: int = 0


NO_TOKENS = Tokens()


@dataclass(frozen=True, slots=True)
class Description:
    """What one provider wrote about one figure.

    Attributes:
        texts: None twice, none longer than the text encoder reads; may be empty.
        tokens: What this answer took; of one that is kept, nothing: it is paid.
        problem: Why there is no text, or less than was asked for; None where all went well.
        flaw: What is to be mended; None where the answer is final.
        n_answers: How many were had to this question, this one included.
    """

    texts: tuple[str, ...]
    tokens: Tokens = NO_TOKENS
    problem: str | None = None
    flaw: Flaw | None = None
    n_answers: int = 1


Outcome: TypeAlias = Description | ProviderUnavailable
"""What came of one figure: an answer to keep, good or bad, or a reason to ask again later."""


class Provider(Protocol):
    """What all who write about figures have in common."""

    @property
    def provenance(self) -> Provenance:
        """Who the texts are said to be by."""

    @property
    def model_id(self) -> str:
        """Names model and version; with `prompt_hash`, picture and facts it keys the cache."""

    @property
    def prompt_hash(self) -> str:
        """Of the prompt file and of everything else that shapes the answer."""

    @property
    def endpoint(self) -> str | None:
        """URL that figures are sent to, without credentials; None where nothing is sent."""


class Tagger(Provider, Protocol):
    """Vectors of pictures → names of what they may show; a guess, and says so."""

    def tag(self, vectors: Embeddings, figures: Sequence[FigureFacts]) -> list[Description]:
        """Name what stands out in each picture, in order; often nothing does.

        Args:
            vectors: float32 [N, D], of the N pictures, by the encoder it was opened with.
            figures: What the publications say.
        """


class Captioner(Provider, Protocol):
    """Pictures → what is seen in them."""

    def caption(
        self,
        images: Sequence[GreyImage],
        figures: Sequence[FigureFacts],
        earlier: Sequence[Description | None] = (),
    ) -> Iterator[Outcome]:
        """Describe each picture, in order; one call of the model a figure.

        Args:
            images: N pictures.
            figures: What the publications say of them.
            earlier: What was answered before about each, if anything was; empty for nothing.

        Yields:
            One outcome a figure as soon as it is there: what was yielded can be kept whatever
            comes after. Once a figure finds the provider unavailable, those not yet asked for
            yield the same.

        Raises:
            ConfigurationFault: If the provider refuses the key or does not have the model.
        """

    def most_tokens(self, facts: FigureFacts) -> Tokens:
        """The most that one call can take."""


class Enricher(Provider, Protocol):
    """Facts and what was seen → diverse, alias-rich descriptions."""

    def enrich(
        self,
        figures: Sequence[FigureFacts],
        seen: Sequence[Sequence[FigureText]],
        earlier: Sequence[Description | None] = (),
    ) -> Iterator[Outcome]:
        """Write descriptions of each figure, in order; yields and raises as `Captioner.caption`.

        Args:
            figures: What the publications say.
            seen: What captioner and tagger wrote about each; may be empty.
            earlier: What was answered before about each, if anything was; empty for nothing. One
                with a flaw is sent back to be mended, and what comes of that is final.
        """

    def most_tokens(
        self, facts: FigureFacts, seen: Sequence[FigureText], earlier: Description | None
    ) -> Tokens:
        """The most that one call can take."""


@dataclass(frozen=True, slots=True)
class Providers:
    """Those that the settings ask for."""

    tagger: Tagger | None
    captioner: Captioner | None
    enricher: Enricher
