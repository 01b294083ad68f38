"""Figure descriptions of design patents, read: ``FIG. 1 is a front view of a chair …``.

Pure functions over the paragraphs of a description. Sentences about figures become captions;
what is said about broken lines, colour and embodiments is kept apart and never mistaken for one.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.records import BrokenLines, FigureCaption, View
from ingestion.broken_lines import read_broken_lines
from ingestion.caption_phrases import read_object, read_views

_MAX_RANGE = 500
_MAX_SENTENCE = 4000
"""Characters; what is longer is no caption, whatever it begins with."""

_LABEL = r"\d{1,4}(?:\.\d{1,4})?(?:[A-Za-z](?![A-Za-z]))?['’′]*(?:\([A-Za-z0-9]{1,2}\))?"
_JOIN = r"(?:\.?\s*(?:through|thru|to|[-–—])|\s*(?:,\s*and|,\s*&|,|and|&))\s*"
_FIG = r"(?:F[Il]G(?:URE)?S?|Fig(?:ure)?[sd]?|fig(?:ure)?s?)\b[.,]?\s*"
_VERB = (
    r"(?:is|are|shows?|illustrates?|depicts?|provides?|represents?|discloses?|displays?|presents?"
    r"|contains?|a|an|the|another)\b"
)
_NOUN_PHRASE = r"(?:[\w-]{1,20}[,\s]+){0,6}(?:views?|elevation|perspective|plan)\b"
_NUMBERED = re.compile(
    rf"^(?:and,?\s+)?(?:{_FIG}|reproductions?\s+)"
    rf"(?P<labels>{_LABEL}(?:{_JOIN}(?:{_FIG})?{_LABEL})*)\s*[-–—:.,=]*\s*"
    rf"(?P<predicate>(?:{_VERB}|{_NOUN_PHRASE}).*)$"
)
_BARE_LABEL = re.compile(rf"^{_FIG}(?:{_LABEL}(?:{_JOIN}(?:{_FIG})?{_LABEL})*)?[\s.,:-]*$")
_SOLE = re.compile(
    r"^(?:The\s+)?(?:sole\s+|only\s+|single\s+|lone\s+)?fig(?:ure)?\b[.,]?\s*"
    r"(?:of the drawings?\s+)?[-–—:.,]*\s*"
    r"(?P<predicate>(?:is|shows?|illustrates?|depicts?|represents?|discloses?)\b.*)$",
    re.IGNORECASE,
)
_HAGUE = re.compile(r"^(?P<labels>\d{1,3}\.\d{1,3})\s*(?:[:)–—-]\s*)?(?P<predicate>[^\d\s.].*)$")
_HAGUE_DESIGN = re.compile(r"^(?P<number>\d{1,3})\.\s+(?P<title>[^\d\s].*?)[.;]?$")
_NEXT_FIGURE = re.compile(
    rf";\s*(?:and,?\s+)?(?=(?:{_FIG}|reproductions?\s+){_LABEL}(?:{_JOIN}{_LABEL})*\s*{_VERB})"
)
_SENTENCE_END = re.compile(
    r"(?<!\bFIG)(?<!\bFIGS)(?<!\bFig)(?<!\bFigs)(?<!\bfig)(?<!\bfigs)(?<!\bNo)(?<!\bNos)(?<!\bSer)"
    r"(?<!\bPat)(?<!\bU\.S)(?<!\bInc)(?<!\be\.g)(?<!\bi\.e)(?<!^\d)(?<!^\d\d)[.]\s+(?=[A-Z“\"])"
)
_TRAILING_JOIN = re.compile(r"[;,]\s*(?:and|or)$", re.IGNORECASE)

_BROKEN_LINE = re.compile(
    r"\b(?:broken|dash(?:ed)?|dotted|phantom|ghost|dot[- ]dash(?:ed)?|dash[- ]dot|stippled|stitch"
    r"|long[- ]and[- ]short)\b[^.;]{0,60}?\b(?:lines?|lined|stitching)\b"
    r"|\b(?:broken|dashed|dotted|phantom)[- ]lin|\bshown in phantom\b",
    re.IGNORECASE,
)
_COLOUR = re.compile(
    r"\bcolou?r|\bgr[ae]y[- ]?scale|\bstippl|\bshad(?:e|ed|ing)\b|\bcross[- ]?hatch|\bcontrast"
    r"|\btranslucen|\btransparen|\bblack and white",
    re.IGNORECASE,
)
_EMBODIMENT = re.compile(
    r"\bembodiments?\b|\bmirror[- ]image|\bidentical\b|\bthe same as\b|\bnot (?:shown|provided)\b"
    r"|\bomitted\b|\btransition|\bsequence\b",
    re.IGNORECASE,
)
_REFERS_BACK = re.compile(
    r"^(?:It|They|These|This|Those|None|Neither|Such|All other|The remaining)\b"
)


@dataclass(frozen=True, slots=True)
class Description:
    """What a design patent's figure description says."""

    captions: tuple[FigureCaption, ...]
    """One a figure label, in the order of the document; labels do not repeat."""
    broken_line_statement: str | None
    """Every sentence about broken lines, word for word, joined by spaces."""
    broken_lines: BrokenLines | None
    """Whether they belong to the claim; None where nothing is said of them."""
    colour_statements: tuple[str, ...]
    """Sentences about colour, shading and surface texture."""
    embodiment_statements: tuple[str, ...]
    """Sentences about embodiments, mirrored or omitted views and image sequences."""
    other_statements: tuple[str, ...]


def parse_description(paragraphs: Sequence[str], title: str) -> Description:
    """Read the paragraphs of a figure description.

    Args:
        paragraphs: Texts of the paragraphs in document order, markup removed.
        title: Title of the publication, which "thereof" means.

    Returns:
        Captions and statements. A label that is described twice keeps its first description that
        names a view; the other sentence becomes a statement.

    Example:
        >>> read = parse_description(
        ...     ["FIG. 1 is a front view of a chair;", "FIG. 2 is a rear view thereof."], "Chair"
        ... )
        >>> [(c.label, c.view.value, c.object_name) for c in read.captions]
        [('1', 'front', 'Chair'), ('2', 'rear', 'Chair')]
    """
    captions: dict[str, FigureCaption] = {}
    statements: list[str] = []
    design_titles: dict[str, str] = {}
    for sentence in _sentences(paragraphs):
        if design := _HAGUE_DESIGN.match(sentence):
            design_titles[design["number"]] = design["title"]
            continue
        read = _captions_of(sentence, title, design_titles)
        taken = False
        for caption in read:
            known = captions.get(caption.label)
            if known is None or (known.view is View.UNKNOWN and caption.view is not View.UNKNOWN):
                captions[caption.label] = caption
                taken = True
        if not taken:
            statements.append(sentence)
    return _description(tuple(captions.values()), statements)


def parse_labels(text: str) -> tuple[str, ...]:
    """Figure labels in a list or range, in order, letters in upper case.

    Example:
        >>> parse_labels("1, 3A-3C and 7")
        ('1', '3A', '3B', '3C', '7')
    """
    labels: list[str] = []
    tokens = re.findall(rf"({_LABEL})|(through|thru|to|[-–—])", text)
    is_range = False
    for label, dash in tokens:
        if dash:
            is_range = bool(labels)
            continue
        read = re.sub(r"\s", "", label).upper()
        labels.extend(_between(labels[-1], read) if is_range else ())
        labels.append(read)
        is_range = False
    return tuple(dict.fromkeys(labels))


def _between(first: str, last: str) -> list[str]:
    """Labels strictly between two ends of a range; none where the ends do not fit together."""
    a, b = (re.match(r"^(\d+\.)?(\d+)([A-Z]?)$", end) for end in (first, last))
    if a is None or b is None or a[1] != b[1]:
        return []
    prefix = a[1] or ""
    if a[3] and b[3] and a[2] == b[2]:
        return [f"{prefix}{a[2]}{chr(code)}" for code in range(ord(a[3]) + 1, ord(b[3]))]
    start, stop = int(a[2]) + 1, int(b[2])
    if a[3] or b[3] or stop - start > _MAX_RANGE:
        return []
    return [f"{prefix}{number}" for number in range(start, stop)]


def _sentences(paragraphs: Sequence[str]) -> Iterator[str]:
    """Sentences with folded white space; a figure number torn from its sentence is put back."""
    held = ""
    for piece in _pieces(paragraphs):
        text = f"{held} {piece}".strip()
        held = text if _BARE_LABEL.match(text) else ""
        if not held:
            yield text
    if held:
        yield held


def _pieces(paragraphs: Sequence[str]) -> Iterator[str]:
    for paragraph in paragraphs:
        for sentence in _SENTENCE_END.split(" ".join(paragraph.split())):
            yield from (part.strip() for part in _NEXT_FIGURE.split(sentence) if part.strip())


def _captions_of(sentence: str, title: str, design_titles: dict[str, str]) -> list[FigureCaption]:
    if len(sentence) > _MAX_SENTENCE:
        return []
    if match := _NUMBERED.match(sentence) or _HAGUE.match(sentence):
        labels = parse_labels(match["labels"])
    elif match := _SOLE.match(sentence):
        labels = ("1",)
    else:
        return []
    text = _trimmed(sentence)
    predicate = _trimmed(match["predicate"])
    views = read_views(predicate, len(labels))
    captions = []
    for label, view in zip(labels, views, strict=True):
        design_title = design_titles.get(label.split(".")[0]) if "." in label else None
        shown = read_object(predicate, design_title or title)
        captions.append(FigureCaption(label, text, view, shown))
    return captions


def _description(captions: tuple[FigureCaption, ...], statements: list[str]) -> Description:
    broken: list[str] = []
    colour: list[str] = []
    embodiment: list[str] = []
    other: list[str] = []
    kept = other
    for statement in statements:
        if _BROKEN_LINE.search(statement):
            kept = broken
        elif not (kept is broken and _REFERS_BACK.match(statement)):
            if _COLOUR.search(statement):
                kept = colour
            else:
                kept = embodiment if _EMBODIMENT.search(statement) else other
        kept.append(_ended(statement))
    said = " ".join(broken)
    return Description(
        captions=captions,
        broken_line_statement=said or None,
        broken_lines=read_broken_lines(said) if said else None,
        colour_statements=tuple(colour),
        embodiment_statements=tuple(embodiment),
        other_statements=tuple(other),
    )


def _trimmed(sentence: str) -> str:
    """Without the "; and," that leads over to the next figure."""
    return _TRAILING_JOIN.sub("", sentence.rstrip(" ;,.:")).rstrip(" ;,.:")


def _ended(statement: str) -> str:
    """Close a sentence with the full stop that splitting took away."""
    return statement if statement.endswith((".", ";", ",", "!", "?", "”")) else f"{statement}."
