"""What comparisons of models found, as tables, plots and sheets of a page. Pure."""

from collections.abc import Mapping, Sequence
from html import escape

from core.records import publication_of
from encoder.evaluation.long_tail import PARTS
from ui.components.assets import thumbnail_url
from ui.wording import class_words
from workers.quality_records import Example, ExampleHit, Quality

TRACKS: Mapping[str, tuple[str, str]] = {
    "publication": ("Same publication", "Each figure asks for the others of its publication."),
    "locarno": (
        "Same Locarno subclass",
        "Each figure asks for its subclass; its own publication is left out.",
    ),
    "citations": (
        "Cited designs",
        "Each figure asks for the designs that its publication cites and that are held here.",
    ),
}
MEASURES: Mapping[str, str] = {
    "hit_at_1": "first hit is right",
    "hit_at_10": "a right one in the first ten",
    "map": "mean average precision",
    "mrr_at_10": "reciprocal rank, first ten",
    "ndcg_at_10": "nDCG, first ten",
}
_HALF_PERCENT = 47


def measures_table(name: str, quality: Quality) -> str:
    """Means of both models on one track, and the difference with its interval drawn."""
    track = quality.tracks[name]
    is_alone = quality.encoder_id == quality.current_id
    own = track.systems[quality.encoder_id]
    current = track.systems[quality.current_id]
    reach = max((abs(end) for ends in track.gain_ci95.values() for end in ends), default=0) or 1
    rows = []
    for key, measure in MEASURES.items():
        cells = [_number(own.means[key], own.ci95[key])]
        if not is_alone:
            ends = track.gain_ci95[key]
            cells.append(_number(current.means[key], current.ci95[key]))
            cells.append(
                f"<td class='limn-number'>{track.gain[key]:+.3f}</td>"
                f"<td>{_whisker(track.gain[key], ends, reach, measure)}</td>"
            )
        rows.append(f"<tr><th scope='row'>{escape(measure)}</th>{''.join(cells)}</tr>")
    heads = ["This model"] if not is_alone else ["Current model"]
    if not is_alone:
        heads += ["Current model", "Difference", "95 % interval of the difference"]
    columns = "".join(
        f"<th scope='col' class='{'limn-number' if place < 3 else ''}'>{head}</th>"
        for place, head in enumerate(heads)
    )
    return (
        f"<table class='limn-table limn-measures' aria-label='{escape(TRACKS[name][0])}'>"
        f"<thead><tr><td></td>{columns}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def parts_table(name: str, quality: Quality) -> str:
    """Mean average precision in frequent, middling and rare classes apart."""
    track = quality.tracks[name]
    rows = []
    for part in PARTS:
        found = {
            encoder_id: system.parts[part]
            for encoder_id, system in track.systems.items()
            if part in system.parts
        }
        if quality.encoder_id not in found:
            continue
        own = found[quality.encoder_id]
        cells = [f"{own.map:.3f}"]
        if quality.current_id != quality.encoder_id:
            current = found[quality.current_id]
            cells += [f"{current.map:.3f}", f"{own.map - current.map:+.3f}"]
        numbers = "".join(f"<td class='limn-number'>{cell}</td>" for cell in cells)
        rows.append(
            f"<tr><th scope='row'>{part}</th><td class='limn-number'>{own.n_classes:,}</td>"
            f"<td class='limn-number'>{own.n_queries:,}</td>{numbers}</tr>"
        )
    if not rows:
        return ""
    heads = ["classes", "queries", "this model"]
    if quality.current_id != quality.encoder_id:
        heads += ["current", "difference"]
    columns = "".join(f"<th scope='col' class='limn-number'>{head}</th>" for head in heads)
    return (
        "<table class='limn-table limn-measures' aria-label='Mean average precision by how "
        f"frequent a class is'><thead><tr><td></td>{columns}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def example_sheet(quality: Quality, pictures: Mapping[str, str]) -> str:
    """Queries with what each model finds, matches framed black and mismatches red.

    Args:
        quality: With its examples.
        pictures: SHA-256 by figure id, of figures that are still here and may be seen. A query that
            is missing is left out, a hit that is missing is not named.
    """
    names = {quality.encoder_id: "This model", quality.current_id: "Current model"}
    names = {key: names[key] for key in dict.fromkeys((quality.encoder_id, quality.current_id))}
    rows = "".join(
        _example(example, names, pictures)
        for example in quality.examples
        if example.figure_id in pictures
    )
    heads = "".join(f"<b>{name}</b>" for name in names.values())
    return (
        f"<div class='limn-sheet limn-sheet-{len(names)}'><div class='limn-sheet-head'>"
        f"<b>Query</b>{heads}</div>{rows}</div>"
    )


def _example(example: Example, names: Mapping[str, str], pictures: Mapping[str, str]) -> str:
    told = " · ".join(filter(None, (example.locarno, class_words(example.locarno), example.part)))
    blocks = "".join(
        f"<div class='limn-sheet-hits' role='list' aria-label='{escape(name)}, best hits of "
        f"{escape(example.title)}'>"
        + "".join(_hit(hit, pictures) for hit in example.hits.get(encoder_id, ()))
        + "</div>"
        for encoder_id, name in names.items()
    )
    return (
        f"<div class='limn-sheet-row'><figure>{_tile(example.figure_id, pictures, '', 'query')}"
        f"<figcaption>{escape(example.title)}<small>{escape(told)}</small></figcaption></figure>"
        f"{blocks}</div>"
    )


def _hit(hit: ExampleHit, pictures: Mapping[str, str]) -> str:
    kind, said = ("match", "match") if hit.is_relevant else ("mismatch", "no match")
    return (
        f"<span role='listitem'>{_tile(hit.figure_id, pictures, f'limn-{kind}', said)}"
        f"<small aria-hidden='true'>{'✓' if hit.is_relevant else '✗'}</small></span>"
    )


def _tile(figure_id: str, pictures: Mapping[str, str], kind: str, said: str) -> str:
    sha256 = pictures.get(figure_id)
    if sha256 is None:
        return f"<span class='limn-tile {kind}'><em>{said}, not shown</em></span>"
    publication = escape(publication_of(figure_id))
    alt = escape(f"{said}: figure {figure_id}")
    return (
        f"<a class='limn-tile {kind}' href='/publication?id={publication}' target='_self' "
        f"title='{alt}'><img src='{thumbnail_url(sha256)}' alt='{alt}' loading='lazy'></a>"
    )


def models_table(rows: Sequence[Sequence[str]]) -> str:
    """Models as a table; the cells of each row are HTML already."""
    heads = ("Model", "Standing", "Came from", "Figures embedded", "What the gate said")
    columns = "".join(f"<th scope='col'>{head}</th>" for head in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return (
        "<table class='limn-table' aria-label='Models known here'>"
        f"<thead><tr>{columns}</tr></thead><tbody>{body}</tbody></table>"
    )


def _number(mean: float, ends: tuple[float, float]) -> str:
    low, high = ends
    return f"<td class='limn-number'>{mean:.3f} <small>{low:.3f}–{high:.3f}</small></td>"


def _whisker(gain: float, ends: tuple[float, float], reach: float, name: str) -> str:
    """A difference as a dot with its interval, zero in the middle."""
    low, middle, high = (50 + _HALF_PERCENT * value / reach for value in (ends[0], gain, ends[1]))
    tone = "better" if ends[0] > 0 else "worse" if ends[1] < 0 else "even"
    said = escape(f"{name}: {gain:+.3f}, 95 % from {ends[0]:+.3f} to {ends[1]:+.3f}")
    return (
        f"<span class='limn-whisker limn-{tone}' role='img' aria-label='{said}' title='{said}'>"
        f"<i style='left:{low:.1f}%;width:{high - low:.1f}%'></i>"
        f"<b style='left:{middle:.1f}%'></b></span>"
    )
