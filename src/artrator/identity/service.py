"""Identity's face: accounts, log-in, sessions and keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.db.database import Database
from artrator.identity import session_store, store
from artrator.identity.access import Access
from artrator.identity.access_cache import AccessCache
from artrator.identity.api_key import ApiKey, NewApiKey
from artrator.identity.closing import close_account, is_retired
from artrator.identity.keys import ApiKeys, refuse_disabled
from artrator.identity.names import check_handle, normalise_email
from artrator.identity.password import Passwords, check_password
from artrator.identity.profiles import Profiles
from artrator.identity.scope import EVERY_SCOPE, Scope
from artrator.identity.session import NewSession, Session
from artrator.identity.sessions import Sessions
from artrator.identity.settings import IdentitySettings
from artrator.identity.tables import users
from artrator.identity.throttle import Throttle
from artrator.identity.user import Role, User
from artrator.identity.user_listing import list_users
from artrator.kernel.clock import Clock, system_clock
from artrator.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from artrator.kernel.ids import ApiKeyId, SessionId, UserId, new_id
from artrator.wire.page import Page


class Identity:
    """Who there is, and who is asking.

    origins: `scheme://host` of our own pages, besides the one that a request is sent to.
    """

    def __init__(
        self,
        database: Database,
        settings: IdentitySettings,
        *,
        clock: Clock = system_clock,
        origins: Iterable[str] = (),
    ) -> None:
        self.origins = frozenset(origins)
        self.session_lifetime_s = settings.session_lifetime_s
        self.profiles = Profiles(database)
        self._database = database
        self._clock = clock
        self._cache = AccessCache(ttl_s=settings.access_cache_s, max_entries=settings.access_cache_entries)
        self._passwords = Passwords(settings.passwords)
        self._throttle = Throttle(database, settings.throttle, clock)
        self._sessions = Sessions(database, settings, clock, self._cache)
        self._keys = ApiKeys(database, settings, clock, self._cache)

    async def settle(self) -> None:
        """Wait until what is written in the background (last uses) is written."""
        await self._sessions.settle()
        await self._keys.settle()

    async def close(self) -> None:
        """Finish what is being written, and let the threads end."""
        await self.settle()
        self._passwords.close()

    # accounts

    async def register(self, email: str, password: str, handle: str, *, roles: Iterable[Role] = ()) -> User:
        """Make an account. Raises: Invalid; Conflict `handle_taken`, `email_taken`.

        A stranger must not be told `email_taken`: the route for strangers is `register_stranger`.
        """
        email, handle = normalise_email(email), check_handle(handle)
        check_password(password, email=email, handle=handle)
        password_hash = await self._passwords.hash(password)
        now = self._clock()
        user = User(
            id=UserId(new_id()), handle=handle, email=email, roles=frozenset({Role.USER, *roles}), created_at=now
        )
        async with self._database.unit_of_work() as connection:
            if await is_retired(connection, handle):
                raise _handle_taken()
            if not await store.insert_user(connection, user):
                if await store.find_user_by_handle(connection, handle) is not None:
                    raise _handle_taken()
                raise Conflict("email_taken", "There is an account with this e-mail; log in.", field="email")
            await store.insert_password(connection, user.id, password_hash, now)
        return user

    async def register_stranger(self, email: str, password: str, handle: str, address: str) -> None:
        """Make an account for somebody unknown; say nothing where the e-mail has one (docs/decisions/0002).

        Raises: Invalid, RateLimited, Conflict `handle_taken` (handles are public anyway).
        """
        await self._throttle.begin_registration(address)
        try:
            await self.register(email, password, handle)
        except Conflict as error:
            if error.code != "email_taken":
                raise

    async def make_admin(self, email: str, handle: str, password: str) -> User:
        """Make an operator; only the command line calls this. Raises: Invalid, Conflict."""
        return await self.register(email, password, handle, roles=(Role.CREATOR, Role.OPERATOR))

    async def find_user(self, user_id: UserId) -> User:
        """Give a user by id. Raises: NotFound."""
        async with self._database.unit_of_work() as connection:
            return _found(await store.find_user(connection, user_id))

    async def find_by_handle(self, handle: str) -> User:
        """Give a user by handle. Raises: NotFound."""
        async with self._database.unit_of_work() as connection:
            return _found(await store.find_user_by_handle(connection, handle))

    async def become_creator(self, user: User) -> User:
        """Let a user publish, by their own wish."""
        return await self.grant_role(user.id, Role.CREATOR)

    async def grant_role(self, user_id: UserId, role: Role) -> User:
        """Give a user one more role. Raises: NotFound; Forbidden for `operator`, which only `make_admin` gives."""
        if role is Role.OPERATOR:
            raise Forbidden("operator_by_command_line", "Operators are made by `artrator admin create` alone.")
        async with self._database.unit_of_work() as connection:
            user = _found(await store.find_user(connection, user_id, lock=True))
            await store.update_roles(connection, user_id, user.roles | {role})
        self._cache.forget_user(user_id)
        return await self.find_user(user_id)

    async def disable(self, handle: str, *, by: User) -> None:
        """Lock a user out: their sessions end, their keys rest. Raises: NotFound; Conflict for oneself."""
        if handle == by.handle:
            raise Conflict("own_account", "You cannot disable your own account.")
        await self._set_disabled(handle, self._clock())

    async def enable(self, handle: str) -> None:
        """Let a disabled user in again. Raises: NotFound."""
        await self._set_disabled(handle, None)

    async def _set_disabled(self, handle: str, disabled_at: datetime | None) -> None:
        async with self._database.unit_of_work() as connection:
            user = _found(await store.find_user_by_handle(connection, handle))
            await store.update_disabled(connection, user.id, disabled_at)
            if disabled_at is not None:
                await session_store.delete_sessions(connection, user.id)
        self._cache.forget_user(user.id)

    async def change_password(self, access: Access, current: str, new: str, address: str) -> None:
        """Replace the caller's password and end their other sessions. Raises: Invalid, Forbidden, RateLimited."""
        user = access.user
        check_password(new, email=user.email, handle=user.handle, field="new_password")
        await self.prove(user, current, address, field="current_password")
        password_hash = await self._passwords.hash(new)
        async with self._database.unit_of_work() as connection:
            await store.update_password(connection, user.id, password_hash, self._clock())
            await session_store.delete_sessions(connection, user.id, keep=access.session_id)
            await self._throttle.forgive_login(connection, user.email, address)
        self._cache.forget_user(user.id)

    async def prove(self, user: User, password: str, address: str, *, field: str) -> None:
        """Have the caller type their password again. Raises: Invalid `password_wrong`, RateLimited."""
        await self._throttle.begin_login(user.email, address)
        async with self._database.unit_of_work() as connection:
            kept = await store.find_password(connection, users.c.id == user.id)
        right, _ = await self._passwords.verify(password, kept[1] if kept else None)
        if not right:
            raise Invalid("password_wrong", "The password is wrong.", field=field)

    async def list_users(self, search: str = "", *, cursor: str | None = None, limit: int = 50) -> Page[User]:
        """List users by a part of their handle or e-mail, the newest first; for operators. Raises: Invalid."""
        async with self._database.unit_of_work() as connection:
            return await list_users(connection, search.strip(), cursor=cursor, limit=limit)

    async def close_account(self, connection: AsyncConnection, user_id: UserId) -> None:
        """End an account in the caller's transaction; call `forget_access` once it is committed.

        Raises: NotFound where it has ended already; Conflict for the last operator.
        """
        user = _found(await store.find_user(connection, user_id, lock=True))
        if not await store.has_password(connection, user_id):
            raise NotFound("user_not_found", "There is no such user.")
        await close_account(connection, user, self._clock())

    def forget_access(self, user_id: UserId) -> None:
        """Honour none of a user's credentials any more, from now on."""
        self._cache.forget_user(user_id)

    # browser sessions

    async def log_in(self, email: str, password: str, address: str, user_agent: str = "") -> NewSession:
        """Begin a session.

        Raises: RateLimited; Unauthenticated with one answer for an unknown e-mail and a wrong password; Forbidden
        where the password is right and the account disabled.
        """
        try:
            email = normalise_email(email)
        except Invalid:
            email = email[:254]  # nobody has it; it is counted and refused like any other
        await self._throttle.begin_login(email, address)
        async with self._database.unit_of_work() as connection:
            found = await store.find_password(connection, users.c.email == email)
        right, renewed = await self._passwords.verify(password, found[1] if found else None)
        if found is None or not right:
            raise Unauthenticated("login_failed", "The e-mail or the password is wrong.")
        user = found[0]
        refuse_disabled(user)
        async with self._database.unit_of_work() as connection:
            if renewed is not None:
                await store.update_password(connection, user.id, renewed, self._clock())
            await self._throttle.forgive_login(connection, email, address)
            return await self._sessions.begin(connection, user, address, user_agent)

    async def log_out(self, user: UserId, session: SessionId) -> None:
        """End one of a user's sessions. Raises: NotFound."""
        await self._sessions.end(user, session)

    async def list_sessions(self, user: UserId) -> Sequence[Session]:
        """List a user's live sessions, the latest seen first."""
        return await self._sessions.list(user)

    async def access_by_session(self, token: str) -> Access | None:
        """Find out whose a session is; None where it has ended. Raises: Forbidden (the account is disabled)."""
        return await self._sessions.access(token)

    async def user_of_session(self, token: str) -> User | None:
        """Give the user of a session; None where it has ended."""
        access = await self._sessions.access(token)
        return None if access is None else access.user

    # API keys

    async def create_key(
        self, user: User, name: str, scopes: Iterable[Scope] = EVERY_SCOPE, *, expires_at: datetime | None = None
    ) -> NewApiKey:
        """Make a key; its secret is in the answer and nowhere else. Raises: Invalid, Conflict."""
        return await self._keys.create(user.id, name, scopes, expires_at=expires_at)

    async def list_keys(self, user: UserId) -> Sequence[ApiKey]:
        """List a user's keys that are not revoked, the newest first."""
        return await self._keys.list(user)

    async def revoke_key(self, user: UserId, key: ApiKeyId) -> None:
        """End a key for ever. Raises: NotFound."""
        await self._keys.revoke(user, key)

    async def access_by_key(self, secret: str) -> Access:
        """Find out whose a key is, and what for. Raises: Unauthenticated, Forbidden."""
        return await self._keys.access(secret)

    async def user_of_key(self, secret: str) -> User:
        """Give the user of a key. Raises: Unauthenticated, Forbidden."""
        return (await self._keys.access(secret)).user


def _handle_taken() -> Conflict:
    return Conflict("handle_taken", "Somebody has this handle; choose another one.", field="handle")


def _found(user: User | None) -> User:
    if user is None:
        raise NotFound("user_not_found", "There is no such user.")
    return user
