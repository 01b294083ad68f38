"""What `limn search` keeps of a search beyond showing it: the search itself, a file of its hits."""

from pathlib import Path
from typing import Any

from core.settings import Settings
from search.casebook_records import one_line
from ui.hit_export import export_hits, kind_of, write_export
from ui.search_run import SearchOutcome
from ui.signature import signed_by
from workers.resources import Resources
from workers.saved_searches import keep_files, save_search


class Keeping:
    """What is to be kept, checked before the search is made.

    Args:
        settings: For who signs.
        save: Name under which the search is saved; None for not at all.
        project: Where it is saved.
        who: Who saves it.
        export: File for the hits; None for none.

    Raises:
        BadInput: If a name makes no sense.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        save: str | None,
        project: str,
        who: str | None,
        export: Path | None,
    ) -> None:
        self._name = None if save is None else one_line(save, "search")
        self._project = one_line(project, "project")
        self._by = "" if save is None else signed_by(settings, who)
        self._export = export
        self._kind = kind_of(export) if export else ""

    def keep(self, resources: Resources, outcome: SearchOutcome) -> dict[str, Any]:
        """Keep what was asked for.

        Returns:
            What was kept: ``saved_search`` its number, ``exported`` the file.
        """
        kept: dict[str, Any] = {}
        question = outcome.question
        if self._name is not None:
            saved = save_search(
                resources,
                question.query,
                keep_files(resources, question.files),
                project=self._project,
                name=self._name,
                by=self._by,
            )
            kept["saved_search"] = saved.search_id
        if self._export:
            data = export_hits(resources, outcome.result.hits, self._kind)
            write_export(self._export, data)
            kept["exported"] = str(self._export)
        return kept
