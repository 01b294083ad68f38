"""Who may see a project, and whose a drawing is that somebody sent to search with."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import delete, insert, or_, select, update

from core.errors import NotInCasebook
from search.casebook_records import Project, now, one_line
from search.casebook_tables import certificates, drawings, members, projects, searches
from search.watches import Watches


class Members(Watches):
    """Members of projects by the name they sign in with. Whoever makes a project is the first."""

    def projects_of(self, member: str) -> frozenset[str]:
        """Names of the projects that somebody is a member of."""
        statement = (
            select(projects.c.name)
            .join(members, members.c.project_id == projects.c.project_id)
            .where(members.c.member == member)
        )
        with self._database.reading() as connection:
            return frozenset(connection.scalars(statement))

    def members(self, project: Project) -> list[str]:
        """Who may see a project, by name."""
        statement = (
            select(members.c.member)
            .where(members.c.project_id == project.project_id)
            .order_by(members.c.member)
        )
        with self._database.reading() as connection:
            return list(connection.scalars(statement))

    def add_member(self, project: Project, member: str, by: str) -> None:
        """Let somebody see a project, with all that lies in it already."""
        row = {"project_id": project.project_id, "member": one_line(member, "member")}
        is_it = [members.c[name] == value for name, value in row.items()]
        with self._database.writing() as connection:
            if connection.execute(select(members).where(*is_it)).one_or_none() is None:
                said = {"made_at": now(), "made_by": one_line(by, "who")}
                connection.execute(insert(members).values({**row, **said}))

    def remove_member(self, project: Project, member: str) -> None:
        """Let somebody see a project no more; what they wrote in it stays.

        Raises:
            NotInCasebook: If they could not see it.
        """
        with self._database.writing() as connection:
            n_removed = connection.execute(
                delete(members).where(
                    members.c.project_id == project.project_id, members.c.member == member
                )
            ).rowcount
        if not n_removed:
            raise NotInCasebook(f"{member!r} is no member of {project.name!r}")

    def note_drawings(self, keys: Iterable[str]) -> None:
        """Write down that the viewer sent these drawings, by their SHA-256, just now."""
        owner = self._viewer.name
        with self._database.writing() as connection:
            for sha256 in dict.fromkeys(keys):
                is_it = (drawings.c.sha256 == sha256) & (drawings.c.owner == owner)
                again = update(drawings).where(is_it).values(kept_at=now())
                if connection.execute(again).rowcount == 0:
                    row = {"sha256": sha256, "owner": owner, "kept_at": now()}
                    connection.execute(insert(drawings).values(row))

    def may_see_file(self, sha256: str) -> bool:
        """Whether the viewer sent this drawing, or it belongs to their projects.

        So do the drawings of a project's searches, the files they were taken from and its
        certificates.
        """
        if not self._viewer.is_walled:
            return True
        sent = select(drawings.c.sha256).where(
            drawings.c.sha256 == sha256, drawings.c.owner == self._viewer.name
        )
        made = (
            select(certificates.c.certificate_id)
            .join(searches, searches.c.search_id == certificates.c.search_id)
            .join(projects, projects.c.project_id == searches.c.project_id)
            .where(
                self._is_own,
                or_(certificates.c.json_file == sha256, certificates.c.pdf_file == sha256),
            )
        )
        saved = (
            select(searches.c.pictures)
            .join(projects, projects.c.project_id == searches.c.project_id)
            .where(self._is_own)
        )
        with self._database.reading() as connection:
            if any(connection.execute(one).first() is not None for one in (sent, made)):
                return True
            return any(sha256 in files_of(pictures) for pictures in connection.scalars(saved))

    def files(self) -> frozenset[str]:
        """Every file that a saved search or a certificate refers to, whoever's it is."""
        made = select(certificates.c.json_file, certificates.c.pdf_file)
        with self._database.reading() as connection:
            kept = {key for row in connection.execute(made) for key in row}
            for pictures in connection.scalars(select(searches.c.pictures)):
                kept |= files_of(pictures)
        return frozenset(kept)

    def forget_drawing(self, sha256: str) -> None:
        """Forget who sent a drawing."""
        with self._database.writing() as connection:
            connection.execute(delete(drawings).where(drawings.c.sha256 == sha256))

    def _may_use(self, name: str) -> bool:
        """Whether a project of this name is the viewer's, or nobody's yet."""
        named = projects.c.name == name
        with self._database.reading() as connection:
            is_there = connection.execute(select(projects).where(named)).first() is not None
            is_own = connection.execute(select(projects).where(named, self._is_own)).first()
        return is_own is not None or not is_there


def files_of(pictures: Sequence[Mapping[str, str | None]]) -> set[str]:
    """Keys of the files of a saved search: its drawings and what they were taken from."""
    keys = {picture.get(name) for picture in pictures for name in ("sha256", "file_sha256")}
    return {key for key in keys if key}
