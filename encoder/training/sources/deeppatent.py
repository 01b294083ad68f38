"""DeepPatent (Kucer et al., WACV 2022): figures by publication, without words: terms that compare
drawings with texts leave them out.

A split list has a line a picture: its path below the data set's folder, and a number that stands
for the publication within that list. The publication itself is in the path,
`I20181127/USD0834581-20181127/USD0834581-20181127-D00002.png`.
"""

import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Literal

from pydantic import Field

from core.errors import SourceInvalid
from encoder.training.drawings import Drawing, DrawnObject
from encoder.training.sources.pictures import read_picture
from encoder.training.sources.source import Job, SourceConfig

_RECIPE = "deeppatent: figures of split lists, v1"
_LINE = re.compile(r"^(?P<file>.*\b(?P<publication>USD\d{7})-\d{8}[^/]*)\s+(?P<label>\d+)\s*$")
_FRONT_PAGE = re.compile(r"-D0{5}\.\w+$")


class DeepPatentSource(SourceConfig):
    """The pictures of DeepPatent's split lists; all pictures of a publication show one object."""

    kind: Literal["deeppatent"]
    path: Path
    """Folder the lists' paths start at."""
    lists: tuple[Path, ...] = Field(min_length=1)
    """Such as `train_patent_trn.txt`."""
    front_pages: bool = False
    """Take the pictures called D00000 too, which are copies of a figure."""

    @property
    def recipe(self) -> str:
        lacking = [path for path in self.lists if not path.is_file()]
        if lacking:
            raise SourceInvalid(f"{lacking[0]}: no such list")
        return self.recipe_of(_RECIPE, *self.lists)

    def jobs(self) -> Sequence[Job]:
        """One a picture, list after list."""
        return [
            partial(_draw_figure, self.path / file, publication)
            for path in self.lists
            for file, publication in _read_list(path)
            if self.front_pages or not _FRONT_PAGE.search(file)
        ]


def _read_list(path: Path) -> list[tuple[str, str]]:
    """Files and their publications."""
    pairs = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SourceInvalid(f"{path} cannot be read: {error}") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        match = _LINE.match(line)
        if match is None:
            raise SourceInvalid(
                f"{path}, line {number}: no path of a US design and number, such as "
                "`I20181127/USD0834581-20181127/USD0834581-20181127-D00002.png 7`"
            )
        pairs.append((match["file"], match["publication"]))
    if not pairs:
        raise SourceInvalid(f"{path} lists no picture")
    return pairs


def _draw_figure(path: Path, publication: str) -> list[Drawing]:
    return [Drawing(publication, DrawnObject("", (), None, publication), read_picture(path))]
