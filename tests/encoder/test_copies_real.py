"""Copies among real figures: the front page repeats one of them."""

import io
import tarfile
import zipfile

import numpy as np
import pytest

from encoder.training.copies import COVERED, covered_share, near_pairs, perceptual_hashes
from encoder.training.drawings import pack
from ingestion.image_decode import decode_picture
from ingestion.sheets import cut_sheet
from tests.conftest import REAL_DATA


def figures_of(archive, number):
    """Packed figures by member name, of one grant in a weekly archive."""
    with tarfile.open(archive) as week:
        grant = next(m for m in week if number in m.name and m.name.upper().endswith(".ZIP"))
        unit = zipfile.ZipFile(io.BytesIO(week.extractfile(grant).read()))
    for name in unit.namelist():
        if name.upper().endswith(".TIF"):
            page = decode_picture(unit.read(name), name, 10**8)
            for figure in cut_sheet(page, landscape=False).figures:
                yield name, pack(figure.pixels)


@pytest.mark.realdata
def test_a_front_page_is_a_near_copy_of_one_figure_and_of_no_other():
    found = list(figures_of(REAL_DATA / "redbook" / "I20210316.tar", "D0913174"))
    front = np.stack([packed for name, packed in found if "D00000" in name])
    others = np.stack([packed for name, packed in found if "D00000" not in name])
    rows, columns = near_pairs(perceptual_hashes(front), perceptual_hashes(others))
    copies = {
        column
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
        if covered_share(front[row], others[column]) >= COVERED
    }
    assert len(copies) == 1
