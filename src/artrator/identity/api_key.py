"""API keys: how they are made, recognised and kept.

A key holds 256 random bits, so one round of SHA-256 keeps it as safely as a slow password hash would: there is no
dictionary to try and no feasible search, and the hash is computed on every request.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import string
from dataclasses import dataclass
from datetime import datetime

from artrator.identity.scope import Scope
from artrator.kernel.ids import ApiKeyId

_ALPHABET = string.ascii_letters + string.digits
_PREFIX_LETTERS, _SECRET_LETTERS = 8, 43  # 43 letters of 62 hold 256 bits
_FORM = re.compile(rf"art_[0-9A-Za-z]{{{_PREFIX_LETTERS}}}_[0-9A-Za-z]{{{_SECRET_LETTERS}}}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key as its owner sees it in a list; the secret part is known to nobody."""

    id: ApiKeyId
    name: str
    prefix: str
    scopes: frozenset[Scope]
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None

    def is_live(self, now: datetime) -> bool:
        """Neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """A key just made: the one moment at which its secret is known."""

    key: ApiKey
    secret: str

    def __repr__(self) -> str:
        return f"NewApiKey(key={self.key!r})"


def draw_secret() -> tuple[str, str]:
    """Make a new key; return its public prefix and the whole."""
    prefix = "art_" + _draw(_PREFIX_LETTERS)
    return prefix, f"{prefix}_{_draw(_SECRET_LETTERS)}"


def has_key_form(text: str) -> bool:
    """Tell whether a text can be a key at all, before it costs a query."""
    return _FORM.fullmatch(text) is not None


def token_hash(token: str) -> bytes:
    """Hash a random token of 256 bits for keeping."""
    return hashlib.sha256(token.encode()).digest()


def _draw(count: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(count))
