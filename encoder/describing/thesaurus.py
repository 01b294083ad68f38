"""Other names for what a grant calls its object: the embedded enricher, which needs no model."""

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from core.describing import Description, FigureFacts, Outcome, Tokens
from core.ports import Encoder
from core.records import FigureText, Provenance
from encoder.describing.vocabulary import Vocabulary

_N_ALIASES = 3
_NEAR_IN_CLASS = 0.65
_NEAR = 0.8
"""Cosine above which a name is an alias: where the Locarno class agrees, and where none is known.
Read off 76 real titles: «wheel» is as near to «spinning wheels» as to «vehicle wheel rims»."""


class Thesaurus:
    """The Locarno goods nearest to a title, of the figure's own class; implements `Enricher`."""

    def __init__(self, encoder: Encoder, vocabulary: Vocabulary) -> None:
        self._encoder = encoder
        self._vocabulary = vocabulary
        shaping = (vocabulary.digest, _N_ALIASES, _NEAR_IN_CLASS, _NEAR)
        self._prompt_hash = hashlib.sha256(repr(shaping).encode()).hexdigest()

    @property
    def provenance(self) -> Provenance:
        return Provenance.THESAURUS

    @property
    def model_id(self) -> str:
        """The text space decides what is near."""
        return f"locarno-goods/{self._encoder.encoder_id}"

    @property
    def prompt_hash(self) -> str:
        return self._prompt_hash

    @property
    def endpoint(self) -> None:
        return None

    def enrich(
        self,
        figures: Sequence[FigureFacts],
        seen: Sequence[Sequence[FigureText]],  # noqa: ARG002 (a tag names goods already)
        earlier: Sequence[Description | None] = (),  # noqa: ARG002 (it would say the same)
    ) -> Iterator[Outcome]:
        """Up to three aliases a figure, the same for all figures of an object; see `Enricher`."""
        things = [facts.object_name or facts.title for facts in figures]
        distinct = list(dict.fromkeys(things))
        scores = self._encoder.encode_texts(distinct) @ self._vocabulary.vectors.T  # (distinct, M)
        scores_of = dict(zip(distinct, scores, strict=True))
        aliases: dict[tuple[str, str], tuple[str, ...]] = {}
        for thing, facts in zip(things, figures, strict=True):
            locarno_class = facts.locarno[0][:2] if facts.locarno else ""
            key = (thing, locarno_class)
            if key not in aliases:
                aliases[key] = self._aliases(thing, scores_of[thing], locarno_class)
            yield Description(aliases[key])

    def most_tokens(
        self,
        facts: FigureFacts,  # noqa: ARG002
        seen: Sequence[FigureText],  # noqa: ARG002
        earlier: Description | None,  # noqa: ARG002
    ) -> Tokens:
        """Nothing: it costs nothing."""
        return Tokens()

    def _aliases(
        self, thing: str, similarities: NDArray[np.float32], locarno_class: str
    ) -> tuple[str, ...]:
        """Nearest names first; `similarities` is float32 [M], of the thing and each name."""
        near = similarities >= (_NEAR_IN_CLASS if locarno_class else _NEAR)
        if locarno_class:
            near &= self._vocabulary.classes == locarno_class
        best_first = np.flatnonzero(near)[np.argsort(-similarities[near], kind="stable")]
        names = dict.fromkeys(self._vocabulary.names[index] for index in best_first)
        return tuple(name for name in names if name.casefold() != thing.casefold())[:_N_ALIASES]
