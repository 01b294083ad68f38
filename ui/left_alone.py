"""Files of deliveries that no publication is made of, told to people."""

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape

from ui.ingest_run import LeftAlone
from ui.wording import counted

_SHOWN = 10
"""Files listed of each reason."""


def print_left_alone(out: Console, n_files: int, listed: Sequence[LeftAlone]) -> None:
    """List what was left alone, reason by reason; nothing where nothing was.

    Args:
        out: Where to.
        n_files: All of them.
        listed: The first of them.
    """
    if not n_files:
        return
    _say(out, f"  left alone: {counted(n_files, 'file')} that no publication is made of")
    by_reason: dict[str, list[LeftAlone]] = {}
    for one in listed:
        by_reason.setdefault(one.reason, []).append(one)
    for reason, files in by_reason.items():
        for one in files[:_SHOWN]:
            _say(out, f"    {escape(one.member)}: {escape(reason)}")
        if (n_more := len(files) - _SHOWN) > 0:
            _say(out, f"    and {n_more:,} more of which each {escape(reason)}; see --json")
    if (n_more := n_files - len(listed)) > 0:
        _say(out, f"    and {n_more:,} more, not listed one by one")


def _say(out: Console, line: str) -> None:
    out.print(line, highlight=False, soft_wrap=True)
