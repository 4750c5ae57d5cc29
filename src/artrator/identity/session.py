"""A browser's session: what its owner sees of it, and the token that proves it."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime

from artrator.identity.user import User
from artrator.kernel.ids import SessionId

_FORM = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A browser that is logged in."""

    id: SessionId
    address: str
    user_agent: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session just made: the one moment at which its token is known."""

    user: User
    session: Session
    token: str

    def __repr__(self) -> str:
        return f"NewSession(user={self.user.id!r}, session={self.session!r})"


def draw_token() -> str:
    """Make a token of 256 random bits."""
    return secrets.token_urlsafe(32)


def has_token_form(text: str) -> bool:
    """Tell whether a text can be a session token at all, before it costs a query."""
    return _FORM.fullmatch(text) is not None
