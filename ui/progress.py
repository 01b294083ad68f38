"""The live progress display of an ingest: one bar a stage, with rate and time left."""

import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from core.records import Stage
from ingestion.catalogue_records import UploadProgress

_STAGES = (Stage.DESCRIBED, Stage.EMBEDDED, Stage.INDEXED)


class IngestProgress:
    """Bars for publications read and figures through each stage; a context manager.

    Rates are means since the display began, and so is the time left: the number of figures grows
    while publications are read, so it is reckoned from the share of publications that are in.
    """

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.description:<18}"),
            BarColumn(bar_width=32),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]:>9}", style="dim"),
            TextColumn("{task.fields[left]:>12}", style="dim"),
            console=console,
        )
        names = ("publications", *(f"figures {stage}" for stage in _STAGES))
        self._bars = [self._progress.add_task(n, total=None, rate="", left="") for n in names]
        self._began = time.monotonic()
        self._at_start: list[int] | None = None

    def __enter__(self) -> "IngestProgress":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def show(self, progress: UploadProgress) -> None:
        """Draw how far the uploads have come."""
        n_read = progress.n_done + progress.n_rejected
        passed = [
            sum(progress.by_stage[later] for later in _STAGES[place:]) + progress.n_failed
            for place in range(len(_STAGES))
        ]
        share_read = n_read / progress.n_members if progress.n_members else 1.0
        expected = round(progress.n_figures / share_read) if share_read else 0
        done = [n_read, *passed]
        if self._at_start is None:
            self._at_start = done
        self._draw(self._bars[0], n_read, self._at_start[0], progress.n_members)
        for bar, n_done, n_before in zip(self._bars[1:], passed, self._at_start[1:], strict=True):
            self._draw(bar, n_done, n_before, max(expected, progress.n_figures))

    def _draw(self, bar: TaskID, n_done: int, n_before: int, total: int) -> None:
        elapsed_s = time.monotonic() - self._began
        rate = (n_done - n_before) / elapsed_s if elapsed_s else 0.0
        left_s = (total - n_done) / rate if rate else None
        self._progress.update(
            bar,
            completed=n_done,
            total=total or None,
            rate=f"{rate:.1f}/s" if rate else "",
            left=f"{left_s // 60:.0f}:{left_s % 60:02.0f} left" if left_s else "",
        )
