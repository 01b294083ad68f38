"""One run of `limn retry`: everything listed as failed or rejected is tried again."""

from pydantic import BaseModel

from core.records import Stage
from ingestion.refused_uploads import without_replaced
from ui.ingest_run import Check, Rejected, Watch, list_refused, settle, start_afresh
from workers.ingestion import enter_refused_again, resume
from workers.recovery import recut
from workers.resources import Resources


class RetryReport(BaseModel):
    """What one retry did; the stable JSON of `limn retry --json`."""

    retried: int
    """Figures, archive members and whole archives tried again."""
    failed: int
    """Figures that are still listed as failed."""
    rejected: list[Rejected]
    """What is still refused; without archives in whose place another file was read since."""


def retry_failed(resources: Resources, watch: Watch, check: Check) -> RetryReport:
    """Try everything again that is listed as failed or rejected, and wait for it.

    Args:
        resources: With the addresses of running services.
        watch: Called with the progress several times a second.
        check: Called between looks, to keep the services alive; see `Session.check`.
    """
    retried = send_again(resources)
    progress = settle(resources, watch, check)
    uploads = without_replaced(resources.catalogue.uploads())
    return RetryReport(
        retried=retried,
        failed=progress.n_failed,
        rejected=list_refused(resources, [one.upload_id for one in uploads]),
    )


def send_again(resources: Resources) -> int:
    """Send everything that is listed as failed or rejected to the workers once more.

    Returns:
        How many figures, archive members, and archives of which nothing could be read.
    """
    start_afresh(resources)
    catalogue = resources.catalogue
    uploads = [upload for upload in catalogue.uploads() if upload.n_rejected]
    n_archives = enter_refused_again(resources)
    n_members = sum(len(catalogue.reopen_members(upload.upload_id)) for upload in uploads)
    n_figures = len(catalogue.reset_failures())
    recut(resources, catalogue.figure_ids(stage=Stage.STORED))
    resume(resources)
    return n_archives + n_members + n_figures
