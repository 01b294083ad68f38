"""Members of projects over HTTP, for administrators: what `limn casebook members` does.

An administrator reaches the projects they are a member of: no role crosses a wall.
"""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from ui.access_guard import RequestViewer, Seen
from ui.context import UiContext
from ui.signature import signed_by


class MemberToAdd(BaseModel):
    """Somebody who shall see a project."""

    model_config = ConfigDict(extra="forbid")

    project: str
    member: str
    """The holder of a key, or an e-mail address."""


class MembersAnswer(BaseModel):
    """Who sees a project where people sign in."""

    project: str
    members: list[str]


def build_router() -> APIRouter:
    """Routes of members."""
    router = APIRouter(prefix="/casebook/members", tags=["casebook"])

    @router.get("")
    def list_members(project: str, seen: Seen) -> MembersAnswer:
        """Who may see a project."""
        return _members(seen, project)

    @router.post("", status_code=201)
    def add_member(body: MemberToAdd, seen: Seen, viewer: RequestViewer) -> MembersAnswer:
        """Let somebody see a project, with all that lies in it already."""
        casebook = seen.resources.casebook
        by = signed_by(seen.resources.settings, viewer=viewer)
        casebook.add_member(casebook.find_project(body.project), body.member, by)
        return _members(seen, body.project)

    @router.delete("")
    def remove_member(project: str, member: str, seen: Seen) -> MembersAnswer:
        """Let somebody see a project no more; what they wrote in it stays."""
        casebook = seen.resources.casebook
        found = casebook.find_project(project)
        casebook.remove_member(found, member)
        return MembersAnswer(project=found.name, members=casebook.members(found))

    return router


def _members(seen: UiContext, project: str) -> MembersAnswer:
    casebook = seen.resources.casebook
    found = casebook.find_project(project)
    return MembersAnswer(project=found.name, members=casebook.members(found))
