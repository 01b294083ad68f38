"""`limn keys`: who may use the pages and the REST API."""

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from core.access import Role
from core.settings import Settings
from ui.terminal import AsJson, command_settings, err, out, print_json

if TYPE_CHECKING:
    from ui.key_ring import KeyRing

app = typer.Typer(
    help="Keys to the pages and the REST API, once LIMN_ACCESS__MODE is keys or oidc.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Who holds it: a person or a program.")],
    role: Annotated[Role, typer.Option(help="What it may do; see docs/security.md.")],
    expires: Annotated[
        str | None, typer.Option(help="In how many days (90d), or on which day (2027-01-31).")
    ] = None,
    who: Annotated[str | None, typer.Option(help="Who makes it; else as the casebook.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a key and show it, once: only its hash is kept."""
    from ui.key_ring import end_of_key
    from ui.signature import signed_by

    settings = command_settings()
    by = signed_by(settings, who)
    expires_at = end_of_key(expires) if expires else None
    key, words = _key_ring(settings).create(name, role, by=by, expires_at=expires_at)
    if as_json:
        print_json({**asdict(key), "key": words})
        return
    err.print("limn: this key is shown once and kept nowhere; hand it over safely")
    sys.stdout.write(f"{words}\n")
    if settings.access.mode == "open":
        err.print("limn: it opens nothing yet: LIMN_ACCESS__MODE is open, so nobody is asked")


@app.command("list")
def list_keys(as_json: AsJson = False) -> None:
    """Show the keys that were made, without what opens."""
    keys = _key_ring(command_settings()).given_out()
    if as_json:
        print_json({"keys": [{**asdict(key), "valid": key.is_valid} for key in keys]})
        return
    if not keys:
        out.print("there are no keys yet: `limn keys create NAME --role searcher`")
        return
    table = Table("key", "holder", "role", "made", "last used", "state", box=None)
    for key in keys:
        state = f"until {key.expires_at[:10]}" if key.expires_at else "valid"
        if not key.is_valid:
            state = "revoked" if key.revoked_at else "expired"
        used = (key.last_used_at or "never")[:16].replace("T", " ")
        made = f"{key.made_at[:10]} {key.made_by}"
        table.add_row(*map(escape, (key.key_id, key.name, key.role, made, used, state)))
    out.print(table)


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(help="The letters that `limn keys list` shows.")],
) -> None:
    """Take a key back: from the next request on it opens nothing."""
    key = _key_ring(command_settings()).revoke(key_id)
    out.print(f"{key.key_id} of {escape(key.name)} opens nothing any more", highlight=False)


def _key_ring(settings: Settings) -> "KeyRing":
    from ui.key_ring import KeyRing
    from workers.resources import Resources

    return KeyRing(Resources(settings).catalogue)
