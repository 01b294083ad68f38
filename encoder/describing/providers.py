"""Opens who describes, as the settings ask."""

from pathlib import Path

import structlog

from core.describing import Providers
from core.ports import Encoder
from core.settings import DescribeSettings
from encoder.describing.calibration import load_calibration
from encoder.describing.tagger import ZeroShotTagger
from encoder.describing.thesaurus import Thesaurus
from encoder.describing.vocabulary import load_vocabulary

log = structlog.get_logger()


def open_providers(settings: DescribeSettings, encoder: Encoder, folder: Path) -> Providers:
    """Open tagger, captioner and enricher.

    Args:
        settings: Who they are.
        encoder: Gives the text space, and the vectors that the tagger will get.
        folder: Where vectors of names and calibrations are kept between runs.
    """
    vocabulary = load_vocabulary(encoder, folder)
    tagger = None
    if settings.tagger:
        calibration = load_calibration(encoder.encoder_id, folder)
        if calibration is None:
            log.info("no tags: never measured for this encoder", encoder=encoder.encoder_id)
        else:
            tagger = ZeroShotTagger(vocabulary, calibration)
    return Providers(tagger, None, Thesaurus(encoder, vocabulary))
