"""Front-page drawings of real patents with their titles: few, but of the real domain."""

import csv
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Literal

from core.errors import SourceInvalid
from core.locarno import CLASS_NAMES
from encoder.training.drawings import Drawing, DrawnObject
from encoder.training.sources.pictures import read_picture
from encoder.training.sources.source import Job, SourceConfig

_RECIPE = "covers: front-page drawings with titles, v2"
_HELD_OUT_EVERY = 8


class CoverSource(SourceConfig):
    """Front-page drawings of real patents with titles; every eighth publication is left out."""

    kind: Literal["covers"]
    path: Path
    """Folder with `manifest.csv` (`file, publication_id, title, us_class`) and the pictures."""
    us_to_locarno: Path
    """Observed US class → Locarno codes (`us_design_class, distribution`)."""

    @property
    def recipe(self) -> str:
        return self.recipe_of(_RECIPE)

    def jobs(self) -> Sequence[Job]:
        """One a titled publication that is trained on."""
        return self._jobs(held_out=False)

    def held_out_jobs(self) -> Sequence[Job]:
        """One a titled publication of the eighth that is not trained on."""
        return self._jobs(held_out=True)

    def _jobs(self, *, held_out: bool) -> Sequence[Job]:
        classes = _read_locarno_of_us_class(self.us_to_locarno)
        return [
            partial(_draw_cover, self.path, row, classes.get(row["us_class"].split("-")[0]))
            for row in _read_rows(self.path / "manifest.csv", "publication_id", "us_class", "file")
            if row.get("title") and is_held_out(row["publication_id"]) == held_out
        ]


def is_held_out(publication: str) -> bool:
    """Whether a publication belongs to the eighth that is not trained on, by its number."""
    return int(re.sub(r"\D", "", publication)) % _HELD_OUT_EVERY == 0


def _draw_cover(folder: Path, row: Mapping[str, str], locarno: str | None) -> list[Drawing]:
    name = row["title"].strip().lower()
    texts = [name, f"a line drawing of a {name}"]
    if locarno in CLASS_NAMES:
        texts.append(f"{name}, {CLASS_NAMES[locarno].lower()}")
    publication = row["publication_id"]
    drawn = DrawnObject(name, tuple(texts), locarno, publication)
    return [Drawing(publication, drawn, read_picture(folder / row["file"]))]


def _read_locarno_of_us_class(path: Path) -> dict[str, str]:
    """US class → its most frequent Locarno main class, where that holds most of it."""
    found: dict[str, str] = {}
    for row in _read_rows(path, "us_design_class", "distribution"):
        counts: Counter[str] = Counter()
        for entry in row["distribution"].split():
            code, _, n_patents = entry.partition(":")
            counts[code[:2]] += int(n_patents)
        main_class, n_main = counts.most_common(1)[0]
        if n_main >= 0.5 * counts.total():
            found[row["us_design_class"]] = main_class
    return found


def _read_rows(path: Path, *needed: str) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            reader = csv.DictReader(lines)
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SourceInvalid(f"{path} cannot be read: {error}") from error
    lacking = [name for name in needed if name not in (reader.fieldnames or ())]
    if lacking:
        raise SourceInvalid(f"{path} has no column `{lacking[0]}`")
    return rows
