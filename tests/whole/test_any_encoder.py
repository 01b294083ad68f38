"""Another encoder is a setting: a collection of its own is built, and nothing is mixed up."""

from pathlib import Path

import numpy as np
import pytest

from core.errors import EncoderMismatch
from core.settings import EncoderSettings, QdrantSettings, Settings
from ingestion.archives import archive_sha256
from ingestion.deliveries import list_units
from search.query import SearchQuery
from tests.encoder.tiny_models import write_tiny_clip
from tests.search.engines import start_edge, stop
from workers import stages
from workers.describing import describe
from workers.reindexing import reindex
from workers.resources import Resources

QUERY = np.full((300, 200), 255, np.uint8)
QUERY[40:260, 40:44] = QUERY[40:260, 156:160] = QUERY[40:44, 40:160] = 0


@pytest.mark.model
def test_a_clip_ingests_and_searches_and_the_shipped_encoder_takes_over_by_reindexing(
    archives: list[Path], tmp_path: Path
) -> None:
    folder = write_tiny_clip(tmp_path / "tiny-clip")
    (tmp_path / "index").mkdir()
    edge = start_edge(tmp_path / "index")
    try:
        place = {"home": tmp_path / "home", "qdrant": QdrantSettings(url=edge.url)}
        by_clip = Settings(**place, encoder=EncoderSettings(checkpoint=str(folder)))
        resources = Resources(by_clip)
        n_figures = _ingest(resources, archives[0])
        assert resources.index.dimension == 12
        assert resources.index.count() == n_figures
        assert len(_search(resources)) > 1

        shipped = Resources(Settings(**place))
        with pytest.raises(EncoderMismatch, match=r"tiny-clip-.*limn reindex"):
            _ = shipped.index
        assert reindex(shipped, lambda done, total: None) == n_figures
        assert shipped.index.dimension == 384
        assert len(_search(shipped)) > 1

        with pytest.raises(EncoderMismatch, match="limn reindex"):
            _ = Resources(by_clip).index
        back = Resources(by_clip)
        assert reindex(back, lambda done, total: None) == n_figures
        assert _search(back) == _search(resources)
    finally:
        stop(edge.process)


def _ingest(resources: Resources, archive: Path) -> int:
    listing = list_units(archive, resources.settings.limits)
    upload = resources.catalogue.begin_upload(
        path=str(archive),
        sha256=archive_sha256(archive),
        size_bytes=archive.stat().st_size,
        members=listing.members,
    )
    figure_ids = list(stages.iter_cut(resources, upload.upload_id, listing.members))
    figure_ids = describe(resources, figure_ids).to_embed
    for stage in (stages.embed, stages.index):
        figure_ids = stage(resources, figure_ids)
    return resources.catalogue.counts().figures


def _search(resources: Resources) -> list[str]:
    result = resources.search.search(SearchQuery(text="chair", limit=5), [QUERY])
    return [hit.publication_id for hit in result.hits]
