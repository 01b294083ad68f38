"""`limn train`: an encoder from a configuration, one run folder, one checkpoint."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from core.logs import configure_logs
from core.settings import LogSettings, read_settings

err = Console(stderr=True)


def train(
    config: Annotated[Path, typer.Argument(help="TOML file; see encoder/training/configs.")],
    publish: Annotated[
        Path | None, typer.Option(help="Checkpoint folder to write at the end.")
    ] = None,
    show_augmentations: Annotated[
        Path | None,
        typer.Option(help="Draw what the run does to drawings to this picture, and train nothing."),
    ] = None,
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
    from encoder.training.train import publish_best
    from encoder.training.train import train as run_training
    from ui.training_catalogue import CatalogueDrawings
    from ui.training_samples import SampleDrawings

    settings = read_settings()
    configure_logs(LogSettings(level="WARNING", json_lines=settings.log.json_lines))
    run_config = read_config(config)
    elsewhere = Elsewhere(
        catalogue=lambda source: CatalogueDrawings(source, settings), samples=SampleDrawings
    )
    if show_augmentations is not None:
        corpus = build_corpus(run_config, build_caches(run_config, elsewhere))
        save_contact_sheet(run_config, corpus, show_augmentations)
        err.print(f"drawn: {show_augmentations}", highlight=False, markup=False)
        return
    with _progress() as progress:
        task = progress.add_task("training", total=run_config.schedule.n_steps, news="preparing")

        def watch(step: int, news: dict[str, Any]) -> None:
            progress.update(
                task, completed=step, news=_line(news) or progress.tasks[0].fields["news"]
            )

        def packing(kind: str, n_done: int, n_jobs: int) -> None:
            progress.update(task, news=f"drawing {kind}: {n_done:,} of {n_jobs:,}")

        run = run_training(run_config, elsewhere=elsewhere, watch=watch, packing=packing)
    if publish is not None:
        publish_best(run_config, publish)
        err.print(f"published: {publish}", highlight=False, markup=False)
    if as_json:
        best = run.best if run_config.validation else None
        typer.echo(json.dumps({"step": run.step, "best_map": best}))


def _progress() -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[news]}", markup=False),
    )
    return Progress(*columns, console=err)


def _line(news: dict[str, Any]) -> str:
    """Validation before losses, for there is room for one."""
    numbers = news.get("validation") or news.get("losses") or {}
    return "  ".join(f"{name} {value:.3f}" for name, value in numbers.items())
