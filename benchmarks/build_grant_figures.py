"""Cuts the real grants of weekly archives into figures that `limn evaluate` can rank.

    ./run bench build_grant_figures ../shared/data OUT_DIR
    limn evaluate --images OUT_DIR --as-is --relevance publication

The front-page copies are left out: each is a near-copy of a figure.
"""

import argparse
import csv
from pathlib import Path

from PIL import Image

from benchmarks.cutting_sets import iter_grants
from ingestion.sheets import cut_sheet


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder that holds redbook/*.tar")
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    n_figures = 0
    with (given.out / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("file", "publication_id", "title", "locarno"))
        for grant in iter_grants(given.data):
            of = grant.publication
            locarno = of.locarno[0].code if of.locarno else ""
            for page_idx, (page, landscape) in enumerate(grant.pages, start=1):
                for place, figure in enumerate(cut_sheet(page, landscape=landscape).figures):
                    name = f"{of.publication_id}_{page_idx}_{place}.png"
                    Image.fromarray(figure.pixels).save(given.out / name)
                    writer.writerow((name, of.publication_id, of.title, locarno))
                    n_figures += 1
    print(f"{n_figures} figures cut")


if __name__ == "__main__":
    main()
