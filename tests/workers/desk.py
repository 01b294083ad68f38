"""A home whose figures are written about by models that a test controls."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from core.describing import Description, FigureFacts, Outcome, Providers, Tokens
from core.errors import ConfigurationFault, ProviderUnavailable
from core.ports import Embeddings, GreyImage
from core.records import FigureText, Provenance, Stage
from core.settings import DescribeSettings, ProviderSettings
from ingestion.catalogue_records import Described, FigureRow, UploadTerms
from tests.ingestion import builders
from tests.workers.line import LineResources, open_line
from workers import describing
from workers.ingestion import start_upload

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
    earlier: list[Description | None] = field(default_factory=list)
    fails: Exception | None = None
    answer: Callable[[FigureFacts], Description] | None = None

    def caption(
        self,
        images: Sequence[GreyImage],
        figures: Sequence[FigureFacts],
        earlier: Sequence[Description | None] = (),
    ) -> Iterator[Outcome]:
        assert all(image.size for image in images)
        self.earlier += earlier
        yield from map(self._answer, figures)

    def enrich(
        self,
        figures: Sequence[FigureFacts],
        seen: Sequence[Sequence[FigureText]],
        earlier: Sequence[Description | None] = (),
    ) -> Iterator[Outcome]:
        self.seen += [[text.text for text in texts] for texts in seen]
        self.earlier += earlier
        yield from map(self._answer, figures)

    def most_tokens(self, *_: object) -> Tokens:
        return Tokens(90, 10)

    def _answer(self, facts: FigureFacts) -> Outcome:
        if isinstance(self.fails, ConfigurationFault):
            raise self.fails
        if isinstance(self.fails, ProviderUnavailable):
            return self.fails
        self.asked.append(facts.title)
        if self.answer:
            return self.answer(facts)
        return Description((f"{facts.title.lower()} seen by {self.model_id}",), Tokens(90, 10))


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


def week_of_titles(folder: Path, name: str = "I20210105.tar", **fields: object) -> Path:
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
        models = {"captioner": asks, "enricher": asks, **settings}
        part = DescribeSettings(retry_wait_s=0.001, **models)  # type: ignore[arg-type]
        endpoint = endpoint or f"http://127.0.0.1:9/{secrets.token_hex(4)}"
        captioner = Model(Provenance.CAPTIONER, endpoint)
        teller = Model(Provenance.LLM, endpoint, "told/1")
        with open_line(home, index_url, queue_url, catalogue_url, part) as line:
            line.index.delete_figures(list(line.index.iter_figure_ids()))
            line.providers = Providers(Tags(), captioner, teller)
            yield Desk(line, captioner, teller, week_of_titles(home))

    return opened
