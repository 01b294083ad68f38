"""What the pages of a certificate say of its record: labels with values, rows of a table. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias

from search.certificate import (
    CertificateRecord,
    CertifiedExample,
    CertifiedHit,
    CertifiedPicture,
    Corpus,
)
from search.query_words import query_words

Facts: TypeAlias = list[tuple[str, str]]
"""Labels and values."""

MARK_WORDS = {"relevant": "RELEVANT", "not": "NOT RELEVANT", "later": "LOOK AT LATER"}
COVERAGE_HEADS = ("Office", "Publications", "Figures searched", "Figures failed", "From", "To")
_EDITS = {
    "rotation_deg": "turned clockwise, degrees:",
    "crop": "crop (left, top, width, height as shares):",
    "mask": "covered (as shares):",
    "photo": "photograph redrawn as lines:",
    "up_axis": "axis that is up:",
}
_AUTHORS = {
    "grant": "from the documents",
    "grant-wording": "from the documents, in other sentences",
    "captioner": "by a captioner",
    "llm": "by a language model",
    "tagger": "by a tagger",
    "thesaurus": "by the thesaurus",
    "thesaurus-wording": "with names from the thesaurus, in other sentences",
    "person": "by people",
}


def head_facts(record: CertificateRecord) -> Facts:
    """Who made it, when, and for what."""
    made = datetime.fromisoformat(record.made_at)
    saved = datetime.fromisoformat(record.saved_at)
    return [
        ("Certificate", record.number),
        ("Made", f"{made.day} {made:%B %Y, %H:%M:%S}, {record.time_zone}"),
        ("By", record.made_by),
        ("Project", record.project),
        ("Search", f"no. {record.search_id}, saved {saved.day} {saved:%B %Y, %H:%M} UTC "
                   f"by {record.saved_by}"),
        ("Software", " ".join(record.software.values())),
    ]  # fmt: skip


def example_facts(examples: Sequence[CertifiedExample]) -> Facts:
    """Figures that were liked, and those that were not."""
    facts = []
    for role in ("liked", "disliked"):
        shown = [
            f"{example.figure_id}, picture SHA-256\n{example.picture_sha256 or 'unknown'}"
            for example in examples
            if example.role == role
        ]
        if shown:
            facts.append((f"{role.capitalize()} figures", "\n".join(shown)))
    return facts


def query_facts(record: CertificateRecord) -> Facts:
    """What was asked beside drawings and examples."""
    examples = {"figure_ids", "unlike_figure_ids"}
    return query_words({key: said for key, said in record.query.items() if key not in examples})


def drawing_facts(pictures: Sequence[CertifiedPicture]) -> Facts:
    """The drawings that were searched with, by number."""
    return [
        (f"Drawing {number}", _picture_words(certified))
        for number, certified in enumerate(pictures, start=1)
    ]


def coverage_rows(corpus: Corpus) -> list[tuple[str, ...]]:
    """What was searched of each office, under `COVERAGE_HEADS`."""
    return [
        (
            office.office,
            f"{office.n_publications:,}",
            f"{office.n_indexed:,}",
            f"{office.n_failed:,}",
            office.first or "unknown",
            office.last or "unknown",
        )
        for office in corpus.offices
    ]


def coverage_total(corpus: Corpus) -> tuple[str, ...]:
    """The row of all offices together."""
    n_failed = sum(corpus.failures.values())
    return ("All", f"{corpus.n_publications:,}", f"{corpus.n_indexed:,}", f"{n_failed:,}", "", "")


def coverage_facts(corpus: Corpus) -> Facts:
    """What was not searched, and what else is known of what was."""
    n_undated = sum(office.n_undated for office in corpus.offices)
    failures = ", ".join(f"{n:,} at {stage}" for stage, n in corpus.failures.items())
    texts = ", ".join(f"{n:,} {_AUTHORS.get(who, who)}" for who, n in corpus.texts.items())
    return [
        ("Not searched", f"{corpus.n_withdrawn:,} withdrawn publications; failed figures: "
                         f"{failures or 'none'}; {corpus.n_rejected:,} items of deliveries that "
                         "could not be read"),
        ("Without a date", f"{n_undated:,} publications"),
        ("Texts", texts or "none"),
        ("Catalogue", f"{corpus.catalogue_id}, up to arrival {corpus.last_arrival:,}"),
    ]  # fmt: skip


def method_facts(record: CertificateRecord) -> Facts:
    """Model, index and parameters by name and hash."""
    model, index = record.model, record.index
    hashes = list(model.hashes.items())
    prompts = [(f"Prompt, {who}", value) for who, value in model.caption_prompts.items()]
    parameters = ", ".join(f"{name} {value}" for name, value in index.parameters.items())
    return [
        ("Model", model.encoder_id),
        *(hashes or [("Hashes", "unknown: the model does not state any")]),
        *(prompts or [("Caption prompts", "none: no text was written by a model")]),
        ("Collection", f"{index.collection}, schema {index.schema_version}, "
                       f"{index.n_points:,} figures, {index.dimension} dimensions"),
        ("Comparison", ("exact" if index.exact else "approximate")
                       + (f"; {parameters}" if parameters else "")),
    ]  # fmt: skip


def hit_lines(hit: CertifiedHit) -> tuple[str, ...]:
    """What is said under the title of a hit."""
    facts = [hit.publication_id if hit.number == hit.publication_id else hit.number]
    facts += [part for part in (hit.published, hit.owner) if part]
    return (
        " · ".join(facts),
        f"Locarno {', '.join(hit.locarno) or 'unknown'}",
        f"Best view: {hit.best_figure}",
    )


def note_words(hit: CertifiedHit) -> list[str]:
    """What people wrote about a hit, who and when."""
    return [f"{note.note} ({note.made_by}, {note.made_at[:10]})" for note in hit.notes]


def _picture_words(certified: CertifiedPicture) -> str:
    picture = certified.picture
    size = f"{certified.width_px} × {certified.height_px} px"
    done = [size, *([picture.note] if picture.note else [])]
    done += [f"{_EDITS.get(name, name)} {value}" for name, value in picture.edits.items()]
    lines = [f"SHA-256 {picture.sha256}", "; ".join(done)]
    if picture.file_sha256:
        lines += [f"from {picture.file_name or 'a file'}, SHA-256", picture.file_sha256]
    return "\n".join(lines)
