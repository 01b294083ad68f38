"""Words and pictures of a publication that came apart, put together whichever came first.

Weekly text files bring documents without pictures, folders of images bring pictures without a
word. Neither replaces the other: the one that comes second is cut and captioned with what the
first one brought. Across the wall of a confidential upload nothing is put together: the pictures
are kept, and the words are listed in their own upload as refused, with the reason.
"""

from dataclasses import replace

from pydantic import TypeAdapter

from core.records import Publication
from ingestion.catalogue import Catalogue
from ingestion.catalogue_records import StoredPublication
from ingestion.delivery import Unit
from ingestion.pictures import PictureStore
from ingestion.versions import Standing, complete_each_other, standing_of

_PUBLICATION = TypeAdapter(Publication)


def other_half(
    catalogue: Catalogue, stored: StoredPublication, upload_id: str
) -> StoredPublication | None:
    """What the catalogue has of a publication, where it completes what was just taken in.

    Args:
        catalogue: The catalogue.
        stored: As it was taken in.
        upload_id: The upload it came with.
    """
    comes = _standing(stored)
    if comes.has_pictures == comes.has_words:
        return None
    publication_id = stored.publication.publication_id
    there = catalogue.publication(publication_id)
    if there is None or not complete_each_other(_standing(there), comes):
        return None
    upload_ids = {kept.upload_id for kept in catalogue.kept_from([publication_id])} | {upload_id}
    came_with = [catalogue.upload(key) for key in sorted(upload_ids)]
    has_wall = any(upload and upload.terms.is_confidential for upload in came_with)
    if has_wall and len(upload_ids) > 1:
        return None
    return there


def complete(
    unit: Unit, stored: StoredPublication, former: StoredPublication, pictures: PictureStore
) -> Unit:
    """Give a unit the words or the pictures that it came without.

    The same words and pictures make the same unit, whichever came first.

    Args:
        unit: As it was read.
        stored: What became of it.
        former: Its `other_half`.
        pictures: Holds the former sheets.

    Raises:
        PictureUnreadable: If a former sheet is lost.
    """
    if stored.sheets:
        words, drawn = former.publication, stored.publication
        images, rejected = dict(unit.images), unit.rejected
    else:
        words, drawn = stored.publication, former.publication
        images = {sheet.file: pictures.get(sheet.sha256) for sheet in former.sheets}
        rejected = stored.problems
    publication = replace(
        words,
        images=drawn.images,
        extra={**drawn.extra, **words.extra},
        pictures_source=drawn.source,
    )
    return replace(
        unit,
        publication=publication,
        document=_PUBLICATION.dump_json(replace(publication, source="", pictures_source="")),
        images=images,
        rejected=rejected,
        images_expected=True,
    )


def _standing(stored: StoredPublication) -> Standing:
    return standing_of(stored.publication, "", has_pictures=bool(stored.sheets))
