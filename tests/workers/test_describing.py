"""Models that write about figures, on real stores: what is asked, paid, kept and put off."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from core.describing import Description, FigureFacts, Outcome, Providers
from core.errors import ConfigurationFault, ProviderUnavailable
from core.ports import Embeddings, GreyImage
from core.records import FigureText, Provenance, Stage
from core.settings import DescribeSettings, ProviderSettings
from ingestion.catalogue_records import Described, FigureRow, UploadTerms
from tests.ingestion import builders
from tests.workers.line import LineResources, NoAliases, open_line
from workers import describing, tasks
from workers.ingestion import resume, start_upload

TITLES = ("Chair", "Kettle", "Lamp", "Razor")


@dataclass
class Model:
    """A captioner and a language model: says what it is told to, and counts what it was asked."""

    provenance: Provenance
    endpoint: str | None = "http://127.0.0.1:9/v1"
    model_id: str = "fake/1"
    prompt_hash: str = "p1"
    asked: list[str] = field(default_factory=list)
    seen: list[list[str]] = field(default_factory=list)
    fails: Exception | None = None
    answer: Callable[[FigureFacts], Description] | None = None

    def caption(
        self, images: Sequence[GreyImage], figures: Sequence[FigureFacts]
    ) -> Iterator[Outcome]:
        assert all(image.size for image in images)
        yield from map(self._answer, figures)

    def enrich(
        self, figures: Sequence[FigureFacts], seen: Sequence[Sequence[FigureText]]
    ) -> Iterator[Outcome]:
        self.seen += [[text.text for text in texts] for texts in seen]
        yield from map(self._answer, figures)

    def _answer(self, facts: FigureFacts) -> Outcome:
        if isinstance(self.fails, ConfigurationFault):
            raise self.fails
        if isinstance(self.fails, ProviderUnavailable):
            return self.fails
        self.asked.append(facts.title)
        if self.answer:
            return self.answer(facts)
        return Description((f"{facts.title.lower()} seen by {self.model_id}",), 90, 10)


class Tags:
    """A tagger that names the same thing always."""

    provenance = Provenance.TAGGER
    model_id, prompt_hash, endpoint = "tags/1", "t1", None

    def tag(self, vectors: Embeddings, figures: Sequence[FigureFacts]) -> list[Description]:
        assert vectors.shape == (len(figures), 16)
        return [Description(("furniture",)) for _ in figures]


@dataclass
class Desk:
    """A home with four publications of one figure each, and who writes about them."""

    line: LineResources
    captioner: Model
    teller: Model
    archive: Path

    def take_in(self, terms: UploadTerms | None = None) -> str:
        return start_upload(self.line, self.archive, terms).upload_id

    def enrich(self, **options: bool) -> describing.Outlook:
        outlook = describing.enrich(self.line, self.ids, **options)
        self.line.messages.send_figures("embed", outlook.to_embed)
        return outlook

    @property
    def ids(self) -> list[str]:
        return self.line.catalogue.figure_ids()

    @property
    def rows(self) -> list[FigureRow]:
        return self.line.catalogue.figures(self.ids)

    def states(self) -> list[tuple[Described | None, Stage]]:
        return sorted({(row.described, row.stage) for row in self.rows})

    def n_stale(self) -> int:
        """Points that were not made from what the catalogue says now."""
        expected = dict(self.line.catalogue.iter_revisions())
        return sum(found != expected[key] for key, found in self.line.index.iter_revisions())


def _week(folder: Path, name: str = "I20210105.tar", **fields: object) -> Path:
    files: dict[str, bytes] = {}
    for n, title in enumerate(TITLES):
        files |= builders.weekly_files([f"D090000{n}"], title=title, n_sheets=1, **fields)
    path = folder / name
    path.write_bytes(builders.tar_of(files))
    return path


OpenDesk = Callable[..., AbstractContextManager[Desk]]


@pytest.fixture
def open_desk(tmp_path: Path, index_url: str, queue_url: str) -> OpenDesk:
    @contextmanager
    def opened(
        endpoint: str | None = None, catalogue_url: str | None = None, **settings: object
    ) -> Iterator[Desk]:
        home = tmp_path / secrets.token_hex(4)
        home.mkdir()
        asks = ProviderSettings(model="fake", timeout_s=1)
        part = DescribeSettings(captioner=asks, enricher=asks, retry_wait_s=0.001, **settings)
        endpoint = endpoint or f"http://127.0.0.1:9/{secrets.token_hex(4)}"
        captioner = Model(Provenance.CAPTIONER, endpoint)
        teller = Model(Provenance.LLM, endpoint, "told/1")
        with open_line(home, index_url, queue_url, catalogue_url, part) as line:
            line.index.delete_figures(list(line.index.iter_figure_ids()))
            line.providers = Providers(Tags(), captioner, teller)
            yield Desk(line, captioner, teller, _week(home))

    return opened


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
        again = _week(tmp_path, "I20210302.tar", us_classes=["D1 1"])  # new versions, same facts
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
        assert pending.note == "its upload's budget of 350 tokens does not pay for more"
        desk.enrich()
        assert desk.line.catalogue.spending(upload).n_tokens == 300
        desk.line.catalogue.set_budget(upload, 800)
        while desk.enrich().to_ask:
            continue
        assert desk.states() == [(Described.DONE, Stage.INDEXED)]
        assert desk.line.catalogue.spending(upload).n_tokens == 800


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
        start_upload(desk.line, _week(tmp_path, us_classes=["D2 1"]), UploadTerms(True))
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
        desk.teller.answer = lambda _: Description((), 50, 50, "no JSON")
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
            return Description(("seen",), 1, 1)

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
        start_upload(line, _week(tmp_path))
        rows = line.catalogue.figures(line.catalogue.figure_ids())
        assert {(row.described, row.stage) for row in rows} == {(None, Stage.INDEXED)}
        assert "furniture" in {text.text for text in rows[0].texts}


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
