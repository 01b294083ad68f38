"""Is anything lost, or there twice, when processes, services and disks go while figures come in?

Each round takes the same sample archives into a home of its own and breaks something meanwhile:

    killed   every process once by SIGKILL, in random order at random moments: the supervisor
             (`limn up`), index, queue, ingest worker, model worker, pages; whatever ends is
             started again, as a person would, until all is taken in
    gone     index, queue and catalogue each away for 30 s: SIGSTOP, so that they take calls and
             answer none; SQLite is locked by somebody else
    full     the disk of the home has no room left, until a person makes some; needs the right to
             mount a file system

A round is right where every publication and as many figures as in an undisturbed run are in the
catalogue, `limn reconcile` finds figures = points + listed failures and nothing to mend, and no
traceback was shown to a person. Rounds done are kept in the folder, and not done again.

    ./run bench fault_suite --rounds 20
    ./run bench fault_suite --rounds 1 --gone --full --figures 300 --json > faults.json
"""

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.live_home import LiveHome
from benchmarks.measured_on import surroundings
from samples.archive import write_weekly_archives

_FIGURES_A_PUBLICATION = 6
_AWAY_S = 30
_MOMENTS = ("index", "queue", "catalogue")
_EVERYBODY = ("supervisor", "index", "queue", "ingest-worker", "model-worker", "pages")
_SMALL_DISK, _LARGE_DISK = 48, 2048
_PATIENCE_S = 1800


@dataclass
class Round:
    """What one round did and found."""

    kind: str
    seed: int
    broke: list[str]
    """What was broken, and at which share of the work."""
    starts: int = 0
    """Of `limn ingest`, until it ended well."""
    seconds: float = 0.0
    publications: int = 0
    figures: int = 0
    points: int = 0
    failures: int = 0
    to_mend: int = 0
    """Figures and pictures that `limn reconcile` would mend."""
    tracebacks: int = 0

    def is_right(self, n_publications: int, n_figures: int) -> bool:
        """Whether nothing was lost, nothing is there twice, and nobody was shown a traceback."""
        return (
            (self.publications, self.figures) == (n_publications, n_figures)
            and self.figures == self.points + self.failures
            and not self.to_mend
            and not self.tracebacks
        )


def main() -> None:
    """Run the rounds that are left and print a table, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--figures", type=int, default=2000, help="about so many a round")
    parser.add_argument("--gone", action="store_true", help="services away, after the rounds")
    parser.add_argument("--full", action="store_true", help="a disk without room, after the rounds")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, help="keeps rounds done; a temporary one by default")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    folder = given.folder or Path(tempfile.mkdtemp(prefix="limn-faults-"))
    n_publications = max(2, given.figures // _FIGURES_A_PUBLICATION)
    archives = _archives(folder / f"archives-{n_publications}", n_publications)
    plan = [("undisturbed", 0), *(("killed", given.seed + i) for i in range(given.rounds))]
    plan += [("gone", given.seed)] * given.gone + [("full", given.seed)] * given.full
    rounds = [_once(folder, n_publications, kind, seed, archives) for kind, seed in plan]
    n_figures = rounds[0].figures
    wrong = [each for each in rounds if not each.is_right(n_publications, n_figures)]
    if given.json:
        told = {"question": "what is lost when things break", "publications": n_publications}
        told |= {"rounds": [asdict(each) for each in rounds], "wrong": len(wrong)}
        json.dump(told | surroundings("shipped"), sys.stdout, indent=1)
    else:
        _print_table(rounds, wrong)
    sys.exit(bool(wrong))


def _archives(folder: Path, n_publications: int) -> list[Path]:
    if not folder.exists():
        draft = folder.with_suffix(".draft")
        shutil.rmtree(draft, ignore_errors=True)
        write_weekly_archives(draft, n_publications=n_publications, n_archives=2, seed=11)
        draft.rename(folder)
    return sorted(folder.iterdir())


def _once(
    folder: Path, n_publications: int, kind: str, seed: int, archives: Sequence[Path]
) -> Round:
    """A round, done now or found done."""
    kept = folder / f"{kind}-{seed}-{n_publications}.json"
    if kept.exists():
        return Round(**json.loads(kept.read_text()))
    home = folder / f"{kind}-{seed}-home"
    shutil.rmtree(home, ignore_errors=True)
    home.with_name(f"{home.name}.err").unlink(missing_ok=True)
    started, here = time.monotonic(), Round(kind, seed, [])
    with _disk(home) if kind == "full" else contextlib.nullcontext():
        limn = LiveHome(home)
        try:
            _take_in(limn, here, n_publications, archives)
            _look(limn, here)
        finally:
            limn.stop()
        here.seconds = round(time.monotonic() - started, 1)
    kept.write_text(json.dumps(asdict(here)))
    shutil.rmtree(home, ignore_errors=True)
    print(json.dumps(asdict(here)), file=sys.stderr)
    return here


def _take_in(limn: LiveHome, here: Round, n_publications: int, archives: Sequence[Path]) -> None:
    """Take the archives in while things break, starting again whatever ended, until all is in."""
    chance = random.Random(here.seed)
    victims = {"killed": _EVERYBODY, "gone": _MOMENTS, "full": ()}.get(here.kind, ())
    order = chance.sample(victims, len(victims))
    moments = sorted(chance.uniform(0.02, 0.9) for _ in order)
    due = list(zip(moments, order, strict=True))
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        if limn.up is None or limn.up.poll() is not None:
            limn.serve()
        here.starts += 1
        ingest = limn.start("ingest", *archives)
        while ingest.poll() is None:
            if due and _share_done(limn, n_publications) >= due[0][0]:
                moment, victim = due.pop(0)
                here.broke.append(f"{victim} at {moment:.0%}")
                _break(limn, here.kind, victim)
            time.sleep(0.1)
        if ingest.returncode in (0, 1) and not due:
            return
        if here.kind == "full" and "room" not in here.broke:
            here.broke.append("room")
            _mount(limn.folder, _LARGE_DISK, "remount,")
    raise SystemExit(f"{here.kind} {here.seed}: not whole after {_PATIENCE_S} s; {limn.said}")


def _share_done(limn: LiveHome, n_publications: int) -> float:
    """How much of the work is done, half of it being cut and half of it being indexed."""
    figures = limn.count("SELECT count(*) FROM figures WHERE NOT is_front_page")
    indexed = limn.count("SELECT count(*) FROM figures WHERE stage = 'indexed'")
    publications = limn.count("SELECT count(*) FROM publications")
    return publications / n_publications * (1 + indexed / max(figures, 1)) / 2


def _break(limn: LiveHome, kind: str, victim: str) -> None:
    if kind == "gone" and victim == "catalogue":
        with contextlib.closing(sqlite3.connect(limn.folder / "catalogue.sqlite3")) as catalogue:
            catalogue.execute("PRAGMA busy_timeout = 60000")
            catalogue.execute("BEGIN EXCLUSIVE")
            time.sleep(_AWAY_S)
            catalogue.rollback()
        return
    pid = limn.up.pid if limn.up and victim == "supervisor" else limn.pids().get(victim)
    with contextlib.suppress(ProcessLookupError):  # on its way to its next start
        if pid and kind == "gone":
            os.kill(pid, signal.SIGSTOP)
            time.sleep(_AWAY_S)
            os.kill(pid, signal.SIGCONT)
        elif pid:
            os.kill(pid, signal.SIGKILL)
            if victim == "supervisor" and limn.up:
                limn.up.wait()


def _look(limn: LiveHome, here: Round) -> None:
    status, agreed = limn.ask("status"), limn.ask("reconcile")
    here.publications, here.figures = status["publications"], status["figures"]
    here.points, here.failures = agreed["points"], agreed["failures"]
    faults = ("missing", "orphans", "stale", "pictures_missing", "pictures_corrupt")
    here.to_mend = sum(len(agreed[fault]) for fault in faults)
    here.tracebacks = limn.said.read_text().count("Traceback")


@contextlib.contextmanager
def _disk(home: Path) -> Iterator[None]:
    """A small file system under the home."""
    home.mkdir(parents=True)
    _mount(home, _SMALL_DISK)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(home)], check=True)


def _mount(home: Path, size_mb: int, how: str = "") -> None:
    options = f"{how}size={size_mb}m"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "limn-faults", str(home)], check=True)


def _print_table(rounds: Sequence[Round], wrong: Sequence[Round]) -> None:
    print("round            starts   s  publications  figures  points  failures  mend  tracebacks")
    for each in rounds:
        print(
            f"{each.kind:>11} {each.seed:<4} {each.starts:>6} {each.seconds:>6.0f} "
            f"{each.publications:>10,} {each.figures:>9,} {each.points:>7,} {each.failures:>8,} "
            f"{each.to_mend:>6,} {each.tracebacks:>8,}  {'; '.join(each.broke)}"
        )
    print(f"{len(wrong)} of {len(rounds)} rounds lost something, kept it twice or broke in sight")


if __name__ == "__main__":
    main()
