"""What `limn ingest` and `limn export` say to people, on a narrow screen too."""

from rich.console import Console

from ui.figure_export import print_figures
from ui.ingest_run import IngestReport, Rejected
from ui.ingest_session import print_ingest_report


def _said(**fields: object) -> list[str]:
    report = {
        "publications": 1,
        "figures": 3,
        "indexed": 0,
        "unchanged": 3,
        "failed": 0,
        "rejected": [],
        "left_alone": 0,
        "seconds": 1.0,
        "members": {"new": 1},
        "states": {"indexed": 3},
        "descriptions": {"pending": 0},
    }
    out = Console(record=True, width=60)
    print_ingest_report(out, IngestReport.model_validate(report | fields))
    return out.export_text().splitlines()


def test_nothing_new_is_said_only_where_all_was_here():
    assert _said()[0] == "nothing new: 1 publication with 3 figures were here already"
    failed = " ".join(_said(unchanged=0, failed=3)[:2])
    assert "1 publication, 3 figures: 0 indexed, 0 unchanged, 3 failed," in failed


def test_rejections_stand_on_a_line_each_below_their_archive():
    name = "I20210105/DESIGN/USD0900001-20210105.ZIP/" + "long" * 20
    first = Rejected(archive="/in/[a].tar", member=name, reason="is no zip")
    other = Rejected(archive="/in/b.tar", member="x", reason="[red]is a link[/]")
    assert _said(rejected=[first])[4:] == [f"  rejected {name}: is no zip"]
    assert _said(rejected=[first, other])[4:] == [
        "  of /in/[a].tar:",
        f"  rejected {name}: is no zip",
        "  of /in/b.tar:",
        "  rejected x: [red]is a link[/]",
    ]


def test_files_left_alone_are_named_with_their_reason():
    notes = [{"archive": "/a", "member": f"{n}.md", "reason": "is no PDF"} for n in range(12)]
    lists = [{"archive": "/a", "member": "[x].txt", "reason": "is in none of the split lists"}]
    said = _said(left_alone=20, left_alone_files=notes + lists)
    assert said[3] == "  left alone: 20 files that no publication is made of"
    assert said[4] == "    0.md: is no PDF"
    assert said[14] == "    and 2 more of which each is no PDF; see --json"
    assert said[15] == "    [x].txt: is in none of the split lists"
    assert said[16] == "    and 7 more, not listed one by one"


def test_figure_ids_are_never_shortened():
    figure = {
        "figure_id": "US-D0907292-S1/3A",
        "label": "3A",
        "view": "perspective",
        "sheet": 2,
        "locarno": "06-01",
        "stage": "indexed",
        "caption": "FIG. 3A is a perspective view of a chair " * 3,
    }
    out = Console(record=True, width=60)
    print_figures(out, [figure])
    assert "US-D0907292-S1/3A" in out.export_text()
