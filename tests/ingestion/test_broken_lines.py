"""Whether broken lines belong to the claim: both polarities, mixtures, and what says nothing."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.records import BrokenLines
from ingestion.broken_lines import read_broken_lines
from ingestion.figure_captions import Description, parse_description
from tests.conftest import REAL_DATA

UNCLAIMED = [
    "The broken lines in the drawings form no part of the claimed design.",
    "None of the broken lines form part of the claimed design.",
    "Neither the dotted lines nor the phantom lines form any part of the claim.",
    "The features shown in broken lines do not form part of or otherwise limit the design.",
    "The broken lines illustrate portions of the shoe which are not claimed.",
    "The dashed lines are for illustrative purposes only.",
    "The broken lines depict unclaimed portions of the rack.",
    "The broken lines are for environmental purposes only and form no art of the claimed design.",
    "None of the described broken lines are included in the claim.",
    "The dot-dash lines define but are not included in the boundaries of the claimed design.",
    "Broken lines showing stitching form no part of the claimed design.",
]
CLAIMED = [
    "The broken lines in the drawing disclosure depict stitching that forms part of the design.",
    "The broken lines representing stitching are part of the claimed design.",
    "The dashed lines represent perforations and are claimed.",
]
SOME_CLAIMED = [
    "The broken lines showing a hook form no part of the claimed design. The smaller, evenly "
    "spaced broken lines represent stitching and are part of the claimed design.",
    "The even broken lines represent stitching that forms part of the design, while all other "
    "broken lines form no part thereof.",
    "Except for the stitching, the broken lines form no part of the claimed design.",
]
UNKNOWN = [
    "The broken lines shown throughout the views represent stitching.",
    "The dashed lines in FIG. 7 show a boundary line.",
    "The broken lines indicate lines of weakness at which the blank can be folded.",
]


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        *((statement, BrokenLines.UNCLAIMED) for statement in UNCLAIMED),
        *((statement, BrokenLines.CLAIMED) for statement in CLAIMED),
        *((statement, BrokenLines.SOME_CLAIMED) for statement in SOME_CLAIMED),
        *((statement, BrokenLines.UNKNOWN) for statement in UNKNOWN),
    ],
)
def test_read_broken_lines(statement: str, finding: BrokenLines) -> None:
    assert read_broken_lines(statement) is finding


@given(st.sampled_from(UNCLAIMED), st.sampled_from(CLAIMED), st.booleans())
def test_both_polarities_in_any_order_are_a_mixture(no: str, yes: str, turned: bool) -> None:
    said = f"{yes} {no}" if turned else f"{no} {yes}"
    assert read_broken_lines(said) is BrokenLines.SOME_CLAIMED


def test_a_description_without_broken_lines_has_no_finding() -> None:
    description = parse_description(["FIG. 1 is a front view of a chair."], "Chair")
    assert description.broken_line_statement is None
    assert description.broken_lines is None


@pytest.fixture(scope="module")
def real_descriptions() -> list[Description]:
    described = json.loads((REAL_DATA / "drawing_descriptions.json").read_text())
    return [
        parse_description(one["figures"] + one["notes"], one["title"]) for one in described.values()
    ]


@pytest.mark.realdata
def test_real_statements_are_decided_and_stitching_is_not_lost(
    real_descriptions: list[Description],
) -> None:
    said = [d for d in real_descriptions if d.broken_line_statement]
    assert len(said) > 200
    unknown = [d for d in said if d.broken_lines is BrokenLines.UNKNOWN]
    assert len(unknown) / len(said) < 0.04
    for description in said:
        statement = description.broken_line_statement or ""
        if "are part of the claimed" in statement or "forms part of the claimed" in statement:
            none_of_them = "None of the broken lines" in statement
            assert (description.broken_lines is BrokenLines.UNCLAIMED) == none_of_them, statement


@pytest.mark.realdata
def test_real_statements_are_kept_apart_from_captions(real_descriptions: list[Description]) -> None:
    for description in real_descriptions:
        spoken = (*description.colour_statements, *description.embodiment_statements)
        assert not any("broken lines" in statement for statement in spoken)
        assert not any("form no part" in caption.object_name for caption in description.captions)
