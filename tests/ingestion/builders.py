"""Tiny grants in the USPTO's own layout, made in code: XML, 1-bit TIFF, zip, weekly tar.

Tests reach these through the `build` and `weekly_archive` fixtures.
"""

import gzip
import io
import tarfile
import zipfile
from collections.abc import Mapping, Sequence

from PIL import Image, ImageDraw

WEEK = "20210105"
CAPTIONS = (
    "FIG. 1 is a front perspective view of a shaving razor, showing my new design;",
    "FIG. 2 is a rear view thereof; and,",
)
CITATION = """<us-citation><patcit num="00001"><document-id><country>{country}</country>
<doc-number>{number}</doc-number><kind>S</kind><name>Brown</name><date>19990100</date>
</document-id></patcit><category>cited by examiner</category></us-citation>"""
ORGANISATION = "<addressbook><orgname>{}</orgname></addressbook>"
PERSON = "<addressbook><last-name>{}</last-name><first-name>{}</first-name></addressbook>"


def tiff(width: int = 300, height: int = 200) -> bytes:
    """A 1-bit Group 4 page with a box drawn on it, 300 dpi."""
    page = Image.new("1", (width, height), 1)
    draw = ImageDraw.Draw(page)
    draw.rectangle((width // 4, height // 4, width // 2, height // 2), outline=0, width=3)
    packed = io.BytesIO()
    page.save(packed, "TIFF", compression="group4", dpi=(300, 300))
    return packed.getvalue()


def png(width: int = 120, height: int = 90, ink: int = 1) -> bytes:
    """A grey page with a box drawn on it, `ink` steps wide."""
    page = Image.new("L", (width, height), 255)
    box = (width // 6, height // 5, width // 6 + 10 * ink, height * 7 // 9)
    ImageDraw.Draw(page).rectangle(box, outline=0, width=3)
    packed = io.BytesIO()
    page.save(packed, "PNG")
    return packed.getvalue()


def grant_xml(
    number: str = "D0907292",
    *,
    title: str = "Shaving razor",
    paragraphs: Sequence[str] = CAPTIONS,
    n_sheets: int = 2,
    landscape: Sequence[int] = (),
    images: Sequence[str] | None = None,
    kind: str = "S1",
    appl_type: str = "design",
    us_classes: Sequence[str] = ("D28 47",),
    locarno: Sequence[str] | None = ("2803",),
    parties: str = "",
    assignees: str = ORGANISATION.format("Møller &amp; Søn A/S"),
    citations: str = "",
    extra: str = "",
    doctype: str = '<!DOCTYPE us-patent-grant SYSTEM "us-patent-grant-v45-2014-04-03.dtd" [ ]>',
) -> bytes:
    """A design grant's document; `extra` goes into the bibliography as it is."""
    files = images or [f"US{number}-{WEEK}-D{n:05}.TIF" for n in range(n_sheets + 1)]
    figures = "".join(
        f'<figure id="f{n}" num="{n:05}"><img id="i{n}" he="95mm" wi="60mm" file="{file}" '
        f"{'orientation=' + chr(34) + 'landscape' + chr(34) if n in landscape else ''} "
        'alt="embedded image" img-content="drawing" img-format="tif"/></figure>'
        for n, file in enumerate(files)
    )
    fields = {
        "us": _parts("classification", us_classes),
        "locarno": "" if locarno is None else _locarno(locarno),
        "p": "".join(f"<p>{text}</p>" for text in paragraphs),
        "assignees": f"<assignees><assignee>{assignees}</assignee></assignees>" * bool(assignees),
        "parties": f"<us-parties>{parties}</us-parties>" * bool(parties),
        "citations": f"<us-references-cited>{citations}</us-references-cited>" * bool(citations),
    }
    return f"""<?xml version="1.0" encoding="UTF-8"?>
{doctype}
<us-patent-grant lang="EN" dtd-version="v4.5 2014-04-03" country="US" date-publ="{WEEK}">
<us-bibliographic-data-grant>
<publication-reference><document-id><country>US</country><doc-number>{number}</doc-number>
<kind>{kind}</kind><date>{WEEK}</date></document-id></publication-reference>
<application-reference appl-type="{appl_type}"><document-id><country>US</country>
<doc-number>29707368</doc-number><date>20190927</date></document-id></application-reference>
{fields["locarno"]}
<classification-national><country>US</country>{fields["us"]}</classification-national>
<invention-title id="d2e53">{title}</invention-title>{fields["citations"]}
<figures><number-of-drawing-sheets>{len(files) - 1}</number-of-drawing-sheets>
<number-of-figures>{len(paragraphs)}</number-of-figures></figures>
{fields["parties"]}{fields["assignees"]}{extra}
</us-bibliographic-data-grant>
<drawings id="DRAWINGS">{figures}</drawings>
<description id="description"><?brief-description-of-drawings end="lead"?>
<description-of-drawings>{fields["p"]}</description-of-drawings>
<?brief-description-of-drawings end="tail"?></description>
<claims><claim><claim-text>The ornamental design, as shown.</claim-text></claim></claims>
</us-patent-grant>
""".encode()


def grant_sgml(
    number: str = "D0456619",
    *,
    title: str = "Caf&eacute; table",
    paragraphs: Sequence[str] = CAPTIONS,
    citations: str = "",
    parties: str = "",
    related: str = "",
    n_sheets: int = 2,
    prologue: str = '<?xml version="1.0" encoding="UTF-8"?>',
    closing: str = "/>",
) -> bytes:
    """A design grant in ST.32; `closing` ends its empty elements, ``">"`` in SGML proper."""
    stem = f"US{number}-20020507"
    images = "".join(
        f'<EMI ID="EMI-D{n:05}" FILE="{stem}-D{n:05}.TIF"{closing}' for n in range(n_sheets + 1)
    )
    text = "".join(
        f'<PARA ID="P-{n:05}" LVL="7"><PTEXT><PDAT>{sentence}</PDAT></PTEXT></PARA>'
        for n, sentence in enumerate(paragraphs, 1)
    )
    return f"""{prologue}
<PATDOC DTD="2.5" STATUS="Build 20020101">
<SDOBI><B100><B110><DNUM><PDAT>{number}</PDAT></DNUM></B110><B130><PDAT>S1</PDAT></B130>
<B140><DATE><PDAT>20020507</PDAT></DATE></B140><B190><PDAT>US</PDAT></B190></B100>
<B200><B210><DNUM><PDAT>29140197</PDAT></DNUM></B210>
<B220><DATE><PDAT>20010413</PDAT></DATE></B220></B200>
<B500><B510><B511><PDAT>0603</PDAT></B511><B516><PDAT>7</PDAT></B516></B510>
<B520><B521>
  <PDAT>D 6480</PDAT>
</B521><B522><PDAT> D6486</PDAT></B522></B520>
<B540><STEXT><PDAT>{title}</PDAT></STEXT></B540><B560>{citations}</B560>
<B590><B595><PDAT>{n_sheets}</PDAT></B595><B596><PDAT>{len(paragraphs)}</PDAT></B596><B597US{closing}
</B590></B500>{related}
<B700><B720><B721><PARTY-US><NAM><FNM><PDAT>Åse</PDAT></FNM><SNM><STEXT><PDAT>R&oslash;e</PDAT>
</STEXT></SNM></NAM></PARTY-US></B721></B720>{parties}</B700></SDOBI>
<SDODE><DRWDESC><BTEXT>{text}</BTEXT></DRWDESC></SDODE>
<SDOCL><CL><CLM ID="CLM-00001"><PARA ID="P-9" LVL="7"><PTEXT><PDAT>The ornamental design, as shown.
</PDAT></PTEXT></PARA></CLM></CL></SDOCL>
<SDODR ID="DRAWINGS">{images}</SDODR>
</PATDOC>
""".encode()


def reissue_fields(original: str = "D0845543", **fields: object) -> dict[str, object]:
    """What makes of a grant the reissue of one, for `grant_xml` and what calls it."""
    related = (
        "<us-related-documents><reissue><relation><parent-doc><document-id><country>US</country>"
        "<doc-number>29606243</doc-number><date>20170601</date></document-id>"
        "<parent-status>GRANTED</parent-status><parent-grant-document><document-id>"
        f"<country>US</country><doc-number>{original}</doc-number></document-id>"
        "</parent-grant-document></parent-doc><child-doc><document-id><country>US</country>"
        "<doc-number>29707368</doc-number></document-id></child-doc></relation></reissue>"
        "</us-related-documents>"
    )
    return {"kind": "E1", "appl_type": "reissue", "extra": related, **fields}


def utility_reissue_fields() -> dict[str, object]:
    """A reissue of a utility patent, which cites a design."""
    cited = CITATION.format(country="US", number="D553080").replace(
        "</category>",
        "</category><classification-national><country>US</country>"
        "<main-classification>D28 47</main-classification></classification-national>",
    )
    return reissue_fields("11515138", us_classes=("224420",), locarno=None, citations=cited)


def grant_files(number: str = "D0907292", **fields: object) -> dict[str, bytes]:
    """Names and contents of one grant's zip, front-page copy included."""
    stem = f"US{number}-{WEEK}"
    n_sheets = int(str(fields.get("n_sheets", 2)))
    files = {f"{stem}/{stem}-D{n:05}.TIF": tiff() for n in range(n_sheets + 1)}
    return {**files, f"{stem}/{stem}.XML": grant_xml(number, **fields)}  # type: ignore[arg-type]


def grant_zip(number: str = "D0907292", **fields: object) -> bytes:
    """One grant as the weekly archive holds it."""
    return zip_of(grant_files(number, **fields))


def grant_name(number: str) -> str:
    """A grant's member name inside the weekly archive."""
    return f"I{WEEK}/DESIGN/US{number}-{WEEK}.ZIP"


def weekly_files(numbers: Sequence[str], **fields: object) -> dict[str, bytes]:
    """Members of a weekly archive by name."""
    return {grant_name(number): grant_zip(number, **fields) for number in numbers}


def zip_of(files: Mapping[str, bytes]) -> bytes:
    """A deflated zip."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def tar_of(files: Mapping[str, bytes], links: Sequence[tarfile.TarInfo] = ()) -> bytes:
    """A plain tar; `links` are headers without content, put first."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for link in links:
            archive.addfile(link)
        for name, content in files.items():
            header = tarfile.TarInfo(name)
            header.size = len(content)
            archive.addfile(header, io.BytesIO(content))
    return packed.getvalue()


def tar_gz_of(files: Mapping[str, bytes]) -> bytes:
    """A gzipped tar."""
    return gzip.compress(tar_of(files), mtime=0)


def _locarno(codes: Sequence[str]) -> str:
    parts = _parts("classification", codes)
    return f"<classification-locarno><edition>13</edition>{parts}</classification-locarno>"


def _parts(tag: str, values: Sequence[str]) -> str:
    kinds = ["main", *["further"] * len(values)]
    return "".join(
        f"<{kind}-{tag}>{value}</{kind}-{tag}>" for kind, value in zip(kinds, values, strict=False)
    )
