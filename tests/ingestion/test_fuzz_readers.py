"""Any bytes under any name: every reader answers with units or with a reason, and ends."""

import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.errors import BadInput, PictureUnreadable
from core.settings import LimitSettings
from ingestion.deliveries import READERS, find_deliveries, list_units, reader_of
from ingestion.delivery import Unit, Withdrawal
from ingestion.formats.pdf_patent import PatentPdf
from ingestion.image_decode import decode_picture
from tests.damage import damaged, ends_soon, fuzzing

LIMITS = LimitSettings(max_member_bytes=2**22, max_pixels=2**20, max_pdf_seconds=20)
_TOKENS = [
    b"<?xml ", b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"<![CDATA[", b"<!--", b"&a;", b"]]>", b"</",
    b"<PATDOC>", b"<us-patent-grant ", b"PK\x03\x04", b"PK\x05\x06", b"PK\x01\x02", b"ustar\x00",
    b"\xff\xfe", b"../", b'"', b",", b"\n", b"{", b"[",
]  # fmt: skip
_NAMES = [
    "I20210105.tar", "I20210105.tar.gz", "a.zip", "US0907292-20210105.ZIP", "ipg210105.xml",
    "ipgb20210105.xml", "d.xml", "d.sgml", "a.csv", "manifest.csv", "manifest.tsv", "manifest.json",
    "manifest.jsonl", "train_data.txt", "patent_data.lmdb", "design2007.zip", "design2007.z01",
    "figures.tif", "x.png", "",
]  # fmt: skip
_ROW = {
    "file": "1.png", "publication_id": "D587550", "title": "Knife sharpener", "locarno": "08-05",
    "locarno_edition": "9", "filing_date": "2008-01-02", "priority_date": "2007-07-09",
    "publication_date": "20090303", "owner": "Møller", "status": "granted", "figure_label": "1",
    "view": "front",
}  # fmt: skip
_SCANNED = "USD0834581-20181127"
_RECORD = {
    "patentID": _SCANNED, "patentdate": "2018-11-27", "figid": "1", "object": "Pet treat",
    "caption": "Fig. 1 is a front view of a pet treat;", "aspect": "front view",
    "figure_file": f"{_SCANNED}-D00001.png", "subfigure_file": f"{_SCANNED}-D00001_1.png",
    "object_title": "Pet treat", "classification_locarno": "0601",
}  # fmt: skip


@pytest.fixture(scope="session")
def sound(build: ModuleType, registers: ModuleType) -> Mapping[str, bytes]:
    """One sound delivery of each kind, by a name that it may come under."""
    hague = registers.hague_document(registers.hague_registration())
    return {
        "I20210105.tar": build.tar_of(build.weekly_files(("D0907292",), n_sheets=1)),
        "I20210105.tar.gz": build.tar_gz_of(build.weekly_files(("D0907292",), n_sheets=1)),
        "week.zip": build.zip_of(build.weekly_files(("D0907292",), n_sheets=1)),
        "grant.ZIP": build.grant_zip(n_sheets=1),
        "grant.XML": build.grant_xml(),
        "grant.SGM": build.grant_sgml(),
        "reissue.XML": build.grant_xml("RE050588", **build.reissue_fields()),
        "reissues.tar": build.tar_of(
            {
                "REISSUE/USRE050588-20210105.ZIP": build.grant_zip(
                    "RE050588", n_sheets=1, **build.reissue_fields()
                ),
                "REISSUE/USRE050589/USRE050589.XML": build.grant_xml(
                    "RE050589", **build.utility_reissue_fields()
                ),
            }
        ),
        "ipg210105.xml": build.grant_xml() + build.grant_xml("D0907293") + build.grant_sgml(),
        "hague.xml": hague,
        "hague.zip": build.zip_of({"d.xml": hague, "DM204232-1.1.tif": registers.picture()}),
        "euipo.xml": registers.euipo_document(
            registers.euipo_design(priorities=[("US", "29606243", "2002-11-01")])
        ),
        "inpi.xml": registers.inpi_document(("1", "1")),
        "manifest.csv": _table(","),
        "manifest.tsv": _table("\t"),
        "manifest.json": json.dumps([_ROW]).encode(),
        "manifest.jsonl": json.dumps(_ROW).encode(),
        "deeppatent.tar": build.tar_of(
            {f"data/I20181127/{_SCANNED}/{_SCANNED}-D00001.png": build.png()}
        ),
        "2019.tar": build.tar_of(
            {
                "2019/design2019.json": json.dumps([_RECORD]).encode(),
                f"2019/Segmented/{_SCANNED}/{_RECORD['subfigure_file']}": build.png(),
                f"2019/Original/{_RECORD['figure_file']}": build.png(),
            }
        ),
    }


def _table(between: str) -> bytes:
    return "\n".join(between.join(cells) for cells in (_ROW, _ROW.values())).encode()


def _lay_pictures(folder: Path, build: ModuleType) -> None:
    """What manifests name."""
    (folder / _ROW["file"]).write_bytes(build.png())


def _read_whole(path: Path) -> int:
    """Everything a delivery holds, as the stages ask for it; how many units it gave."""
    n_units = 0
    for delivery in find_deliveries(path):
        try:
            listing = list_units(delivery, LIMITS)
        except BadInput:
            continue
        answered = []
        try:
            for name, unit in reader_of(delivery).read_units(delivery, listing.members, LIMITS):
                answered.append(name)
                assert isinstance(unit, Unit | Withdrawal | BadInput)
                n_units += not isinstance(unit, BadInput)
        except BadInput:
            continue
        assert sorted(answered) == sorted(listing.members)
    return n_units


def test_the_sound_deliveries_are_read(
    sound: Mapping[str, bytes], build: ModuleType, tmp_path: Path
) -> None:
    readers = set()
    for name, content in sound.items():
        (tmp_path / name).mkdir()
        _lay_pictures(tmp_path / name, build)
        (tmp_path / name / name).write_bytes(content)
        assert _read_whole(tmp_path / name / name) >= 1, name
        readers.add(type(reader_of(tmp_path / name / name)))
    # PDFs are damaged in test_pdf_patent.py: a process of its own reads them.
    assert readers == {*map(type, READERS)} - {PatentPdf}


@given(name=st.sampled_from(_NAMES), content=st.binary(max_size=600))
@fuzzing(60)
def test_any_bytes_under_any_name_are_read_or_refused_with_a_reason(
    tmp_path_factory: pytest.TempPathFactory, name: str, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("any") / name if name else tmp_path_factory.mktemp("any")
    if name:
        path.write_bytes(content)
    else:
        (path / "manifest.csv").write_bytes(content)
    with ends_soon():
        _read_whole(path)


@given(data=st.data())
@fuzzing(150)
def test_a_damaged_delivery_of_any_kind_under_any_name_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory,
    sound: Mapping[str, bytes],
    build: ModuleType,
    data: st.DataObject,
) -> None:
    own = data.draw(st.sampled_from(sorted(sound)))
    name = data.draw(st.sampled_from([own, own, own, *filter(None, _NAMES)]))
    path = tmp_path_factory.mktemp("damaged") / name
    path.write_bytes(data.draw(damaged(sound[own], _TOKENS)))
    _lay_pictures(path.parent, build)
    with ends_soon():
        _read_whole(path)


def _picture(**saved: object) -> Callable[[], bytes]:
    def write() -> bytes:
        mode = str(saved.pop("mode", "L"))
        pixels = np.add.outer(np.arange(40), np.arange(50)).astype(np.uint8) * 3
        picture = Image.fromarray(pixels).convert(mode)
        file = io.BytesIO()
        picture.save(file, **saved)
        return file.getvalue()

    return write


_PICTURES = {
    "g4.tif": _picture(format="TIFF", compression="group4", mode="1"),
    "lzw.tif": _picture(format="TIFF", compression="tiff_lzw"),
    "plain.tif": _picture(format="TIFF", mode="RGB"),
    "a.png": _picture(format="PNG", mode="RGBA"),
    "1bit.png": _picture(format="PNG", mode="1"),
    "a.jpg": _picture(format="JPEG"),
    "lossless.webp": _picture(format="WEBP", lossless=True),
    "a.webp": _picture(format="WEBP", mode="RGB"),
    "a.gif": _picture(format="GIF"),
    "a.bmp": _picture(format="BMP"),
}


@given(data=st.data())
@fuzzing(250)
def test_a_damaged_picture_is_decoded_or_refused(
    data: st.DataObject, pictures: Mapping[str, bytes]
) -> None:
    name = data.draw(st.sampled_from(sorted(pictures)))
    content = data.draw(damaged(pictures[name]) | st.binary(max_size=60))
    with ends_soon():
        try:
            pixels = decode_picture(content, name, LIMITS.max_pixels)
        except PictureUnreadable:
            return
    assert pixels.dtype == np.uint8
    assert pixels.ndim == 2
    assert 0 < pixels.size <= LIMITS.max_pixels


@pytest.fixture(scope="session")
def pictures() -> Mapping[str, bytes]:
    """A small sound picture of every format."""
    return {name: write() for name, write in _PICTURES.items()}
