"""The live progress display of an ingest: one bar a stage, with rate and time left."""

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from core.records import Stage
from ingestion.catalogue_records import UploadProgress

_STAGES = (Stage.CUT, Stage.DESCRIBED, Stage.EMBEDDED, Stage.INDEXED)


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:6.1f}/s" if speed else "       –", style="dim")


class IngestProgress:
    """Bars for publications read and figures through each stage; a context manager."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.description:<13}"),
            BarColumn(bar_width=32),
            MofNCompleteColumn(),
            _Rate(),
            TimeRemainingColumn(compact=True),
            console=console,
        )
        self._publications = self._progress.add_task("publications", total=None)
        self._figures = {
            stage: self._progress.add_task(f"figures {stage}", total=None) for stage in _STAGES[1:]
        }

    def __enter__(self) -> "IngestProgress":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def show(self, progress: UploadProgress) -> None:
        """Draw how far the uploads have come."""
        self._progress.update(
            self._publications,
            total=progress.n_members,
            completed=progress.n_done + progress.n_rejected,
        )
        for stage, bar in self._figures.items():
            at_least = sum(progress.by_stage[s] for s in _STAGES[_STAGES.index(stage) :])
            self._progress.update(
                bar,
                total=progress.n_figures if progress.n_figures else None,
                completed=at_least + progress.n_failed,
            )
