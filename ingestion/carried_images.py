"""Images that an amendment does not send again: those of the version before are its own."""

from collections.abc import Mapping
from dataclasses import replace

from core.errors import PictureUnreadable
from core.records import Publication
from ingestion.catalogue_records import StoredPublication
from ingestion.delivery import Unit
from ingestion.pictures import PictureStore


def find_carried(
    unit: Unit, former: Publication, former_hashes: Mapping[str, str]
) -> tuple[Unit, dict[str, str]]:
    """Find the images of the version before that belong to a unit.

    A document that names no image at all keeps all of the former ones.

    Args:
        unit: As it came.
        former: The version before.
        former_hashes: SHA-256 of its images by name, letter case aside.

    Returns:
        The unit, still without those images, and their SHA-256 by the name it has for them.
    """
    if not unit.inherits_images:
        return unit, {}
    publication, rejected = unit.publication, unit.rejected
    if not publication.images:
        publication = replace(
            publication,
            images=former.images,
            n_declared_figures=former.n_declared_figures,
        )
        rejected = ()
    came = {file.casefold() for file in unit.images}
    known = {file.casefold(): sha256 for file, sha256 in former_hashes.items()}
    carried = {
        image.file: known[image.file.casefold()]
        for image in publication.images
        if image.file.casefold() in known.keys() - came
    }
    if not carried:
        return unit, {}
    return replace(unit, publication=publication, images_expected=True, rejected=rejected), carried


def inherit_images(unit: Unit, former: StoredPublication, pictures: PictureStore) -> Unit:
    """Give a unit the images that did not come with it from the version before."""
    hashes = {sheet.file: sheet.sha256 for sheet in former.sheets}
    whole, carried = find_carried(unit, former.publication, hashes)
    inherited: dict[str, bytes] = {}
    for file, sha256 in carried.items():
        try:
            inherited[file] = pictures.get(sha256)
        except PictureUnreadable:
            continue  # listed as missing when the unit is taken in
    return replace(whole, images={**unit.images, **inherited}) if inherited else unit
