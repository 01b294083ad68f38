"""Archives sent over HTTP: streamed to disk, hashed on the way, then handed to the workers."""

import hashlib
import re
import shutil
import uuid
from collections.abc import AsyncIterator
from pathlib import Path, PurePosixPath

from starlette.concurrency import run_in_threadpool

from core.access import Viewer
from core.errors import ArchiveCorrupt, BadInput, StorageFailed
from ingestion.catalogue_records import Upload, UploadTerms
from ui.context import UiContext
from ui.dry_run import DryRunReport, preview_all
from ui.signature import signed_by
from workers.resources import Resources

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


async def receive_archive(
    context: UiContext, name: str, body: AsyncIterator[bytes], terms: UploadTerms | None = None
) -> Upload:
    """Keep an archive under the home and start its ingestion.

    The same bytes sent again take the place of the first copy.

    Args:
        context: Where to keep it and who takes it in.
        name: File name as the sender spells it; only its last part is used.
        body: The bytes, in any portions.
        terms: What may be done with it.

    Raises:
        ArchiveCorrupt: If it is no archive, empty, or its name names no file.
        BadInput: If an archive that all have seen is to be put behind a project's wall.
        StorageFailed: If it cannot be written: full disk, rights.
        QueueUnavailable: If the workers cannot be reached; the archive is kept.
    """
    file_name = safe_name(name)
    folder = context.uploads_folder
    draft = folder / f".{uuid.uuid4().hex}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        sha256 = await _write(draft, body, name)
        target = folder / sha256 / file_name
        is_known = target.parent.exists()
        target.parent.mkdir(exist_ok=True)
        draft.replace(target)
    except OSError as error:
        raise StorageFailed(
            f"{file_name} cannot be kept in {folder}: {error.strerror}; "
            "make room or check the rights"
        ) from error
    finally:
        draft.unlink(missing_ok=True)
    try:
        return await run_in_threadpool(context.start_upload, target, terms)
    except BadInput:
        if not is_known:  # an upload refers to the first copy; a refused one only has its name
            shutil.rmtree(target.parent, ignore_errors=True)
        raise


async def preview_archive(
    context: UiContext, name: str, body: AsyncIterator[bytes]
) -> DryRunReport:
    """Say what taking in an archive would do, without keeping it.

    Args:
        context: Whose catalogue is asked what it knows.
        name: File name as the sender spells it; only its last part is used.
        body: The bytes, in any portions.

    Raises:
        ArchiveCorrupt: If it is empty, or its name names no file.
        StorageFailed: If it cannot be written for the look: full disk, rights.
    """
    file_name = safe_name(name)
    folder = context.uploads_folder / f".{uuid.uuid4().hex}.look"
    try:
        folder.mkdir(parents=True)
        await _write(folder / file_name, body, name)
        report = await run_in_threadpool(
            preview_all, context.resources.settings, [folder / file_name], lambda _: None
        )
    except OSError as error:
        raise StorageFailed(
            f"{file_name} cannot be written to {context.uploads_folder} for a look: "
            f"{error.strerror}; make room or check the rights"
        ) from error
    finally:
        await run_in_threadpool(shutil.rmtree, folder, ignore_errors=True)
    named = [one.model_copy(update={"path": file_name}) for one in report.deliveries]
    return report.model_copy(update={"deliveries": named})


def upload_terms(
    resources: Resources, viewer: Viewer, *, is_confidential: bool, project: str | None = None
) -> UploadTerms:
    """What may be done with an archive that somebody sends.

    Args:
        resources: For its project, which is made where there is none of that name.
        viewer: Who sends it.
        is_confidential: Whether it is to stay on the premises, behind the walls of its project.
        project: Which one.

    Raises:
        BadInput: If a confidential one has no project where people sign in, or an open one has.
        NotInCasebook: If the sender is no member of the project.
    """
    if project and not is_confidential:
        raise BadInput("project: an archive that is not confidential is seen by all; leave it out")
    if is_confidential and viewer.is_walled and not project:
        raise BadInput("project: say whose members may see this confidential archive")
    if project:
        by = signed_by(resources.settings, viewer=viewer)
        project = resources.casebook.project(project, by).name
    return UploadTerms(is_confidential, project=project or None)


async def _write(path: Path, body: AsyncIterator[bytes], name: str) -> str:
    digest = hashlib.sha256()
    n_bytes = 0
    with path.open("wb") as file:
        async for portion in body:
            digest.update(portion)
            n_bytes += len(portion)
            await run_in_threadpool(file.write, portion)
    if not n_bytes:
        raise ArchiveCorrupt(name, "the file is empty (0 bytes); choose the archive again")
    return digest.hexdigest()


def safe_name(name: str) -> str:
    """The last part of a file name, with nothing in it that a file system could misread.

    Raises:
        ArchiveCorrupt: If nothing is left of it.

    Example:
        >>> safe_name("../../etc/I2022 0104.tar")
        'I2022_0104.tar'
    """
    last = PurePosixPath(name.replace("\\", "/")).name
    cleaned = _UNSAFE.sub("_", last).strip("._")[:120]
    if not cleaned:
        raise ArchiveCorrupt(name[:80] or "upload", "the name is no file name; give ?name=I….tar")
    return cleaned
