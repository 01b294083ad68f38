"""Rows of uploads, counted over their members, as records."""

from sqlalchemy import ColumnElement, Connection, Select, case, func, select

from ingestion.catalogue_records import MemberState, Upload, UploadTerms
from ingestion.catalogue_schema import upload_members, uploads


def _uploads_statement() -> Select[tuple[object, ...]]:
    def n_in(state: MemberState) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((upload_members.c.state == state, 1), else_=0)), 0)

    return (
        select(
            uploads,
            func.count(upload_members.c.member).label("n_members"),
            n_in(MemberState.DONE).label("n_done"),
            n_in(MemberState.REJECTED).label("n_rejected"),
            func.max(upload_members.c.finished_at).label("last_finished_at"),
        )
        .select_from(uploads.outerjoin(upload_members))
        .group_by(*uploads.c)
        .order_by(uploads.c.started_at.desc(), uploads.c.upload_id)
    )


def read_uploads(
    connection: Connection, where: ColumnElement[bool], limit: int | None = None
) -> list[Upload]:
    """Uploads, newest first; part of a larger transaction."""
    rows = connection.execute(_uploads_statement().where(where).limit(limit))
    return [
        Upload(
            upload_id=row.upload_id,
            path=row.path,
            size_bytes=row.size_bytes,
            started_at=row.started_at,
            finished_at=(row.last_finished_at or row.started_at)
            if row.n_members == row.n_done + row.n_rejected
            else None,
            n_members=row.n_members,
            n_done=row.n_done,
            n_rejected=row.n_rejected,
            mark=row.mark,
            terms=UploadTerms(row.is_confidential, row.budget_tokens),
        )
        for row in rows
    ]
