"""`limn casebook`: saved searches, marks and notes, watches."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from core.errors import BadInput
from ui.terminal import AsJson, command_settings, out, print_json, say

app = typer.Typer(
    help="Saved searches, marks and watches, by project.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Who = Annotated[
    str | None, typer.Option(help="Who signs; else LIMN_CASEBOOK__WHO or your user name.")
]
InProject = Annotated[str, typer.Option("--project", help="Name of the project.")]
SearchId = Annotated[int, typer.Argument(help="Number of a saved search.")]


@app.command("list")
def list_searches(
    project: Annotated[str | None, typer.Option(help="Of this project alone.")] = None,
    as_json: AsJson = False,
) -> None:
    """Projects and saved searches."""
    from workers.resources import Resources

    casebook = Resources(command_settings()).casebook
    chosen = casebook.find_project(project) if project else None
    found = casebook.searches(chosen)
    summaries = [s for s in casebook.projects() if chosen in (None, s.project)]
    if as_json:
        print_json(
            {
                "projects": [
                    {"name": s.project.name, "searches": s.n_searches, "marked": s.n_marked,
                     "watches": s.n_watches, "certificates": s.n_certificates}
                    for s in summaries
                ],
                "searches": [asdict(search) | {"pictures": _pictures(search)} for search in found],
            }
        )  # fmt: skip
        return
    if not summaries:
        out.print("nothing is saved yet: `limn search --text chair --save Chairs`")
    for summary in summaries:
        out.print(
            f"[bold]{escape(summary.project.name)}[/]  {summary.n_marked} marked, "
            f"{summary.n_watches} watched, {summary.n_certificates} certificates", highlight=False,
        )  # fmt: skip
        for search in reversed([s for s in found if s.project == summary.project]):
            out.print(
                f"  {search.search_id:>4}  {escape(search.name)}  [dim]{search.made_at[:10]} "
                f"{escape(search.made_by)}[/]", highlight=False,
            )  # fmt: skip


@app.command("members")
def list_members(
    project: Annotated[str, typer.Argument(help="Name of the project.")],
    add: Annotated[
        list[str] | None, typer.Option(help="Let this holder of a key, or e-mail address, see it.")
    ] = None,
    remove: Annotated[list[str] | None, typer.Option(help="Let them see it no more.")] = None,
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """Show, add and remove who may see a project where people sign in."""
    from ui.signature import signed_by
    from workers.resources import Resources

    settings = command_settings()
    casebook = Resources(settings).casebook
    found = casebook.find_project(project)
    for member in add or ():
        casebook.add_member(found, member, signed_by(settings, who))
    for member in remove or ():
        casebook.remove_member(found, member)
    listed = casebook.members(found)
    if as_json:
        print_json({"project": found.name, "members": listed})
    else:
        out.print("\n".join(map(escape, listed)) or "nobody yet", highlight=False)


@app.command("run")
def run_saved(
    search_id: SearchId,
    export: Annotated[
        Path | None, typer.Option(help="Also write the hits to this .csv, .xlsx or .json file.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run a saved search again, with the marks of its project."""
    from search.query import SearchQuery
    from ui.hit_export import export_hits, kind_of, write_export
    from ui.search_coverage import SearchedCoverage
    from ui.search_run import print_hits, to_json
    from ui.services import SEARCHING
    from ui.supervisor import use_services
    from workers.saved_searches import run_search

    kind = kind_of(export) if export else None
    with use_services(command_settings(), SEARCHING, say) as session:
        search = session.resources.casebook.search(search_id)
        result = run_search(session.resources, search)
        covered = SearchedCoverage.of(session.resources.catalogue.coverage())
        ids = [hit.publication_id for hit in result.hits]
        opinions = session.resources.casebook.opinions(search.project, ids)
        if export and kind:
            write_export(export, export_hits(session.resources, result.hits, kind, opinions))
    marks = {key: said.mark.value for key, said in opinions.items() if said.mark}
    if as_json:
        print_json({**to_json(result, covered), "marks": marks})
        return
    print_hits(out, result, covered, is_narrowed=SearchQuery.parse(search.query).is_narrowed)
    for publication_id, mark in marks.items():
        out.print(f"{publication_id}: {mark}", highlight=False)
    if export:
        out.print(f"hits: {export}", highlight=False)


@app.command()
def mark(
    publication: Annotated[str, typer.Argument(help="Publication id, US-D0907292-S1.")],
    mark: Annotated[str, typer.Argument(help="relevant, not or later.")],
    project: InProject,
    note: Annotated[str, typer.Option(help="Why.")] = "",
    search: Annotated[int | None, typer.Option(help="The saved search it came from.")] = None,
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """Mark a publication; former marks stay in the record, the last one holds."""
    from search.casebook_records import Mark

    if mark not in set(Mark):
        raise BadInput(f"{mark!r} is no mark; give one of: {', '.join(Mark)}")
    _remark(publication, project, note=note, search_id=search, who=who, as_json=as_json,
            mark=Mark(mark))  # fmt: skip


@app.command()
def note(
    publication: Annotated[str, typer.Argument(help="Publication id, US-D0907292-S1.")],
    text: Annotated[str, typer.Argument(help="What there is to say.")],
    project: InProject,
    search: Annotated[int | None, typer.Option(help="The saved search it came from.")] = None,
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """Write a note about a publication."""
    _remark(publication, project, note=text, search_id=search, who=who, as_json=as_json)


@app.command()
def marks(project: InProject, as_json: AsJson = False) -> None:
    """What was said of publications in a project: marks and notes, with who and when."""
    from workers.resources import Resources

    casebook = Resources(command_settings()).casebook
    opinions = casebook.opinions(casebook.find_project(project)).values()
    if as_json:
        print_json({"publications": [asdict(opinion) for opinion in opinions]})
        return
    table = Table("publication", "mark", "when", "who", "note", box=None)
    for opinion in opinions:
        for remark in opinion.remarks:
            table.add_row(
                opinion.publication_id, remark.mark or "", remark.made_at[:16],
                escape(remark.made_by), escape(remark.note),
            )  # fmt: skip
    out.print(table if opinions else "nothing was marked yet")


@app.command()
def watch(search_id: SearchId, who: Who = None) -> None:
    """Watch with a saved search: from now on it is run against what is new."""
    from ui.signature import signed_by
    from workers.resources import Resources
    from workers.watch_runs import start_watch

    settings = command_settings()
    started = start_watch(Resources(settings), search_id, signed_by(settings, who))
    out.print(f"watching {escape(started.search.name)}", highlight=False)


@app.command()
def unwatch(search_id: SearchId) -> None:
    """Stop watching; what was found stays."""
    from workers.resources import Resources

    ended = Resources(command_settings()).casebook.end_watch(search_id)
    out.print(f"no longer watching {escape(ended.search.name)}", highlight=False)


@app.command()
def watches(as_json: AsJson = False) -> None:
    """Watches with everything they found."""
    from workers.resources import Resources

    casebook = Resources(command_settings()).casebook
    found = [(w, casebook.watch_hits(w.search.search_id)) for w in casebook.watches()]
    if as_json:
        print_json(
            {
                "watches": [
                    {"search_id": w.search.search_id, "name": w.search.name,
                     "project": w.search.project.name, "on": w.is_on, "last_run": w.last_run_at,
                     "problem": w.problem, "hits": [asdict(hit) for hit in hits]}
                    for w, hits in found
                ]
            }
        )  # fmt: skip
        return
    for w, hits in found:
        state = "on" if w.is_on else "off"
        out.print(
            f"[bold]{w.search.search_id}  {escape(w.search.name)}[/]  {state}, "
            f"last run {w.last_run_at or 'never'}", highlight=False,
        )  # fmt: skip
        if w.problem:
            out.print(f"  [red]{escape(w.problem)}[/]", highlight=False)
        _print_watch_hits(hits)
    if not found:
        out.print("nothing is watched: `limn casebook watch NUMBER`", highlight=False)


@app.command("watch-run")
def watch_run(
    search_id: Annotated[
        int | None, typer.Argument(help="This watch alone; else all that are on.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run watches against what arrived since they last ran. Exit code 1 where one could not.

    The workers do this by themselves half a minute after new figures are indexed.
    """
    from ui.services import SEARCHING
    from ui.supervisor import use_services
    from workers.watch_runs import run_watches

    with use_services(command_settings(), SEARCHING, say) as session:
        runs = run_watches(session.resources, search_id)
    if as_json:
        print_json(
            {
                "runs": [
                    {"search_id": run.watch.search.search_id, "name": run.watch.search.name,
                     "new_publications": run.n_new, "hits": [asdict(hit) for hit in run.hits],
                     "problem": run.problem}
                    for run in runs
                ]
            }
        )  # fmt: skip
    else:
        for run in runs:
            out.print(
                f"[bold]{escape(run.watch.search.name)}[/]: {len(run.hits)} new hits among "
                f"{run.n_new:,} new publications", highlight=False,
            )  # fmt: skip
            _print_watch_hits(run.hits)
            if run.problem:
                out.print(f"  [red]{escape(run.problem)}[/]", highlight=False)
        if not runs:
            out.print("nothing is watched: `limn casebook watch NUMBER`", highlight=False)
    if any(run.problem for run in runs):
        raise typer.Exit(1)


def _remark(
    publication: str, project: str, *, note: str, search_id: int | None, who: str | None,
    as_json: bool, mark: Any = None,
) -> None:  # fmt: skip
    from ui.signature import signed_by
    from workers.resources import Resources

    settings = command_settings()
    resources = Resources(settings)
    if resources.catalogue.publication(publication) is None:
        raise BadInput(f"no publication {publication} here; `limn search` lists ids")
    by = signed_by(settings, who)
    in_project = resources.casebook.project(project, by)
    said = resources.casebook.remark(
        in_project, publication, by=by, mark=mark, note=note, search_id=search_id
    )
    if as_json:
        print_json(asdict(said))
    else:
        out.print(f"{publication}: {mark or 'noted'}, by {escape(by)}", highlight=False)


def _print_watch_hits(hits: Any) -> None:
    for hit in hits:
        out.print(
            f"  {hit.publication_id}  {hit.score:.3f}  {escape(hit.title)}  "
            f"[dim]{hit.found_at[:10]}[/]", highlight=False,
        )  # fmt: skip


def _pictures(search: Any) -> list[dict[str, Any]]:
    return [picture.model_dump(mode="json") for picture in search.pictures]
