"""Prompts: the instructions, which are a file, and the data, which never becomes part of them.

Titles and captions are written by strangers. They travel as JSON on one line of the user's message:
quotes and line ends are escaped by JSON, and so are the brackets that chat templates build their
marks of (``<|im_end|>``, ``[INST]``), so that no text can end the data or begin a message.
"""

import hashlib
import json
import re
import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from core.describing import FigureFacts
from core.records import FigureText

_MAX_FIELD = 300
_MAX_SEEN = 12
_MARKS = re.compile(r"[<>\[\]]")


@dataclass(frozen=True, slots=True)
class Prompt:
    """The fixed part of what a model is asked.

    Attributes:
        name: ``"enrich"``.
        system: Byte for byte the same for every figure.
        repair: What is said after an answer of the wrong form; empty where nothing is.
        n_descriptions: How many are asked for; 0 for free text.
        digest: SHA-256 of the file.
    """

    name: str
    system: str
    repair: str
    n_descriptions: int
    digest: str

    def hash_with(self, *shaping: object) -> str:
        """Hash of the file and of everything else that shapes an answer."""
        return hashlib.sha256(repr((self.digest, *shaping)).encode()).hexdigest()


def load_prompt(name: str) -> Prompt:
    """Read a prompt that came with Limn, ``"caption"`` or ``"enrich"``."""
    content = (files("encoder.describing") / "prompts" / f"{name}.toml").read_bytes()
    read = tomllib.loads(content.decode())
    return Prompt(
        name,
        read["system"].strip(),
        read.get("repair", "").strip(),
        read.get("n_descriptions", 0),
        hashlib.sha256(content).hexdigest(),
    )


def frame_facts(facts: FigureFacts, seen: Sequence[FigureText] = ()) -> str:
    """What is known of a figure as one line of JSON; what is not known is left out.

    Example:
        >>> frame_facts(FigureFacts("x", 'A "lamp" [x]', "front"))
        '{"publication": {"title": "A \\\\"lamp\\\\" \\\\u005bx\\\\u005d", "view": "front"}}'
    """
    said = {
        "title": facts.title,
        "object": facts.object_name,
        "view": facts.view if facts.view != "unknown" else None,
        "caption": facts.caption,
        "locarno": ", ".join(facts.locarno),
        "locarno_title": facts.locarno_title,
    }
    publication = {key: tame(value) for key, value in said.items() if value and tame(value)}
    frame: dict[str, object] = {"publication": publication}
    if seen:
        frame["seen"] = {
            f"{text.provenance} {position}": tame(text.text)
            for position, text in enumerate(seen[:_MAX_SEEN], 1)
        }
    return _MARKS.sub(lambda mark: f"\\u{ord(mark[0]):04x}", json.dumps(frame, ensure_ascii=False))


def tame(text: str) -> str:
    """Plain words of at most 300 characters: no control or invisible characters, no line ends."""
    visible = "".join(
        " " if unicodedata.category(letter)[0] in "CZ" else letter
        for letter in text[: 4 * _MAX_FIELD]
    )
    return " ".join(visible.split())[:_MAX_FIELD].rstrip()
