"""The account that one run of `limn ingest` gives, beside workers that lose no time."""

from pathlib import Path

from tests.ingestion import builders
from tests.workers.line import LineResources
from ui.ingest_run import IngestReport, ingest_archives
from ui.patience import Patience


def _ingest(line: LineResources, *archives: Path) -> IngestReport:
    return ingest_archives(line, archives, lambda _: None, Patience(lambda: False))


def test_what_workers_do_at_once_counts_as_done_by_this_run(
    line: LineResources, tmp_path: Path
) -> None:
    week, broken = tmp_path / "I20210105.tar", tmp_path / "I20210112.tar"
    week.write_bytes(builders.tar_of(builders.weekly_files(["D0900001", "D0900002"])))
    broken.write_bytes(b"no archive")
    report = _ingest(line, week, broken)
    assert (report.indexed, report.unchanged) == (4, 0)
    assert report.members["new"] == 2
    (refused,) = report.rejected
    assert (refused.archive, refused.member) == (str(broken), "I20210112.tar")
    again = _ingest(line, week)
    assert (again.indexed, again.unchanged) == (0, 4)
    assert again.members["unchanged"] == 2
