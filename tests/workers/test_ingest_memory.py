"""What a process that takes archives in holds afterwards."""

import gc
import random
import tracemalloc
from pathlib import Path

from core.settings import Settings
from tests.ingestion import builders
from workers import stages
from workers.ingestion import enter_upload
from workers.resources import Resources

_N_WARM, _N_MEASURED = 4, 6
_REMARK_BYTES = 60_000
_MOST_KEPT_BYTES = 20_000
"""An archive: its name in caches that hold 256 names each, and words of SQL, make 2,400, in a
process that other tests went through 5,400. A unit kept as it came is its remark more."""


def _take_in(resources: Resources, folder: Path, n: int) -> None:
    archive = folder / f"week-{n:03}.tar"
    remark = random.Random(n).randbytes(_REMARK_BYTES // 2).hex()
    files = builders.weekly_files(["D0900001"], title=f"Stool {n}", extra=f"<!-- {remark} -->")
    archive.write_bytes(builders.tar_of(files))
    upload = enter_upload(resources, archive).upload
    pending = resources.catalogue.pending_members(upload.upload_id)
    assert list(stages.iter_cut(resources, upload.upload_id, pending))


def _kept_bytes() -> int:
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


def test_ingest_keeps_nothing_of_what_it_took_in(tmp_path: Path) -> None:
    resources = Resources(Settings(home=tmp_path / "home"))
    tracemalloc.start()
    try:
        for n in range(_N_WARM):
            _take_in(resources, tmp_path, n)
        before = _kept_bytes()
        for n in range(_N_WARM, _N_WARM + _N_MEASURED):
            _take_in(resources, tmp_path, n)
        grown_bytes = _kept_bytes() - before
    finally:
        tracemalloc.stop()
        resources.catalogue.close()
    assert grown_bytes / _N_MEASURED < _MOST_KEPT_BYTES
