"""What is measured of cutting on real sheets, a function a question."""

import statistics
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from benchmarks.cutting_sets import (
    Corners,
    DrawnGrant,
    iter_boxed_sheets,
    iter_grants,
    iter_pdf_sheets,
    lay_back,
)
from benchmarks.printed_headers import HEADER_KINDS, with_printed_header
from core.ports import GreyImage
from ingestion.ink_parts import ink_level
from ingestion.sheets import CutSheet, cut_sheet

_SPECK_PX = 81
_INNER_GAP_PX = 44
Mask = NDArray[np.bool_]
Report = dict[str, Any]


class Clock:
    """Cuts sheets and remembers how long each took."""

    def __init__(self) -> None:
        self.spent_ms: list[float] = []

    def cut(self, page: GreyImage, *, landscape: bool = False) -> CutSheet:
        started = time.perf_counter()
        cut = cut_sheet(page, landscape=landscape)
        self.spent_ms.append((time.perf_counter() - started) * 1000)
        return cut

    def told(self) -> Report:
        return {
            "median_ms_per_sheet": round(statistics.median(self.spent_ms), 1),
            "p95_ms_per_sheet": round(float(np.percentile(self.spent_ms, 95)), 1),
        }


def measure_grants(data: Path) -> Report:
    """Figures and labels of grants against what their documents say."""
    clock = Clock()
    n_grants = n_exact = n_printed = n_read = n_figures = n_wrong = 0
    mismatches = []
    for grant in iter_grants(data):
        labels = [
            figure.label
            for page, landscape in grant.pages
            for figure in clock.cut(page, landscape=landscape).figures
        ]
        printed = [caption.label.upper() for caption in grant.publication.captions]
        read = [label.upper() for label in labels if label]
        unread = sorted(set(printed) - set(read))
        wrong = sorted({label for label in read if label not in printed or read.count(label) > 1})
        exact = len(labels) == grant.publication.n_declared_figures
        n_grants, n_exact = n_grants + 1, n_exact + exact
        n_figures, n_printed = n_figures + len(labels), n_printed + len(printed)
        n_read, n_wrong = n_read + len(printed) - len(unread), n_wrong + len(wrong)
        if not exact or unread or wrong:
            mismatches.append(_mismatch(grant, len(labels), unread, wrong))
    return {
        "n_grants": n_grants,
        "n_sheets": len(clock.spent_ms),
        "n_figures": n_figures,
        "exact_count_share": _share(n_exact, n_grants),
        "labels_in_captions": n_printed,
        "labels_read": n_read,
        "labels_read_share": _share(n_read, n_printed),
        "labels_wrong_or_twice": n_wrong,
        "mismatches": mismatches,
        **clock.told(),
    }


def _mismatch(grant: DrawnGrant, n_cut: int, unread: list[str], wrong: list[str]) -> Report:
    return {
        "publication_id": grant.publication.publication_id,
        "declared": grant.publication.n_declared_figures,
        "cut": n_cut,
        "captions_whose_label_was_not_read": unread,
        "labels_without_caption_or_twice": wrong,
    }


def measure_boxes(data: Path) -> Report:
    """Label boxes against another reader's: matched where our box's centre lies in its box."""
    clock = Clock()
    n_true = n_found = n_matched = n_same_text = 0
    overlaps: list[float] = []
    misses = []
    for sheet in iter_boxed_sheets(data):
        cut = clock.cut(sheet.page)
        found = _label_boxes(cut)
        open_truths = list(sheet.labels)
        for label, box in found:
            hit = next((true for true in open_truths if _centre_in(box, true[1])), None)
            if hit is None:
                misses.append({"sheet": sheet.name, "found_where_none_is": label})
                continue
            open_truths.remove(hit)
            overlaps.append(_iou(box, hit[1]))
            n_same_text += label == hit[0]
        misses += [{"sheet": sheet.name, "not_found": label} for label, _ in open_truths]
        n_true, n_found = n_true + len(sheet.labels), n_found + len(found)
        n_matched += len(sheet.labels) - len(open_truths)
    return {
        "n_sheets": len(clock.spent_ms),
        "n_labels": n_true,
        "precision": _share(n_matched, n_found),
        "recall": _share(n_matched, n_true),
        "same_text_share": _share(n_same_text, n_true),
        "mean_iou": round(statistics.fmean(overlaps), 3),
        "iou_above_half_share": _share(sum(iou >= 0.5 for iou in overlaps), n_true),
        "mismatches": misses,
        **clock.told(),
    }


def measure_pdf_sheets(data: Path) -> Report:
    """Sheets from PDFs: how many figures and labels, and whether every bit of ink is kept."""
    clock = Clock()
    n_figures = n_read = n_lost = 0
    notes = []
    for name, page in iter_pdf_sheets(data):
        cut = clock.cut(page)
        n_figures += len(cut.figures)
        n_read += sum(figure.label is not None for figure in cut.figures)
        lost = ink_lost(page, cut)
        n_lost += lost > 0
        if lost or any(figure.label is None for figure in cut.figures):
            labels = [figure.label for figure in cut.figures]
            notes.append({"sheet": name, "labels": labels, "ink_lost_px": lost})
    return {
        "n_sheets": len(clock.spent_ms),
        "n_figures": n_figures,
        "labels_read": n_read,
        "labels_read_share": _share(n_read, n_figures),
        "sheets_that_lost_ink": n_lost,
        "mismatches": notes,
        **clock.told(),
    }


def measure_turns(data: Path, every: int) -> Report:
    """Sheets whose label is read, laid on each of their sides without a word about it."""
    clock = Clock()
    n_upright = n_read = n_labels = 0
    misses = []
    pages = [
        (f"{grant.publication.publication_id} D{number:05d}", page, landscape)
        for grant in iter_grants(data)
        for number, (page, landscape) in enumerate(grant.pages, 1)
    ]
    for name, page, landscape in pages[::every]:
        told = clock.cut(page, landscape=landscape)
        labels = sorted(figure.label for figure in told.figures if figure.label)
        for turns in range(4):
            cut = clock.cut(np.ascontiguousarray(np.rot90(told.upright, turns)))
            upright = cut.rotation_deg == 90 * turns
            n_upright += upright
            n_labels += len(labels)
            read = sorted(figure.label for figure in cut.figures if figure.label)
            n_read += sum(label in read for label in labels)
            if not upright or read != labels:
                misses.append(
                    {"sheet": name, "laid": turns * 90, "turned": cut.rotation_deg, "labels": read}
                )
    n_laid = 4 * len(pages[::every])
    return {
        "n_sheets": len(pages[::every]),
        "n_laid": n_laid,
        "upright_share": _share(n_upright, n_laid),
        "labels_read_share": _share(n_read, n_labels),
        "mismatches": misses,
        **clock.told(),
    }


def measure_headers(data: Path, every: int) -> Report:
    """Page headers printed over sheets that have none: is the header gone, the drawing whole?"""
    rng = np.random.default_rng(0)
    faces = find_faces()
    results: dict[str, Counter[str]] = {kind: Counter() for kind in HEADER_KINDS}
    misses = []
    for name, sheet in [*iter_pdf_sheets(data)][::every]:
        for kind in HEADER_KINDS:
            page, n_rows = with_printed_header(sheet, rng, faces, kind)
            cut = cut_sheet(page, landscape=False)
            there = np.rot90(kept_ink(cut), cut.rotation_deg // 90)
            printed = page < ink_level(page)
            left = there[:n_rows].sum() / max(printed[:n_rows].sum(), 1)
            lost = without_specks(printed[n_rows:] & ~there[n_rows:])
            results[kind].update(n=1, header_left=bool(left > 0.02), drawing_lost=bool(lost))
            if left > 0.02 or lost:
                share = round(float(left), 3)
                misses.append({"sheet": name, "kind": kind, "left": share, "lost_px": lost})
    return {
        "n_faces": len(faces),
        "kinds": {kind: dict(counted) for kind, counted in results.items()},
        "mismatches": misses,
    }


def find_faces() -> list[Path]:
    """Fonts of this machine, for sheets lettered in type; the report says how many there were."""
    found = sorted(Path("/usr/share/fonts").rglob("*.ttf"))
    return [path for path in found if "Math" not in path.name]


def ink_lost(page: GreyImage, cut: CutSheet) -> int:
    """Ink pixels in no figure and no label box, single specks of dust aside."""
    return without_specks((cut.upright < ink_level(page)) & ~kept_ink(cut))


def kept_ink(cut: CutSheet) -> Mask:
    """What of the upright sheet is in a figure or under a label's box."""
    kept = np.zeros(cut.upright.shape, dtype=bool)
    level = ink_level(cut.upright)
    for figure in cut.figures:
        box = figure.box
        there = np.s_[box.y_px : box.y_px + box.height_px, box.x_px : box.x_px + box.width_px]
        kept[there] |= figure.pixels < level
        if figure.label_box:
            name = figure.label_box
            kept[name.y_px : name.y_px + name.height_px, name.x_px : name.x_px + name.width_px] = (
                True
            )
    return kept


def without_specks(missing: Mask) -> int:
    """How many pixels of a mask lie in pieces larger than dust."""
    numbered, n = ndimage.label(missing, structure=np.ones((3, 3)))
    sizes = np.bincount(numbered.ravel(), minlength=n + 1)[1:]
    return int(sizes[sizes > _SPECK_PX].sum())


def _label_boxes(cut: CutSheet) -> list[tuple[str | None, Corners]]:
    return [
        (
            figure.label,
            lay_back(
                (
                    figure.label_box.x_px,
                    figure.label_box.y_px,
                    figure.label_box.x_px + figure.label_box.width_px,
                    figure.label_box.y_px + figure.label_box.height_px,
                ),
                cut.rotation_deg,
                cut.upright,
            ),
        )
        for figure in cut.figures
        if figure.label_box
    ]


def _centre_in(box: Corners, other: Corners) -> bool:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return other[0] <= x <= other[2] and other[1] <= y <= other[3]


def _iou(one: Corners, other: Corners) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(width, 0) * max(height, 0)
    areas = sum((b[2] - b[0]) * (b[3] - b[1]) for b in (one, other))
    return shared / (areas - shared)


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def is_of_one_piece(figure: GreyImage) -> bool:
    """True where no gap within a drawing is wider than those between figures may be."""
    apart = ndimage.distance_transform_edt(figure >= ink_level(figure))
    return int(ndimage.label(np.asarray(apart) <= _INNER_GAP_PX / 2)[1]) == 1
