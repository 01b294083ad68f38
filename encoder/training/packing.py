"""Fills the packed drawing cache. Killed, it goes on with the jobs that were not done yet."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import structlog

from core.errors import BadInput, SourceInvalid
from encoder.training.drawings import (
    CACHE_SIZE_PX,
    DONE_FILE,
    N_BYTES,
    OBJECTS_FILE,
    OWNERS_FILE,
    PIXELS_FILE,
    Drawing,
    pack,
)
from encoder.training.sources.source import Job

_log = structlog.get_logger(__name__)
_JOURNAL_FILE = "journal.jsonl"
_UNREADABLE_FILE = "unreadable.json"
_BLOCK = 64
"""Jobs a process and line of the journal: what a kill costs at most."""
Progress = Callable[[int, int], None]
"""Told how many jobs are done, and of how many."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What a job gave: packed drawings, or why there are none."""

    drawings: tuple[tuple[str, dict[str, Any], bytes], ...] = ()
    """Key and description of the object, and the drawing's bits."""
    problem: str | None = None


@dataclass
class _Contents:
    """What the cache holds so far; the pixels lie in their file."""

    n_jobs: int = 0
    objects: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By key, in the order they first came."""
    idx_of: dict[str, int] = field(default_factory=dict)
    """Place of each key in `objects`."""
    object_idx: list[int] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def take(self, entry: dict[str, Any]) -> None:
        """Add what a line of the journal says."""
        self.n_jobs += entry["n_jobs"]
        for key, drawn in entry["objects"].items():
            self.idx_of[key] = len(self.objects)
            self.objects[key] = drawn
        self.object_idx += entry["object_idx"]
        self.problems += entry["problems"]


def pack_jobs(
    folder: Path,
    jobs: Sequence[Job],
    *,
    recipe: str,
    n_processes: int = 1,
    progress: Progress | None = None,
) -> None:
    """Draw and pack what is not packed yet, and finish the cache; blank drawings are left out.

    Args:
        folder: Cache folder, made if missing. One of another recipe is replaced.
        jobs: In the same order each time.
        recipe: What made them.
        n_processes: Jobs at a time.
        progress: Told of every block of jobs.

    Raises:
        SourceInvalid: If no drawing came of any job.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / DONE_FILE).unlink(missing_ok=True)
    contents = _take_up(folder, recipe)
    with (
        (folder / PIXELS_FILE).open("ab") as pixels,
        (folder / _JOURNAL_FILE).open("a", encoding="utf-8") as journal,
        _executor(n_processes) as executor,
    ):
        _write_line(journal, {"recipe": recipe} if contents.n_jobs == 0 else None)
        for outcomes in _in_blocks(jobs[contents.n_jobs :], n_processes, executor):
            entry, bits = _entry(outcomes, contents)
            pixels.write(bits)
            pixels.flush()
            _write_line(journal, entry)
            contents.take(entry)
            if progress is not None:
                progress(contents.n_jobs, len(jobs))
    _finish(folder, contents, recipe)


def write_drawing_set(folder: Path, drawings: Iterable[Drawing], *, recipe: str) -> int:
    """Pack drawings that are made as they come; how many were kept."""
    pack_jobs(folder, [partial(_as_they_are, drawing) for drawing in drawings], recipe=recipe)
    return int(json.loads((folder / DONE_FILE).read_text(encoding="utf-8"))["n_drawings"])


def _as_they_are(drawing: Drawing) -> Sequence[Drawing]:
    return (drawing,)


def _take_up(folder: Path, recipe: str) -> _Contents:
    """What an interrupted packing of the same recipe left; whatever else is there is removed."""
    contents = _Contents()
    pixels, journal = folder / PIXELS_FILE, folder / _JOURNAL_FILE
    if journal.is_file():
        lines = journal.read_bytes().splitlines(keepends=True)
        whole = [line for line in lines if line.endswith(b"\n")]
        entries = [json.loads(line) for line in whole]
        if entries and entries[0] == {"recipe": recipe}:
            for entry in entries[1:]:
                contents.take(entry)
        n_bytes = len(contents.object_idx) * N_BYTES
        if contents.n_jobs and pixels.is_file() and pixels.stat().st_size >= n_bytes:
            for path, length in ((pixels, n_bytes), (journal, sum(map(len, whole)))):
                with path.open("r+b") as file:
                    file.truncate(length)
            _log.info("packing goes on", folder=folder.name, n_jobs=contents.n_jobs)
            return contents
    pixels.unlink(missing_ok=True)
    journal.unlink(missing_ok=True)
    return _Contents()


@contextmanager
def _executor(n_processes: int) -> Iterator[Executor | None]:
    if n_processes == 1:
        yield None
        return
    with ProcessPoolExecutor(n_processes, mp_context=get_context("spawn")) as executor:
        yield executor


def _in_blocks(
    jobs: Sequence[Job], n_processes: int, executor: Executor | None
) -> Iterator[list[_Outcome]]:
    left = iter(jobs)
    while block := list(islice(left, _BLOCK * n_processes)):
        if executor is None:
            yield [_run(job) for job in block]
        else:
            yield list(executor.map(_run, block, chunksize=_BLOCK // 16))


def _run(job: Job) -> _Outcome:
    try:
        drawings = job()
    except BadInput as error:
        return _Outcome(problem=str(error))
    packed = ((drawing, pack(drawing.image)) for drawing in drawings)
    return _Outcome(
        tuple(
            (drawing.object_key, asdict(drawing.drawn), bits.tobytes())
            for drawing, bits in packed
            if bits.any()
        )
    )


def _entry(outcomes: list[_Outcome], contents: _Contents) -> tuple[dict[str, Any], bytes]:
    """A line of the journal, and the pixels it speaks of."""
    new_idx: dict[str, int] = {}
    new: dict[str, dict[str, Any]] = {}
    object_idx: list[int] = []
    bits: list[bytes] = []
    for outcome in outcomes:
        for key, drawn, packed in outcome.drawings:
            idx = contents.idx_of.get(key, new_idx.get(key))
            if idx is None:
                idx = new_idx[key] = len(contents.objects) + len(new)
                new[key] = drawn
            object_idx.append(idx)
            bits.append(packed)
    entry = {
        "n_jobs": len(outcomes),
        "objects": new,
        "object_idx": object_idx,
        "problems": [outcome.problem for outcome in outcomes if outcome.problem],
    }
    return entry, b"".join(bits)


def _write_line(journal: TextIO, entry: dict[str, Any] | None) -> None:
    if entry is not None:
        journal.write(json.dumps(entry, ensure_ascii=False) + "\n")
        journal.flush()


def _finish(folder: Path, contents: _Contents, recipe: str) -> None:
    problems, n_drawings = contents.problems, len(contents.object_idx)
    if problems:
        _write_json(folder / _UNREADABLE_FILE, problems)
        _log.warning(
            "drawings left out",
            n_left_out=len(problems),
            of=contents.n_jobs,
            first=problems[0],
            all_in=str(folder / _UNREADABLE_FILE),
        )
    if n_drawings == 0:
        reason = f"the first of {len(problems)} problems: {problems[0]}" if problems else "no ink"
        raise SourceInvalid(f"nothing could be drawn for {folder.name}; {reason}")
    np.save(folder / OWNERS_FILE, np.asarray(contents.object_idx, dtype=np.int64))
    _write_json(folder / OBJECTS_FILE, list(contents.objects.values()))
    done = {
        "recipe": recipe,
        "size_px": CACHE_SIZE_PX,
        "n_drawings": n_drawings,
        "n_unreadable": len(problems),
    }
    _write_json(folder / DONE_FILE, done)
    (folder / _JOURNAL_FILE).unlink()


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
