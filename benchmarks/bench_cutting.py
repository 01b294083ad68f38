"""Are sheets cut into the figures that are on them, upright, each with its printed label?

    ./run bench bench_cutting ../shared/data > cutting.json
    ./run bench bench_cutting --synthetic 24 > styles.json

On real sheets, each measured against a truth that is not our own:

- grants: figures cut against the number the grant declares, labels read against its captions;
- boxes: label boxes against another reader's (ours counts where its centre lies in theirs; IoU);
- sheets: from PDFs; figures, labels, and drawn ink that was given up (must be none);
- turns: sheets laid on every side without a word which; the share that comes out upright;
- headers: page headers printed over real sheets, whole, askew or cut by the page's edge; sheets
  on which more than 2 % of the header's ink is left, and sheets that lost ink of their drawing.

With `--synthetic N`, N sheets of every style in `cutting_styles` and their known truth: whether
they come out upright, with exactly their figures, each whole and alone, labels read, read wrong,
and ink of labels and headers left in figures. Drawings are those of `samples`; with a data folder
they are the single-figure sheets of its grants.

The table goes to stderr, the JSON object to stdout. Times are of `cut_sheet` alone, one thread.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from benchmarks.cutting_measures import (
    Clock,
    Report,
    find_faces,
    is_of_one_piece,
    measure_boxes,
    measure_grants,
    measure_headers,
    measure_pdf_sheets,
    measure_turns,
)
from benchmarks.cutting_scores import score, summary
from benchmarks.cutting_sets import iter_grants
from benchmarks.cutting_stress import Draughtsman
from benchmarks.cutting_styles import STYLES
from core.ports import GreyImage
from ingestion.sheets import cut_sheet
from samples.designs import common_scale, make_design
from samples.families import FAMILIES


def measure_styles(drawings: list[GreyImage], n_sheets: int) -> Report:
    """Drawn sheets of every style against their truth."""
    faces = find_faces()
    styles = {}
    for style in STYLES:
        draughtsman, clock = Draughtsman(drawings, faces, seed=7), Clock()
        scores = []
        for _ in range(n_sheets):
            sheet = draughtsman.draw(style)
            scores.append(score(sheet, clock.cut(sheet.page)))
        styles[style.name] = {**summary(scores), **clock.told()}
    return {"n_faces": len(faces), "n_drawings": len(drawings), "styles": styles}


def own_drawings() -> list[GreyImage]:
    """Two views of a design of every family."""
    drawings = []
    for number, family in enumerate(FAMILIES):
        design = make_design(family, 5)
        for view in (design.views[0], design.views[1 + number % 6]):
            scale = common_scale(design, [view], 900, 900)
            drawings.append(design.drawn(view, pixels_per_unit=scale))
    return drawings


def granted_drawings(data: Path) -> list[GreyImage]:
    """Figures that stand alone on a grant's sheet and have no wide gaps of their own."""
    cuts = [
        cut_sheet(page, landscape=landscape)
        for grant in iter_grants(data)
        for page, landscape in grant.pages[:12]
    ]
    alone = [cut.figures[0].pixels for cut in cuts if len(cut.figures) == 1]
    return [figure for figure in alone if is_of_one_piece(figure)]


def main() -> None:
    """Measure, print the table to stderr and one JSON object to stdout."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, nargs="?", help="folder of the real sheets")
    parser.add_argument("--synthetic", type=int, metavar="N", help="only drawn sheets, N a style")
    parser.add_argument("--every", type=int, default=5, help="turns, headers: every so many sheets")
    given = parser.parse_args()
    if given.data is None and not given.synthetic:
        parser.error("say where the real sheets are, or --synthetic N")
    if given.synthetic:
        drawings = own_drawings() if given.data is None else granted_drawings(given.data)
        asked: dict[str, Callable[[], Report]] = {
            "synthetic": lambda: measure_styles(drawings, given.synthetic)
        }
    else:
        asked = {
            "grants": lambda: measure_grants(given.data),
            "boxes": lambda: measure_boxes(given.data),
            "sheets": lambda: measure_pdf_sheets(given.data),
            "turns": lambda: measure_turns(given.data, given.every),
            "headers": lambda: measure_headers(given.data, given.every),
        }
    sections = {}
    for name, measure in asked.items():
        sections[name] = measure()
        _print_table(name, sections[name])
    json.dump({**sections, **_surroundings()}, sys.stdout, indent=1)


def _print_table(name: str, section: Report) -> None:
    print(f"\n{name}", file=sys.stderr, flush=True)
    for key, value in section.items():
        if isinstance(value, dict):
            columns = list(next(iter(value.values())))
            print(f"  {key:24}", *(f"{c[:14]:>15}" for c in columns), file=sys.stderr)
            for row, cells in value.items():
                print(f"  {row:24}", *(f"{cells.get(c, 0):>15}" for c in columns), file=sys.stderr)
        elif isinstance(value, list):
            for item in value:
                print(f"    {item}", file=sys.stderr)
        else:
            print(f"  {key:32} {value}", file=sys.stderr)


def _surroundings() -> Report:
    """What the numbers were measured on."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    return {
        "commit": commit.stdout.strip(),
        "hardware": f"{platform.machine()}, {os.cpu_count()} cores",
        "load_1min": round(os.getloadavg()[0], 1),
        "versions": {
            "python": platform.python_version(),
            **{p: version(p) for p in ("numpy", "scipy", "onnxruntime", "pillow")},
        },
    }


if __name__ == "__main__":
    main()
