"""A collection on which a good and a bad model are told apart, and the models.

The drawings of a grant have one size. A model that goes by the size finds the others of the same
grant; one that goes by each pixel finds nothing.
"""

import io
import os
import signal
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from core.errors import CheckpointInvalid
from core.ports import Embeddings, Encoder, GreyImage
from tests.ingestion import builders
from tests.workers.line import HashEncoder, LineResources, _directions, open_line
from workers.models import embed_candidate, register
from workers.resources import Resources

CLASSES = ("0601", "0901", "2605")


class SizeEncoder(HashEncoder):
    """Drawings of one size have one direction, and no other."""

    encoder_id = "by-size"

    def encode_images(self, images: Sequence[GreyImage]) -> Embeddings:
        return _directions([str(image.shape).encode() for image in images])


class SecondSizeEncoder(SizeEncoder):
    """The same by another name."""

    encoder_id = "by-size-2"


class PixelEncoder(HashEncoder):
    """Every drawing has a direction of its own."""

    encoder_id = "by-pixel"


ENCODERS: dict[str | None, type[HashEncoder]] = {
    None: SizeEncoder,
    "size-2": SecondSizeEncoder,
    "pixel": PixelEncoder,
}


class ModelResources(LineResources):
    """Opens the models above by name; the shipped one goes by size."""

    encoder: "cached_property[Encoder]" = Resources.encoder

    def open_encoder(self, checkpoint: str | None) -> Encoder:
        name = None if checkpoint is None or Path(checkpoint).is_dir() else checkpoint
        if name not in ENCODERS:
            raise CheckpointInvalid(f"no checkpoint at {checkpoint}")
        return ENCODERS[name]()


def write_grants(path: Path, numbers: Sequence[int], n_sheets: int = 3) -> Path:
    """A weekly archive whose grants each have drawings of their own size."""
    files = {}
    for number in numbers:
        name = f"D09000{number:02d}"
        grant = builders.grant_files(
            name, n_sheets=n_sheets, locarno=[CLASSES[number % 3]], title=f"Design {number % 3}"
        )
        for position, image in enumerate(sorted(file for file in grant if file.endswith("TIF"))):
            grant[image] = _sheet(60 + 9 * number, max(position, 1))
        files[builders.grant_name(name)] = builders.zip_of(grant)
    path.write_bytes(builders.tar_of(files))
    return path


def _sheet(width_px: int, view: int) -> bytes:
    page = Image.new("1", (width_px + 60, 260), 1)
    draw = ImageDraw.Draw(page)
    draw.rectangle((30, 30, 30 + width_px, 220), outline=0, width=3)
    draw.line((30, 30 + 40 * view, 30 + width_px, 220), fill=0, width=3)
    packed = io.BytesIO()
    page.save(packed, "TIFF", compression="group4", dpi=(300, 300))
    return packed.getvalue()


def killed_embedding(kill_at: int, **where: Any) -> None:
    """Embed a candidate and die when so many figures are done."""

    def watch(n_done: int, _n_all: int) -> None:
        if n_done >= kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    with open_line(**where, kind=ModelResources) as resources:
        embed_candidate(resources, register(resources, "size-2"), watch)
