"""What a checked credential gives: who is asking, and what for."""

from __future__ import annotations

from dataclasses import dataclass

from artrator.identity.scope import EVERY_SCOPE, Scope
from artrator.identity.user import User
from artrator.kernel.errors import Forbidden
from artrator.kernel.ids import ApiKeyId, SessionId


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """A user, the scopes of the credential, and which credential it was (exactly one id is set)."""

    user: User
    scopes: frozenset[Scope] = EVERY_SCOPE
    key_id: ApiKeyId | None = None
    session_id: SessionId | None = None

    def check(self, scope: Scope) -> None:
        """Raise Forbidden unless the credential covers a scope."""
        if scope not in self.scopes:
            raise Forbidden(
                "scope_missing", f"This key lacks the scope {scope}; make one that has it.", scope=scope.value
            )
