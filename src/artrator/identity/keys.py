"""The use cases of API keys: make, list, revoke, and find out whose a key is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from artrator.db.database import Database
from artrator.identity import key_store
from artrator.identity.access import Access
from artrator.identity.access_cache import AccessCache
from artrator.identity.api_key import ApiKey, NewApiKey, draw_secret, has_key_form, token_hash
from artrator.identity.last_use import LastUse
from artrator.identity.scope import Scope
from artrator.identity.settings import IdentitySettings
from artrator.identity.user import User
from artrator.kernel.clock import Clock
from artrator.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from artrator.kernel.ids import ApiKeyId, UserId, new_id

MAX_NAME_LETTERS = 100


class ApiKeys:
    """The API keys of every user."""

    def __init__(self, database: Database, settings: IdentitySettings, clock: Clock, cache: AccessCache) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._cache = cache
        self._last_use = LastUse(every_s=settings.last_use_every_s)

    async def create(
        self, user: UserId, name: str, scopes: Iterable[Scope], *, expires_at: datetime | None = None
    ) -> NewApiKey:
        """Make a key; its secret is in the answer and nowhere else. Raises: Invalid, Conflict (too many keys)."""
        now = self._clock()
        prefix, secret = draw_secret()
        key = ApiKey(
            id=ApiKeyId(new_id()),
            name=_checked_name(name),
            prefix=prefix,
            scopes=frozenset(scopes),
            created_at=now,
            expires_at=expires_at,
        )
        if not key.scopes:
            raise Invalid("scopes_empty", "A key needs at least one scope.", field="scopes")
        if not key.is_live(now):
            raise Invalid("expiry_past", "A key must end in the future.", field="expires_at")
        async with self._database.unit_of_work() as connection:
            if await key_store.count_live_keys(connection, user, now) >= self._settings.max_keys:
                raise Conflict("too_many_keys", "You have as many keys as one account may have; revoke one.")
            await key_store.insert_key(connection, user, key, token_hash(secret))
        return NewApiKey(key, secret)

    async def list(self, user: UserId) -> Sequence[ApiKey]:
        """List a user's keys that are not revoked, the newest first."""
        async with self._database.unit_of_work() as connection:
            return await key_store.list_keys(connection, user)

    async def revoke(self, user: UserId, key: ApiKeyId) -> None:
        """End a key for ever: here at once, in other processes within `access_cache_s`. Raises: NotFound."""
        async with self._database.unit_of_work() as connection:
            found = await key_store.revoke_key(connection, user, key, self._clock())
        self._cache.forget_user(user)
        if not found:
            raise NotFound("key_not_found", "You have no such key.")

    async def access(self, secret: str) -> Access:
        """Find out whose a key is. Raises: Unauthenticated, Forbidden (the account is disabled)."""
        access = None
        if has_key_form(secret):
            hashed = token_hash(secret)
            access = self._cache.remembered(hashed) or await self._cache.get(hashed, lambda: self._load(hashed))
        if access is None or access.key_id is None:
            raise Unauthenticated(
                "key_invalid", "This API key is unknown, revoked or expired; make a new one at /v1/keys."
            )
        key_id = access.key_id
        self._last_use.note(key_id, lambda: self._write_use(key_id))
        return access

    async def settle(self) -> None:
        """Wait until what is written in the background is written."""
        await self._last_use.drain()

    async def _load(self, hashed: bytes) -> Access | None:
        async with self._database.unit_of_work() as connection:
            found = await key_store.find_key(connection, hashed)
        if found is None or not found[0].is_live(self._clock()):
            return None
        key, user = found
        refuse_disabled(user)
        return Access(user=user, scopes=key.scopes, key_id=key.id)

    async def _write_use(self, key: ApiKeyId) -> None:
        async with self._database.unit_of_work() as connection:
            await key_store.note_use(connection, key, self._clock())


def refuse_disabled(user: User) -> None:
    """Raise Forbidden for a disabled account, whose credential was right."""
    if user.disabled:
        raise Forbidden("account_disabled", "This account is disabled; ask the operator.")


def _checked_name(name: str) -> str:
    name = name.strip()
    if not 1 <= len(name) <= MAX_NAME_LETTERS or not name.isprintable():
        raise Invalid(
            "key_name_malformed", f"A key's name has 1 to {MAX_NAME_LETTERS} printable characters.", field="name"
        )
    return name
