"""Words and pictures of a publication that come apart: put together, whichever came first."""

import importlib.util
from collections.abc import Callable, Iterator, Sequence
from itertools import permutations
from pathlib import Path
from types import ModuleType

import pytest

from core.errors import CatalogueUnavailable
from core.records import Publication
from core.settings import Settings
from ingestion.catalogue import Catalogue
from ingestion.catalogue_records import StoredPublication, StoreOutcome, UploadTerms
from ingestion.completion import other_half
from ingestion.deliveries import delivery_sha256, list_units, read_units
from ingestion.delivery import Unit
from ingestion.known_publications import KnownPublications
from ingestion.preview import preview_delivery
from workers import stages
from workers.addresses import catalogue_url
from workers.recovery import restore_pictures
from workers.resources import Resources

ID, PATENT = "US-D0907292-S1", "USD0907292-20210105"
TITLE = "Shaving razor"
WORDS, PICTURES, WHOLE = "ipg210105.xml", "deeppatent", "I20210105.tar"
Take = Callable[..., StoreOutcome | None]


@pytest.fixture(scope="module")
def build() -> ModuleType:
    path = Path(__file__).parents[1] / "ingestion" / "builders.py"
    spec = importlib.util.spec_from_file_location("completion_builders", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def resources(tmp_path: Path) -> Iterator[Resources]:
    opened = Resources(Settings(home=tmp_path / "home"))
    yield opened
    opened.catalogue.close()


@pytest.fixture
def deliveries(build: ModuleType, tmp_path: Path) -> dict[str, Path]:
    """A weekly text file, a folder of pictures and a weekly archive of the same design."""
    folder = tmp_path / PICTURES / "I20210105" / PATENT
    folder.mkdir(parents=True)
    for n in (1, 2):
        (folder / f"{PATENT}-D{n:05}.png").write_bytes(build.png(300, 220, ink=n))
    (tmp_path / WORDS).write_bytes(build.grant_xml())
    (tmp_path / WHOLE).write_bytes(build.tar_of(build.weekly_files(["D0907292"])))
    return {name: tmp_path / name for name in (WORDS, PICTURES, WHOLE)}


@pytest.fixture
def take(resources: Resources, deliveries: dict[str, Path]) -> Take:
    """Take a delivery in: ``take(WORDS)``."""

    def run(name: str, terms: UploadTerms | None = None) -> StoreOutcome | None:
        path = deliveries[name]
        upload_id = delivery_sha256(path)
        listing = list_units(path, resources.settings.limits)
        resources.catalogue.begin_upload(
            str(path), upload_id, 1, listing.members, listing.rejected, terms=terms
        )
        list(stages.iter_cut(resources, upload_id, listing.members))
        return resources.catalogue.members(upload_id)[0].outcome

    return run


def _kept(resources: Resources) -> StoredPublication:
    kept = resources.catalogue.publication(ID)
    assert kept
    return kept


def _said(publication: Publication) -> tuple[str, int, int]:
    return publication.title, len(publication.captions), len(publication.images)


@pytest.mark.parametrize("order", list(permutations((WORDS, PICTURES))))
def test_words_and_pictures_complete_each_other_in_either_order(
    resources: Resources, take: Take, deliveries: dict[str, Path], order: tuple[str, str]
) -> None:
    take(order[0])
    known = KnownPublications(catalogue_url(resources.settings))
    preview = preview_delivery(deliveries[order[1]], resources.settings.limits, known.find)
    known.close()
    assert preview.outcomes == {StoreOutcome.REPLACED: 1}
    assert take(order[1]) is StoreOutcome.REPLACED
    kept = _kept(resources)
    assert _said(kept.publication) == (TITLE, 2, 2)
    assert len(kept.sheets) == 2
    assert [figure.caption for figure in kept.figures] == [
        caption.text for caption in kept.publication.captions
    ]
    (origin,) = resources.catalogue.kept_from([ID])
    assert origin.upload_id == delivery_sha256(deliveries[PICTURES])


def test_the_same_halves_make_the_same_publication_whichever_came_first(
    resources: Resources, take: Take, tmp_path: Path
) -> None:
    take(WORDS)
    take(PICTURES)
    first = _kept(resources)
    resources.__dict__["catalogue"] = Catalogue.open(f"sqlite:///{tmp_path}/other.sqlite3")
    take(PICTURES)
    take(WORDS)
    assert _kept(resources) == first


@pytest.mark.parametrize("order", list(permutations((WORDS, PICTURES, WHOLE))))
def test_halves_never_take_the_place_of_a_whole_publication(
    resources: Resources, take: Take, order: Sequence[str]
) -> None:
    outcomes = [take(name) for name in order]
    kept = _kept(resources)
    assert _said(kept.publication)[:2] == (TITLE, 2)
    assert {sheet.file[-3:] for sheet in kept.sheets} == {"TIF"}
    late = outcomes[order.index(WHOLE) + 1 :]
    assert late == [StoreOutcome.OLDER] * len(late)


def _apart(resources: Resources, upload_id: str) -> list[str]:
    listed = resources.catalogue.progress([upload_id]).rejections
    return [found.reason for found in listed if "words without pictures" in found.reason]


@pytest.mark.parametrize("hidden", [WORDS, PICTURES])
@pytest.mark.parametrize("order", list(permutations((WORDS, PICTURES))))
def test_across_a_wall_pictures_are_kept_and_words_are_listed_in_their_own_upload(
    resources: Resources,
    take: Take,
    deliveries: dict[str, Path],
    order: tuple[str, str],
    hidden: str,
) -> None:
    for name in order:
        take(name, UploadTerms(is_confidential=name == hidden))
    upload_of = {name: delivery_sha256(path) for name, path in deliveries.items()}
    assert _said(_kept(resources).publication) == ("", 0, 2)
    assert resources.catalogue.kept_from([ID])[0].upload_id == upload_of[PICTURES]
    (refused,) = _apart(resources, upload_of[WORDS])
    assert ("confidential" in refused) == (hidden == WORDS)
    assert _apart(resources, upload_of[PICTURES]) == []
    assert len(resources.catalogue.reopen_members(upload_of[WORDS])) == 1


@pytest.mark.parametrize("is_same_upload", [True, False])
def test_within_one_confidential_upload_halves_complete_each_other(
    resources: Resources, take: Take, deliveries: dict[str, Path], is_same_upload: bool
) -> None:
    take(WORDS, UploadTerms(is_confidential=True))
    kept, limits = _kept(resources), resources.settings.limits
    pictures = deliveries[PICTURES]
    ((_, unit),) = read_units(pictures, list_units(pictures, limits).members, limits)
    assert isinstance(unit, Unit)
    upload_id = delivery_sha256(deliveries[WORDS]) if is_same_upload else "another"
    half = other_half(resources.catalogue, stages.take_in_unit(resources, unit), upload_id)
    assert half == (kept if is_same_upload else None)


def test_a_half_stored_meanwhile_is_not_overwritten(
    resources: Resources, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(WORDS)
    with monkeypatch.context() as patch:
        patch.setattr(stages, "other_half", lambda *_: None)
        with pytest.raises(CatalogueUnavailable, match="by another worker meanwhile"):
            take(PICTURES)
    assert _said(_kept(resources).publication)[:2] == (TITLE, 2)
    assert take(PICTURES) is StoreOutcome.REPLACED


def test_words_are_listed_where_the_pictures_they_complete_are_lost(
    resources: Resources, take: Take, deliveries: dict[str, Path]
) -> None:
    take(PICTURES)
    sheet = _kept(resources).sheets[0].sha256
    resources.pictures.delete(sheet)
    assert take(WORDS) is None
    upload_id = delivery_sha256(deliveries[WORDS])
    rejected = resources.catalogue.progress([upload_id]).rejections
    assert any(sheet in problem.reason for problem in rejected)
    assert restore_pictures(resources, [ID]) == {}
    resources.catalogue.reopen_members(upload_id)
    assert take(WORDS) is StoreOutcome.REPLACED
