"""Does memory stay flat while many figures come in, and is a large archive ever held in it?

Sample grants are issued again and again under new numbers, every page with another pixel of its ink
taken away, so that no picture is known already: on packed pages of half the size for `--figures`,
and on unpacked grey pages of twice the size that fill one archive of `--gigabytes`. The stages of
the workers take them in, in one process against a real catalogue, picture store and index service.
The encoder alone is replaced, by a hash: what it holds depends on the model and not on how much
came in. Memory is what the kernel counts as resident, the highest within each thousand figures.

And does an ingest worker as `limn up` runs it grow with each archive? `--archives` small ones, each
replacing the figures of the one before, go through its queue; memory is what it and each of its
processes hold for themselves (RssAnon).

    ./run bench bench_ingest_memory [--figures 10000] [--gigabytes 2] [--archives 300] > memory.json
    ./run bench bench_ingest_memory --figures 0 --gigabytes 0 --archives 300
"""

import argparse
import io
import json
import multiprocessing
import os
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from PIL import Image

from benchmarks.bench_ingest import describe, messages
from benchmarks.measured_on import anonymous_mb, running_service, surroundings
from core.logs import configure_logs
from core.ports import Embeddings, GreyImage
from core.settings import LogSettings, QdrantSettings, Settings
from ingestion.image_decode import decode_picture
from samples.archive import group4_tiff, write_weekly_archives
from ui.processes import ServiceProcess
from ui.services import Service, service_spec, with_addresses
from workers import stages
from workers.ingestion import start_upload
from workers.resources import Resources

_N_TEMPLATES = 12
_FIRST_COPY = 1_000_001
_PUBLICATIONS_AN_ARCHIVE = 200
_BATCH = 32
_ROW_FIGURES = 1000
_GRANTS_A_SMALL_ARCHIVE = 2
_ROW_ARCHIVES = 50
_PATIENCE_S = 300
_MAX_PIXELS = 100_000_000
_STAGES = (describe, stages.embed, stages.index)


@dataclass(frozen=True)
class Template:
    """A sample grant that is issued again."""

    number: str
    document_name: str
    document: bytes
    pages: Mapping[str, GreyImage]
    """By file name."""

    @property
    def n_figures(self) -> int:
        """As its document declares."""
        return int(self.document.partition(b"<number-of-figures>")[2].partition(b"<")[0])


class HashEncoder:
    """A direction for each picture and each text: costs little and keeps nothing."""

    encoder_id = "hash-384"
    dimension = 384

    def encode_images(self, images: Sequence[GreyImage]) -> Embeddings:
        """One direction a picture, float32 [N, D]."""
        return self._directions([hash(image.tobytes()) for image in images])

    def encode_texts(self, texts: Sequence[str]) -> Embeddings:
        """One direction a text, float32 [N, D]."""
        return self._directions([hash(text) for text in texts])

    def _directions(self, seeds: Sequence[int]) -> Embeddings:
        rows = [np.random.default_rng(abs(seed)).normal(size=self.dimension) for seed in seeds]
        unit = np.reshape(rows, (len(seeds), self.dimension)).astype(np.float32)
        return np.asarray(unit / np.linalg.norm(unit, axis=1, keepdims=True))


class HashingResources(Resources):
    """What a worker opens, with the cheap encoder."""

    @cached_property
    def encoder(self) -> HashEncoder:
        return HashEncoder()


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--figures", type=int, default=10_000)
    parser.add_argument("--gigabytes", type=float, default=2.0)
    parser.add_argument("--archives", type=int, default=300)
    given = parser.parse_args()
    report: dict[str, Any] = {"question": "memory of bulk ingest", "unit": "MB resident, highest"}
    with tempfile.TemporaryDirectory() as folder:
        for name, write, amount, take in (
            ("many_figures", write_many, given.figures, take_in),
            ("large_archive", write_large, int(given.gigabytes * 2**30), take_in),
            ("small_archives", write_small, given.archives, have_taken_in),
        ):
            if not amount:
                continue
            home = Path(folder, name)
            archives = in_own_process(write, home, amount)
            report[name] = in_own_process(take, home, archives)
            print(json.dumps({name: report[name]}), file=sys.stderr, flush=True)
    json.dump(report | surroundings(HashEncoder.encoder_id), sys.stdout, indent=1)


def in_own_process(work: Any, *given: object) -> Any:
    """Do something where nothing else has taken memory."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, given)


def write_many(home: Path, n_figures: int) -> list[Path]:
    """Archives that declare so many figures together, on packed pages of half the size."""
    templates = read_templates(home, halved)
    archives: list[Path] = []
    n_declared = n_copies = 0
    while n_declared < n_figures:
        archives.append(home / f"week-{len(archives):03}.tar")
        with tarfile.open(archives[-1], "w") as archive:
            for _ in range(_PUBLICATIONS_AN_ARCHIVE):
                template = templates[n_copies % len(templates)]
                add_copy(archive, template, n_copies, group4_tiff)
                n_copies += 1
                n_declared += template.n_figures
                if n_declared >= n_figures:
                    break
    return archives


def write_large(home: Path, n_bytes: int) -> list[Path]:
    """One archive of so many bytes, of pages of twice the size that are not packed."""
    templates = read_templates(home, doubled)
    path = home / "week.tar"
    n_copies = 0
    with tarfile.open(path, "w") as archive:
        while archive.offset < n_bytes:
            add_copy(archive, templates[n_copies % len(templates)], n_copies, grey_tiff)
            n_copies += 1
    return [path]


def write_small(home: Path, n_archives: int) -> list[Path]:
    """Archives of a few grants under the same numbers, their pages each time without other ink."""
    templates = read_templates(home, halved)
    paths = [home / f"week-{n:04}.tar" for n in range(n_archives)]
    for n, path in enumerate(paths):
        with tarfile.open(path, "w") as archive:
            for place in range(_GRANTS_A_SMALL_ARCHIVE):
                which = (n * _GRANTS_A_SMALL_ARCHIVE + place) % len(templates)
                add_copy(archive, templates[which], which, group4_tiff, without=n)
    return paths


def read_templates(home: Path, scaled: Callable[[GreyImage], GreyImage]) -> list[Template]:
    """Sample grants with their pages unpacked and scaled."""
    (sample,) = write_weekly_archives(home / "samples", n_publications=_N_TEMPLATES)
    templates = []
    with tarfile.open(sample) as archive:
        for entry in archive:
            packed = archive.extractfile(entry)
            if packed is None:
                raise SystemExit(f"{entry.name} in {sample} is no file")
            with zipfile.ZipFile(packed) as grant:
                files = {name: grant.read(name) for name in grant.namelist()}
            pages = {
                name: scaled(decode_picture(content, name, _MAX_PIXELS))
                for name, content in files.items()
                if name.endswith(".TIF")
            }
            document = next(name for name in files if name.endswith(".XML"))
            number = entry.name.rpartition("/US")[2].partition("-")[0]
            templates.append(Template(number, document, files[document], pages))
    return templates


def add_copy(
    archive: tarfile.TarFile,
    template: Template,
    n: int,
    pack: Callable[[GreyImage], bytes],
    without: int | None = None,
) -> None:
    """Issue a grant under another number, each page without another pixel of its ink."""
    number = f"D{_FIRST_COPY + n}"
    without = n if without is None else without
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as grant:
        for name, page in template.pages.items():
            copy = page.copy()
            inked = np.flatnonzero(copy == 0)
            copy.reshape(-1)[inked[without * 7919 % inked.size]] = 255
            grant.writestr(name.replace(template.number, number), pack(copy))
        document = template.document.replace(template.number.encode(), number.encode())
        grant.writestr(template.document_name.replace(template.number, number), document)
    entry = tarfile.TarInfo(f"I20240102/DESIGN/US{number}-20240102.ZIP")
    entry.size = whole.tell()
    whole.seek(0)
    archive.addfile(entry, whole)


def halved(page: GreyImage) -> GreyImage:
    """A page at half its size; what was ink anywhere is ink."""
    height, width = (side // 2 * 2 for side in page.shape)
    return np.asarray(page[:height, :width].reshape(height // 2, 2, width // 2, 2).min((1, 3)))


def doubled(page: GreyImage) -> GreyImage:
    """A page at twice its size."""
    return page.repeat(2, axis=0).repeat(2, axis=1)


def grey_tiff(page: GreyImage) -> bytes:
    """A page of a byte a pixel, not packed."""
    target = io.BytesIO()
    Image.fromarray(page).save(target, "TIFF")
    return target.getvalue()


def take_in(home: Path, archives: Sequence[Path]) -> dict[str, Any]:
    """Take archives in and note the memory of this process and of the index."""
    configure_logs(LogSettings(level="WARNING"))
    index = home / "index"
    index.mkdir()
    with running_service(index) as url:
        (service,) = psutil.Process().children()
        settings = Settings(home=home / "home", qdrant=QdrantSettings(url=url))
        resources = HashingResources(settings)
        rows = [{"figures": 0} | highest_mb(os.getpid(), service.pid)]
        began, spent, n_taken = time.monotonic(), time.process_time(), 0
        for upload_id, units in messages(resources, archives):
            figures = stages.ingest(resources, upload_id, units)
            for stage in _STAGES:
                for start in range(0, len(figures), _BATCH):
                    stage(resources, figures[start : start + _BATCH])
            n_before, n_taken = n_taken, n_taken + len(figures)
            if n_before // _ROW_FIGURES < n_taken // _ROW_FIGURES:
                rows.append({"figures": n_taken} | highest_mb(os.getpid(), service.pid))
        rows.append({"figures": n_taken} | highest_mb(os.getpid(), service.pid))
        counts = resources.catalogue.counts()
    return {
        "archive_mb": round(sum(path.stat().st_size for path in archives) / 2**20),
        "n_publications": counts.publications,
        "n_figures": counts.figures,
        "wall_s": round(time.monotonic() - began),
        "processor_s": round(time.process_time() - spent),
        "highest_mb": rows,
    }


def have_taken_in(home: Path, archives: Sequence[Path]) -> dict[str, Any]:
    """Have a real ingest worker take archives in, one after the other, and note its memory."""
    configure_logs(LogSettings(level="WARNING"))
    (home / "home").mkdir()
    settings = with_addresses(Settings(home=home / "home"))  # at the index nobody listens
    resources = Resources(settings)
    services = [
        ServiceProcess(service_spec(service, settings), home / "logs")
        for service in (Service.QUEUE, Service.INGEST_WORKER)
    ]
    try:
        services[0].wait_ready()
        rows = []
        for n, path in enumerate(archives, 1):
            _wait_for(resources, start_upload(resources, path).upload_id)
            if n == 1 or n % _ROW_ARCHIVES == 0:
                rows.append({"archives": n} | _held_mb(services[1].pid))
    finally:
        for service in reversed(services):
            service.stop()
    return {
        "n_archives": len(archives),
        "n_figures_kept": resources.catalogue.counts().figures,
        "held_mb": rows,
    }


def _wait_for(resources: Resources, upload_id: str) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while resources.catalogue.progress([upload_id]).n_pending:
        if time.monotonic() > deadline:
            raise SystemExit("the worker does not take the archives in")
        time.sleep(0.02)


def _held_mb(pid: int) -> dict[str, Any]:
    """What a worker holds for itself, and each of its processes that work, the fullest first."""
    children = psutil.Process(pid).children()
    held = sorted((round(anonymous_mb(child.pid), 1) for child in children), reverse=True)
    return {"worker": round(anonymous_mb(pid), 1), "processes": held}


def highest_mb(workers_pid: int, index_pid: int) -> dict[str, int]:
    """What both processes held at most since they were asked last; Linux alone tells."""
    return {"workers": _highest_mb(workers_pid), "index": _highest_mb(index_pid)}


def _highest_mb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    Path(f"/proc/{pid}/clear_refs").write_text("5")  # begins anew from what is held now
    return round(int(line.split()[1]) / 1024)


if __name__ == "__main__":
    main()
