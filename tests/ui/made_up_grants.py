"""Four grants, drawn and written in the layout of a weekly archive."""

import io
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw

_VIEWS = ("perspective", "front", "rear")


@dataclass(frozen=True)
class Grant:
    """What a grant of the corpus says and shows."""

    number: str
    title: str
    locarno: str
    corners: tuple[tuple[float, float], ...]
    """Outline in the unit square; its views are stretched copies."""
    owner: str = "Northlight Design"


_SHAPES = {
    "chair": ((0, 0), (0.25, 0), (0.25, 0.5), (1, 0.5), (1, 1), (0, 1)),
    "stool": ((0, 0), (1, 0), (1, 0.2), (0.7, 1), (0.3, 1), (0, 0.2)),
    "bottle": ((0.35, 0), (0.65, 0), (0.65, 0.3), (1, 1), (0, 1), (0.35, 0.3)),
    "lamp": ((0.2, 0), (0.8, 0), (1, 0.4), (0, 0.4), (0.5, 1)),
}
CORPUS = (
    Grant("D0900001", "Chair", "0601", _SHAPES["chair"]),
    Grant("D0900002", "Bar stool", "0601", _SHAPES["stool"]),
    Grant("D0900003", "Bottle", "0901", _SHAPES["bottle"]),
    Grant("D0900004", "Table <lamp> & shade", "2605", _SHAPES["lamp"]),
)


def drawing(grant: Grant, view: int = 0, size_px: int = 420) -> Image.Image:
    """One view of a grant, black lines on white."""
    stretch = (1.0, 0.6, 0.8)[view]
    page = Image.new("L", (size_px + 40, size_px + 40), "white")
    points = [(20 + x * size_px * stretch, 20 + y * size_px) for x, y in grant.corners]
    pen = ImageDraw.Draw(page)
    pen.polygon(points, outline="black", width=6)
    middle = (sum(x for x, _ in points) / len(points), sum(y for _, y in points) / len(points))
    for point in points[:: view + 1]:
        pen.line([middle, point], fill="black", width=3)
    return page


def png(image: Image.Image) -> bytes:
    """An image as a PNG file."""
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _tiff(image: Image.Image) -> bytes:
    sheet = Image.new("1", (1200, 1600), 1)
    sheet.paste(image.convert("1"), (300, 500))
    file = io.BytesIO()
    sheet.save(file, "TIFF", compression="group4", dpi=(300, 300))
    return file.getvalue()


def _document(grant: Grant, base: str) -> str:
    title = grant.title.replace("&", "&amp;").replace("<", "&lt;")
    captions = "".join(
        f"<p>FIG. {n} is a {view} view of a {title.lower()} showing my new design;</p>"
        for n, view in enumerate(_VIEWS, start=1)
    )
    images = "".join(
        f'<figure><img file="{base}-D0000{n}.TIF" he="100mm" wi="80mm"/></figure>' for n in range(4)
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<us-patent-grant lang="EN" country="US"><us-bibliographic-data-grant>
<publication-reference><document-id><country>US</country><doc-number>{grant.number}</doc-number>
<kind>S1</kind><date>20210105</date></document-id></publication-reference>
<application-reference appl-type="design"><document-id><country>US</country>
<doc-number>297{grant.number[-5:]}</doc-number><date>20190402</date></document-id></application-reference>
<classification-locarno><edition>13</edition>
<main-classification>{grant.locarno}</main-classification></classification-locarno>
<classification-national><country>US</country><main-classification>D 6300</main-classification>
</classification-national><invention-title>{title}</invention-title>
<us-references-cited><us-citation><patcit num="00001"><document-id><country>US</country>
<doc-number>D900002</doc-number><kind>S</kind></document-id></patcit></us-citation>
</us-references-cited><figures><number-of-drawing-sheets>3</number-of-drawing-sheets>
<number-of-figures>3</number-of-figures></figures>
<assignees><assignee><addressbook><orgname>{grant.owner}</orgname></addressbook></assignee>
</assignees></us-bibliographic-data-grant><drawings>{images}</drawings>
<description><description-of-drawings>{captions}<p>The broken lines form no part of the claimed
design.</p></description-of-drawings></description></us-patent-grant>"""


def write_archive(path: Path, grants: tuple[Grant, ...]) -> Path:
    """A weekly archive in the layout of the USPTO."""
    with tarfile.open(path, "w") as archive:
        for grant in grants:
            base = f"US{grant.number}-20210105"
            packed = io.BytesIO()
            with zipfile.ZipFile(packed, "w") as unit:
                unit.writestr(f"{base}/{base}.XML", _document(grant, base))
                for n in range(4):
                    view = drawing(grant, max(n - 1, 0))
                    unit.writestr(f"{base}/{base}-D0000{n}.TIF", _tiff(view))
            member = tarfile.TarInfo(f"I20210105/DESIGN/{base}.ZIP")
            member.size = packed.tell()
            packed.seek(0)
            archive.addfile(member, packed)
    return path
