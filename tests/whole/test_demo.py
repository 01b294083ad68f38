"""The demo, as the README gives it: everything made, taken in, searched and drawn; then re-used."""

import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_demo_finds_chairs_among_its_samples_and_reuses_them(limn: Any) -> None:
    first = limn("demo", "--no-ui")
    assert first.code == 0, first.err
    assert "60 publications" in first.out
    rows = re.findall(r"^ +(\d+) +(US-D99\d{5}-S1) +(.+?) +(06-01) ", first.out, re.MULTILINE)
    assert [int(rank) for rank, *_ in rows] == list(range(1, len(rows) + 1))
    assert len(rows) >= 5
    with Image.open(limn.home / "demo/contact_sheet.png") as page:
        assert page.width > 1000
    archives = {path: path.stat().st_mtime for path in Path(limn.home / "demo").rglob("*.tar")}
    assert len(archives) == 3

    second = limn("demo", "--no-ui")
    assert second.code == 0, second.err
    assert " 0 indexed" in second.out
    assert {path: path.stat().st_mtime for path in archives} == archives
    assert limn("reconcile").code == 0
