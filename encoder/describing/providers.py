"""Opens who describes, as the settings ask. Models and clients are imported where they are used."""

from pathlib import Path

import structlog

from core.describing import Captioner, Enricher, Providers, Tagger
from core.ports import Encoder
from core.settings import DescribeSettings, ProviderSettings
from encoder.describing.calibration import load_calibration
from encoder.describing.prompts import load_prompt
from encoder.describing.tagger import ZeroShotTagger
from encoder.describing.thesaurus import Thesaurus
from encoder.describing.vocabulary import Vocabulary, extend, load_vocabulary

log = structlog.get_logger()
_CAPTIONER = "LIMN_DESCRIBE__CAPTIONER"
_ENRICHER = "LIMN_DESCRIBE__ENRICHER"


def open_providers(settings: DescribeSettings, encoder: Encoder, folder: Path) -> Providers:
    """Open tagger, captioner and enricher; models are loaded when they are first asked.

    Args:
        settings: Who they are.
        encoder: Gives the text space, and the vectors that the tagger will get.
        folder: Where vectors of names and calibrations are kept between runs.
    """
    vocabulary = load_vocabulary(encoder, folder)
    return Providers(
        _open_tagger(encoder, vocabulary, folder) if settings.tagger else None,
        _open_captioner(settings.captioner),
        _open_enricher(settings.enricher) or Thesaurus(encoder, vocabulary),
    )


def _open_tagger(encoder: Encoder, vocabulary: Vocabulary, folder: Path) -> Tagger | None:
    calibration = load_calibration(encoder.encoder_id, folder)
    if calibration is None:
        log.info("no tags: never measured for this encoder", encoder=encoder.encoder_id)
        return None
    return ZeroShotTagger(extend(vocabulary, calibration.learnt, encoder), calibration)


def _open_captioner(settings: ProviderSettings) -> Captioner | None:
    prompt = load_prompt("caption")
    if settings.url:
        from encoder.describing.endpoint import Endpoint  # noqa: PLC0415 (loads openai)
        from encoder.describing.endpoint_captioner import EndpointCaptioner  # noqa: PLC0415

        return EndpointCaptioner(Endpoint(settings, _CAPTIONER), prompt, settings.n_parallel)
    if settings.model:
        from encoder.describing.local_model import LocalModel  # noqa: PLC0415 (loads torch)
        from encoder.describing.local_providers import LocalCaptioner  # noqa: PLC0415

        model = LocalModel(settings, _CAPTIONER, "image-text")
        return LocalCaptioner(model, prompt, settings.batch_size)
    return None


def _open_enricher(settings: ProviderSettings) -> Enricher | None:
    prompt = load_prompt("enrich")
    if settings.url:
        from encoder.describing.endpoint import Endpoint  # noqa: PLC0415 (loads openai)
        from encoder.describing.endpoint_enricher import EndpointEnricher  # noqa: PLC0415

        return EndpointEnricher(Endpoint(settings, _ENRICHER), prompt, settings.n_parallel)
    if settings.model:
        from encoder.describing.local_model import LocalModel  # noqa: PLC0415 (loads torch)
        from encoder.describing.local_providers import LocalEnricher  # noqa: PLC0415

        return LocalEnricher(LocalModel(settings, _ENRICHER, "text"), prompt)
    return None
