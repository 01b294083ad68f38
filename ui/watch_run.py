"""The run of `limn watch`: files taken as they come, each told when it is in."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import StorageFailed, TransientError
from ui.ingest_run import Check, check_storage
from ui.wording import counted
from workers.ingestion import resume
from workers.resources import Resources
from workers.watching import WatchedFolder, take_file


@dataclass
class FolderWatch:
    """What a watch has seen so far.

    Attributes:
        resources: With the addresses of running services.
        folder: What is watched.
        say: Takes one line for the person or the log.
        check: Keeps the services alive; see `Session.check`.
    """

    resources: Resources
    folder: WatchedFolder
    say: Callable[[str], None]
    check: Check
    _under_way: dict[str, str] = field(default_factory=dict)
    """File names by upload id."""
    _trouble: str = ""

    def run(self, every_s: float) -> None:
        """Look until interrupted.

        Raises:
            ServiceFailed: From `check`.
        """
        self.go_on()
        while True:
            self.look()
            time.sleep(every_s)

    def go_on(self) -> None:
        """Tell of what an earlier run took from this folder and did not see finished, too."""
        for upload in self.resources.catalogue.uploads():
            path = Path(upload.path)
            if path.parent == self.folder.path and upload.finished_at is None:
                self._under_way[upload.upload_id] = path.name

    def look(self) -> None:
        """Look at the folder once, and at what was taken from it.

        Trouble that may pass, a share that is not there or a full disk, is told once and waited
        out.
        """
        restarted = self.check()
        try:
            if restarted or self._trouble:  # what was sent meanwhile may be lost
                resume(self.resources)
            for path, mark in self.folder.settled():
                self._take(path, mark)
            self._tell_finished()
            if self._under_way:
                check_storage(self.resources)
        except OSError as error:
            self._tell_trouble(f"{self.folder.path} cannot be read: {error.strerror}")
        except (TransientError, StorageFailed) as error:
            self._tell_trouble(str(error))
        else:
            if self._trouble:
                self.say("going on")
            self._trouble = ""

    def _take(self, path: Path, mark: str) -> None:
        taken = take_file(self.resources, path, mark)
        if taken is None:
            return
        if taken.upload_id is None:
            self.say(f"{path.name} cannot be taken: {taken.reason}; looked at again if it changes")
            return
        self.say(f"{path.name}: taking it in")
        self._under_way[taken.upload_id] = path.name

    def _tell_finished(self) -> None:
        for upload_id, name in list(self._under_way.items()):
            progress = self.resources.catalogue.progress([upload_id])
            if progress.is_finished:
                del self._under_way[upload_id]
                self.say(
                    f"{name}: {counted(progress.n_publications, 'publication')}, "
                    f"{counted(progress.n_figures, 'figure')}; {progress.n_failed:,} figures "
                    f"failed, {len(progress.rejections):,} members or pictures refused"
                )
                for refused in progress.rejections:
                    self.say(f"{name}: refused {refused.member}: {refused.reason}")

    def _tell_trouble(self, trouble: str) -> None:
        if trouble != self._trouble:
            self.say(f"{trouble} (waiting)")
        self._trouble = trouble
