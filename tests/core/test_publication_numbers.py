"""However a number is written, it finds its publication."""

import pytest

from core.errors import QueryInvalid
from core.publication_numbers import asked_number_keys, number_keys


@pytest.mark.parametrize(
    ("written", "number", "kind"),
    [
        ("D907,292", "D0907292", "S1"),
        ("USD907292S1", "D0907292", "S1"),
        ("D0907292", "D0907292", "S1"),
        ("us d 907 292 s", "D0907292", "S"),
        ("US-D0907292-S1", "D0907292", "S1"),
        ("DM/204232", "DM/204232-1", ""),
        ("DM/204 232-1", "DM/204232-1", ""),
        ("WO DM204232-1", "DM/204232-1", ""),
        ("008888888-0001", "008888888-0001", ""),
        ("EM 8888888-0001", "008888888-0001", ""),
        ("A-17", "A17", ""),
    ],
)
def test_number_is_found_in_every_spelling(written: str, number: str, kind: str) -> None:
    assert set(asked_number_keys(written)) & set(number_keys(number, kind))


def test_other_numbers_are_not_found() -> None:
    assert not set(asked_number_keys("D907,293")) & set(number_keys("D0907292", "S1"))
    assert not set(asked_number_keys("DM/204232-2")) & set(number_keys("DM/204232-1", ""))


@pytest.mark.parametrize("text", ["chair", "", "  ", "D", "1" * 81])
def test_what_is_no_number_is_told(text: str) -> None:
    with pytest.raises(QueryInvalid, match="not a publication number"):
        asked_number_keys(text)
