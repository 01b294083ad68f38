"""Locarno codes as offices print them and people type them."""

import pytest

from core.errors import QueryInvalid
from core.locarno import (
    CLASS_NAMES,
    LocarnoCode,
    class_name,
    parse_locarno,
    parse_locarno_filter,
    subclass_titles,
)


def test_all_32_classes_have_a_name_and_every_subclass_belongs_to_one() -> None:
    assert sorted(CLASS_NAMES) == [f"{n:02d}" for n in range(1, 33)]
    assert all(CLASS_NAMES.values())
    assert {code[:2] for code in subclass_titles()} == set(CLASS_NAMES)


@pytest.mark.parametrize("printed", ["0601", "06-01", "6-01", " 06 - 01 "])
def test_a_code_is_read_however_it_is_printed(printed: str) -> None:
    assert parse_locarno(printed, "13") == LocarnoCode("06", "01", "13")


def test_codes_outside_the_classification_are_kept_and_told_apart() -> None:
    odd = parse_locarno("7700")
    assert odd.code == "77-00"
    assert not odd.is_standard
    assert class_name(odd.code) is None


@pytest.mark.parametrize("wrong", ["", "6", "chairs", "06-1", "060101"])
def test_what_is_no_code_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="not a Locarno code"):
        parse_locarno(wrong)


@pytest.mark.parametrize(
    ("typed", "meant"), [("28", "28"), ("2803", "28-03"), ("28-03", "28-03"), ("6", "06")]
)
def test_a_filter_is_a_class_or_a_subclass(typed: str, meant: str) -> None:
    assert parse_locarno_filter(typed) == meant


@pytest.mark.parametrize(
    ("typed", "why"),
    [("33", "class 33 does not exist"), ("00-01", "00"), ("lamp", "not a Locarno")],
)
def test_a_filter_on_nothing_is_refused(typed: str, why: str) -> None:
    with pytest.raises(QueryInvalid, match=why):
        parse_locarno_filter(typed)
