"""Opens who describes, as the settings ask. Models and clients are imported where they are used."""

from pathlib import Path
from typing import Literal

import structlog

from core.describing import Captioner, Enricher, Providers, Tagger
from core.ports import Encoder
from core.settings import DescribeSettings, ProviderSettings
from encoder.describing.calibration import load_calibration
from encoder.describing.language_model import LanguageModel
from encoder.describing.model_providers import ModelCaptioner, ModelEnricher
from encoder.describing.prompts import load_prompt
from encoder.describing.tagger import ZeroShotTagger
from encoder.describing.thesaurus import Thesaurus
from encoder.describing.vocabulary import Vocabulary, extend, load_vocabulary

log = structlog.get_logger()


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
    model = _open_model(settings, "LIMN_DESCRIBE__CAPTIONER", "image-text")
    return ModelCaptioner(model, load_prompt("caption")) if model else None


def _open_enricher(settings: ProviderSettings) -> Enricher | None:
    model = _open_model(settings, "LIMN_DESCRIBE__ENRICHER", "text")
    return ModelEnricher(model, load_prompt("enrich")) if model else None


def _open_model(
    settings: ProviderSettings, variable: str, kind: Literal["text", "image-text"]
) -> LanguageModel | None:
    """Behind an endpoint where there is a URL, else one in this process, if any is named."""
    if settings.url:
        from encoder.describing.endpoint import Endpoint  # noqa: PLC0415 (loads openai)

        return Endpoint(settings, variable)
    if settings.model:
        from encoder.describing.local_model import LocalModel  # noqa: PLC0415 (loads torch)

        return LocalModel(settings, variable, kind)
    return None
