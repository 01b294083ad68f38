"""Measure how sure the shipped encoder must be before its tagger names a drawing.

Reads the front-page drawings; their training part gives the mean vector alone, the held-out eighth,
which the encoder was not trained on, the margin.

    ./run bench build_tagger_calibration COVERS US_TO_LOCARNO.csv [--checkpoint FOLDER]
"""

import argparse
import tempfile
from pathlib import Path

from encoder.checkpoint import load_encoder
from encoder.describing.measuring import calibrate
from encoder.describing.vocabulary import load_vocabulary
from encoder.training.sources.covers import CoverSource

_FILE = Path(__file__).parents[1] / "encoder" / "describing" / "tagger.json"


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("covers", type=Path)
    parser.add_argument("us_to_locarno", type=Path)
    parser.add_argument("--checkpoint")
    arguments = parser.parse_args()
    encoder = load_encoder(arguments.checkpoint, n_threads=1, batch_size=8)
    covers = CoverSource(
        kind="covers", share=1, path=arguments.covers, us_to_locarno=arguments.us_to_locarno
    )
    parts = [
        [drawing for job in jobs for drawing in job()]
        for jobs in (covers.jobs(), covers.held_out_jobs())
    ]
    seen, held_out = (encoder.encode_images([one.image for one in part]) for part in parts)
    titles = [drawing.drawn.label for drawing in parts[1]]
    with tempfile.TemporaryDirectory() as folder:
        vocabulary = load_vocabulary(encoder, Path(folder))
        found = calibrate(encoder, vocabulary, held_out, titles, centre=seen.mean(axis=0))
    _FILE.write_text(found.model_dump_json() + "\n", encoding="utf-8")
    print(found.model_dump_json(exclude={"centre"}))


if __name__ == "__main__":
    main()
