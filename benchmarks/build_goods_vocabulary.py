"""Pack the names of the Locarno goods and their vectors for `encoder/describing`.

Reads a CSV with the columns `class, goods_en` (the list of goods as WIPO publishes it).

    ./run bench build_goods_vocabulary locarno14_goods.csv
"""

import argparse
import csv
import re
from pathlib import Path

from encoder.describing.vocabulary import pack_vectors
from encoder.text_encoder import load_text_encoder

_FOLDER = Path(__file__).parents[1] / "encoder" / "describing"


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("goods", type=Path)
    source = parser.parse_args().goods
    with source.open(encoding="utf-8", newline="") as lines:
        goods = [(int(row["class"]), row["goods_en"]) for row in csv.DictReader(lines)]
    rows = sorted({(number, name) for number, entry in goods for name in _names(entry)})
    with (_FOLDER / "goods.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("class", "name"))
        writer.writerows((f"{number:02d}", name) for number, name in rows)
    vectors = load_text_encoder().encode([name for _, name in rows])
    (_FOLDER / "goods.bin").write_bytes(pack_vectors(vectors))
    print(f"{len(rows)} names")


def _names(entry: str) -> list[str]:
    """Synonyms apart, in the case of running text.

    ``Hooks [haberdashery], Fasteners [haberdashery]`` → ``hooks (haberdashery)``, ``fasteners …``.
    """
    printed = " ".join(entry.split()).replace("[", "(").replace("]", ")")
    return [
        name if name[1:2].isupper() or name[1:2] == "-" else name[:1].lower() + name[1:]
        for name in re.split(r", (?=[A-Z])", printed)
    ]


if __name__ == "__main__":
    main()
