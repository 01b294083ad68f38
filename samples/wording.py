"""How grants speak: figure descriptions, broken-line statements, invented people and firms."""

from dataclasses import dataclass

import numpy as np

from core.records import View
from samples.choices import between, chance, count, one_of
from samples.designs import Design

_VIEW_WORDS = (
    {View.FRONT: "front view", View.REAR: "rear view", View.LEFT: "left side view",
     View.RIGHT: "right side view", View.TOP: "top view", View.BOTTOM: "bottom view"},
    {View.FRONT: "front elevational view", View.REAR: "rear elevational view",
     View.LEFT: "left side elevational view", View.RIGHT: "right side elevational view",
     View.TOP: "top plan view", View.BOTTOM: "bottom plan view"},
    {View.FRONT: "front elevation view", View.REAR: "back elevation view",
     View.LEFT: "left-side elevation view", View.RIGHT: "right-side elevation view",
     View.TOP: "top plan view", View.BOTTOM: "bottom plan view"},
    {View.FRONT: "front view", View.REAR: "back view", View.LEFT: "left view",
     View.RIGHT: "right view", View.TOP: "top view", View.BOTTOM: "bottom view"},
    {View.FRONT: "front elevation", View.REAR: "rear elevation", View.LEFT: "left side elevation",
     View.RIGHT: "right side elevation", View.TOP: "plan view from above",
     View.BOTTOM: "bottom plan view"},
)  # fmt: skip
_HAGUE_WORDS = {
    View.PERSPECTIVE: "Perspective", View.FRONT: "Front", View.REAR: "Back", View.LEFT: "Left",
    View.RIGHT: "Right", View.TOP: "Top", View.BOTTOM: "Bottom",
}  # fmt: skip
_GIVEN = ("Ada", "Bruno", "Chiyo", "Dario", "Elin", "Farid", "Greta", "Hugo", "Ines", "Jonas",
          "Kaya", "Liang", "Mira", "Noor", "Otto", "Priya", "Ruth", "Sora", "Teo", "Uma", "Wen",
          "Yara")  # fmt: skip
_FAMILY = ("Abelson", "Brandvik", "Castellan", "Dorrow", "Ekholt", "Fennimore", "Garrowby", "Hale",
           "Ivarsen", "Jessop", "Kestrin", "Lindqvale", "Morrow", "Nakahira", "Ostrander", "Pell",
           "Quenby", "Rask", "Szalay", "Thorne", "Umeki", "Varga", "Wexley", "Zhou")  # fmt: skip
_FIRMS = (
    "Alderbrook Designs, Inc.",
    "Bluntwood Works LLC",
    "Corvane Products GmbH",
    "Dapplefield Home Co., Ltd.",
    "Emberlight Systems, Inc.",
    "Fjordhus Form AB",
    "Gantry & Pell Limited",
    "Hollowreed Studio",
    "Ironvale Tool Company",
    "Juniper Lane Housewares, Inc.",
    "Kitefold Industries Co., Ltd.",
    "Larkmoor Brands LLC",
)
_PLACES = (("Springfield", "OH", "US"), ("Riverton", "WY", "US"), ("Lakewood", "WA", "US"),
           ("Midvale", "UT", "US"), ("Fairview", "OR", "US"), ("Bergen", None, "NO"),
           ("Graz", None, "AT"), ("Kobe", None, "JP"), ("Ningbo", None, "CN"),
           ("Porto", None, "PT"), ("Ulm", None, "DE"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """An invented inventor."""

    given: str
    family: str
    place: tuple[str, str | None, str]
    """City, state or None, country."""


@dataclass(frozen=True, slots=True)
class Firm:
    """An invented company."""

    name: str
    place: tuple[str, str | None, str]


@dataclass(frozen=True, slots=True)
class Description:
    """The description of drawings, paragraph by paragraph."""

    figures: tuple[tuple[str, str], ...]
    """Reference as printed (``"FIG. 1"``, ``"1.1 "``) and what follows it."""
    heading: str | None
    """First paragraph of a Hague description, ``"1. Chair"``."""
    notes: tuple[str, ...]
    """Paragraphs after the figures: broken lines, shading."""


def with_article(title: str) -> str:
    """The title in the middle of a sentence, with its article.

    Example:
        >>> with_article("Electronic cigarette"), with_article("LED bulb")
        ('an electronic cigarette', 'an LED bulb')
    """
    name = in_sentence(title)
    if name.split()[0] in _PLURAL:
        return name
    spoken_vowel = name[0] in "aeiou" or name.split()[0] in ("LED",)
    return f"{'an' if spoken_vowel else 'a'} {name}"


_PLURAL = {"eyeglasses", "eyewear", "spectacles", "headphones", "scissors", "shears", "pliers",
           "luggage", "headwear", "cookware", "earphones"}  # fmt: skip


def in_sentence(title: str) -> str:
    """The title in the middle of a sentence."""
    return title if title[:2].isupper() else title[0].lower() + title[1:]


def describe(rng: np.random.Generator, design: Design, labels: tuple[str, ...]) -> Description:
    """Write a design's figure descriptions in one of the ways applicants write them."""
    words = one_of(rng, *_VIEW_WORDS)
    name, thing = in_sentence(design.title), with_article(design.title)
    showing = one_of(rng, " showing my new design", ", showing our new design",
                     " embodying my new design",
                     " according to our design", "", ", showing the claimed design")  # fmt: skip
    again = one_of(rng, "thereof", "thereof", "thereof", f"of the {name} shown in FIG. {labels[0]}",
                   f"of the {name} of FIG. {labels[0]}")  # fmt: skip
    verb = one_of(rng, "is", "is", "is", "is", "shows")
    stop = one_of(rng, ";", ";", ";", ".")
    sentences = []
    n = len(design.views)
    for idx, (view, label) in enumerate(zip(design.views, labels, strict=True)):
        seen = words.get(view.view, f"{view.words} view")
        article = "an" if seen[0] in "aeiou" else "a"
        rest = f"of {thing}{showing}" if idx == 0 else again
        end = "." if idx == n - 1 else f"{stop} and," if idx == n - 2 and stop == ";" else stop
        sentences.append((f"FIG. {label}", f" {verb} {article} {seen} {rest}{end}"))
    return Description(tuple(sentences), None, _notes(rng, design))


def describe_hague(
    rng: np.random.Generator, design: Design, labels: tuple[str, ...]
) -> Description:
    """Write the description of an international registration: ``1.1 : Perspective``."""
    figures = tuple(
        (f"{label} ", f": {_HAGUE_WORDS[view.view]}")
        for view, label in zip(design.views, labels, strict=True)
    )
    return Description(figures, f"1. {design.title}", _notes(rng, design))


def _notes(rng: np.random.Generator, design: Design) -> tuple[str, ...]:
    name = in_sentence(design.title)
    notes = []
    if design.is_broken:
        part = design.family.unclaimed
        notes.append(one_of(
            rng,
            f"The broken lines depict portions of the {name} that form no part of the claimed "
            "design.",
            f"The broken lines showing {part} illustrate unclaimed portions of the {name} and form "
            "no part of the claimed design.",
            f"The broken line showing of {part} is for the purpose of illustrating environment and "
            "forms no part of the claimed design.",
            f"In the drawings, {part} shown in broken lines form no part of the claimed design.",
            f"The broken lines illustrate {part}. None of the broken lines form part of the "
            "claimed design.",
        ))  # fmt: skip
    if design.is_shaded and chance(rng, 0.6):
        notes.append(one_of(
            rng,
            "The oblique shade lines represent contour and not surface ornamentation.",
            "Surface shading in the drawings shows the contour of the surfaces and forms no "
            "part of any surface treatment.",
        ))  # fmt: skip
    return tuple(notes)


def invent_people(rng: np.random.Generator) -> tuple[Person, ...]:
    """One to three inventors of one country or two."""
    return tuple(
        Person(one_of(rng, *_GIVEN), one_of(rng, *_FAMILY), one_of(rng, *_PLACES))
        for _ in range(count(rng, 1, 3))
    )


def invent_firm(rng: np.random.Generator) -> Firm | None:
    """The owner, or None where the inventor keeps the design (one in five)."""
    at = int(rng.integers(len(_FIRMS)))
    if between(rng, 0, 1) < 0.2:
        return None
    return Firm(_FIRMS[at], _PLACES[at % len(_PLACES)])
