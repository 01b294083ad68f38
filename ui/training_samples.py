"""Generated designs as a source of training drawings."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from core.errors import SourceInvalid
from core.locarno import CLASS_NAMES
from core.ports import GreyImage
from drafting.line_art import LineStyle, Shading, draw
from encoder.evaluation.manifest import ManifestRow
from encoder.training.drawings import Drawing, DrawnObject
from encoder.training.sources.elsewhere import SampleSource
from encoder.training.sources.source import Job
from samples.designs import Design, DesignView, make_design
from samples.families import FAMILIES
from ui.held_out_figures import HeldOut, write_figures

_RECIPE = "samples: all views of generated designs, one pen a design, v2"
_SIZE_PX = 256
_SEEDS_A_FAMILY = 1000


@dataclass(frozen=True, slots=True)
class _Name:
    """One design of the source."""

    family: str
    number: int
    seed: int

    @property
    def key(self) -> str:
        return f"{self.family}/{self.number}"

    def make(self) -> Design:
        return make_design(self.family, self.seed)


@dataclass(frozen=True, slots=True)
class SampleDrawings:
    """See `encoder.training.sources.source.DrawingSource`."""

    source: SampleSource

    @property
    def recipe(self) -> str:
        return self.source.recipe_of(_RECIPE)

    def jobs(self) -> Sequence[Job]:
        """One a design, families taking turns."""
        return [
            partial(_draw_design, name)
            for name in self._names()
            if not self.source.is_held_out(name.key)
        ]

    def write_held_out(self) -> None:
        """Draw the designs that are kept; their class is the family."""
        if self.source.held_out is not None:
            kept = (name for name in self._names() if self.source.is_held_out(name.key))
            write_figures(self.source.held_out, (view for name in kept for view in _views(name)))

    def _names(self) -> Iterator[_Name]:
        known = {family.name for family in FAMILIES}
        unknown = sorted(set(self.source.families) - known)
        if unknown:
            raise SourceInvalid(
                f"no family of generated designs is called {unknown[0]}; there are "
                f"{', '.join(sorted(known))}"
            )
        for number in range(self.source.n_designs):
            for family_idx, family in enumerate(FAMILIES):
                if not self.source.families or family.name in self.source.families:
                    seed = self.source.first_seed + _SEEDS_A_FAMILY * family_idx + number
                    yield _Name(family.name, number, seed)


def _draw_design(name: _Name) -> list[Drawing]:
    design = name.make()
    family, title = design.family, design.title.lower()
    kind = CLASS_NAMES[family.locarno[:2]].lower()
    texts = (title, f"a line drawing of a {title}", f"{family.name}, {kind}", family.name)
    drawn = DrawnObject(family.name, texts, family.locarno[:2])
    style = _pen(design)
    return [Drawing(name.key, drawn, _draw_view(design, view, style)) for view in design.views]


def _views(name: _Name) -> Iterator[HeldOut]:
    design = name.make()
    style = _pen(design)
    for position, view in enumerate(design.views, 1):
        row = ManifestRow(
            file=f"{name.family}-{name.number}-{position}.png",
            publication_id=name.key,
            title=design.title,
            locarno=design.family.locarno,
            class_name=name.family,
            view=view.view.value,
        )
        yield row, partial(_draw_view, design, view, style)


def _draw_view(design: Design, view: DesignView, style: LineStyle) -> GreyImage:
    return draw(design.edges, view.viewpoint, size_px=_SIZE_PX, style=style)


def _pen(design: Design) -> LineStyle:
    """All views share it, as the figures of a patent share their draughtsman's."""
    rng = random.Random(design.seed)  # noqa: S311 (pens, not secrets)
    pen = rng.uniform(1.0, 2.2)
    shaded = design.is_shaded or rng.random() < 0.4
    return replace(
        design.style,
        outline_width_px=pen,
        crease_width_px=pen * rng.uniform(0.55, 0.95),
        tangent_width_px=0.7 * pen if design.style.tangent_width_px else 0.0,
        dash_px=rng.uniform(6, 10),
        gap_px=rng.uniform(3, 5),
        shading=Shading.STROKES if shaded else Shading.NONE,
        shading_width_px=pen * 0.6,
        shading_spacing_px=rng.uniform(6, 12),
    )
