"""`limn certificate`: searches on the record, and records run again."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from core.errors import CertificateInvalid
from ui.terminal import AsJson, command_settings, out, print_json, say

if TYPE_CHECKING:
    from search.replay import Replay

app = typer.Typer(
    help="Searches on the record: made, listed, run again.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command()
def make(
    search_id: Annotated[int, typer.Argument(help="Number of a saved search.")],
    pdf: Annotated[Path | None, typer.Option(help="Write the PDF here; the JSON is in it.")] = None,
    record: Annotated[Path | None, typer.Option(help="Write the JSON here.")] = None,
    exact: Annotated[
        bool, typer.Option(help="Compare every figure with full vectors, or as saved.")
    ] = True,
    who: Annotated[
        str | None, typer.Option(help="Who signs; else LIMN_CASEBOOK__WHO or your user name.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run a saved search and put it on the record, as PDF and JSON; both are kept here too."""
    from ui.hit_export import write_export
    from ui.services import SEARCHING
    from ui.signature import signed_by
    from ui.supervisor import use_services
    from workers.certifying import make_certificate

    settings = command_settings()
    by = signed_by(settings, who)
    with use_services(settings, SEARCHING, say) as session:
        made = make_certificate(session.resources, search_id, by=by, exact=exact)
    number = made.record.number
    if pdf is None and record is None:
        pdf = Path(f"certificate-{number}.pdf")
    for path, data in ((pdf, made.pdf_data), (record, made.json_data)):
        if path is not None:
            write_export(path, data)
    files = [str(path) for path in (pdf, record) if path is not None]
    if as_json:
        print_json(
            {"certificate_id": made.entry.certificate_id, "number": number,
             "sha256": made.record.sha256, "hits": len(made.record.hits), "files": files}
        )  # fmt: skip
        return
    out.print(f"certificate {number}: {len(made.record.hits)} hits", highlight=False)
    out.print(f"record SHA-256 {made.record.sha256}", highlight=False, soft_wrap=True)
    for written in files:
        out.print(written, highlight=False, markup=False, soft_wrap=True)


@app.command("list")
def list_made(as_json: AsJson = False) -> None:
    """Certificates that were made here."""
    from workers.resources import Resources

    entries = Resources(command_settings()).casebook.certificates()
    if as_json:
        print_json(
            {
                "certificates": [
                    {"certificate_id": e.certificate_id, "sha256": e.sha256, "hits": e.n_hits,
                     "search_id": e.search.search_id, "name": e.search.name,
                     "project": e.search.project.name, "made_at": e.made_at, "made_by": e.made_by}
                    for e in entries
                ]
            }
        )  # fmt: skip
        return
    table = Table("no.", "search", "project", "hits", "made", "by", "record SHA-256", box=None)
    for e in entries:
        table.add_row(
            str(e.certificate_id), escape(e.search.name), escape(e.search.project.name),
            str(e.n_hits), e.made_at[:16], escape(e.made_by), e.sha256[:16],
        )  # fmt: skip
    out.print(table if entries else "no certificate was made yet")


@app.command()
def replay(
    file: Annotated[Path, typer.Argument(help="A certificate, PDF or JSON.")],
    as_json: AsJson = False,
) -> None:
    """Run a certificate again and say what changed: same, data added, model changed, different.

    Exit code 0: the same; 1: not the same; 2: no certificate, or it was changed.
    """
    from search.certificate_reading import read_certificate_file
    from search.replay import Verdict
    from ui.services import SEARCHING
    from ui.supervisor import use_services
    from workers.certifying import replay_certificate

    try:
        data = file.read_bytes()
    except OSError as error:
        raise CertificateInvalid(f"cannot read {file}: {error.strerror}") from error
    record = read_certificate_file(data, file.name)
    with use_services(command_settings(), SEARCHING, say) as session:
        found = replay_certificate(session.resources, record)
        is_known = session.resources.casebook.certificate_of(record.sha256) is not None
    if as_json:
        print_json(
            {"number": record.number, "sha256": record.sha256, "made_here": is_known,
             **asdict(found)}
        )  # fmt: skip
    else:
        made = "made here" if is_known else "not among the certificates made here"
        out.print(f"certificate {record.number}, {record.made_at}, {made}", highlight=False)
        _print_replay(found)
    if found.verdict is not Verdict.SAME:
        raise typer.Exit(1)


def _print_replay(replay: "Replay") -> None:
    colour = "green" if replay.verdict == "same" else "yellow"
    out.print(f"[bold {colour}]{replay.verdict}[/]", highlight=False)
    for reason in replay.reasons:
        out.print(f"  {escape(reason)}", highlight=False, soft_wrap=True)
    if not replay.changes:
        return
    table = Table("change", "publication", "title", "rank", "score", "why", box=None)
    for change in replay.changes:
        table.add_row(
            change.change.value, change.publication_id, escape(change.title),
            _arrow(change.rank_then, change.rank_now),
            _arrow(_score(change.score_then), _score(change.score_now)), escape(change.reason),
        )  # fmt: skip
    out.print(table)


def _arrow(then: object, now: object) -> str:
    return f"{'–' if then is None else then} → {'–' if now is None else now}"


def _score(score: float | None) -> str | None:
    return None if score is None else f"{score:.4f}"
