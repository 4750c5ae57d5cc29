"""A user as every part sees one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from artrator.kernel.ids import UserId


class Role(StrEnum):
    """What a person is allowed to be; everybody is a user, `operator` is given on the command line alone."""

    USER = "user"
    CREATOR = "creator"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One person's or organisation's account."""

    id: UserId
    handle: str
    email: str
    roles: frozenset[Role]
    created_at: datetime
    disabled: bool = False

    @property
    def is_creator(self) -> bool:
        """May publish models."""
        return Role.CREATOR in self.roles

    @property
    def is_operator(self) -> bool:
        """May operate the platform."""
        return Role.OPERATOR in self.roles
