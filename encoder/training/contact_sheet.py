"""Every augmentation of a run on one picture: a row each, the untouched drawings on top."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from encoder.training.augment import AugmentConfig, augment
from encoder.training.config import TrainingConfig
from encoder.training.corpus import Corpus

_CELL_PX = 128
_N_OBJECTS = 4
_TITLE_PX = 110
_CHANGES = tuple(name for name in AugmentConfig.model_fields if not name.startswith("max_"))


def save_contact_sheet(config: TrainingConfig, corpus: Corpus, path: Path) -> None:
    """Draw what each augmentation does by itself, and what the run's mixture gives.

    Args:
        config: The run.
        corpus: What it draws from.
        path: Picture to write.
    """
    rng = np.random.default_rng(config.seed)
    objects = corpus.pick_objects(_N_OBJECTS, rng)
    packed = torch.from_numpy(corpus.draw(objects, 2, rng))
    rows = [("unchanged", _only(config.augment, None)), ("as configured", config.augment)]
    rows += [(name, _only(config.augment, name)) for name in _CHANGES]
    sheet = Image.new("L", (_TITLE_PX + len(packed) * _CELL_PX, len(rows) * _CELL_PX), 255)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
    for row, (title, changes) in enumerate(rows):
        chance = torch.Generator().manual_seed(config.seed)
        ink = augment(packed, _CELL_PX, changes, config.preprocess.gamma, chance)
        pen.text((6, row * _CELL_PX + _CELL_PX // 2), title.replace("_", " "), fill=0, font=font)
        for column, drawing in enumerate(ink):
            sheet.paste(_picture(drawing), (_TITLE_PX + column * _CELL_PX, row * _CELL_PX))
    for row in range(1, len(rows)):
        pen.line([(0, row * _CELL_PX), (sheet.width, row * _CELL_PX)], fill=200)
    sheet.save(path)


def _only(config: AugmentConfig, change: str | None) -> AugmentConfig:
    """That change alone, on every drawing, as far as the run lets it go."""
    values = {name: float(name == change) for name in _CHANGES}
    reach = {
        "max_rotation_deg": config.max_rotation_deg if change == "rotate" else 0.0,
        "max_stretch": config.max_stretch if change == "mirror" else 0.0,
        "max_zoom": max(config.max_zoom, 1.2),
    }
    return AugmentConfig(**values, **reach)


def _picture(ink: Tensor) -> Image.Image:
    return Image.fromarray((255 * (1 - ink[0].numpy())).round().astype(np.uint8))
