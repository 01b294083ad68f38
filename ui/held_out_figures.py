"""Figures that a training source keeps for evaluation, as pictures with a manifest."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeAlias

from PIL import Image

from core.ports import GreyImage
from encoder.evaluation.manifest import ManifestRow
from encoder.training.sources.manifest import manifest_text

HeldOut: TypeAlias = tuple[ManifestRow, Callable[[], GreyImage]]
"""What is known of a figure, and how it is read."""


def write_figures(folder: Path, figures: Iterable[HeldOut]) -> None:
    """Write figures and `manifest.csv` last; where the same manifest lies there, all is written.

    Args:
        folder: Made if missing.
        figures: The file of each row is a name in the folder.
    """
    listed = list(figures)
    text = manifest_text(row for row, _ in listed)
    manifest = folder / "manifest.csv"
    if manifest.is_file() and manifest.read_bytes() == text.encode():
        return
    folder.mkdir(parents=True, exist_ok=True)
    manifest.unlink(missing_ok=True)
    for row, read in listed:
        Image.fromarray(read()).save(folder / row.file)
    manifest.write_bytes(text.encode())
