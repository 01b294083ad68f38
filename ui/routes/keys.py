"""Keys over HTTP, for administrators: what `limn keys` does."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict

from core.access import Role
from ui.access_guard import RequestViewer, Seen
from ui.key_ring import AccessKey, end_of_key
from ui.signature import signed_by

KeyId = Annotated[str, Path(pattern="^limn_[0-9a-f]{8}$")]


class KeyToMake(BaseModel):
    """A key for a person or a program."""

    model_config = ConfigDict(extra="forbid")

    name: str
    role: Role
    expires: str | None = None
    """In how many days (90d), or on which day (2027-01-31)."""


class KeyAnswer(BaseModel):
    """A key without what opens."""

    key_id: str
    name: str
    role: Role
    made_at: str
    made_by: str
    expires_at: str | None
    last_used_at: str | None
    revoked_at: str | None
    valid: bool


class NewKeyAnswer(KeyAnswer):
    """A key that was made now."""

    key: str
    """What opens; it is told once and kept nowhere."""


def build_router() -> APIRouter:
    """Routes of keys."""
    router = APIRouter(prefix="/keys", tags=["keys"])

    @router.get("")
    def list_keys(seen: Seen) -> list[KeyAnswer]:
        """All keys, also those that open nothing any more, oldest first."""
        return [KeyAnswer(**_told(key)) for key in seen.identities.keys.given_out()]

    @router.post("", status_code=201)
    def make_key(
        body: KeyToMake, seen: Seen, viewer: RequestViewer, response: Response
    ) -> NewKeyAnswer:
        """Make a key; the answer is the only place that holds it."""
        by = signed_by(seen.resources.settings, viewer=viewer)
        expires_at = end_of_key(body.expires) if body.expires else None
        key, words = seen.identities.keys.create(body.name, body.role, by=by, expires_at=expires_at)
        response.headers["Cache-Control"] = "no-store"
        return NewKeyAnswer(**_told(key), key=words)

    @router.delete("/{key_id}")
    def revoke_key(key_id: KeyId, seen: Seen) -> KeyAnswer:
        """Take a key back: from the next request on it opens nothing, nor do its sessions."""
        return KeyAnswer(**_told(seen.identities.keys.revoke(key_id)))

    return router


def _told(key: AccessKey) -> dict[str, Any]:
    return {**asdict(key), "valid": key.is_valid}
