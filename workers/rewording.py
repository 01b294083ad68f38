"""Other wordings of what is said about figures: by rule, and anew where the rule is newer."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from core.describing import FigureFacts
from core.locarno import class_name, subclass_titles
from core.records import FigureText, Provenance
from encoder.describing.wordings import RULE_HASH, wordings
from ingestion.catalogue_records import FigureRow, TextDraft
from workers.resources import Resources

_N_TEXTS = 20
"""About each figure, with other wordings where no language model wrote any."""


def facts_of(row: FigureRow) -> FigureFacts:
    """What a figure's publication says of it."""
    figure, publication = row.figure, row.publication
    codes = tuple(code.code for code in publication.locarno)
    return FigureFacts(
        figure_id=figure.figure_id,
        title=publication.title,
        view=figure.view.value,
        object_name=figure.object_name,
        caption=figure.caption,
        locarno=codes,
        locarno_title=subclass_titles().get(codes[0]) or class_name(codes[0]) if codes else None,
        us_class=publication.us_class,
    )


def other_wordings(facts: FigureFacts, texts: Sequence[FigureText]) -> Iterator[FigureText]:
    """What is said already, in other sentences; under an alias with who knows that name.

    Args:
        facts: What the publication says.
        texts: All that is said of the figure; aliases are those of the thesaurus.
    """
    aliases = [text for text in texts if text.provenance is Provenance.THESAURUS]
    room = max(0, _N_TEXTS - len(texts))
    own, other = wordings(facts, [alias.text for alias in aliases], room)
    for text in own:
        yield FigureText(facts.figure_id, Provenance.GRANT_WORDING, text, None, RULE_HASH)
    for text in other:
        yield replace(
            aliases[0],
            provenance=Provenance.THESAURUS_WORDING,
            text=text,
            prompt_hash=RULE_HASH,
        )


def reword(resources: Resources, figure_ids: Sequence[str]) -> None:
    """Write the other wordings of figures by the rule of today; all else stays, nobody is asked."""
    rows = resources.catalogue.figures(figure_ids)
    drafts = []
    for row in rows:
        said = tuple(
            text
            for text in row.texts
            if text.provenance.is_searched and text.provenance is not Provenance.PERSON
        )
        is_told = any(text.provenance is Provenance.LLM for text in said)
        others = () if is_told else tuple(other_wordings(facts_of(row), said))
        drafts.append(
            TextDraft(
                row.figure.figure_id,
                (*said, *others),
                row.described,
                row.described_note,
                RULE_HASH,
            )
        )
    resources.catalogue.store_texts(drafts, [row.revision for row in rows])
