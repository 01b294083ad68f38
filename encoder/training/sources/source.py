"""What a source of drawings is, and what the configurations of all sources share."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

from encoder.training.drawings import CACHE_SIZE_PX, Drawing

DATA_SEED = 1
"""Of everything a source leaves to chance; no setting, so that a cache fits every run."""
Job: TypeAlias = Callable[[], Sequence[Drawing]]
"""Draws some views, mostly of one object; can be sent to another process. Raises BadInput where
what it should draw cannot be read: that is listed, and the others go on."""

_HOW = {"kind", "share", "path", "n_processes", "held_out", "kept_back"}
"""Settings that do not change what is drawn."""


class DrawingSource(Protocol):
    """Drawings to train on, listed before they are drawn."""

    @property
    def recipe(self) -> str:
        """What is drawn and how; a finished cache of the same recipe is not made again.

        Raises:
            BadInput: If what is to be drawn is not there.
        """

    def jobs(self) -> Sequence[Job]:
        """All that is to be drawn, always in the same order, so that a killed packing goes on.

        Raises:
            BadInput: If what is to be drawn is not there, or is something else.
        """

    def write_held_out(self) -> None:
        """List what is kept for evaluation where the configuration says, if it says so."""


class SourceConfig(BaseModel):
    """Settings of every source."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    share: float = Field(gt=0)
    """Part of each batch drawn from this source, relative to the other sources' shares."""
    n_processes: int = Field(default=1, ge=1)
    """Jobs drawn at a time."""

    def recipe_of(self, made_by: str, *listings: Path) -> str:
        """A recipe: how drawings are made, the settings that matter, and what the listings say."""
        parts = [made_by, self.model_dump_json(exclude=_HOW)]
        parts += [f"{path.name} {_sha256(path)}" for path in listings]
        return ", ".join([*parts, f"{CACHE_SIZE_PX} px"])

    def write_held_out(self) -> None:
        """Nothing is held out, unless a source says otherwise."""


class SplitSource(SourceConfig):
    """Settings of sources that keep some publications for evaluation."""

    held_out_one_in: int | None = Field(default=None, ge=2)
    """One publication in so many is not trained on; None trains on all."""
    held_out: Path | None = None
    """Where those that are not trained on are listed."""

    @model_validator(mode="after")
    def _lists_what_is_held_out(self) -> Self:
        if self.held_out is not None and self.held_out_one_in is None:
            raise ValueError("held_out lists what held_out_one_in keeps; give both")
        return self

    def is_held_out(self, key: str) -> bool:
        """Whether a publication, or a family where it is known, is kept for evaluation."""
        return self.held_out_one_in is not None and is_held_out(key, self.held_out_one_in)


def is_held_out(key: str, one_in: int) -> bool:
    """One key in so many, by its hash, so the same ones in every copy of the data."""
    digest = hashlib.sha256(key.encode()).digest()
    return int.from_bytes(digest[:4]) % one_in == 0


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]
