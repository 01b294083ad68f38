"""`limn train`: an encoder from a configuration, one run folder, one checkpoint."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ui.terminal import command_settings, err

_LIMN = "from ui.cli import main; main()"


def train(
    config: Annotated[Path, typer.Argument(help="TOML file; see encoder/training/configs.")],
    publish: Annotated[
        Path | None, typer.Option(help="Checkpoint folder to write at the end.")
    ] = None,
    show_augmentations: Annotated[
        Path | None,
        typer.Option(help="Draw what the run does to drawings to this picture, and train nothing."),
    ] = None,
    devices: Annotated[
        int, typer.Option(min=1, help="GPUs of this machine to train on; CPU processes without.")
    ] = 1,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object and nothing else.")
    ] = False,
) -> None:
    """Train an encoder. Run again after an interruption to go on where it was last saved."""
    from encoder.training.caches import build_caches
    from encoder.training.config import read_config
    from encoder.training.contact_sheet import save_contact_sheet
    from encoder.training.corpus import build_corpus
    from encoder.training.sources.elsewhere import Elsewhere
    from encoder.training.train import publish_run
    from encoder.training.train import train as run_training
    from ui.training_catalogue import CatalogueDrawings
    from ui.training_samples import SampleDrawings

    settings = command_settings()
    run_config = read_config(config)
    elsewhere = Elsewhere(
        catalogue=lambda source: CatalogueDrawings(source, settings), samples=SampleDrawings
    )
    if show_augmentations is not None:
        corpus = build_corpus(run_config, build_caches(run_config, elsewhere))
        save_contact_sheet(run_config, corpus, show_augmentations)
        err.print(f"drawn: {show_augmentations}", highlight=False, markup=False)
        return
    if devices > 1 and "RANK" not in os.environ:
        with _progress() as progress:
            build_caches(run_config, elsewhere, _Shown(progress, 0).packing)
        arguments = _arguments(config, publish, as_json=as_json)
        raise typer.Exit(_start_on(devices, arguments, n_threads=run_config.n_threads))
    leads = os.environ.get("RANK", "0") == "0"
    with _progress(shown=leads) as progress:
        shown = _Shown(progress, run_config.schedule.n_steps)
        run = run_training(
            run_config, elsewhere=elsewhere, watch=shown.training, packing=shown.packing
        )
    if not leads:
        return
    if publish is not None:
        publish_run(run_config, publish, elsewhere)
        err.print(f"published: {publish}", highlight=False, markup=False)
    if as_json:
        best = run.best if run_config.validation else None
        typer.echo(json.dumps({"step": run.step, "best_map": best}))


def _arguments(config: Path, publish: Path | None, *, as_json: bool) -> list[str]:
    arguments = ["train", str(config)]
    if publish is not None:
        arguments += ["--publish", str(publish)]
    return [*arguments, "--json"] if as_json else arguments


def _start_on(devices: int, arguments: list[str], *, n_threads: int) -> int:
    """Run this command once a device, by torchrun; its exit code."""
    torchrun = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(devices)]
    command = ["--no-python", sys.executable, "-c", _LIMN, *arguments]
    environment = {"OMP_NUM_THREADS": str(n_threads), **os.environ}
    return subprocess.run(
        [sys.executable, *torchrun, *command], env=environment, check=False
    ).returncode


class _Shown:
    """What a run tells, on its progress bar."""

    def __init__(self, progress: Progress, n_steps: int) -> None:
        self._progress = progress
        self._task = progress.add_task("training", total=n_steps or None, news="preparing")
        self._news = ""

    def training(self, step: int, news: dict[str, Any]) -> None:
        """A step is done."""
        self._news = _line(news) or self._news
        self._progress.update(self._task, completed=step, news=self._news)

    def packing(self, kind: str, n_done: int, n_jobs: int) -> None:
        """Some of a source is drawn."""
        self._progress.update(self._task, news=f"drawing {kind}: {n_done:,} of {n_jobs:,}")


def _progress(*, shown: bool = True) -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[news]}", markup=False),
    )
    return Progress(*columns, console=err, disable=not shown)


def _line(news: dict[str, Any]) -> str:
    """Validation before losses, for there is room for one."""
    numbers = news.get("validation") or news.get("losses") or {}
    return "  ".join(f"{name} {value:.3f}" for name, value in numbers.items())
