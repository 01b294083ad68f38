"""Downloads against a local server that behaves like the Open Data Portal, at its worst."""

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from click.testing import Result
from pydantic import SecretStr
from typer.testing import CliRunner

from core.errors import BadInput, ConfigurationFault, ProviderUnavailable
from core.settings import FetchSettings, read_settings
from tests.ui.portal import KEY, Portal, open_portal
from ui.cli import app
from ui.fetch_run import FetchReport, fetch_uspto

WEEK = bytes(range(256)) * 40


@pytest.fixture
def portal() -> Iterator[Portal]:
    """The portal with two weeks."""
    with open_portal({"I20240102.tar": WEEK, "I20240109.tar": WEEK[::-1]}) as opened:
        yield opened


Fetch = Callable[..., FetchReport]


@pytest.fixture
def fetch(portal: Portal, tmp_path: Path) -> Fetch:
    """Fetch January 2024 into a folder: ``fetch(n_attempts=2)``."""

    def run(**changes: object) -> FetchReport:
        settings = FetchSettings(
            uspto_url=portal.url,
            uspto_api_key=SecretStr(KEY),
            timeout_s=5,
            retry_wait_s=0.001,
        ).model_copy(update=changes)
        into = tmp_path / "archives"
        days = date(2024, 1, 1), date(2024, 1, 31)
        return fetch_uspto(settings, *days, into, lambda _files: lambda _file, _n: None)

    return run


def _states(report: FetchReport) -> dict[str, str]:
    return {file.name: file.state for file in report.files}


def _content(report: FetchReport, name: str = "I20240102.tar") -> bytes:
    return (Path(report.into) / name).read_bytes()


def test_archives_are_downloaded_once_and_the_key_stays_with_the_portal(
    portal: Portal, fetch: Fetch
) -> None:
    report = fetch()
    assert _states(report) == dict.fromkeys(portal.files, "downloaded")
    assert {name: _content(report, name) for name in portal.files} == portal.files
    assert portal.keys_at_store == [None, None]
    assert set(portal.keys_at_api) == {KEY}
    again = fetch()
    assert _states(again) == dict.fromkeys(portal.files, "present")
    assert len(portal.api_requests) == 2
    assert list(Path(report.into).glob("*.part")) == []


def test_a_transfer_that_breaks_off_goes_on_at_the_same_presigned_address(
    portal: Portal, fetch: Fetch
) -> None:
    portal.cut_after = [4000, 1000]
    report = fetch()
    assert _content(report) == WEEK
    ranges = [asked for name, asked in portal.store_requests if name == "I20240102.tar"]
    assert ranges == [None, "bytes=4000-", "bytes=5000-"]
    assert portal.api_requests.count("I20240102.tar") == 1


def test_a_later_run_goes_on_where_an_earlier_one_stopped(portal: Portal, fetch: Fetch) -> None:
    portal.cut_after = [4000, 0]
    assert _states(fetch(n_attempts=1)) == dict.fromkeys(portal.files, "failed")
    report = fetch()
    assert _content(report) == WEEK
    assert ("I20240102.tar", "bytes=4000-") in portal.store_requests


def test_an_expired_address_is_asked_for_again(portal: Portal, fetch: Fetch) -> None:
    portal.expired = 1
    report = fetch()
    assert _states(report) == dict.fromkeys(portal.files, "downloaded")
    assert portal.api_requests.count("I20240102.tar") == 2


def test_a_server_that_ignores_ranges_is_read_from_the_start(portal: Portal, fetch: Fetch) -> None:
    portal.cut_after, portal.ignores_range = [4000], True
    assert _content(fetch()) == WEEK


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"Retry-After": "0"}, b""),
        ({}, b'"The URI was requested 21 times, please wait 0 seconds"'),
        ({"Retry-After": "Mon, 01 Jan 2024 00:00:00 GMT"}, b""),
    ],
)
def test_a_busy_portal_is_asked_again_when_it_says(
    headers: dict[str, str], body: bytes, portal: Portal, fetch: Fetch
) -> None:
    portal.api_faults = [(429, headers, body), (503, {}, b""), (502, {}, b"")]
    assert _states(fetch()) == dict.fromkeys(portal.files, "downloaded")
    assert portal.api_requests[:4] == ["I20240102.tar"] * 4


def test_a_yearly_limit_is_not_waited_for_and_does_not_stop_the_others(
    portal: Portal, fetch: Fetch
) -> None:
    portal.api_faults = [(429, {"Retry-After": "604800"}, b"")]
    report = fetch()
    assert _states(report) == {"I20240102.tar": "failed", "I20240109.tar": "downloaded"}
    assert "asks to wait 604,800 s" in str(report.failed[0].reason)
    assert portal.api_requests == ["I20240102.tar", "I20240109.tar"]


@pytest.mark.parametrize("n_listed", [len(WEEK) - 5, len(WEEK) + 5])
def test_a_file_of_another_size_than_listed_is_not_kept(
    n_listed: int, portal: Portal, fetch: Fetch
) -> None:
    portal.entries = [portal.entry("I20240102.tar", fileSize=n_listed)]
    report = fetch()
    assert "where its list says" in str(report.failed[0].reason)
    assert [path.stat().st_size for path in Path(report.into).iterdir()] == [0]
    assert portal.api_requests == ["I20240102.tar"]


def test_a_file_issued_anew_with_another_size_takes_the_place_of_the_old_one(
    portal: Portal, fetch: Fetch
) -> None:
    report = fetch()
    portal.files["I20240102.tar"] = WEEK + b"corrected"
    assert _states(fetch())["I20240102.tar"] == "downloaded"
    assert _content(report) == WEEK + b"corrected"


def test_the_list_is_taken_for_what_it_is(portal: Portal, fetch: Fetch) -> None:
    portal.files |= {"I20240102_r1.tar": b"issued again", "I20230103.tar": b"x" * 9}
    named = ("I20240102_r1.tar", "I20240102.tar", "I20230103.tar", "I20240102-SUPP.tar")
    portal.entries = [
        *(portal.entry(name) for name in named),
        portal.entry("grant_dtd.zip", fileTypeText="Document", fileDataFromDate="2024-01-02"),
        portal.entry("../../I20240116.tar", fileDataFromDate="2024-01-16"),
    ]
    portal.page_size = 2
    report = fetch()
    assert _states(report) == {"I20240102_r1.tar": "downloaded"}
    assert [path.name for path in Path(report.into).iterdir()] == ["I20240102_r1.tar"]


def test_a_refused_key_stops_at_once_and_is_not_told(portal: Portal, fetch: Fetch) -> None:
    with pytest.raises(ConfigurationFault, match="LIMN_FETCH__USPTO_API_KEY") as refused:
        fetch(uspto_api_key=SecretStr("wrong-key"))
    assert "wrong-key" not in str(refused.value)
    assert portal.api_requests == []


def test_a_portal_that_does_not_answer_is_said_to_be_away(fetch: Fetch) -> None:
    with pytest.raises(ProviderUnavailable, match="does not answer"):
        fetch(uspto_url="http://127.0.0.1:9", n_attempts=2)


def test_a_list_that_is_none_is_said_to_be_unreadable(portal: Portal, fetch: Fetch) -> None:
    portal.entries = [{"fileName": 7}]
    with pytest.raises(ProviderUnavailable, match=r"cannot be read: bulkDataProductBag\.0"):
        fetch()


def test_downloads_that_all_fail_are_not_tried_to_the_end(portal: Portal, fetch: Fetch) -> None:
    portal.files |= {"I20240116.tar": WEEK, "I20240123.tar": WEEK}
    portal.api_faults = [(500, {}, b"")] * 99
    report = fetch(n_attempts=2)
    assert set(_states(report).values()) == {"failed"}
    assert portal.api_requests == ["I20240102.tar"] * 2 + ["I20240109.tar"] * 2
    assert "not tried" in str(report.failed[-1].reason)


def test_a_secret_never_goes_to_an_address_the_list_makes_up(
    portal: Portal, fetch: Fetch, tmp_path: Path
) -> None:
    elsewhere = portal.url.replace("127.0.0.1", "localhost")
    portal.entries = [portal.entry("I20240102.tar", fileDownloadURI=f"{elsewhere}/x/I20240102.tar")]
    fetch()
    assert portal.keys_at_api[-1] is None


def test_two_runs_do_not_write_one_file(portal: Portal, fetch: Fetch, tmp_path: Path) -> None:
    import fcntl

    part = tmp_path / "archives" / "I20240102.tar.part"
    part.parent.mkdir()
    with part.open("ab") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(BadInput, match="another run"):
            fetch()


@pytest.fixture
def limn(portal: Portal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """The command with a key: ``limn("--json")``."""
    monkeypatch.setenv("LIMN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LIMN_FETCH__USPTO_URL", portal.url)
    monkeypatch.setenv("LIMN_FETCH__USPTO_API_KEY", KEY)
    monkeypatch.setenv("LIMN_FETCH__RETRY_WAIT_S", "0.001")

    def run(*arguments: str, first: str = "2024-01-01", last: str = "2024-01-31") -> Result:
        return CliRunner().invoke(
            app, ["fetch", "uspto", "--from", first, "--to", last, *arguments]
        )

    return run


def test_the_command_prints_one_object_and_never_the_key(
    limn: Callable[..., Result], portal: Portal, tmp_path: Path
) -> None:
    portal.api_faults = [(429, {"Retry-After": "0"}, b""), (404, {}, b"")]
    answer = limn("--json", "--into", str(tmp_path / "x"))
    assert answer.exit_code == 1
    report = json.loads(answer.stdout)
    assert {file["name"]: file["state"] for file in report["files"]} == {
        "I20240102.tar": "failed",
        "I20240109.tar": "downloaded",
    }
    assert "over its limit (HTTP 429); it asks to wait 0 s; trying again in 0 s" in answer.output
    assert KEY not in answer.output
    assert KEY not in repr(read_settings())
    assert (tmp_path / "x" / "I20240109.tar").read_bytes() == WEEK[::-1]


def test_the_command_refuses_days_the_wrong_way_round(limn: Callable[..., Result]) -> None:
    answer = limn(first="2024-02-01", last="2024-01-01")
    assert isinstance(answer.exception, BadInput)
