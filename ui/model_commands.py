"""`limn reindex` and `limn models`: the index made anew, and which model searches."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated

import typer
from pydantic import BaseModel
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from ui.signature import signed_by
from ui.terminal import AsJson, command_settings, err, out, say

app = typer.Typer(
    name="models",
    help="Which model searches: list, compare, promote, roll back, prune.",
    rich_markup_mode=None,
)

Who = Annotated[str | None, typer.Option(help="Who wants it. Default: the name of the user.")]
Force = Annotated[
    bool, typer.Option("--force", help="Even where the gate refuses; kept on record.")
]
EncoderId = Annotated[str, typer.Argument(help="As `limn models` lists it.")]


class ListedModel(BaseModel):
    """A model in the stable JSON of `limn models --json`."""

    encoder_id: str
    state: str
    source: str
    added_at: datetime
    promoted_at: datetime | None
    verdict: str | None
    """What the gate said when it was last compared with the current model."""
    said: str | None


class ListedSwitch(BaseModel):
    """A change of the current model."""

    at: datetime
    by: str
    encoder_id: str
    former_id: str | None
    is_forced: bool
    note: str


class ListedModels(BaseModel):
    """The stable JSON of `limn models --json`."""

    models: list[ListedModel]
    switches: list[ListedSwitch]


def reindex(
    checkpoint: Annotated[
        str | None,
        typer.Option(
            help="Embed with this folder (or hub name, or `shipped`) beside the current model."
        ),
    ] = None,
    promote: Annotated[
        bool, typer.Option("--promote", help="Let it take over at the end, if the gate agrees.")
    ] = False,
    force: Force = False,
    who: Who = None,
) -> None:
    """Rebuild the index from the catalogue: after a new schema or a lost index.

    With --checkpoint another model embeds the collection beside the current one, while searches go
    on; the two are compared; and `limn models promote` lets it take over. An interrupted run goes
    on where it stopped.
    """
    from ui.services import SEARCHING
    from ui.supervisor import use_services
    from workers import models
    from workers.reindexing import reindex as rebuild

    settings = command_settings()
    with use_services(settings, SEARCHING, say) as session:
        if checkpoint is None:
            with _bar() as watch:
                n_figures = rebuild(session.resources, watch)
            if session.resources.catalogue.current_model() is not None:
                by = signed_by(settings, who)
                models.note_current(session.resources, by=by, note="the index was made anew")
            out.print(f"{n_figures:,} figures in the index")
            return
        model = models.register(session.resources, checkpoint)
        with _bar() as watch:
            models.embed_candidate(session.resources, model, watch)
        quality = models.judge(session.resources, model)
        _print_quality(quality.encoder_id, quality.verdict, quality.said)
        if promote:
            by = signed_by(settings, who)
            models.promote(session.resources, model, by=by, force=force)
            out.print(f"{model.encoder_id} is the current model now", highlight=False)
        else:
            force_too = "" if quality.verdict == "passed" else " --force"
            told = f"`limn models promote {model.encoder_id}{force_too}` lets it take over"
            out.print(told, highlight=False, soft_wrap=True)


@app.callback(invoke_without_command=True)
def list_models(context: typer.Context, as_json: AsJson = False) -> None:
    """List the models that embedded this collection, and how the current one changed."""
    if context.invoked_subcommand is not None:
        return
    from workers.resources import Resources

    catalogue = Resources(command_settings()).catalogue
    listed = ListedModels(
        models=[
            ListedModel(
                encoder_id=model.encoder_id,
                state=model.state,
                source=model.source,
                added_at=model.added_at,
                promoted_at=model.promoted_at,
                verdict=model.quality["verdict"] if model.quality else None,
                said=model.quality["said"] if model.quality else None,
            )
            for model in catalogue.models()
        ],
        switches=[
            ListedSwitch(
                at=switch.at,
                by=switch.by,
                encoder_id=switch.encoder_id,
                former_id=switch.former_id,
                is_forced=switch.is_forced,
                note=switch.note,
            )
            for switch in catalogue.model_switches()
        ],
    )
    if as_json:
        sys.stdout.write(listed.model_dump_json() + "\n")
    else:
        _print_models(listed)


@app.command()
def evaluate(encoder_id: EncoderId, as_json: AsJson = False) -> None:
    """Compare a model that embedded this collection with the current one."""
    from ui.services import SEARCHING
    from ui.supervisor import use_services
    from workers import models

    with use_services(command_settings(), SEARCHING, say) as session:
        model = models.find_model(session.resources, encoder_id)
        quality = models.judge(session.resources, model)
    if as_json:
        sys.stdout.write(quality.model_dump_json() + "\n")
    else:
        _print_quality(quality.encoder_id, quality.verdict, quality.said)


@app.command()
def promote(encoder_id: EncoderId, force: Force = False, who: Who = None) -> None:
    """Make a model the current one, if it is no worse on this collection than the one that is."""
    from ui.services import SEARCHING
    from ui.supervisor import use_services
    from workers import models

    settings = command_settings()
    with use_services(settings, SEARCHING, say) as session:
        model = models.find_model(session.resources, encoder_id)
        by = signed_by(settings, who)
        switch = models.promote(session.resources, model, by=by, force=force)
    if switch is None:
        out.print(f"{encoder_id} is the current model already", highlight=False)
    else:
        out.print(f"{encoder_id} is the current model now: {switch.note}", highlight=False)


@app.command()
def rollback(who: Who = None) -> None:
    """Go back to the model that was current before."""
    from ui.services import SEARCHING
    from ui.supervisor import use_services
    from workers import models

    settings = command_settings()
    with use_services(settings, SEARCHING, say) as session:
        switch = models.roll_back(session.resources, by=signed_by(settings, who))
    out.print(f"{switch.encoder_id} is the current model again", highlight=False)


@app.command()
def prune(
    encoder_id: Annotated[
        str | None, typer.Argument(help="This model alone; else all but the current one.")
    ] = None,
) -> None:
    """Delete models that are not current: their collections, vectors and checkpoint copies.

    One that was current until a minute ago is kept, and so is a collection of an older schema that
    was searched until then: searches may not have ended.
    """
    from ui.services import SEARCHING
    from ui.supervisor import use_services
    from workers import models

    with use_services(command_settings(), SEARCHING, say) as session:
        pruned = models.prune(session.resources, encoder_id)
    n_models, n_collections = len(pruned.encoder_ids), len(pruned.collections)
    out.print(f"{n_models:,} models and {n_collections:,} collections deleted")
    for kept in pruned.kept:
        say(f"{kept} is kept: searches by it may not have ended; try again in a minute")


def _print_models(listed: ListedModels) -> None:
    if not listed.models:
        out.print(
            "no model was ever added; the configured or shipped checkpoint searches. "
            "`limn reindex --checkpoint FOLDER` adds one",
            soft_wrap=True,
        )
        return
    table = Table("model", "", "from", "gate", box=None, pad_edge=False)
    for model in listed.models:
        cells = (model.encoder_id, model.state, model.source, model.said or "not compared")
        table.add_row(*map(escape, cells))
    out.print(table)
    for switch in listed.switches:
        forced = ", forced" if switch.is_forced else ""
        told = f"{switch.at:%Y-%m-%d %H:%M} {switch.encoder_id} by {switch.by}{forced}"
        out.print(escape(f"{told}: {switch.note}"), highlight=False, soft_wrap=True)


def _print_quality(encoder_id: str, verdict: str, said: str) -> None:
    colour = "green" if verdict == "passed" else "red"
    out.print(
        f"{encoder_id}: [{colour}]{verdict}[/], {escape(said)}", highlight=False, soft_wrap=True
    )


@contextmanager
def _bar() -> Iterator[Callable[[int, int], None]]:
    with Progress(console=err) as progress:
        bar = progress.add_task("figures", total=None)
        yield lambda done, total: progress.update(bar, completed=done, total=total)
