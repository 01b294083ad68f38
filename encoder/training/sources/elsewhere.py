"""Sources whose drawings lie in rooms that this one may not enter.

Here are their settings alone; `limn train` knows how to draw them, and hands that over.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from pydantic import Field

from encoder.training.sources.source import DrawingSource, SplitSource

TextOrigin: TypeAlias = Literal[
    "grant",
    "grant-wording",
    "captioner",
    "llm",
    "tagger",
    "thesaurus",
    "thesaurus-wording",
    "person",
]


class CatalogueSource(SplitSource):
    """The figures of a Limn home; all figures of a publication are views of one object.

    `held_out` is a folder that gets the figures kept for evaluation, with their `manifest.csv`.
    """

    kind: Literal["catalogue"]
    path: Path | None = None
    """The home; None for the one the environment names, `LIMN_CATALOGUE__URL` and
    `LIMN_PICTURES__URL` included."""
    texts: tuple[TextOrigin, ...] = get_args(TextOrigin)
    """Whose texts are trained on; the title always is."""


class SampleSource(SplitSource):
    """Generated designs, all views of one drawn by one hand.

    `held_out` is a folder that gets the figures kept for evaluation, with their `manifest.csv`.
    """

    kind: Literal["samples"]
    n_designs: int = Field(default=12, ge=1)
    """Designs a family."""
    first_seed: int = Field(default=50_000_000, ge=0)
    """Far from those of the demo's archives."""
    families: tuple[str, ...] = ()
    """Names of the families drawn; none for all."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """How these sources are opened."""

    catalogue: Callable[[CatalogueSource], DrawingSource]
    samples: Callable[[SampleSource], DrawingSource]
