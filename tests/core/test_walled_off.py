"""What was asked for lately is kept, whoever asks beside it."""

from concurrent.futures import ThreadPoolExecutor

from core.walled_off import WalledOff


def test_the_last_ones_asked_for_are_kept() -> None:
    made: list[frozenset[str]] = []

    def make(hidden_uploads: frozenset[str]) -> object:
        made.append(hidden_uploads)
        return object()

    walled_off = WalledOff(make)
    asked = [frozenset({f"u{n}"}) for n in range(32)]
    first = walled_off.without(asked[0])
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(walled_off.without, asked * 4))
    assert walled_off.without(asked[0]) is first
    assert sorted(made, key=sorted) == sorted(asked, key=sorted)
    walled_off.without(asked[1])
    walled_off.without(frozenset({"one more"}))
    walled_off.without(asked[0])
    assert made.count(asked[0]) == 1, "asked for again lately"
    assert len(made) == 33
    for n in range(32):
        walled_off.without(frozenset({f"v{n}"}))
    assert walled_off.without(asked[0]) is not first
