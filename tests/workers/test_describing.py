"""Models that write about figures, on real stores: what is asked, paid, kept and put off."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from core.describing import Description, FigureFacts, Flaw, Outcome, Providers, Tokens
from core.errors import CatalogueUnavailable, ConfigurationFault, ProviderUnavailable
from core.ports import Embeddings, GreyImage
from core.records import Provenance, Stage
from encoder.describing.wordings import RULE_HASH
from ingestion.call_ledger import Call, Spending
from ingestion.catalogue_records import Described, UploadTerms
from tests.workers.desk import TITLES, OpenDesk, Tags, week_of_titles
from tests.workers.line import NoAliases, open_line
from workers import tasks
from workers.ingestion import resume, start_upload
from workers.vectors import searched_texts, text_vectors


class OneAlias(NoAliases):
    """Knows stools, and nothing else."""

    provenance = Provenance.THESAURUS

    def enrich(
        self, figures: Sequence[FigureFacts], seen: object, earlier: object = ()
    ) -> Iterator[Outcome]:
        return iter([Description(("stools",))] * len(figures))


def test_figures_are_searchable_at_once_and_indexed_anew_with_what_models_say(
    open_desk: OpenDesk, catalogue_url: str
) -> None:
    with open_desk(catalogue_url=catalogue_url) as desk:
        upload = desk.take_in()
        assert desk.states() == [(Described.PENDING, Stage.INDEXED)]
        assert not desk.captioner.asked
        outlook = desk.enrich()
        assert (outlook.to_embed, outlook.to_ask, outlook.stopped) == (desk.ids, [], None)
        assert desk.states() == [(Described.DONE, Stage.INDEXED)]
        assert desk.n_stale() == 0
        said = {(text.provenance, text.text) for text in desk.rows[0].texts}
        assert said >= {
            (Provenance.CAPTIONER, "chair seen by fake/1"),
            (Provenance.GRANT, "Chair"),
            (Provenance.LLM, "chair seen by told/1"),
            (Provenance.TAGGER, "furniture"),
        }
        by = {text.provenance: (text.model, text.prompt_hash) for text in desk.rows[0].texts}
        assert by[Provenance.LLM] == ("told/1", "p1")
        assert by[Provenance.GRANT] == (None, None)
        assert ["chair seen by fake/1", "furniture"] in desk.teller.seen
        assert desk.line.catalogue.spending(upload).n_tokens == 8 * 100
        assert sorted(desk.captioner.asked) == sorted(desk.teller.asked) == sorted(TITLES)


def test_what_was_answered_is_never_asked_again(open_desk: OpenDesk, tmp_path: Path) -> None:
    with open_desk() as desk:
        desk.take_in()
        desk.enrich()
        desk.enrich()
        again = week_of_titles(
            tmp_path, "I20210302.tar", us_classes=["D1 1"]
        )  # new versions, same facts
        start_upload(desk.line, again)
        assert desk.states() == [(Described.DONE, Stage.INDEXED)]
        assert len(desk.captioner.asked) == len(desk.teller.asked) == 4
        desk.captioner.prompt_hash = "p2"
        desk.enrich()
        assert len(desk.captioner.asked) == 8
        assert len(desk.teller.asked) == 4  # it was told the same


def test_a_budget_stops_and_a_higher_one_goes_on(open_desk: OpenDesk) -> None:
    with open_desk(budget_tokens=350) as desk:
        upload = desk.take_in()
        while desk.enrich().to_ask:  # what the first call costs is seen before the next
            assert desk.line.catalogue.spending(upload).n_tokens <= 350
        assert {stage for _, stage in desk.states()} == {Stage.INDEXED}
        (pending,) = [s for s in desk.line.catalogue.standings() if s.described == "pending"]
        assert pending.note == (
            "its upload's budget of 350 tokens does not pay for one more call at its dearest"
        )
        desk.enrich()
        assert desk.line.catalogue.spending(upload).n_tokens == 300
        desk.line.catalogue.set_budget(upload, 800)
        while desk.enrich().to_ask:
            continue
        assert desk.states() == [(Described.DONE, Stage.INDEXED)]
        assert desk.line.catalogue.spending(upload).n_tokens == 800


def test_workers_that_ask_at_once_never_pass_a_budget(open_desk: OpenDesk) -> None:
    with open_desk(budget_tokens=650) as desk:
        upload = desk.take_in()
        most: list[int] = []

        def answer(facts: FigureFacts) -> Description:
            spent = desk.line.catalogue.spending(upload)
            most.append(spent.n_tokens + spent.n_open_tokens)
            time.sleep(0.05)  # others ask meanwhile
            return Description((f"a {facts.title}",), Tokens(90, 10))

        desk.captioner.answer = desk.teller.answer = answer
        with ThreadPoolExecutor(3) as workers:
            for work in [workers.submit(desk.enrich) for _ in range(3)]:
                work.result()
        while desk.enrich().to_ask:
            continue
        assert max(most) == 600
        assert desk.line.catalogue.spending(upload) == Spending(upload, 6, 540, 60)
        assert len(desk.captioner.asked + desk.teller.asked) == 6


def test_an_answer_of_the_wrong_form_is_kept_and_mended_later(open_desk: OpenDesk) -> None:
    with open_desk(n_attempts=1) as desk:
        upload = desk.take_in()
        flaw = Flaw("a chair", "no JSON")

        def answer(_: FigureFacts) -> Description:
            desk.teller.fails = ProviderUnavailable("gone")
            return Description((), Tokens(50, 50), "no JSON", flaw)

        desk.teller.answer = answer
        desk.enrich()
        assert desk.line.catalogue.spending(upload).n_tokens == 500  # captions, and the flawed one
        assert {row.described for row in desk.rows} == {Described.PENDING}
        desk.teller.fails = desk.teller.answer = None
        desk.teller.earlier.clear()
        desk.enrich()
        assert desk.states() == [(Described.DONE, Stage.INDEXED)]
        (earlier,) = [had for had in desk.teller.earlier if had]
        assert (earlier.flaw, earlier.n_answers) == (flaw, 1)
        assert len(desk.teller.asked) == 5
        assert desk.line.catalogue.spending(upload).n_tokens == 900


def test_an_answer_is_held_while_the_catalogue_is_away(
    open_desk: OpenDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_desk() as desk:
        desk.take_in()
        store, tries = desk.line.catalogue.store_answer, []

        def away_once(call: Call, answer: Description, price: float) -> None:
            tries.append(call)
            if len(tries) == 1:
                raise CatalogueUnavailable("restarts")
            store(call, answer, price)

        monkeypatch.setattr(desk.line.catalogue, "store_answer", away_once)
        desk.enrich()
        assert desk.states() == [(Described.DONE, Stage.INDEXED)]
        assert len(desk.captioner.asked) == len(desk.teller.asked) == 4
        assert len(tries) == 9


def test_a_model_that_is_down_costs_nobody_anything_and_goes_on_when_it_is_back(
    open_desk: OpenDesk,
) -> None:
    with open_desk(n_attempts=2) as desk:
        desk.take_in()
        desk.teller.fails = ProviderUnavailable("http://127.0.0.1:9 does not answer")
        outlook = desk.enrich()
        assert outlook.stopped is desk.teller.fails
        assert desk.states() == [(Described.PENDING, Stage.INDEXED)]
        row = desk.rows[0]
        assert row.described_note == "http://127.0.0.1:9 does not answer"
        kept = {text.text for text in row.texts}
        assert "chair seen by fake/1" in kept  # the caption is there, the descriptions are not
        assert "chair seen by told/1" not in kept
        desk.teller.fails = None
        assert desk.enrich().stopped is None
        assert desk.states() == [(Described.DONE, Stage.INDEXED)]
        assert len(desk.captioner.asked) == len(desk.teller.asked) == 4
        assert desk.n_stale() == 0


def test_an_endpoint_that_asks_for_time_is_given_it_by_everybody(open_desk: OpenDesk) -> None:
    with open_desk(n_attempts=3) as desk:
        desk.take_in()
        desk.captioner.fails = ProviderUnavailable("busy", retry_after_s=3600)
        outlook = desk.enrich()
        assert outlook.stopped is None
        assert outlook.to_ask == []
        assert "left alone, for 60 minutes" in str(desk.rows[0].described_note)
        desk.captioner.fails = None
        desk.enrich()
        assert desk.captioner.asked == []


def test_a_model_that_cannot_be_used_is_named_and_not_asked_again(open_desk: OpenDesk) -> None:
    with open_desk() as desk:
        desk.take_in()
        desk.captioner.fails = ConfigurationFault("the key is refused; set another")
        outlook = desk.enrich()
        assert outlook.stopped is desk.captioner.fails
        assert outlook.to_ask == []
        assert desk.rows[0].described_note == "the key is refused; set another"
        assert desk.states() == [(Described.PENDING, Stage.INDEXED)]
        tasks.enrich.delay(desk.ids)  # raises nothing: a person must mend it first


@pytest.mark.parametrize("elsewhere", ["https://models.example/v1", "http://192.0.2.7/v1"])
def test_confidential_figures_are_sent_to_this_machine_alone(
    open_desk: OpenDesk, elsewhere: str
) -> None:
    with open_desk(endpoint=elsewhere) as desk:
        desk.take_in(UploadTerms(is_confidential=True))
        desk.enrich()
        assert desk.captioner.asked == desk.teller.asked == []
        assert desk.states() == [(Described.WITHHELD, Stage.INDEXED)]
        assert (
            desk.rows[0].described_note
            == f"it is confidential, and {elsewhere} is not on this machine"
        )
        desk.captioner.endpoint = "http://127.0.0.1:9/v1"
        desk.enrich()
        assert sorted(desk.captioner.asked) == sorted(TITLES)
        assert desk.teller.asked == []
        assert desk.states() == [(Described.WITHHELD, Stage.INDEXED)]


def test_a_publication_that_is_ever_confidential_is_not_asked_about_any_more(
    open_desk: OpenDesk, tmp_path: Path
) -> None:
    with open_desk(endpoint="http://192.0.2.7/v1") as desk:
        desk.take_in()
        start_upload(desk.line, week_of_titles(tmp_path, us_classes=["D2 1"]), UploadTerms(True))
        desk.enrich()
        assert desk.captioner.asked == []


def test_a_correction_survives_new_models_and_reaches_the_index(open_desk: OpenDesk) -> None:
    with open_desk() as desk:
        desk.take_in()
        desk.enrich()
        figure = desk.ids[0]
        desk.line.catalogue.correct_text(figure, "a stool", instead_of="chair seen by fake/1")
        resume(desk.line)
        assert desk.n_stale() == 0
        desk.enrich()
        desk.teller.model_id = "told/2"
        desk.enrich()
        texts = {text.text for text in desk.rows[0].texts}
        assert {"a stool", "chair seen by told/2"} <= texts
        assert "chair seen by fake/1" not in texts


def test_an_answer_of_no_use_is_listed_and_asked_again_only_when_told(open_desk: OpenDesk) -> None:
    with open_desk() as desk:
        upload = desk.take_in()
        desk.teller.answer = lambda _: Description((), Tokens(50, 50), "no JSON")
        desk.enrich()
        desk.enrich()
        assert {row.described_note for row in desk.rows} == {"llm: no JSON"}
        assert desk.states() == [(Described.DONE, Stage.INDEXED)]
        assert len(desk.teller.asked) == 4
        desk.teller.answer = None
        desk.enrich(anew=True)
        assert {row.described_note for row in desk.rows} == {None}
        assert desk.line.catalogue.spending(upload).n_tokens == 12 * 100


def test_texts_that_were_paid_stay_until_better_ones_are_there(open_desk: OpenDesk) -> None:
    with open_desk(n_attempts=1) as desk:
        desk.take_in()
        desk.enrich()
        desk.teller.model_id, desk.teller.fails = "told/2", ProviderUnavailable("away")
        desk.enrich()
        assert "chair seen by told/1" in {text.text for text in desk.rows[0].texts}
        desk.teller.fails = None
        desk.enrich()
        texts = {text.text for text in desk.rows[0].texts}
        assert "chair seen by told/2" in texts
        assert "chair seen by told/1" not in texts


def test_answers_are_kept_of_figures_that_go_while_models_are_asked(open_desk: OpenDesk) -> None:
    with open_desk() as desk:
        upload = desk.take_in()
        notice = desk.line.catalogue.begin_upload("/in/n.xml", "n" * 64, 10, ["notice"]).upload_id

        def goes(facts: FigureFacts) -> Description:
            desk.line.catalogue.withdraw("US-D0900000-S1", notice, "notice", "surrendered")
            return Description(("seen",), Tokens(1, 1))

        desk.captioner.answer = goes
        desk.enrich()
        assert len(desk.ids) == 3
        assert desk.line.catalogue.spending(upload).n_calls == 8


def test_without_models_nothing_is_asked_and_nothing_waits(
    tmp_path: Path, index_url: str, queue_url: str
) -> None:
    with open_line(tmp_path, index_url, queue_url) as line:
        line.index.delete_figures(list(line.index.iter_figure_ids()))
        line.providers = Providers(Tags(), None, NoAliases())
        start_upload(line, week_of_titles(tmp_path))
        rows = line.catalogue.figures(line.catalogue.figure_ids())
        assert {(row.described, row.stage) for row in rows} == {(None, Stage.INDEXED)}
        assert "furniture" in {text.text for text in rows[0].texts}


def test_other_wordings_are_kept_and_not_searched_by(
    tmp_path: Path, index_url: str, queue_url: str
) -> None:
    with open_line(tmp_path, index_url, queue_url) as line:
        line.index.delete_figures(list(line.index.iter_figure_ids()))
        line.thesaurus = OneAlias()
        start_upload(line, week_of_titles(tmp_path))
        (row, *_) = line.catalogue.figures(line.catalogue.figure_ids())
        by = {who: [t.text for t in row.texts if t.provenance is who] for who in Provenance}
        assert by[Provenance.THESAURUS] == ["stools"]
        assert "drawing of stools" in by[Provenance.THESAURUS_WORDING]
        assert "drawing of chair" in by[Provenance.GRANT_WORDING]
        assert len(row.texts) == 20
        others = [text for text in row.texts if not text.provenance.is_searched]
        assert {text.prompt_hash for text in others} == {RULE_HASH}
        searched = [*by[Provenance.GRANT], "stools"]
        assert sorted(searched_texts(row)) == sorted(searched)
        kept = line.catalogue.embeddings(line.encoder.encoder_id, [row.figure.figure_id])
        assert np.allclose(kept.text, text_vectors(line.encoder, [searched]), atol=1e-6)


def test_the_picture_is_embedded_once_for_tags_and_for_the_index(
    open_desk: OpenDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_desk() as desk:
        n_images = 0
        encode = desk.line.encoder.encode_images

        def counted(images: Sequence[GreyImage]) -> Embeddings:
            nonlocal n_images
            n_images += len(images)
            return encode(images)

        monkeypatch.setattr(desk.line.encoder, "encode_images", counted)
        desk.take_in()
        desk.enrich()
        assert n_images == 4
