"""Front-page drawings of real patents with their titles: few, but of the real domain."""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from core.locarno import CLASS_NAMES
from encoder.training.drawings import Drawing, DrawnObject

RECIPE = "covers: front-page drawings with titles, v1"
_HELD_OUT_EVERY = 8


def iter_covers(folder: Path, us_to_locarno: Path, *, held_out: bool) -> Iterator[Drawing]:
    """Read the training part, or the held-out eighth, of the front-page drawings.

    Args:
        folder: Holds `manifest.csv` (`file, publication_id, title, us_class`) and the pictures.
        us_to_locarno: Observed US class → Locarno codes (`us_design_class, distribution`).
        held_out: Which part; the split goes by publication number.

    Yields:
        One drawing a titled publication.
    """
    classes = _read_locarno_of_us_class(us_to_locarno)
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            number = int(re.sub(r"\D", "", row["publication_id"]))
            if not row["title"] or (number % _HELD_OUT_EVERY == 0) != held_out:
                continue
            image = np.asarray(Image.open(folder / row["file"]).convert("L"))
            locarno = classes.get(row["us_class"].split("-")[0])
            yield Drawing(row["publication_id"], _describe(row["title"], locarno), image)


def _describe(title: str, locarno: str | None) -> DrawnObject:
    name = title.strip().lower()
    texts = [name, f"a line drawing of a {name}"]
    if locarno in CLASS_NAMES:
        texts.append(f"{name}, {CLASS_NAMES[locarno].lower()}")
    return DrawnObject(name, tuple(texts), locarno)


def _read_locarno_of_us_class(path: Path) -> dict[str, str]:
    """US class → its most frequent Locarno main class, where that holds most of it."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    found: dict[str, str] = {}
    for row in rows:
        counts: Counter[str] = Counter()
        for entry in row["distribution"].split():
            code, _, n_patents = entry.partition(":")
            counts[code[:2]] += int(n_patents)
        main_class, n_main = counts.most_common(1)[0]
        if n_main >= 0.5 * counts.total():
            found[row["us_design_class"]] = main_class
    return found
