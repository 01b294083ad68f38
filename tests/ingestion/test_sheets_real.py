"""Real sheets: declared figures are found, printed labels read, boxes stand where they should."""

import json
import re
from pathlib import Path

import pytest

from core.settings import LimitSettings
from ingestion.formats.uspto_archive import GrantFiles, list_grants, read_grants
from ingestion.formats.uspto_xml import parse_grant
from ingestion.image_decode import decode_picture
from ingestion.sheets import CutSheet, cut_sheet

pytestmark = pytest.mark.realdata

DATA = Path(__file__).parents[3] / "shared" / "data"
LIMITS = LimitSettings()
LARGEST_ARCHIVE_BYTES = 400_000
"""Keeps the two grants of 58 and 68 images out of the fast run."""


def cut_file(path: Path) -> CutSheet:
    page = decode_picture(path.read_bytes(), path.name, LIMITS.max_pixels)
    return cut_sheet(page, landscape=False)


def raw_boxes(cut: CutSheet) -> list[tuple[int, int, int, int]]:
    """Label boxes on the sheet as it lay, undoing the quarter turn."""
    height, width = cut.upright.shape
    found = []
    for figure in cut.figures:
        if figure.label_box is None:
            continue
        b = figure.label_box
        left, top, right, bottom = b.x_px, b.y_px, b.x_px + b.width_px, b.y_px + b.height_px
        found.append(
            {
                0: (left, top, right, bottom),
                90: (top, width - right, bottom, width - left),
                180: (width - right, height - bottom, width - left, height - top),
                270: (height - bottom, left, height - top, right),
            }[cut.rotation_deg]
        )
    return found


def test_printed_labels_are_found_where_they_stand() -> None:
    n_printed = n_found = n_figures = n_read = 0
    for path in sorted((DATA / "fig_label_boxes").glob("*.json")):
        cut = cut_file(DATA / "fig_label_sheets" / f"{path.stem}.TIF")
        height, width = cut.upright.shape
        if cut.rotation_deg % 180:
            height, width = width, height
        boxes = raw_boxes(cut)
        n_figures += len(cut.figures)
        n_read += sum(figure.label is not None for figure in cut.figures)
        for word in json.loads(path.read_text()):
            if word["Type"] != "LINE" or not re.match(r"(?i)fig", word["DetectedText"]):
                continue
            place = word["Geometry"]["BoundingBox"]
            x = (place["Left"] + place["Width"] / 2) * width
            y = (place["Top"] + place["Height"] / 2) * height
            n_printed += 1
            n_found += any(box[0] <= x <= box[2] and box[1] <= y <= box[3] for box in boxes)
    assert n_found / n_printed >= 0.95
    assert n_read / n_figures >= 0.95


def test_declared_figures_are_cut_and_their_labels_read() -> None:
    n_exact = n_grants = n_labels = n_read = 0
    for path in sorted((DATA / "redbook").glob("*.tar")):
        if path.stat().st_size > LARGEST_ARCHIVE_BYTES:
            continue
        for name, grant in read_grants(path, list_grants(path, LIMITS).members, LIMITS):
            assert isinstance(grant, GrantFiles)
            publication = parse_grant(grant.document, name)
            figures = []
            for image in publication.images:
                if image.is_front_page:
                    continue
                page = decode_picture(grant.images[image.file], image.file, LIMITS.max_pixels)
                figures += cut_sheet(page, landscape=image.landscape).figures
            printed = {caption.label for caption in publication.captions}
            n_grants += 1
            n_exact += len(figures) == publication.n_declared_figures
            n_labels += len(printed)
            n_read += len(printed & {figure.label for figure in figures})
    assert n_grants > 10
    assert n_exact / n_grants >= 0.95
    assert n_read / n_labels >= 0.95
