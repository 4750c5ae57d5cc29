"""The use cases of browser sessions: begin, find out whose, list, end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.db.database import Database
from artrator.identity import session_store
from artrator.identity.access import Access
from artrator.identity.access_cache import AccessCache
from artrator.identity.api_key import token_hash
from artrator.identity.keys import refuse_disabled
from artrator.identity.last_use import LastUse
from artrator.identity.session import NewSession, Session, draw_token, has_token_form
from artrator.identity.settings import IdentitySettings
from artrator.identity.user import User
from artrator.kernel.clock import Clock
from artrator.kernel.errors import NotFound
from artrator.kernel.ids import SessionId, UserId, new_id

MAX_USER_AGENT_LETTERS = 200


class Sessions:
    """The browser sessions of every user."""

    def __init__(self, database: Database, settings: IdentitySettings, clock: Clock, cache: AccessCache) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._cache = cache
        self._last_use = LastUse(every_s=settings.last_use_every_s)

    async def begin(self, connection: AsyncConnection, user: User, address: str, user_agent: str) -> NewSession:
        """Make a session with a token that nobody had before, whatever cookie the browser sent."""
        now = self._clock()
        token = draw_token()
        idle_s = min(self._settings.session_idle_s, self._settings.session_lifetime_s)
        session = Session(
            id=SessionId(new_id()),
            address=address,
            user_agent="".join(filter(str.isprintable, user_agent))[:MAX_USER_AGENT_LETTERS],
            created_at=now,
            last_seen_at=now,
            expires_at=now + timedelta(seconds=idle_s),
        )
        await session_store.insert_session(connection, user.id, session, token_hash(token))
        await session_store.delete_old_sessions(connection, user.id, now, keep=self._settings.max_sessions)
        return NewSession(user, session, token)

    async def access(self, token: str) -> Access | None:
        """Find out whose a session is; None where it has ended. Raises: Forbidden (the account is disabled)."""
        if not has_token_form(token):
            return None
        hashed = token_hash(token)
        return await self._cache.get(hashed, lambda: self._load(hashed))

    async def list(self, user: UserId) -> Sequence[Session]:
        """List a user's live sessions, the latest seen first."""
        async with self._database.unit_of_work() as connection:
            return await session_store.list_sessions(connection, user, self._clock())

    async def end(self, user: UserId, session: SessionId) -> None:
        """End one session. Raises: NotFound."""
        async with self._database.unit_of_work() as connection:
            found = await session_store.delete_session(connection, user, session)
        self._cache.forget_user(user)
        if not found:
            raise session_not_found()

    async def settle(self) -> None:
        """Wait until what is written in the background is written."""
        await self._last_use.drain()

    async def _load(self, hashed: bytes) -> Access | None:
        async with self._database.unit_of_work() as connection:
            found = await session_store.find_session(connection, hashed, self._clock())
        if found is None:
            return None
        session, user = found
        refuse_disabled(user)
        self._last_use.note(session.id, lambda: self._extend(session))
        return Access(user=user, session_id=session.id)

    async def _extend(self, session: Session) -> None:
        now = self._clock()
        settings = self._settings
        last = session.created_at + timedelta(seconds=settings.session_lifetime_s)
        expires_at = min(now + timedelta(seconds=settings.session_idle_s), last)
        async with self._database.unit_of_work() as connection:
            await session_store.extend_session(connection, session.id, now, expires_at)


def session_not_found() -> NotFound:
    """Say that a session is not there, or not the caller's."""
    return NotFound("session_not_found", "You have no such session.")
