"""A watched folder: files that grow, break, change, come twice; restarts and absent shares."""

import shutil
from pathlib import Path

import pytest

from core.errors import QueueUnavailable
from tests.ingestion import builders
from tests.workers.line import LineResources, messages_lost
from ui.watch_run import FolderWatch
from workers import watching
from workers.ingestion import resume
from workers.watching import WatchedFolder


class Watch:
    """A watch whose clock goes on by ten seconds at every look."""

    def __init__(self, line: LineResources, folder: Path) -> None:
        self.now_s = 0.0
        self.said: list[str] = []
        folder.mkdir(exist_ok=True)
        watched = WatchedFolder(folder, settled_s=15, clock=lambda: self.now_s)
        self.run = FolderWatch(line, watched, self.said.append, lambda: False)

    def look(self, n_times: int = 1) -> list[str]:
        """What was said at these looks."""
        self.said.clear()
        for _ in range(n_times):
            self.run.look()
            self.now_s += 10
        return list(self.said)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "in"


@pytest.fixture
def watch(line: LineResources, folder: Path) -> Watch:
    return Watch(line, folder)


def _week(*numbers: str, **fields: object) -> bytes:
    return builders.tar_of(builders.weekly_files(numbers, **fields))


def test_a_file_is_taken_once_it_has_stopped_growing(
    watch: Watch, folder: Path, line: LineResources
) -> None:
    content = _week("D0900001")
    file = folder / "I20210105.tar"
    for size in range(1024, len(content), 2048):
        file.write_bytes(content[:size])
        assert watch.look() == []
    file.write_bytes(content)
    assert watch.look(2) == []
    assert watch.look() == [
        "I20210105.tar: taking it in",
        "I20210105.tar: 1 publication, 2 figures; 0 figures failed, 0 members or pictures refused",
    ]
    assert watch.look(3) == []
    assert file.read_bytes() == content
    assert line.catalogue.counts().figures == 2


def test_unfinished_hidden_and_nested_files_are_left_alone(watch: Watch, folder: Path) -> None:
    (folder / "sub").mkdir()
    for name in ("a.tar.part", "b.tar.crdownload", "c.TMP", ".d.tar", "sub/e.tar"):
        (folder / name).write_bytes(_week("D0900001"))
    assert watch.look(4) == []


def test_a_download_is_taken_under_its_final_name(watch: Watch, folder: Path) -> None:
    (folder / "I20210105.tar.part").write_bytes(_week("D0900001"))
    assert watch.look(3) == []
    (folder / "I20210105.tar.part").rename(folder / "I20210105.tar")
    assert watch.look(3)[0] == "I20210105.tar: taking it in"


def test_a_damaged_file_is_told_once_and_taken_when_it_is_mended(
    watch: Watch, folder: Path
) -> None:
    (folder / "I20210105.tar").write_bytes(b"Dear Sir or Madam")
    (told,) = watch.look(5)
    assert "I20210105.tar cannot be taken: I20210105.tar: is no tar" in told
    (folder / "I20210105.tar").write_bytes(_week("D0900001"))
    assert watch.look(4)[0] == "I20210105.tar: taking it in"


def test_a_restart_reads_nothing_again(
    watch: Watch, folder: Path, line: LineResources, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "I20210105.tar").write_bytes(_week("D0900001"))
    (folder / "broken.tar").write_bytes(b"broken")
    assert len(watch.look(3)) == 3
    read = []
    monkeypatch.setattr(watching, "start_upload", lambda *arguments: read.append(arguments))
    assert Watch(line, folder).look(4) == []
    assert read == []


def test_a_restart_tells_of_what_was_under_way(
    watch: Watch, folder: Path, line: LineResources
) -> None:
    (folder / "I20210105.tar").write_bytes(_week("D0900001"))
    with messages_lost(line):
        assert watch.look(3) == ["I20210105.tar: taking it in"]
    again = Watch(line, folder)
    again.run.go_on()
    resume(line)
    assert again.look(4) == [
        "I20210105.tar: 1 publication, 2 figures; 0 figures failed, 0 members or pictures refused"
    ]


def test_the_same_content_under_another_name_adds_nothing(
    watch: Watch, folder: Path, line: LineResources
) -> None:
    (folder / "I20210105.tar").write_bytes(_week("D0900001"))
    watch.look(3)
    shutil.copy(folder / "I20210105.tar", folder / "copy.tar")
    assert watch.look(3)[0] == "copy.tar: taking it in"
    assert len(line.catalogue.uploads()) == 1
    assert line.catalogue.counts().figures == 2


def test_refused_members_are_told_with_their_reason(watch: Watch, folder: Path) -> None:
    files = builders.weekly_files(["D0900001"]) | {"I20210105/DESIGN/USD0900002-20210105.ZIP": b"x"}
    (folder / "I20210105.tar").write_bytes(builders.tar_of(files))
    *_, refused = watch.look(3)
    assert refused.startswith("I20210105.tar: refused I20210105/DESIGN/USD0900002-20210105.ZIP: ")


def test_a_share_that_is_gone_is_waited_for(watch: Watch, folder: Path) -> None:
    (folder / "I20210105.tar").write_bytes(_week("D0900001"))
    watch.look()
    folder.rename(folder.with_name("away"))
    assert watch.look(3) == [f"{folder} cannot be read: No such file or directory (waiting)"]
    folder.with_name("away").rename(folder)
    assert watch.look(3)[::2] == ["I20210105.tar: taking it in", "going on"]


def test_a_queue_that_does_not_answer_is_waited_for(
    watch: Watch, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "I20210105.tar").write_bytes(_week("D0900001"))

    def absent(*_: object) -> None:
        raise QueueUnavailable("the queue (Redis) did not answer")

    with monkeypatch.context() as patched:
        patched.setattr(watching, "start_upload", absent)
        assert watch.look(5) == ["the queue (Redis) did not answer (waiting)"]
    assert watch.look()[0] == "I20210105.tar: taking it in"
