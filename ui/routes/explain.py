"""Where a query drawing and a hit look alike."""

import io
import re
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Form, Header, Response, UploadFile
from pydantic import BaseModel

from core.errors import PictureUnreadable, QueryInvalid
from core.ports import GreyImage
from search.orientation import Orientation, lay
from search.regions import LABEL, RegionPair, similar_regions
from ui.access_guard import Seen
from ui.context import UiContext
from ui.faults import NotFound
from ui.problems import problem
from ui.query_images import read_query_figures
from ui.region_picture import draw_regions
from ui.routes.pictures import read_query_file

_SHA256 = re.compile(r"[0-9a-f]{64}")
_OURS = (None, "same-origin", "none")
"""What browsers say of who follows a link: nothing (old ones), our page, a typed address."""


class Region(BaseModel):
    """In pixels of its drawing; right and bottom are outside."""

    left: int
    top: int
    right: int
    bottom: int


class Correspondence(BaseModel):
    """Two regions that are each other's most similar."""

    query: Region
    """In the query as it is laid."""
    figure: Region
    similarity: float


class Explanation(BaseModel):
    """Similar regions, most similar first."""

    label: str
    orientation: Orientation
    regions: list[Correspondence]


def build_router() -> APIRouter:
    """Routes for one pair of drawings; each embeds some 50 windows, so it is asked on demand."""
    router = APIRouter(tags=["search"])

    @router.post("/explain", response_model=Explanation)
    def explain(
        seen: Seen,
        figure_id: Annotated[str, Form()],
        image: UploadFile | None = None,
        query_figure_id: Annotated[str | None, Form()] = None,
        orientation: Annotated[Orientation, Form()] = Orientation.AS_DRAWN,
        *,
        as_picture: Annotated[bool, Form()] = False,
    ) -> Explanation | Response:
        """Similar regions of a drawing (`image`) or figure (`query_figure_id`) and a figure.

        `orientation` is what the search told of the figure; `as_picture` answers a PNG.
        """
        query = lay(_query(seen, image, query_figure_id), orientation)
        figure = _figure(seen, figure_id)
        pairs = similar_regions(seen.resources.encoder, query, figure)
        if as_picture:
            return _picture(query, figure, pairs)
        regions = [Correspondence.model_validate(pair, from_attributes=True) for pair in pairs]
        return Explanation(label=LABEL, orientation=orientation, regions=regions)

    @router.get("/explain", response_class=Response)
    def explain_by_link(
        seen: Seen,
        figure_id: str,
        drawing: str | None = None,
        query_figure_id: str | None = None,
        orientation: Orientation = Orientation.AS_DRAWN,
        sec_fetch_site: Annotated[str | None, Header()] = None,
    ) -> Response:
        """The picture of similar regions, for a link.

        The query is a drawing kept here (`drawing`, its SHA-256) or a figure (`query_figure_id`).
        """
        if sec_fetch_site not in _OURS:  # a picture on a foreign page would keep the encoder busy
            said = "foreign pages may not have drawings compared by this server"
            return problem(403, "Refused", said, remedy="Open Limn by its own address.")
        if (drawing is None) == (query_figure_id is None):
            raise QueryInvalid("give either drawing, a SHA-256, or query_figure_id")
        asked = _kept(seen, drawing) if drawing else _figure(seen, str(query_figure_id))
        query = lay(asked, orientation)
        figure = _figure(seen, figure_id)
        return _picture(query, figure, similar_regions(seen.resources.encoder, query, figure))

    return router


def _picture(query: GreyImage, figure: GreyImage, pairs: Sequence[RegionPair]) -> Response:
    buffer = io.BytesIO()
    draw_regions(query, figure, pairs).save(buffer, "PNG")
    return Response(buffer.getvalue(), media_type="image/png")


def _kept(context: UiContext, sha256: str) -> GreyImage:
    if not _SHA256.fullmatch(sha256):
        raise NotFound(f"{sha256[:80]!r} is not the SHA-256 of a drawing")
    try:
        return context.query_views.get_figure(sha256)
    except PictureUnreadable as error:
        raise NotFound(str(error)) from error


def _query(context: UiContext, image: UploadFile | None, figure_id: str | None) -> GreyImage:
    if (image is None) == (figure_id is None):
        raise QueryInvalid("give either image, a file, or query_figure_id")
    if image is None:
        return _figure(context, str(figure_id))
    name = image.filename or "drawing"
    limits = context.resources.settings.limits
    return read_query_figures(read_query_file(image.file, name), name, limits).figures[0]


def _figure(context: UiContext, figure_id: str) -> GreyImage:
    rows = context.resources.catalogue.figures([figure_id])
    if not rows:
        raise NotFound(f"no figure {figure_id}")
    return context.resources.pictures.get_figure(rows[0].figure.sha256)
