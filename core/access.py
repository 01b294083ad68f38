"""Who may do what: roles, what each permits, and the person or program that asks.

The table of this file is the whole policy; `ui.permissions` says which route and page needs what.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Permission(StrEnum):
    """Something that may be allowed."""

    READ = "read"
    """Publications, pictures, and the casebook of one's own projects."""
    SEARCH = "search"
    """Ask, mark, save, watch, certify."""
    OPERATE = "operate"
    """Take archives in, see how they come in, correct what is written about figures."""
    ADMINISTER = "administer"
    """Keys, models, members of projects."""


class Role(StrEnum):
    """What a person or program is to this installation."""

    READER = "reader"
    SEARCHER = "searcher"
    OPERATOR = "operator"
    ADMIN = "admin"


ALLOWED: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {
        Role.READER: frozenset({Permission.READ}),
        Role.SEARCHER: frozenset({Permission.READ, Permission.SEARCH}),
        Role.OPERATOR: frozenset({Permission.READ, Permission.SEARCH, Permission.OPERATE}),
        Role.ADMIN: frozenset(Permission),
    }
)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks.

    Attributes:
        name: Name of the key or e-mail address; empty where there are no users.
        role: What they may do.
    """

    name: str
    role: Role

    @property
    def is_walled(self) -> bool:
        """Whether they see their own projects alone; somebody without a name sees all."""
        return bool(self.name)

    def may(self, permission: Permission) -> bool:
        """Whether their role allows it.

        Example:
            >>> Viewer("ada", Role.READER).may(Permission.SEARCH)
            False
        """
        return permission in ALLOWED[self.role]


ANYBODY = Viewer("", Role.ADMIN)
"""Who reaches an installation that knows no users, and whoever sits at its own command line."""
