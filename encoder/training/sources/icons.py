"""Named line icons → outline drawings: the same thing drawn by many hands.

Every shape is drawn as its outline in a thin pen, fills left out, so a solid glyph becomes the kind
of contour a patent draughtsman draws.
"""

import csv
import gzip
import io
import json
import random
import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import resvg_py
from PIL import Image
from pydantic import Field

from core.errors import SourceInvalid
from core.ports import GreyImage
from encoder.training.drawings import CACHE_SIZE_PX, Drawing, DrawnObject
from encoder.training.sources.source import DATA_SEED, Job, SourceConfig

_RECIPE = "icons: outlines, pen 0.6-2.2 % of the longer side, v2"
_EMPTY_KINDS = {"misc", "objects", "action"}
_BORDER = 0.04
_PEN_SHARES = (0.006, 0.022)
_FRAME = re.compile(r'<path[^>]*d="M0 0h24v24H0[zV]?[^"]{0,3}"[^>]*/>')
_STYLE = (
    "path,rect,circle,ellipse,polygon,polyline,line"
    "{{fill:none;stroke:#000;stroke-width:{pen:.4f};opacity:1}} text{{display:none}}"
)


class IconSource(SourceConfig):
    """Named line icons; icons of one concept share label and object."""

    kind: Literal["icons"]
    path: Path
    """Gzipped JSON lines: `set, name, concept, cat, w, h, body`."""
    product_names: Path | None = None
    """The Locarno list of goods; concepts that it does not name, or that a single icon draws, are
    then left out."""
    n_per_concept: int | None = Field(default=None, ge=1)
    """Icons of a concept at most."""

    @property
    def recipe(self) -> str:
        return self.recipe_of(_RECIPE)

    def jobs(self) -> Sequence[Job]:
        """One an icon, concept after concept; icons that the renderer refuses give nothing."""
        rng = random.Random(DATA_SEED)  # noqa: S311 (pens, not secrets)
        by_concept = _read_icons(self.path)
        if self.product_names is not None:
            names = read_product_names(self.product_names)
            by_concept = {
                concept: same
                for concept, same in by_concept.items()
                if len(same) > 1 and _spoken(concept) in names
            }
        chosen = [
            icon
            for _, same in sorted(by_concept.items())
            for icon in rng.sample(same, min(self.n_per_concept or len(same), len(same)))
        ]
        return [partial(_draw_icon, icon, rng.uniform(*_PEN_SHARES)) for icon in chosen]


def _read_icons(path: Path) -> dict[str, list[dict[str, Any]]]:
    by_concept: dict[str, list[dict[str, Any]]] = {}
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for icon in map(json.loads, lines):
                by_concept.setdefault(icon["concept"], []).append(icon)
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise SourceInvalid(f"{path} cannot be read as gzipped text: {error}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise SourceInvalid(f"{path} holds no icons as JSON lines: {error}") from error
    return by_concept


def _draw_icon(icon: dict[str, Any], pen_share: float) -> list[Drawing]:
    image = render_icon(icon, pen_share)
    return [] if image is None else [Drawing(icon["concept"], _describe(icon), image)]


def read_product_names(goods: Path) -> frozenset[str]:
    """Products in the Locarno list of goods (column `goods_en`), as listed and in the singular."""
    names: set[str] = set()
    with goods.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            listed = re.sub(r"\[.*?\]|\(.*?\)", "", row["goods_en"].lower()).strip()
            for name in map(str.strip, re.split(r",| for | with | of ", listed)):
                names |= {name, re.sub(r"(es|s)$", "", name), re.sub(r"s$", "", name)}
    return frozenset(names)


def render_icon(icon: dict[str, Any], pen_share: float) -> GreyImage | None:
    """Draw one icon's outlines.

    Args:
        icon: `w`, `h` and the SVG `body`.
        pen_share: Line width as a share of the longer side.

    Returns:
        uint8 [H, W], or None where the body is no valid SVG.
    """
    longer = max(icon["w"], icon["h"])
    border = longer * _BORDER
    width, height = icon["w"] + 2 * border, icon["h"] + 2 * border
    scale = CACHE_SIZE_PX * 1.1 / max(width, height)
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="{-border} {-border} {width} {height}">{_FRAME.sub("", icon["body"])}</svg>'
    )
    try:
        png = resvg_py.svg_to_bytes(
            svg_string=svg,
            width=max(1, round(width * scale)),
            height=max(1, round(height * scale)),
            background="#fff",
            style_sheet=_STYLE.format(pen=pen_share * longer),
            skip_system_fonts=True,
        )
    except ValueError:
        return None
    return np.asarray(Image.open(io.BytesIO(png)).convert("L"))


def _describe(icon: dict[str, Any]) -> DrawnObject:
    name = _spoken(icon["concept"])
    kinds = [re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind).lower() for kind in icon["cat"]]
    telling = (kind for kind in kinds if kind not in _EMPTY_KINDS)
    return DrawnObject(name, (name, *(f"{name}, {kind}" for kind in telling)))


def _spoken(concept: str) -> str:
    return re.sub(r"[-_]+", " ", concept).strip()
