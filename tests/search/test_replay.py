"""What a replay says, verdict by verdict, and how its seal and its pages are held."""

import base64
import hashlib
import io
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.errors import CertificateInvalid, ConfigurationFault
from search import certificate_child
from search.casebook_records import Mark, QueryPicture
from search.certificate import (
    LIMITATIONS,
    CertificateRecord,
    CertifiedHit,
    CertifiedNote,
    CertifiedPicture,
    Corpus,
    IndexFacts,
    ModelFacts,
    OfficeSpan,
    certificate_json,
    read_certificate,
)
from search.certificate_pdf import certificate_pdf
from search.certificate_reading import read_certificate_file
from search.query import SearchQuery
from search.replay import Change, Replay, Standing, Today, Verdict, compare
from tests.damage import damaged, ends_soon, fuzzing

HOSTILE = (
    "Chair", "=cmd|' /C calc'!A0", "<script>alert(1)</script> & co", "כיסא עם משענת", "كرسي",
    "Łódź Ελλάδα Москва", "a\u202eb\x00\ud800c", "椅子", "", "word " * 80, "x" * 900,
)  # fmt: skip


def hit(letter: str, rank: int, score: float, **fields: Any) -> CertifiedHit:
    return CertifiedHit.model_validate(
        {
            "rank": rank, "publication_id": letter, "number": letter, "title": f"Title {letter}",
            "owner": None, "published": None, "locarno": (), "score": score, "revision": "1",
            "best_figure_id": f"{letter}/1", "best_figure": "FIG. 1", "picture_sha256": None,
            "mark": None, "marked_by": None, "marked_at": None, "notes": (), "found": {},
            **fields,
        }
    )  # fmt: skip


def ranking(letters: str) -> tuple[CertifiedHit, ...]:
    return tuple(hit(one, rank, 1 - rank / 10) for rank, one in enumerate(letters, start=1))


def record(hits: tuple[CertifiedHit, ...] = ranking("abcde"), **fields: Any) -> CertificateRecord:
    file = io.BytesIO()
    Image.new("1", (30, 20), 1).save(file, "PNG")
    data = file.getvalue()
    picture = QueryPicture(
        sha256=hashlib.sha256(data).hexdigest(),
        file_name="a.tif",
        edits={"crop": [0.1, 0.2, 0.5, 0.5], "rotation_deg": 90.0},
    )
    us = OfficeSpan(
        office="US", n_publications=9, n_figures=20, n_indexed=19, n_failed=1, first="2020-01-07",
        last=None, n_undated=1,
    )  # fmt: skip
    values: dict[str, Any] = {
        "format": 1, "made_at": "2026-11-26T20:05:11+01:00", "time_zone": "CET (UTC+0100)",
        "made_by": "Ada", "software": {"name": "Limn", "version": "0.1.0"}, "project": "P",
        "search_id": 1, "search_name": "Chairs", "saved_at": "2026-11-26T18:00:00+00:00",
        "saved_by": "Ada", "query": SearchQuery(text="chair").model_dump(mode="json"),
        "pictures": (CertifiedPicture(picture=picture, width_px=30, height_px=20,
                                      png=base64.b64encode(data).decode()),),
        "examples": (), "scores": "cosine", "hidden_by_filter": 0, "hits": hits,
        "corpus": Corpus(catalogue_id="c", last_arrival=10, offices=(us,), n_withdrawn=0,
                         failures={"embedded": 1}, n_rejected=0, texts={"grant": 40}),
        "index": IndexFacts(collection="f", schema_version=2, dimension=4, n_points=19, exact=True,
                            parameters={}),
        "model": ModelFacts(encoder_id="m", hashes={"image.onnx": "1" * 64}, caption_prompts={}),
        "limitations": LIMITATIONS, **fields,
    }  # fmt: skip
    return CertificateRecord.model_validate(values)


def today(then: CertificateRecord, hits: tuple[CertifiedHit, ...], **fields: Any) -> Today:
    arrivals = {one.publication_id: 1 for one in (*then.hits, *hits)} | {"N": 11, "M": 12}
    standing = {letter: Standing(n, "1", is_withdrawn=False) for letter, n in arrivals.items()}
    now = Today(hits, then.model, then.index, "c", 12, standing, then.software)
    return replace(now, **fields)


def replay(letters: str, **fields: Any) -> Replay:
    then = record()
    return compare(then, today(then, ranking(letters), **fields))


def test_the_same_ranking_is_the_same() -> None:
    same = replay("abcde", last_arrival=10)
    assert (same.verdict, same.reasons, same.changes) == (Verdict.SAME, (), ())


def test_what_arrived_behind_the_last_rank_changes_nothing() -> None:
    same = replay("abcde")
    assert same.verdict is Verdict.SAME
    assert same.reasons == ("2 drawings arrived since the record was made",)


@pytest.mark.parametrize("letters", ["Nabcd", "abNcM", "abcdN", "NMabc"])
def test_new_publications_that_push_the_others_down_are_data_added(letters: str) -> None:
    then = record()
    old = {one.publication_id: one.score for one in then.hits}
    now = tuple(hit(one, rank, old.get(one, 0.55)) for rank, one in enumerate(letters, start=1))
    added = compare(then, today(then, now))
    assert added.verdict is Verdict.DATA_ADDED
    assert {c.publication_id for c in added.changes if c.change is Change.ENTERED} <= {"N", "M"}
    assert all(c.change in (Change.ENTERED, Change.LEFT) for c in added.changes)
    assert {c.reason for c in added.changes if c.change is Change.ENTERED} == {"arrived since"}


@pytest.mark.parametrize(
    ("letters", "says"),
    [
        ("bacde", "in another order: b, a"),
        ("Nacbd", "in another order: c, b"),
        ("abcd", "found then and not now: e"),
        ("Nabcx", "found now and not then, without having arrived since: x"),
        ("Nbcde", "found then and not now: a"),
    ],
)
def test_another_order_is_different_whatever_arrived(letters: str, says: str) -> None:
    other = replay(letters)
    assert other.verdict is Verdict.DIFFERENT
    assert says in other.reasons


def test_ranks_and_scores_of_every_change_are_listed() -> None:
    (entered, left) = replay("Nabcd").changes[0], replay("Nabcd").changes[-1]
    assert (entered.rank_then, entered.rank_now, entered.score_then) == (None, 1, None)
    assert (left.change, left.publication_id, left.rank_then, left.rank_now) == (
        Change.LEFT, "e", 5, None,
    )  # fmt: skip


def test_ties_may_change_places_and_noise_is_no_change() -> None:
    then = record((hit("a", 1, 0.9), hit("b", 2, 0.9 - 1e-7), hit("c", 3, 0.5)))
    now = (hit("b", 1, 0.9 - 2e-7), hit("a", 2, 0.9), hit("c", 3, 0.5 + 1e-7))
    assert compare(then, today(then, now, last_arrival=10)).verdict is Verdict.SAME


def test_scores_that_move_without_new_data_are_different() -> None:
    then = record()
    now = tuple(one.model_copy(update={"score": one.score - 0.01}) for one in then.hits)
    assert compare(then, today(then, now, last_arrival=10)).verdict is Verdict.DIFFERENT
    grown = compare(then, today(then, now))
    assert grown.verdict is Verdict.DATA_ADDED
    assert "they depend on the collection" in grown.reasons[0]


@pytest.mark.parametrize(
    ("standing", "says"),
    [
        (Standing(1, "1", is_withdrawn=True), "c of the record: withdrawn since"),
        (Standing(1, "2", is_withdrawn=False), "c of the record: replaced by another version"),
        (Standing(1, None, is_withdrawn=False), "c of the record: not in this catalogue"),
    ],
)
def test_publications_that_are_gone_are_named(standing: Standing, says: str) -> None:
    then = record()
    now = today(then, ranking("abde"))
    gone = compare(then, replace(now, standing={**now.standing, "c": standing}))
    assert gone.verdict is Verdict.DIFFERENT
    assert says in gone.reasons[0]
    assert gone.missing[0][0] == "c"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"model": ModelFacts(encoder_id="n", hashes={}, caption_prompts={})}, "encoder: m in"),
        ({"model": ModelFacts(encoder_id="m", hashes={"image.onnx": "2"}, caption_prompts={})},
         "SHA-256 of image.onnx"),
        ({"model": ModelFacts(encoder_id="m", hashes={"image.onnx": "1" * 64},
                              caption_prompts={"llm": "p"})}, "caption prompt of llm: unknown in"),
        ({"index": record().index.model_copy(update={"schema_version": 3})}, "index schema: 2 in"),
    ],
)  # fmt: skip
def test_another_model_is_named_before_anything_else(change: dict[str, Any], says: str) -> None:
    for letters in ("abcde", "edcba"):
        other = replay(letters, **change)
        assert other.verdict is Verdict.MODEL_CHANGED
        assert other.reasons[0].startswith(says)
        assert bool(other.changes) is (letters != "abcde")


def test_in_another_catalogue_nothing_is_known_to_be_new() -> None:
    other = replay("Nabcd", catalogue_id="d")
    assert other.verdict is Verdict.DIFFERENT
    assert "another catalogue" in other.changes[0].reason
    assert replay("abcde", catalogue_id="d").verdict is Verdict.SAME


def test_a_sealed_file_reads_back_as_it_was() -> None:
    made = record()
    data = certificate_json(made)
    read = read_certificate(data, "c.json")
    assert read == made
    assert read.sha256 == made.sha256 == json.loads(data)["sha256"]
    reprinted = json.dumps(json.loads(data), indent=None).encode()
    assert read_certificate(reprinted, "c.json") == made


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda d: d.replace(b'"score": 0.9', b'"score": 0.8'), "was changed after it was made"),
        (lambda d: d.replace(b'"rank": 1,', b'"rank": 2,'), "was changed after it was made"),
        (lambda d: d.replace(b'"sha256": "', b'"sha256": "0', 1), "query drawing|was changed"),
        (lambda d: d.replace(b'"record": {', b'"sha256": "0", "record": {'), "stands twice"),
        (lambda d: d[:-40], "not the JSON of a certificate"),
        (lambda d: b"[" * 100_000, "not the JSON of a certificate"),
        (lambda d: b"{}", "not a certificate; give the PDF or JSON"),
        (lambda d: b'{"record": [1], "sha256": "x"}', "was changed"),
        (lambda d: d.replace(b'"score": 0.9', b'"score": NaN'), "NaN is no number"),
        (lambda d: d.replace(b'"score": 0.9', b'"score": 1e999'), "1e999 is no number"),
    ],
)  # fmt: skip
def test_a_changed_file_is_refused(change: Any, says: str) -> None:
    with pytest.raises(CertificateInvalid, match=says):
        read_certificate(change(certificate_json(record())), "c.json")


def test_a_resealed_record_of_a_later_format_is_refused() -> None:
    sealed = json.loads(certificate_json(record()))
    for change, says in (({"format": 2}, "is of format 2"), ({"hits": [{}]}, "hits.0.rank")):
        later = {**sealed["record"], **change}
        canonical = json.dumps(later, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        resealed = {"record": later, "sha256": hashlib.sha256(canonical.encode()).hexdigest()}
        with pytest.raises(CertificateInvalid, match=says):
            read_certificate(json.dumps(resealed).encode(), "c.json")


@pytest.fixture(scope="module")
def printed() -> tuple[CertificateRecord, bytes]:
    """A certificate with every hostile title and a picture of every other hit."""
    note = CertifiedNote(note="Same legs.\nOther seat 椅.", made_by="Ada", made_at="2026-11-26T20")
    marks = (Mark.RELEVANT, Mark.NOT, Mark.LATER, None)
    hits = tuple(
        hit(f"US-{n}", n, 0.9 - n / 100, title=title.encode("utf-8", "replace").decode(),
            mark=marks[n % 4], marked_by="Ada", marked_at="2026-11-26", notes=(note,) * (n % 3),
            found={"expected_by_chance": 0.03125})
        for n, title in enumerate(HOSTILE, start=1)
    )  # fmt: skip
    made = record(hits)
    pictures = {f"US-{n}": np.full((9, 300 * n % 400 + 1), 200, np.uint8) for n in range(1, 9, 2)}
    return made, certificate_pdf(made, pictures)


def test_a_printed_certificate_holds_its_record(printed: tuple[CertificateRecord, bytes]) -> None:
    made, data = printed
    assert read_certificate_file(data, "c.pdf") == made
    with pypdfium2.PdfDocument(data) as pdf:
        pages = [page.get_textpage().get_text_bounded() for page in pdf]
        assert f"Page {len(pages)} of {len(pages)}" in pages[-1]
        text = "\n".join(pages)
    for words in ("Search certificate", "Similarity is not legal similarity", "=cmd|' /C calc'!A0",
                  "<script>", "Москва", "[U+202E]", "[U+6905]", "No title", "NOT RELEVANT",
                  "“chair”", "1 at embedded", "as shares): [0.1, 0.2, 0.5, 0.5]",
                  "degrees: 90.0", "no picture", "0.031 by chance"):  # fmt: skip
        assert words in text, words
    assert all(made.sha256 in page for page in pages)


def test_the_same_record_prints_the_same_bytes() -> None:
    made = record(ranking("ab"))
    assert certificate_pdf(made, {}) == certificate_pdf(made, {})


def test_a_changed_pdf_is_refused(printed: tuple[CertificateRecord, bytes]) -> None:
    made, data = printed
    with pypdfium2.PdfDocument(data) as pdf:
        other = certificate_json(record(ranking("ab")))
        pdf.get_attachment(0).set_data(other)
        swapped = io.BytesIO()
        pdf.save(swapped)
    with pytest.raises(CertificateInvalid, match="page 1 does not name the record"):
        read_certificate_file(swapped.getvalue(), "c.pdf")
    with pypdfium2.PdfDocument(data) as pdf:
        pdf.get_attachment(0).set_data(certificate_json(made).replace(b"Chairs", b"Stools"))
        edited = io.BytesIO()
        pdf.save(edited)
    with pytest.raises(CertificateInvalid, match="was changed after it was made: its record"):
        read_certificate_file(edited.getvalue(), "c.pdf")
    with pytest.raises(CertificateInvalid, match="cannot be read as a PDF"):
        read_certificate_file(b"%PDF-1.7 torn", "c.pdf")
    plain = pypdfium2.PdfDocument.new()
    plain.new_page(100, 100)
    file = io.BytesIO()
    plain.save(file)
    plain.close()
    with pytest.raises(CertificateInvalid, match="attached 0 times"):
        read_certificate_file(file.getvalue(), "c.pdf")


@given(data=st.data())
@fuzzing(60)
def test_a_damaged_certificate_is_refused(data: st.DataObject) -> None:
    whole = certificate_json(record())
    given_in = data.draw(damaged(whole, [b'"', b"{", b"[", b"1e999", b"\\ud800", b"null"]))
    with ends_soon():
        try:
            read = read_certificate(given_in, "c.json")
        except CertificateInvalid:
            return
    assert read == record()


@given(data=st.data())
@fuzzing(5)
def test_a_damaged_pdf_harms_nobody(
    printed: tuple[CertificateRecord, bytes], data: st.DataObject
) -> None:
    made, whole = printed
    with ends_soon():
        try:
            read = read_certificate_file(data.draw(damaged(whole, [b"endobj", b"stream"])), "c.pdf")
        except CertificateInvalid:
            return
    assert read == made


def test_a_pdf_that_breaks_its_reader_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificate_child, "MAX_SECONDS", 0.01)
    with pytest.raises(CertificateInvalid, match="broke the PDF reader"):
        read_certificate_file(b"%PDF-1.7", "c.pdf")


def test_a_font_that_cannot_be_used_is_named(tmp_path: Any) -> None:
    (tmp_path / "letters.ttf").write_bytes(b"no font")
    for name in ("letters.ttf", "missing.ttf"):
        with pytest.raises(ConfigurationFault, match=rf"LIMN_CASEBOOK__FONTS: .*{name}"):
            certificate_pdf(record(()), {}, [tmp_path / name])
