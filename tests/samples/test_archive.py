"""Weekly archives: bytes that repeat, members that open, counts that agree."""

import io
import re
import subprocess
import sys
import tarfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from lxml import etree
from PIL import Image

from samples.archive import write_weekly_archives
from samples.families import FAMILIES, family_named

SIMPLE = [family_named(name) for name in ("brick", "carton", "shelf")]


@dataclass(frozen=True)
class Opened:
    """One grant out of an archive."""

    stem: str
    files: dict[str, bytes]

    @property
    def root(self) -> etree._Element:
        parser = etree.XMLParser(load_dtd=False, no_network=True, resolve_entities=False)
        return etree.fromstring(self.files[f"{self.stem}.XML"], parser)

    @property
    def images(self) -> dict[str, Image.Image]:
        return {
            name: Image.open(io.BytesIO(content))
            for name, content in self.files.items()
            if name.endswith(".TIF")
        }


def opened(archive: Path) -> list[Opened]:
    grants = []
    with tarfile.open(archive) as week:
        for member in week:
            packed = week.extractfile(member)
            assert packed is not None
            stem = Path(member.name).stem
            assert member.name == f"{archive.stem}/DESIGN/{stem}.ZIP"
            with zipfile.ZipFile(packed) as grant:
                assert grant.testzip() is None
                files = {Path(name).name: grant.read(name) for name in grant.namelist()}
                assert all(name.startswith(f"{stem}/{stem}") for name in grant.namelist())
            grants.append(Opened(stem, files))
    return grants


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("weeks")
    return write_weekly_archives(folder, n_publications=6, n_archives=2, seed=5, families=SIMPLE)


@pytest.fixture(scope="module")
def grants(archives: list[Path]) -> list[Opened]:
    return [grant for archive in archives for grant in opened(archive)]


def test_archives_are_named_by_tuesdays_and_share_the_grants(archives: list[Path]) -> None:
    assert [archive.name for archive in archives] == ["I20240102.tar", "I20240109.tar"]
    assert [len(opened(archive)) for archive in archives] == [3, 3]


def test_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    def written(folder: str, seed: int) -> bytes:
        (path,) = write_weekly_archives(
            tmp_path / folder, n_publications=1, seed=seed, families=SIMPLE[:1]
        )
        return path.read_bytes()

    first = written("a", 1)
    time.sleep(1.1)
    assert written("b", 1) == first
    assert written("c", 2) != first


def test_counts_of_the_document_agree_with_the_files(grants: list[Opened]) -> None:
    for grant in grants:
        root = grant.root
        named = [str(image.get("file")) for image in root.iter("img")]
        n_sheets = int(root.findtext(".//number-of-drawing-sheets") or 0)
        n_figures = int(root.findtext(".//number-of-figures") or 0)
        captions = [p for p in root.iter("p") if p.find("figref") is not None]
        assert sorted(named) == sorted(grant.images)
        assert len(named) == n_sheets + 1
        assert n_figures == len(captions)
        assert n_figures in (7, 8)


def test_pictures_are_bilevel_group_4_at_300_dpi(grants: list[Opened]) -> None:
    for grant in grants:
        for name, image in grant.images.items():
            assert image.mode == "1"
            assert image.info["compression"] == "group4"
            assert image.info["dpi"] == (300, 300)
            assert image.tag_v2[262] == 0
            ink = image.convert("L").histogram()[0] / (image.width * image.height)
            assert 0.002 < ink < 0.3, name


def test_document_gives_the_size_and_lie_of_each_sheet(grants: list[Opened]) -> None:
    for grant in grants:
        for element in grant.root.iter("img"):
            image = grant.images[str(element.get("file"))]
            assert element.get("wi") == f"{image.width * 25.4 / 300:.2f}mm"
            assert element.get("he") == f"{image.height * 25.4 / 300:.2f}mm"
            assert element.get("orientation") in (None, "landscape")


def test_document_has_the_bibliography_of_a_design_grant(grants: list[Opened]) -> None:
    for grant in grants:
        text = grant.files[f"{grant.stem}.XML"].decode()
        assert '<!DOCTYPE us-patent-grant SYSTEM "us-patent-grant-v45-2014-04-03.dtd" [ ]>' in text
        base = grant.root.find("us-bibliographic-data-grant")
        assert base is not None
        number = base.findtext("publication-reference/document-id/doc-number")
        assert re.fullmatch(r"D99\d{5}", number or "")
        assert grant.stem.startswith(f"US{number}-2024")
        assert base.findtext("publication-reference/document-id/kind") == "S1"
        assert base.findtext("classification-locarno/edition") == "14"
        assert base.find("classification-national/main-classification") is not None
        assert base.findtext("invention-title")
        assert base.find("us-parties/inventors/inventor/addressbook/last-name") is not None
        claim = grant.root.findtext("claims/claim/claim-text") or ""
        assert claim.startswith("The ornamental design for ")
        assert claim.endswith(", as shown and described.")


def test_later_designs_cite_earlier_ones_of_their_family(grants: list[Opened]) -> None:
    own = {grant.stem[2:10] for grant in grants}
    cited = {
        grant.stem[2:10]: {
            str(number.text) for number in grant.root.iterfind(".//patcit//doc-number")
        }
        for grant in grants
    }
    assert {one for numbers in cited.values() for one in numbers & own} == set(sorted(own)[:3])
    assert all(one < number for number, numbers in cited.items() for one in numbers & own)


def test_without_families_they_are_mixed_and_several_to_a_family(tmp_path: Path) -> None:
    seen: list[str] = []
    write_weekly_archives(tmp_path, n_publications=3, seed=8, on_publication=seen.append)
    (archive,) = tmp_path.iterdir()
    codes = [
        grant.root.findtext(".//classification-locarno/main-classification")
        for grant in opened(archive)
    ]
    assert seen == ["D9900001", "D9900002", "D9900003"]
    assert len(set(codes)) == 2
    assert {f"{code[:2]}-{code[2:]}" for code in codes if code} <= {f.locarno for f in FAMILIES}


@pytest.mark.parametrize(("n", "n_archives"), [(0, 1), (1, 2), (3, 0)])
def test_an_empty_archive_is_refused(tmp_path: Path, n: int, n_archives: int) -> None:
    with pytest.raises(ValueError, match="at least one"):
        write_weekly_archives(tmp_path, n_publications=n, n_archives=n_archives)


def test_generator_needs_no_torch() -> None:
    check = "import sys, samples.archive; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
