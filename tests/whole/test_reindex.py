"""The index is derived: lost, it is rebuilt from the catalogue alone."""

import shutil
from pathlib import Path
from typing import Any


def test_a_lost_index_is_noticed_and_rebuilt_without_the_archives(
    limn: Any, archives: list[Path], tmp_path: Path
) -> None:
    copy = shutil.copy(archives[0], tmp_path)
    assert limn("ingest", copy).code == 0
    before = limn("search", "--text", "chair", "--json").json["hits"]
    figures = limn("status", "--json").json["figures"]
    Path(copy).unlink()
    shutil.rmtree(limn.home / "index")

    lost = limn("reconcile", "--json")
    assert lost.code == 1
    assert lost.json["points"] == 0
    assert len(lost.json["missing"]) == figures
    assert "limn reindex" in limn("reconcile").out

    rebuilt = limn("reindex")
    assert rebuilt.code == 0, rebuilt.err
    assert f"{figures} figures in the index" in rebuilt.out
    assert limn("reconcile").code == 0
    assert limn("search", "--text", "chair", "--json").json["hits"] == before
