"""Draws generated designs into a training cache for configurations that name one.

    ./run bench build_sample_drawings CACHE_DIR [--designs 12]

A configuration can also name them directly, `kind = "samples"`: `limn train` then draws them.
"""

import argparse
from pathlib import Path

from encoder.training.drawings import read_drawing_set
from encoder.training.packing import pack_jobs
from encoder.training.sources.elsewhere import SampleSource
from ui.training_samples import SampleDrawings


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cache", type=Path)
    parser.add_argument("--designs", type=int, default=12, help="designs a family")
    arguments = parser.parse_args()
    source = SampleSource(kind="samples", share=1, n_designs=arguments.designs)
    drawings = SampleDrawings(source)
    pack_jobs(arguments.cache, drawings.jobs(), recipe=drawings.recipe)
    drawn = read_drawing_set(arguments.cache)
    print(f"{len(drawn.rows)} drawings of {len(drawn.objects)} designs")


if __name__ == "__main__":
    main()
