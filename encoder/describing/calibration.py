"""How far a name must stand out before a tagger may say it, measured on figures with titles."""

import hashlib
from importlib.resources import files
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError


class Calibration(BaseModel):
    """What was measured of one encoder; a JSON file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    encoder_id: str
    centre: tuple[float, ...]
    """[D], mean vector of the drawings."""
    min_margin: float | None = Field(ge=0)
    """None where at no margin the names are right often enough: then none may be said."""
    n_figures: int
    """Figures with titles that it was measured on."""
    n_tagged: int
    """Of these, how many got a name."""
    n_right: int
    """Of these, how many got a name that means what their title says."""
    learnt: tuple[tuple[str, str], ...] = ()
    """Locarno class (or ``""``) and name of what the corpus's own titles added to the goods."""

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]


def calibration_path(encoder_id: str, folder: Path) -> Path:
    """Where a user's own measurement is kept."""
    return folder / f"tagger-{encoder_id}.json"


def load_calibration(encoder_id: str, folder: Path) -> Calibration | None:
    """What is known of an encoder: measured by the user, else shipped; None if neither."""
    for path in (calibration_path(encoder_id, folder), files("encoder.describing") / "tagger.json"):
        if not path.is_file():
            continue
        try:
            found = Calibration.model_validate_json(path.read_text(encoding="utf-8"))
        except ValidationError:
            continue  # of another version, or damaged: as if it had never been measured
        if found.encoder_id == encoder_id:
            return found
    return None
