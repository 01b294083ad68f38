"""The casebook: projects, saved searches, marks and notes, certificates that were made.

Nothing here is ever rewritten: remarks are added, and the last mark holds, so that of two people
who judge at once neither loses a word.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from core.errors import CasebookInvalid, NotInCasebook
from search.casebook_records import (
    CertificateEntry,
    Mark,
    Opinion,
    Project,
    ProjectSummary,
    QueryPicture,
    Remark,
    SavedSearch,
    now,
    one_line,
    several_lines,
)
from search.casebook_tables import certificates, members, projects, remarks, searches, watches
from search.members import Members
from search.query import NOTHING_ASKED, SearchQuery
from search.saved_searches import read_search, remark_of_row, search_of_row, select_searches

DEFAULT_PROJECT = "General"
"""Where a search is saved that names no project."""


class Casebook(Members):
    """The casebook of one catalogue, as far as its viewer may see it.

    Any number of processes may use it at once. Every method is one transaction; each may raise
    CatalogueUnavailable (try again) and StorageFailed.
    """

    def project(self, name: str, by: str) -> Project:
        """The project of this name, made where there is none.

        Raises:
            CasebookInvalid: If the name is empty or too long.
            NotInCasebook: If the project is there and the viewer is no member of it.
        """
        name, by = one_line(name, "project"), one_line(by, "who")
        if not self._may_use(name):
            raise NotInCasebook(
                f"{name!r} is a project of others; choose another name, or ask one of its members"
            )
        known = select(projects).where(projects.c.name == name)
        with self._database.reading() as connection:
            row = connection.execute(known).one_or_none()
        if row is None:
            try:
                with self._database.writing() as connection:
                    made = {"name": name, "made_at": now(), "made_by": by}
                    added = insert(projects).values(made).returning(projects.c.project_id)
                    project_id = connection.scalar(added)
                    if self._viewer.name:
                        first = {"project_id": project_id, "member": self._viewer.name}
                        connection.execute(
                            insert(members).values({**first, "made_at": now(), "made_by": by})
                        )
            except IntegrityError:
                pass  # somebody made it in this moment
            with self._database.reading() as connection:
                row = connection.execute(known).one()
        return Project(*row)

    def find_project(self, name: str) -> Project:
        """A project by its name.

        Raises:
            NotInCasebook: If there is none; the message lists those that are.
        """
        with self._database.reading() as connection:
            rows = connection.execute(
                select(projects).where(self._is_own).order_by(projects.c.name)
            ).all()
        found = next((row for row in rows if row.name == name), None)
        if found is None:
            known = ", ".join(row.name for row in rows) or "none yet"
            raise NotInCasebook(f"the casebook has no project {name!r}; there are: {known}")
        return Project(*found)

    def projects(self) -> list[ProjectSummary]:
        """All projects by name."""
        of_project = searches.c.project_id == projects.c.project_id
        counts = [
            select(func.count()).where(of_project),
            select(func.count(remarks.c.publication_id.distinct())).where(
                remarks.c.project_id == projects.c.project_id, remarks.c.mark.is_not(None)
            ),
            select(func.count()).where(
                watches.c.search_id == searches.c.search_id, watches.c.is_on, of_project
            ),
            select(func.count()).where(
                certificates.c.search_id == searches.c.search_id, of_project
            ),
        ]
        statement = select(projects, *(n.correlate(projects).scalar_subquery() for n in counts))
        statement = statement.where(self._is_own).order_by(projects.c.name)
        with self._database.reading() as connection:
            return [
                ProjectSummary(Project(*row[:4]), *row[4:]) for row in connection.execute(statement)
            ]

    def save_search(
        self,
        project: Project,
        name: str,
        query: SearchQuery,
        pictures: Sequence[QueryPicture],
        by: str,
    ) -> SavedSearch:
        """Keep a search. Its pictures must be among the casebook's files already.

        Raises:
            CasebookInvalid: If the name is empty or too long, or nothing is searched for.
        """
        values = query.model_dump(mode="json")
        if not (pictures or query.text or query.asks_by_picture or query.is_narrowed):
            raise CasebookInvalid(NOTHING_ASKED)
        row = {
            "project_id": project.project_id,
            "name": one_line(name, "search"),
            "query": values,
            "pictures": [picture.model_dump(mode="json") for picture in pictures],
            "made_at": now(),
            "made_by": one_line(by, "who"),
        }
        with self._database.writing() as connection:
            search_id = connection.scalar(
                insert(searches).values(row).returning(searches.c.search_id)
            )
        return self.search(int(search_id or 0))

    def search(self, search_id: int) -> SavedSearch:
        """A saved search.

        Raises:
            NotInCasebook: If there is none of this number.
        """
        with self._database.reading() as connection:
            return read_search(connection, search_id, self._is_own)

    def searches(self, project: Project | None = None) -> list[SavedSearch]:
        """Saved searches, newest first; of one project or of all."""
        statement = select_searches().where(self._is_own).order_by(searches.c.search_id.desc())
        if project is not None:
            statement = statement.where(searches.c.project_id == project.project_id)
        with self._database.reading() as connection:
            return [search_of_row(row) for row in connection.execute(statement)]

    def remark(
        self,
        project: Project,
        publication_id: str,
        *,
        by: str,
        mark: Mark | None = None,
        note: str = "",
        search_id: int | None = None,
    ) -> Remark:
        """Say something of a publication: a mark, a note, or both.

        Raises:
            CasebookInvalid: If nothing is said, or too much.
            NotInCasebook: If the saved search named is not of this project.
        """
        row: dict[str, Any] = {
            "project_id": project.project_id,
            "publication_id": one_line(publication_id, "publication"),
            "mark": None if mark is None else mark.value,
            "note": several_lines(note),
            "search_id": search_id,
            "made_at": now(),
            "made_by": one_line(by, "who"),
        }
        if mark is None and not row["note"]:
            raise CasebookInvalid("nothing is said: give a mark (relevant, not, later) or a note")
        with self._database.writing() as connection:
            if search_id is not None:
                _check_of_project(read_search(connection, search_id, self._is_own), project)
            added = connection.execute(insert(remarks).values(row).returning(*remarks.c)).one()
        return remark_of_row(added)

    def opinions(
        self, project: Project, publication_ids: Iterable[str] | None = None
    ) -> dict[str, Opinion]:
        """What was remarked in a project, by publication, the last word first.

        Args:
            project: The project.
            publication_ids: Only these; None for all that have a remark.
        """
        wanted = None if publication_ids is None else set(publication_ids)
        statement = (
            select(remarks)
            .where(remarks.c.project_id == project.project_id)
            .order_by(remarks.c.remark_id.desc())
        )
        said: dict[str, list[Remark]] = {}
        with self._database.reading() as connection:
            for row in connection.execute(statement):
                if wanted is None or row.publication_id in wanted:
                    said.setdefault(row.publication_id, []).insert(0, remark_of_row(row))
        return {
            publication_id: Opinion(publication_id, tuple(of_one))
            for publication_id, of_one in said.items()
        }

    def note_certificate(
        self, search_id: int, *, sha256: str, json_file: str, pdf_file: str, n_hits: int, by: str
    ) -> CertificateEntry:
        """Enter a certificate whose files are kept; one of the same record is entered once."""
        values = {
            "search_id": search_id,
            "sha256": sha256,
            "json_file": json_file,
            "pdf_file": pdf_file,
            "n_hits": n_hits,
            "made_at": now(),
            "made_by": one_line(by, "who"),
        }
        known = certificates.c.sha256 == sha256
        with self._database.writing() as connection:
            read_search(connection, search_id, self._is_own)
            if connection.execute(select(certificates).where(known)).one_or_none() is None:
                connection.execute(insert(certificates).values(values))
        (entry,) = self._certificates(known)
        return entry

    def certificates(self, project: Project | None = None) -> list[CertificateEntry]:
        """Certificates that were made, newest first; of one project or of all."""
        if project is None:
            return self._certificates()
        return self._certificates(searches.c.project_id == project.project_id)

    def certificate(self, certificate_id: int) -> CertificateEntry:
        """A certificate by its number here.

        Raises:
            NotInCasebook: If there is none.
        """
        found = self._certificates(certificates.c.certificate_id == certificate_id)
        if not found:
            raise NotInCasebook(f"the casebook has no certificate {certificate_id}")
        return found[0]

    def certificate_of(self, sha256: str) -> CertificateEntry | None:
        """The certificate with this record, if it was made here."""
        found = self._certificates(certificates.c.sha256 == sha256)
        return found[0] if found else None

    def _certificates(self, *conditions: Any) -> list[CertificateEntry]:
        statement = (
            select(certificates)
            .join(searches, searches.c.search_id == certificates.c.search_id)
            .join(projects, projects.c.project_id == searches.c.project_id)
            .where(self._is_own, *conditions)
            .order_by(certificates.c.certificate_id.desc())
        )
        with self._database.reading() as connection:
            rows = connection.execute(statement).all()
            of = {
                row.search_id: read_search(connection, row.search_id, self._is_own) for row in rows
            }
        return [
            CertificateEntry(
                row.certificate_id,
                of[row.search_id],
                row.sha256,
                row.json_file,
                row.pdf_file,
                row.n_hits,
                row.made_at,
                row.made_by,
            )
            for row in rows
        ]


def _check_of_project(search: SavedSearch, project: Project) -> None:
    if search.project.project_id != project.project_id:
        raise NotInCasebook(
            f"search {search.search_id} belongs to {search.project.name!r}, not to {project.name!r}"
        )
