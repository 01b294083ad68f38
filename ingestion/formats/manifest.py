"""Pictures with a table that says what they are: ``manifest.csv`` or ``manifest.json``.

One row a picture. See `docs/deliveries.md` for the columns, `manifest_fields` for what a row
means and `manifest_identity` for how it names its publication.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from core.errors import BadInput
from core.settings import LimitSettings
from ingestion.archive_entries import Rejection
from ingestion.delivery import Leftovers, Listing, Unit
from ingestion.formats.manifest_identity import file_of
from ingestion.formats.manifest_table import Manifest, find_manifest, names_pictures, open_manifest
from ingestion.formats.manifest_unit import read_unit
from ingestion.table_rows import BadRow


class ManifestReader:
    """Folders, zips and tars with a manifest, or the manifest itself."""

    format = "manifest"
    units_a_message = 16

    def recognises(self, path: Path) -> bool:
        """Whether there is a manifest and its first rows name pictures."""
        place = find_manifest(path)
        return place is not None and names_pictures(place, LimitSettings())

    def list_units(self, path: Path, limits: LimitSettings) -> Listing:
        """Name the publications, and the rows and pictures that belong to none."""
        manifest = open_manifest(path, limits)
        rejected = [*manifest.files.rejected, *manifest.rejected]
        left = Leftovers()
        if manifest.place.is_whole:
            rejected += manifest.unnamed_pictures()
            for name in manifest.other_files():
                left.leave(name, f"is no picture, and {manifest.place.name} does not name it")
        return Listing(tuple(manifest.units), tuple(rejected), left, _notes(manifest))

    def read_units(
        self, path: Path, names: Sequence[str], limits: LimitSettings
    ) -> Iterator[tuple[str, Unit | BadInput]]:
        """Read publications; pictures that cannot be taken are listed with their line."""
        manifest = open_manifest(path, limits)
        for name in dict.fromkeys(names):
            try:
                yield name, read_unit(manifest, name, f"{path}!{name}", limits)
            except BadInput as error:
                yield name, error

    def delivery_files(self, path: Path) -> Iterable[Path]:
        """The manifest and the pictures it names, where the manifest alone was given."""
        manifest = open_manifest(path, LimitSettings())
        yield path
        if not manifest.place.is_whole:
            rows = (row for unit in manifest.units for _, row in manifest.rows_of(unit))
            files = {file_of(row) for row in rows if not isinstance(row, BadRow)}
            named = (
                file for file in sorted(files) if not isinstance(manifest.find(file), Rejection)
            )
            yield from (manifest.place.delivery / file for file in named)


def _notes(manifest: Manifest) -> tuple[str, ...]:
    notes = []
    if manifest.columns:
        notes.append(f"columns kept as they are: {', '.join(manifest.columns)}")
    if manifest.n_derived:
        notes.append(
            f"{manifest.n_derived:,} rows name no publication; it was told from the name of the "
            "file or its folder"
        )
    if manifest.n_windows_1252:
        notes.append(
            f"{manifest.n_windows_1252:,} lines are no UTF-8 and were read as Windows-1252"
        )
    return tuple(notes)
