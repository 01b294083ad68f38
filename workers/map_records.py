"""Maps of a collection: what is asked for, how far it is, and what was drawn; kept as files.

Loads nothing of what maps are made with: pages read them too.
"""

import hashlib
import os
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

Phase = Literal["waiting", "reading", "placing", "failed"]
_KEPT_MAPS = 24
"""Maps on disk; of more, those made first go."""


class MapRequest(BaseModel):
    """A map that is to be drawn; equal requests have one map.

    Attributes:
        collection: Of the index, so that the encoder is part of it.
        corpus: What the collection held when it was asked for; another corpus has another map.
        seed: Which figures are drawn by lot.
        n_figures: At most so many.
        locarno: Classes or subclasses, any of them; all where there are none.
        offices: As `locarno`.
        hidden: Uploads that do not exist for whoever asks, in order; so nobody is shown the map of
            somebody who may see more.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    collection: str
    corpus: str
    seed: int = 0
    n_figures: int = 2000
    locarno: tuple[str, ...] = ()
    offices: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Name of its files."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:32]


class MapFigure(BaseModel):
    """A figure on a map.

    Attributes:
        x, y: In [0, 1]; only who is near whom means something.
        locarno_class: ``"06"``; empty where unknown.
        sha256: Of its picture.
    """

    model_config = ConfigDict(frozen=True)

    figure_id: str
    publication_id: str
    title: str
    locarno_class: str
    sha256: str
    x: float
    y: float


class FigureMap(BaseModel):
    """A map that was drawn.

    Attributes:
        n_passing: Figures that passed the filter, of which the map's were drawn by lot.
        seconds: What it took.
    """

    model_config = ConfigDict(frozen=True)

    figures: tuple[MapFigure, ...]
    n_passing: int
    seconds: float


class MapState(BaseModel):
    """How far a map is that is not drawn yet.

    Attributes:
        since_s: When the phase began, seconds since 1970.
        n_figures: How many are placed, once that is known.
        reason: Why it failed.
    """

    model_config = ConfigDict(frozen=True)

    phase: Phase
    since_s: float
    n_figures: int = 0
    reason: str = ""


class MapStore:
    """Maps and their states in a folder that pages and workers share."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def map_of(self, request: MapRequest) -> FigureMap | None:
        """The map, if it is drawn."""
        text = _read(self._map_path(request))
        return None if text is None else FigureMap.model_validate_json(text)

    def state_of(self, request: MapRequest) -> MapState | None:
        """How far it is; None where nobody asked for it, or it is drawn."""
        text = _read(self._state_path(request))
        return None if text is None else MapState.model_validate_json(text)

    def tell(self, request: MapRequest, state: MapState) -> None:
        """Say how far it is."""
        self._write(self._state_path(request), state.model_dump_json())

    def forget(self, request: MapRequest) -> None:
        """As if nobody had asked for it."""
        self._state_path(request).unlink(missing_ok=True)

    def keep(self, request: MapRequest, drawn: FigureMap) -> None:
        """Keep a map; the oldest of too many goes."""
        self._write(self._map_path(request), drawn.model_dump_json())
        self.forget(request)
        maps = sorted(self._folder.glob("*.map.json"), key=lambda path: path.stat().st_mtime)
        for path in maps[:-_KEPT_MAPS]:
            path.unlink(missing_ok=True)

    def _map_path(self, request: MapRequest) -> Path:
        return self._folder / f"{request.key}.map.json"

    def _state_path(self, request: MapRequest) -> Path:
        return self._folder / f"{request.key}.state.json"

    def _write(self, path: Path, text: str) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}.part")
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
