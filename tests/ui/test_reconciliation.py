"""The proof that `limn reconcile` prints."""

from rich.console import Console

from ui.reconciliation import (
    Account,
    FewerFigures,
    Members,
    Reconciliation,
    Refused,
    WithoutFigures,
    print_reconciliation,
)


def test_reconciliation_says_where_everything_is():
    without = [WithoutFigures(id=f"US-D{n}-S1", reason="no images") for n in range(3)]
    account = Reconciliation(
        figures=7,
        points=6,
        failures=1,
        withdrawn=0,
        missing=[],
        orphans=[],
        stale=[],
        pictures_missing=[],
        pictures_corrupt=[],
        pictures_orphaned=[],
        account=Account(
            uploads=2,
            refused_uploads=1,
            members=Members(all=6, taken=5, rejected=1, pending=0),
            rejected=[
                Refused(upload="/in/a.tar", member=f"{n}.ZIP", reason="[b]") for n in range(12)
            ],
            publications=5,
            without_figures=without,
            fewer_figures=[FewerFigures(id="US-D9-S1", declared=4, found=3)],
        ),
        repaired=None,
    )
    out = Console(record=True, width=200)
    print_reconciliation(out, account)
    said = out.export_text()
    assert "2 uploads, 1 not readable: 6 members = 5 taken in + 1 rejected + 0 pending" in said
    assert "rejected a.tar, 9.ZIP: [b]" in said
    assert "2 more rejections, see --json" in said
    assert "5 publications = 2 with figures + 3 without" in said
    assert "3 without figures: no images" in said
    assert "US-D9-S1 declares 4 figures, 3 were found" in said
    assert "7 figures = 6 points + 1 listed failures" in said
