"""Packs a year of DeepPatent2 into a training cache (`kind = "cache"` of a training configuration).

One patent in fifty is held out, and listed in a manifest that `limn evaluate --images YEAR_FOLDER`
reads: its class is the object name. Patents of the lists given are left out of the cache, so that
what is trained on it can be measured on DeepPatent.

    python benchmarks/build_deeppatent2_drawings.py YEAR_FOLDER CACHE_DIR MANIFEST.csv \
        [--leave-out test_query_patent.txt --leave-out test_db_patent.txt]
"""

import argparse
import csv
import re
from collections.abc import Iterable
from pathlib import Path

from encoder.training.deeppatent2 import RECIPE, SegmentedFigure, iter_drawings, read_year
from encoder.training.drawings import write_drawing_set

_PATENT = re.compile(r"USD\d{7}")


def write_manifest(path: Path, figures: Iterable[SegmentedFigure]) -> int:
    """List held-out figures for `limn evaluate`; how many."""
    held_out = [figure for figure in figures if figure.is_held_out]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("file", "publication_id", "title", "locarno", "class", "view"))
        for one in held_out:
            number = one.patent_id.split("-")[0]
            writer.writerow((one.file, number, one.title, one.locarno, one.object_name, one.view))
    return len(held_out)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("year", type=Path)
    parser.add_argument("cache", type=Path)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--leave-out", type=Path, action="append", default=[])
    given = parser.parse_args()
    leave_out = frozenset(
        number for path in given.leave_out for number in _PATENT.findall(path.read_text())
    )
    figures = read_year(given.year)
    n_held_out = write_manifest(given.manifest, figures)
    drawings = iter_drawings(given.year, figures, leave_out)
    n_drawings = write_drawing_set(given.cache, drawings, recipe=f"{RECIPE}: {given.year.name}")
    print(f"{n_drawings:,} drawings to train on, {n_held_out:,} held out")


if __name__ == "__main__":
    main()
