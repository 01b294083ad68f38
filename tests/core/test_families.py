"""One spelling of an application, whoever prints its number."""

import pytest

from core.families import application_key, application_keys, hague_key, least_relatives, stated_key


@pytest.mark.parametrize(
    ("office", "number", "key"),
    [
        ("US", "29/149338", "US 29149338"),
        ("US", "29/149,338", "US 29149338"),
        ("US", "29149338", "US 29149338"),
        ("US", "60/ 256447", "US 60256447"),
        ("US", "09/56060", "US 09056060"),
        ("US", "PCT/US2010/012345", "US PCTUS2010012345"),
        ("KR", "30-2018-0060105", "KR 3020180060105"),
        ("EM", "1753351-0001", "EM 001753351-0001"),
        ("EM", "1753351", "EM 001753351"),
        ("WO", "DM/054034", "DM054034"),
        ("XH", "DM54034", "DM054034"),
        ("US", "00/000000", None),
        ("US", "unknown", None),
        ("US", "", None),
    ],
)
def test_an_application_has_one_key(office: str, number: str, key: str | None) -> None:
    assert application_key(office, number) == key


def test_keys_are_listed_once_and_what_is_no_number_is_left_out() -> None:
    named = [("US", "29/293090"), (None, "29293090"), ("US", None), ("US", "none")]
    assert application_keys(named) == ("US 29293090",)


def test_what_a_manifest_states_meets_what_a_grant_claims() -> None:
    assert stated_key("kr 30-2018-0060105") == application_key("KR", "30-2018-0060105")
    assert stated_key("DM/204232") == hague_key("204232") == "DM204232"


def test_families_that_a_third_one_joins_are_one() -> None:
    families = [("b", "c"), ("x", "y"), ("a", "d"), ("d", "c"), ()]
    least = least_relatives(families)
    assert least == {"a": "a", "b": "a", "c": "a", "d": "a", "x": "x", "y": "x"}
    assert least_relatives(reversed(families)) == least
