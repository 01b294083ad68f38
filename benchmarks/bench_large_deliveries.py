"""What do very large tables cost to list and to read message by message, in time and memory?

Writes a manifest of many rows and a DeepPatent2 year of many figures (a tar.gz in a zip in parts)
to a temporary folder, and reads each in a process of its own. Rivals in the same run: for listing
the manifest a plain `csv.DictReader`; for a message of a year, a tar.gz read from its start to
the message's images, as `tarfile` must. Prints one JSON object.

    ./run bench bench_large_deliveries [--rows 1000000] [--figures 200000] > large.json
"""

import argparse
import csv
import gzip
import io
import json
import multiprocessing
import os
import platform
import random
import statistics
import subprocess
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import psutil

from benchmarks.timings import summary
from core.settings import LimitSettings
from ingestion.delivery import Reader
from ingestion.formats.deeppatent2 import DeepPatent2
from ingestion.formats.manifest import ManifestReader

N_REPEATS = 5
PART_BYTES = 100 * 2**20
LIMITS = LimitSettings()
COLUMNS = (
    "file,publication_id,title,locarno,locarno_edition,us_class,publication_date,figure_label,"
    "view,colour"
)


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--figures", type=int, default=200_000)
    given = parser.parse_args()
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    with tempfile.TemporaryDirectory() as folder:
        manifest = write_manifest(Path(folder) / "manifest", given.rows)
        year = write_year(Path(folder) / "year", given.figures)
        report = {
            "question": "cost of listing and reading very large tables",
            "unit": "CPU seconds, median of the repeats; MB held once it is listed",
            "manifest": in_own_process(measure_manifest, manifest) | {"n_rows": given.rows},
            "deeppatent2": in_own_process(measure_year, year) | {"n_figures": given.figures},
            "n_repeats": N_REPEATS,
            "commit": commit.stdout.strip(),
            "hardware": f"{platform.machine()}, {os.cpu_count()} cores",
            "versions": {"python": platform.python_version()},
        }
    print(json.dumps(report, indent=2))


def write_manifest(folder: Path, n_rows: int) -> Path:
    """A manifest of publications with seven pictures each, none of which is there."""
    folder.mkdir()
    with (folder / "manifest.csv").open("w") as file:
        file.write(f"{COLUMNS}\n")
        for n in range(n_rows):
            number = f"D{n // 7:07}"
            file.write(
                f"US{number}/US{number}-20090303-p{n % 7:02}.png,{number},Knife sharpener,08-05,9,"
                f"D8/93,20090303,{n % 7 + 1},front,red\n"
            )
    return folder


def write_year(folder: Path, n_figures: int) -> Path:
    """A year of patents with eight figures each; images of 2 kB that pack no smaller."""
    folder.mkdir()
    noise = random.Random(1)
    records = (figure_record(n) for n in range(n_figures))
    whole = folder / "2019.zip"
    with (
        tempfile.TemporaryFile() as images,
        zipfile.ZipFile(whole, "w", zipfile.ZIP_STORED) as zipped,
    ):
        with (
            gzip.GzipFile(fileobj=images, mode="wb", compresslevel=1) as packed,
            tarfile.open(fileobj=packed, mode="w") as tar,
            zipped.open(zipfile.ZipInfo("design2019.json"), "w") as metadata,
        ):
            for record in records:
                metadata.write(json.dumps(record).encode() + b"\n")
                header = tarfile.TarInfo(f"Segmented/{record['subfigure_file']}")
                header.size = 2000
                tar.addfile(header, io.BytesIO(noise.randbytes(header.size)))
        images.seek(0)
        with zipped.open("Segmented.tar.gz", "w", force_zip64=True) as member:
            while portion := images.read(2**20):
                member.write(portion)
    with whole.open("rb") as joined:
        for part in range(26):
            if content := joined.read(PART_BYTES):
                (folder / f"2019.a{chr(ord('a') + part)}").write_bytes(content)
    whole.unlink()
    return folder / "2019.aa"


def figure_record(n: int) -> dict[str, Any]:
    """A record as DeepPatent2 has them."""
    patent, figure = f"USD{n // 8:07}-20190101", n % 8 + 1
    return {
        "id": n,
        "patentID": patent,
        "figid": str(figure),
        "caption": f"Fig. {figure} is a front, top, and left side perspective view of a pet treat;",
        "object": "Pet treat",
        "aspect": "front, top, and left side perspective view",
        "figure_file": f"{patent}-D{n % 8 // 2 + 1:05}.png",
        "subfigure_file": f"{patent}-D{n % 8 // 2 + 1:05}_{figure}.png",
        "object_title": "Pet treat",
        "classification_locarno": "0601",
        "classification_national": "D1106",
    }


def in_own_process(measure: Callable[[Path], dict[str, Any]], path: Path) -> dict[str, Any]:
    """Run a measurement where nothing else was read before."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(measure, (path,))


def measure_manifest(folder: Path) -> dict[str, Any]:
    """Listing against one plain pass over the same file."""
    table = folder / "manifest.csv"
    before = held_mb()
    first, members = list_anew(ManifestReader(), folder, table)
    held = held_mb() - before
    times = [first, *(list_anew(ManifestReader(), folder, table)[0] for _ in range(N_REPEATS - 1))]
    plain = [cpu_seconds(lambda: read_plainly(table)) for _ in range(N_REPEATS)]
    return {
        "n_publications": len(members),
        "list_s": summary(times),
        "list_over_plain_csv": round(statistics.median(times) / statistics.median(plain), 2),
        "held_mb": round(held),
    }


def _read(reader: Reader, path: Path, names: Sequence[str]) -> None:
    for _ in reader.read_units(path, names, LIMITS):
        pass


def measure_year(path: Path) -> dict[str, Any]:
    """Listing, and a message from the middle against finding it from the start."""
    reader = DeepPatent2()
    before = held_mb()
    first, members = list_anew(reader, path, path)
    held = held_mb() - before
    middle = len(members) // 2
    messages = [members[at : at + reader.units_a_message] for at in (0, middle, len(members) - 40)]
    times = [cpu_seconds(partial(_read, reader, path, names)) for names in messages * N_REPEATS]
    from_start = cpu_seconds(lambda: find_from_start(path, messages[1][-1]))
    return {
        "n_publications": len(members),
        "list_s": round(first, 2),
        "message_s": summary(times),
        "from_start_over_message": round(from_start / statistics.median(times), 1),
        "held_mb": round(held),
    }


def list_anew(reader: Reader, path: Path, changed: Path) -> tuple[float, tuple[str, ...]]:
    """CPU seconds of listing a delivery as if it was never seen, and its units."""
    os.utime(changed)
    members: list[str] = []
    seconds = cpu_seconds(lambda: members.extend(reader.list_units(path, LIMITS).members))
    return seconds, tuple(members)


def read_plainly(table: Path) -> None:
    """Read every row and forget it."""
    with table.open(newline="") as file:
        for _ in csv.DictReader(file):
            pass


def find_from_start(first: Path, patent: str) -> None:
    """Unpack the images of a year up to a patent's, holding none."""
    parts = sorted(first.parent.glob("2019.a?"))
    joined = first.with_name("joined")
    with joined.open("wb") as file:
        for part in parts:
            file.write(part.read_bytes())
    with (
        zipfile.ZipFile(joined) as zipped,
        zipped.open("Segmented.tar.gz") as packed,
        tarfile.open(fileobj=packed, mode="r|gz") as tar,
    ):
        for member in tar:
            if patent in member.name:
                break
    joined.unlink()


def cpu_seconds(work: Callable[[], object]) -> float:
    """CPU seconds of this process that something takes."""
    started = time.process_time()
    work()
    return time.process_time() - started


def held_mb() -> float:
    """Memory this process holds now."""
    return psutil.Process().memory_info().rss / 2**20


if __name__ == "__main__":
    main()
