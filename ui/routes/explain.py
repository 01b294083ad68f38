"""Where a query drawing and a hit look alike."""

import io
from typing import Annotated

from fastapi import APIRouter, Form, Response, UploadFile
from pydantic import BaseModel

from core.errors import QueryInvalid
from core.ports import GreyImage
from search.orientation import Orientation, lay
from search.regions import LABEL, similar_regions
from ui.context import UiContext
from ui.faults import NotFound
from ui.query_images import read_query_figures
from ui.region_picture import draw_regions
from ui.routes.pictures import read_query_file


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


def build_router(context: UiContext) -> APIRouter:
    """One route for one pair of drawings; it embeds some 50 windows, so it is asked on demand."""
    router = APIRouter(tags=["search"])

    @router.post("/explain", response_model=Explanation)
    def explain(
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
        query = lay(_query(context, image, query_figure_id), orientation)
        figure = _figure(context, figure_id)
        pairs = similar_regions(context.resources.encoder, query, figure)
        if as_picture:
            buffer = io.BytesIO()
            draw_regions(query, figure, pairs).save(buffer, "PNG")
            return Response(buffer.getvalue(), media_type="image/png")
        regions = [Correspondence.model_validate(pair, from_attributes=True) for pair in pairs]
        return Explanation(label=LABEL, orientation=orientation, regions=regions)

    return router


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
