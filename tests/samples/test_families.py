"""Every family: its codes, its designs, its seven views."""

from functools import cache

import numpy as np
import pytest

from core.locarno import parse_locarno, subclass_titles
from core.records import View
from drafting.line_art import LineStyle, draw
from drafting.views import STANDARD_VIEWS
from samples.designs import Design, make_design
from samples.families import FAMILIES, Family, family_named
from samples.placing import UNCLAIMED_PART

EVERY_FAMILY = pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
THUMBNAIL = LineStyle(crease_angle_deg=38, outline_width_px=1.5, crease_width_px=1.0)


@cache
def design_of(family: Family, seed: int) -> Design:
    return make_design(family, seed)


def thumbnail(design: Design, view: View) -> np.ndarray:
    return draw(design.edges, STANDARD_VIEWS[view], size_px=64, style=THUMBNAIL).astype(int)


def test_there_are_families_enough() -> None:
    assert len(FAMILIES) >= 24
    assert len({family.locarno[:2] for family in FAMILIES}) >= 12
    assert len({family.name for family in FAMILIES}) == len(FAMILIES)


def test_names_find_families() -> None:
    assert family_named("kettle").locarno == "07-02"
    with pytest.raises(KeyError):
        family_named("unicorn")


@EVERY_FAMILY
def test_family_has_real_classes(family: Family) -> None:
    assert parse_locarno(family.locarno).is_standard
    assert family.locarno in subclass_titles()
    assert family.us_class[0] == "D"
    assert family.us_class[1:3].strip().isdigit()
    assert family.us_class[3:].strip().isdigit()
    assert all(title[0].isupper() for title in family.titles)


@EVERY_FAMILY
def test_family_draws_seven_views_and_two_designs_differ(family: Family) -> None:
    one, other = design_of(family, 3), design_of(family, 4)
    assert {view.view for view in one.views} == set(STANDARD_VIEWS)
    drawn = {view: thumbnail(one, view) for view in STANDARD_VIEWS}
    assert all((image < 128).sum() > 20 for image in drawn.values())
    difference = drawn[View.PERSPECTIVE] - thumbnail(other, View.PERSPECTIVE)
    assert (np.abs(difference) > 100).sum() > 20


@EVERY_FAMILY
def test_family_names_what_it_may_leave_unclaimed(family: Family) -> None:
    designs = [design_of(family, seed) for seed in (3, 4)]
    has_unclaimed = any((design.mesh.face_parts >= UNCLAIMED_PART).any() for design in designs)
    assert family.unclaimed is not None or not has_unclaimed
    for design in designs:
        assert all(part >= UNCLAIMED_PART for part in design.style.broken_parts)
        assert (design.mesh.face_parts < UNCLAIMED_PART).any()


def test_same_seed_builds_the_same_design() -> None:
    one, same, other = make_design("camera", 9), make_design("camera", 9), make_design("camera", 10)
    assert np.array_equal(one.mesh.vertices, same.mesh.vertices)
    assert (one.title, one.views, one.style) == (same.title, same.views, same.style)
    assert one.mesh.vertices.shape != other.mesh.vertices.shape or one.style != other.style


def test_shapes_within_a_family_vary_beyond_scale() -> None:
    n_faces = {len(make_design("chair", seed).mesh.faces) for seed in range(8)}
    assert len(n_faces) >= 6
