"""Pictures by content: immutable, so a browser asks once, or asks no more than whether it may."""

import io
import re
from typing import Annotated, BinaryIO, Literal, TypeAlias

from fastapi import APIRouter, Form, Header, Response, UploadFile
from PIL import Image
from pydantic import BaseModel

from core.errors import PictureUnreadable
from ingestion.pictures import PictureStore
from ui.access_guard import Seen
from ui.context import UiContext
from ui.faults import NotFound, TooLarge
from ui.picture_edits import PictureEdits
from ui.query_images import read_query_figures
from ui.routes.bodies import parse_object

MAX_QUERY_FILE_BYTES = 32 * 2**20
_IfNoneMatch: TypeAlias = Annotated[str | None, Header()]
_Form: TypeAlias = Literal["original", "png", "small"]
_KEPT = "max-age=31536000, immutable"
_ASKED_AGAIN = "no-cache"
"""Whoever signs in next at the same browser may not see what the last one saw."""
_SHA256 = re.compile(r"[0-9a-f]{64}")
_PNG = b"\x89PNG"
_SIGNATURES = (
    (_PNG, "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"GIF8", "image/gif"),
    (b"RIFF", "image/webp"),
)


class QueryView(BaseModel):
    """One drawing of a query file, kept so that a link can name it."""

    sha256: str
    width_px: int
    height_px: int


class QueryFile(BaseModel):
    """A query file, cut into its drawings."""

    name: str
    views: list[QueryView]
    notice: str | None
    """What its sender should know: say, that it looks like a photograph."""


def build_router() -> APIRouter:
    """Routes for stored pictures, thumbnails and query drawings."""
    router = APIRouter(tags=["pictures"])

    @router.get("/pictures/{sha256}", response_class=Response)
    def get_picture(
        seen: Seen, sha256: str, if_none_match: _IfNoneMatch = None, png: bool = False
    ) -> Response:
        """A stored picture at full resolution, as it came or, for browsers, as PNG."""
        form: _Form = "png" if png else "original"
        return _answer(seen, seen.resources.pictures, sha256, if_none_match, form)

    @router.get("/thumbnails/{sha256}", response_class=Response)
    def get_thumbnail(seen: Seen, sha256: str, if_none_match: _IfNoneMatch = None) -> Response:
        """A stored picture, small."""
        return _answer(seen, seen.resources.pictures, sha256, if_none_match, "small")

    @router.get("/queries/{sha256}", response_class=Response)
    def get_query_view(seen: Seen, sha256: str, if_none_match: _IfNoneMatch = None) -> Response:
        """A drawing somebody searched with, small."""
        return _answer(seen, seen.query_views, sha256, if_none_match, "small")

    @router.get("/queries/{sha256}/picture", response_class=Response)
    def get_query_picture(seen: Seen, sha256: str, if_none_match: _IfNoneMatch = None) -> Response:
        """A drawing somebody searched with, at full resolution."""
        return _answer(seen, seen.query_views, sha256, if_none_match, "original")

    @router.post("/queries", status_code=201)
    def add_query_file(
        seen: Seen, image: UploadFile, edits: Annotated[str, Form()] = "{}"
    ) -> QueryFile:
        """Keep a drawing to search with; a sheet becomes one view for each of its figures.

        `edits` is JSON: how the picture is turned, cropped, covered and redrawn first.
        """
        name = image.filename or "drawing"
        read = read_query_figures(
            read_query_file(image.file, name),
            name,
            seen.resources.settings.limits,
            PictureEdits.parse(parse_object(edits, "edits")),
        )
        views = [
            QueryView(
                sha256=seen.query_views.put_figure(f), width_px=f.shape[1], height_px=f.shape[0]
            )
            for f in read.figures
        ]
        return QueryFile(name=name, views=views, notice=read.notice)

    return router


def read_query_file(image: BinaryIO, name: str) -> bytes:
    """The bytes of a picture sent as a query.

    Raises:
        TooLarge: If there are more than `MAX_QUERY_FILE_BYTES`.
    """
    data = image.read(MAX_QUERY_FILE_BYTES + 1)
    if len(data) > MAX_QUERY_FILE_BYTES:
        limit_mb = MAX_QUERY_FILE_BYTES // 2**20
        raise TooLarge(f"{name} is larger than the {limit_mb} MB a query drawing may have")
    return data


def _answer(
    seen: UiContext, store: PictureStore, sha256: str, if_none_match: str | None, form: _Form
) -> Response:
    if not _SHA256.fullmatch(sha256):
        raise NotFound(f"{sha256[:80]!r} is not the SHA-256 of a picture")
    etag = f'"{sha256}{"" if form == "original" else f"-{form}"}"'
    headers = {
        "ETag": etag,
        "Cache-Control": f"private, {_KEPT if seen.identities.mode == 'open' else _ASKED_AGAIN}",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    try:
        if if_none_match is not None and etag in if_none_match and store.holds(sha256):
            return Response(status_code=304, headers=headers)
        data = store.thumbnail(sha256) if form == "small" else store.get(sha256)
    except PictureUnreadable as error:
        raise NotFound(str(error)) from error
    if form == "png" and not data.startswith(_PNG):
        data = _as_png(data)
    return Response(data, media_type=_media_type(data), headers=headers)


def _as_png(data: bytes) -> bytes:
    """The same pixels as PNG."""
    written = io.BytesIO()
    with Image.open(io.BytesIO(data)) as picture:
        picture.save(written, "PNG")
    return written.getvalue()


def _media_type(data: bytes) -> str:
    for signature, media_type in _SIGNATURES:
        if data.startswith(signature):
            return media_type
    return "application/octet-stream"
