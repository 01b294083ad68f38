"""`limn learn-tagger`: the embedded tagger learns the names of the operator's own corpus."""

import hashlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer
from pydantic import BaseModel

from core.errors import BadInput
from core.records import publication_of
from ui.terminal import command_settings, out

if TYPE_CHECKING:
    from workers.resources import Resources

_AT_MOST = 2000
"""Publications: more tell little more, and each is compared with every name."""
_BATCH = 500


class Lesson(BaseModel):
    """What was learnt; the stable JSON of `limn learn-tagger --json`."""

    encoder: str
    publications: int
    """Compared with their titles, by one figure each."""
    names: int
    """Titles of several publications that were added to the goods."""
    min_margin: float | None
    """By how much a name must stand out; None where the tagger says nothing from now on."""
    tagged: int
    """Of the publications, those that would get a name."""
    right: int
    """Of these, those whose name means what the title says."""
    kept_in: Path


def learn_tagger(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object and nothing else.")
    ] = False,
) -> None:
    """Let the embedded tagger learn from the titles of what was ingested (docs/describing.md).

    Start `limn up` again afterwards; `limn describe --redo` tags what is here already.
    """
    from workers.resources import Resources

    lesson = learn_from_catalogue(Resources(command_settings()))
    if as_json:
        sys.stdout.write(lesson.model_dump_json() + "\n")
        return
    lines = [f"{lesson.publications:,} publications compared, {lesson.names:,} names learnt"]
    if lesson.min_margin is None:
        lines.append(
            "no margin makes three in five tags right: the tagger says nothing from now on"
        )
    else:
        share = lesson.right / lesson.tagged
        lines.append(
            f"a name is said where it stands out by {lesson.min_margin:.3f}: {lesson.tagged:,} "
            f"tags, {lesson.right:,} of them right ({share:.0%})"
        )
    lines += [
        "for new figures: start limn up again; for those here: limn describe --redo",
        f"kept in {lesson.kept_in}; without that file the shipped margin counts again",
    ]
    for line in lines:
        out.print(line, markup=False, highlight=False, soft_wrap=True)


def learn_from_catalogue(resources: "Resources") -> Lesson:
    """Measure the tagger on at most 2,000 publications, the same ones every time.

    Raises:
        BadInput: If nothing that is embedded has a title.
    """
    from encoder.describing import measuring
    from encoder.describing.calibration import calibration_path

    encoder, folder = resources.encoder, resources.describing_folder
    titles: list[str] = []
    classes: list[str] = []
    vectors: list[np.ndarray[tuple[int], np.dtype[np.float32]]] = []
    figure_ids = _one_of_each(resources.catalogue.figure_ids())
    for start in range(0, len(figure_ids), _BATCH):
        batch = figure_ids[start : start + _BATCH]
        kept = resources.catalogue.embeddings(encoder.encoder_id, batch)
        vector_of = dict(zip(kept.figure_ids, kept.image, strict=True))
        for row in resources.catalogue.figures(list(vector_of)):
            if row.publication.title.strip():
                titles.append(row.publication.title)
                classes.append(next((code.code[:2] for code in row.publication.locarno), ""))
                vectors.append(vector_of[row.figure.figure_id])
    if not titles:
        raise BadInput(
            f"there is nothing to learn from: no figure with a title was embedded by "
            f"{encoder.encoder_id}; take archives in with limn ingest first"
        )
    found = measuring.learn_tagger(encoder, np.stack(vectors), titles, classes, folder)
    return Lesson(
        encoder=encoder.encoder_id,
        publications=found.n_figures,
        names=len(found.learnt),
        min_margin=found.min_margin,
        tagged=found.n_tagged,
        right=found.n_right,
        kept_in=calibration_path(encoder.encoder_id, folder),
    )


def _one_of_each(figure_ids: list[str]) -> list[str]:
    """The first figure of each publication, of some where there are many."""
    first: dict[str, str] = {}
    for figure_id in figure_ids:
        first.setdefault(publication_of(figure_id), figure_id)
    return sorted(first.values(), key=lambda key: hashlib.sha256(key.encode()).digest())[:_AT_MOST]
