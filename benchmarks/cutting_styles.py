"""What drawn sheets may look like: every style changes one thing of a plain sheet, the last all."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Style:
    """How the sheets of one trial look; the defaults are a plain sheet."""

    name: str
    wordings: tuple[str, ...] = ("FIG. {}",)
    suffixes: tuple[str, ...] = ("",)
    hands: tuple[str, ...] = ("type", "stroke")
    cap_px: tuple[int, int] = (40, 66)
    places: tuple[str, ...] = ("below",)
    label_gap_px: tuple[int, int] = (50, 140)
    n_figures: tuple[int, int] = (1, 4)
    gap_px: tuple[int, int] = (140, 260)
    turns: tuple[int, ...] = (0,)
    dpi: tuple[int, ...] = (300,)
    scans: tuple[str, ...] = ("bilevel",)
    extras: tuple[str, ...] = ()
    """Of ``environment``, ``exploded``, ``callouts``, ``words``, ``header`` and ``dust``."""


_SPELLINGS = ("FIG. {}", "FIG.{}", "FIG {}", "Fig. {}", "Fig.{}", "FIGURE {}", "Figure {}")
ALL_PLACES = ("below", "above", "left", "right")
STYLES: tuple[Style, ...] = (
    Style("plain"),
    *(Style(f"spelt {w.format(2)}", wordings=(w,)) for w in _SPELLINGS[1:]),
    Style("suffix A", suffixes=("A", "B", "C")),
    Style("suffix a", wordings=("Fig. {}",), suffixes=("a", "b", "c")),
    Style("suffix (a)", suffixes=("(a)", "(b)", "(A)")),
    Style("suffix -1", suffixes=("-1", "-2")),
    Style("hague 1.1 above", wordings=("{}",), suffixes=(".",), places=("above",)),
    Style("hague 1.1 below", wordings=("{}",), suffixes=(".",), places=("below",)),
    Style("handwritten", hands=("free hand",)),
    Style("bold", hands=("bold",)),
    Style("serif", hands=("serif",)),
    Style("slanted", hands=("slanted",)),
    Style("type faces", hands=("face",)),
    Style("small labels", cap_px=(26, 34)),
    Style("large labels", cap_px=(90, 130)),
    Style("labels above", places=("above",)),
    Style("labels beside", places=("left", "right")),
    Style("labels anywhere", places=ALL_PLACES, gap_px=(220, 320)),
    Style("labels close", label_gap_px=(10, 30)),
    Style("six figures", n_figures=(5, 6), gap_px=(90, 160)),
    Style("tight gaps", n_figures=(2, 6), label_gap_px=(20, 40), gap_px=(45, 80)),
    Style("environment", extras=("environment",)),
    Style("exploded", extras=("exploded",), gap_px=(180, 260)),
    Style("callouts", extras=("callouts",)),
    Style("words in drawings", extras=("words",)),
    Style("header", extras=("header",)),
    Style("dust", extras=("dust",)),
    Style("lying 90", turns=(90,)),
    Style("lying 270", turns=(270,)),
    Style("upside down", turns=(180,)),
    Style("150 dpi", dpi=(150,)),
    Style("200 dpi", dpi=(200,)),
    Style("600 dpi", dpi=(600,)),
    Style("grey", scans=("grey",)),
    Style("grey JPEG", scans=("jpeg",)),
    Style("grey JPEG 150 dpi", scans=("jpeg",), dpi=(150,)),
    Style("colour", scans=("colour",)),
    Style(
        "everything at once",
        wordings=_SPELLINGS,
        suffixes=("", "", "A", "B"),
        hands=("type", "stroke", "bold", "serif", "slanted", "face", "free hand"),
        cap_px=(32, 90),
        places=("below", "below", "above"),
        label_gap_px=(20, 140),
        n_figures=(1, 6),
        gap_px=(70, 220),
        turns=(0, 0, 90, 270),
        dpi=(200, 300, 300, 400),
        scans=("bilevel", "bilevel", "grey", "jpeg"),
    ),
)
