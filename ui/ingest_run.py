"""One run of `limn ingest`: archives in, progress watched in the ledger, an account at the end."""

import shutil
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeAlias

from pydantic import BaseModel

from core.errors import ArchiveCorrupt, StorageFailed
from core.records import Stage
from ingestion.catalogue_records import MemberState, StoreOutcome, UploadProgress, UploadTerms
from ingestion.delivery import Leftovers
from ui.description_states import described_states
from ui.patience import Patience
from workers.ingestion import enter_upload, resume, send_upload
from workers.resources import Resources

_POLL_S = 0.25
_REST = 4
"""Looks that a wait between two is long: a large catalogue is not kept busy."""
_QUIET_BEFORE_RESEND_S = 30
"""Nothing moved and nothing is queued for so long: messages were lost; send them again."""

_LEAST_FREE_BYTES = 32 * 2**20
"""Less room than this under the home is a full disk: the services still need some to stop."""
NOTHING_LOST = "Nothing is lost: mend it, then run the same command again"

_REJECTED = "rejected"

Watch: TypeAlias = Callable[[UploadProgress], None]
Check: TypeAlias = Callable[[], bool]


class Rejected(BaseModel):
    """Something that could not be used."""

    archive: str
    """Path of its archive."""
    member: str
    reason: str


class LeftAlone(BaseModel):
    """A file that no publication is made of, which is no fault."""

    archive: str
    member: str
    reason: str


class IngestReport(BaseModel):
    """What one run did; the stable JSON of `limn ingest --json`.

    `figures` = `indexed` + `unchanged` + `failed`, front-page copies not counted.
    """

    publications: int
    figures: int
    indexed: int
    """Figures this run put into the index."""
    unchanged: int
    """Figures that were in the index before."""
    failed: int
    """Figures listed as failed; `limn status` gives the reasons."""
    rejected: list[Rejected]
    left_alone: int
    """Files in the archives that belong to no design publication."""
    left_alone_files: list[LeftAlone] = []
    """Those files, up to 10,000 of each archive."""
    beside: list[str] = []
    """Files beside the archives that belong to none of them."""
    seconds: float
    members: dict[str, int]
    """Members by what this run made of them: the outcomes of storing, and `rejected`. One that an
    earlier run had stored is `unchanged`."""
    states: dict[str, int]
    """Figures by stage; those of withdrawn publications are none of them."""
    descriptions: dict[str, int]
    """Figures of the whole collection that models are asked about, by how far that has come."""


def ingest_archives(
    resources: Resources,
    paths: Sequence[Path],
    watch: Watch,
    patience: Patience,
    terms: UploadTerms | None = None,
) -> IngestReport:
    """Take archives in through the workers and wait until every figure is settled.

    Args:
        resources: With the addresses of running services.
        paths: Archives or folders.
        watch: Called with the progress several times a second.
        patience: With services that are away; its check is made between looks.
        terms: What may be done with the archives.

    Raises:
        ServiceFailed: If services of this command die again and again.
        TransientError: If one stays away; everything entered is kept for the next run.
        ConfigurationFault: If a person must mend something first, a full disk say; everything
            entered is kept for the next run.
    """
    started = time.monotonic()
    patience.run(partial(start_afresh, resources))
    catalogue = resources.catalogue
    upload_ids: list[str] = []
    rejected: list[Rejected] = []
    n_left_alone = 0
    left_alone: list[LeftAlone] = []
    indexed_before: set[str] = set()
    done_before: set[tuple[str, str]] = set()
    for path in paths:
        if patience.check():
            patience.run(partial(resume, resources))
        try:
            entered = patience.run(partial(enter_upload, resources, path, terms))
        except ArchiveCorrupt as error:
            refused = Rejected(archive=str(path), member=error.member, reason=error.reason)
            rejected.append(refused)
            continue
        upload_id = entered.upload.upload_id
        n_left_alone += entered.left.n_files
        left_alone += list_left_alone(path, entered.left)
        upload_ids.append(upload_id)
        indexed = partial(catalogue.figure_ids, stage=Stage.INDEXED, upload_id=upload_id)
        indexed_before |= set(patience.run(indexed))
        done_before |= {
            (upload_id, member.member)
            for member in patience.run(partial(catalogue.members, upload_id))
            if member.state is MemberState.DONE
        }
        patience.run(partial(send_upload, resources, entered))  # or the above counts what it does
    progress = _wait(resources, upload_ids, watch, patience)
    unchanged = indexed_before | _found_again(resources, upload_ids, done_before)
    rejected += list_refused(resources, upload_ids)
    return IngestReport(
        publications=progress.n_publications,
        figures=progress.n_figures,
        indexed=progress.by_stage[Stage.INDEXED] - len(unchanged),
        unchanged=len(unchanged),
        failed=progress.n_failed,
        rejected=rejected,
        left_alone=n_left_alone,
        left_alone_files=left_alone,
        seconds=round(time.monotonic() - started, 2),
        members=_tally_members(resources, upload_ids, done_before),
        states={stage.value: n for stage, n in progress.by_stage.items()},
        descriptions=described_states(resources.catalogue),
    )


def list_refused(resources: Resources, upload_ids: Sequence[str]) -> list[Rejected]:
    """Everything refused of some uploads, in the order in which they came."""
    return [
        Rejected(archive=one.upload, member=one.member, reason=one.reason)
        for one in resources.catalogue.refused(upload_ids)
    ]


def list_left_alone(archive: Path, left: Leftovers) -> list[LeftAlone]:
    """Files of an archive that no publication is made of, as reports give them."""
    return [
        LeftAlone(archive=str(archive), member=one.member, reason=one.reason) for one in left.listed
    ]


def _tally_members(
    resources: Resources, upload_ids: Sequence[str], done_before: set[tuple[str, str]]
) -> dict[str, int]:
    tally = dict.fromkeys([*(outcome.value for outcome in StoreOutcome), _REJECTED], 0)
    for upload_id in upload_ids:
        for member in resources.catalogue.members(upload_id):
            if (upload_id, member.member) in done_before:
                tally[StoreOutcome.UNCHANGED] += 1
            elif member.outcome is not None:
                tally[member.outcome] += 1
            else:
                tally[_REJECTED] += 1
    return tally


def _found_again(
    resources: Resources, upload_ids: Sequence[str], done_before: set[tuple[str, str]]
) -> set[str]:
    """Indexed figures of publications that this run met again, unchanged, in another archive."""
    return {
        figure_id
        for upload_id in upload_ids
        for member in resources.catalogue.members(upload_id)
        if member.outcome in (StoreOutcome.UNCHANGED, StoreOutcome.OLDER)
        and (upload_id, member.member) not in done_before
        for figure_id in resources.catalogue.figure_ids(
            stage=Stage.INDEXED, publication_id=member.publication_id
        )
    }


def settle(resources: Resources, watch: Watch, check: Check) -> UploadProgress:
    """Wait until every figure that is in the catalogue is indexed or listed as failed.

    Args:
        resources: With the addresses of running services.
        watch: Called with the progress several times a second.
        check: Called between looks, to keep the services alive; see `Session.check`.
    """
    upload_ids = [upload.upload_id for upload in resources.catalogue.uploads()]
    return _wait(resources, upload_ids, watch, Patience(check, wait_s=0))


def start_afresh(resources: Resources) -> None:
    """Take what stopped the workers before for mended, and have them try at once."""
    if resources.queue.fault():
        resources.queue.clear_fault()
        resume(resources)


def check_storage(resources: Resources) -> None:
    """Stop while there is room left to stop in, or where the workers cannot go on.

    Raises:
        ConfigurationFault: Says what to mend; nothing is lost.
    """
    home = resources.settings.home
    free_bytes = shutil.disk_usage(home).free
    if free_bytes < _LEAST_FREE_BYTES:
        raise StorageFailed(
            f"the disk of {home} is full ({free_bytes / 2**20:.1f} MB free). {NOTHING_LOST}"
        )
    if fault := resources.queue.fault():
        raise type(fault)(f"{fault}. {NOTHING_LOST}")


def _wait(
    resources: Resources, upload_ids: Sequence[str], watch: Watch, patience: Patience
) -> UploadProgress:
    quiet_since, seen = time.monotonic(), None
    while True:
        began = time.monotonic()
        progress = patience.run(partial(resources.catalogue.progress, upload_ids))
        look_s = time.monotonic() - began
        watch(progress)
        if progress.is_finished:
            return progress
        patience.run(partial(check_storage, resources))
        if patience.check():
            patience.run(partial(resume, resources))
        state = (progress.n_pending, progress.n_obsolete, dict(progress.by_stage))
        if state != seen or any(patience.run(resources.queue.depths).values()):
            quiet_since, seen = time.monotonic(), state
        elif time.monotonic() - quiet_since > _QUIET_BEFORE_RESEND_S:
            patience.run(partial(resume, resources))
            quiet_since = time.monotonic()
        time.sleep(max(_POLL_S, _REST * look_s))
