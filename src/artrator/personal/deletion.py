"""Delete an account: at once for everybody who looks, and then, as a durable job, whatever it left behind."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.catalog.service import Catalog
from artrator.catalog.upload_parts import Uploads
from artrator.db.database import Database
from artrator.db.queue import JobQueue
from artrator.identity.service import Identity
from artrator.identity.user import User
from artrator.kernel.errors import Unavailable
from artrator.kernel.ids import UserId
from artrator.ledger.wallets import Wallets

ERASE_JOB = "erase_account"

Eraser = Callable[[UserId], Awaitable[bool]]
"""Deletes what a part keeps of a user; False while something is still in use. Calling it again does no harm."""


class AccountDeletion:
    """Ends accounts. erasers: one for each part that keeps things of users besides models and money."""

    def __init__(
        self,
        *,
        database: Database,
        queue: JobQueue,
        identity: Identity,
        catalog: Catalog,
        uploads: Uploads,
        wallets: Wallets,
        erasers: Sequence[Eraser],
    ) -> None:
        self._database = database
        self._queue = queue
        self._identity = identity
        self._catalog = catalog
        self._uploads = uploads
        self._wallets = wallets
        self._erasers = tuple(erasers)

    async def delete(self, user: User, password: str, address: str) -> None:
        """End an account for ever.

        Its credentials and name are gone and its models private when this returns. The ledger stays, under an id
        that names nobody; what is left in the wallet is given up.
        Raises: Invalid `password_wrong`, RateLimited; Conflict `money_held`, `last_operator`.
        """
        await self._identity.prove(user, password, address, field="password")
        async with self._database.unit_of_work() as connection:
            await self._end(connection, user.id)
        self._identity.forget_access(user.id)

    async def erase(self, user_id: UserId) -> None:
        """Delete what is left of a deleted account. Raises: Unavailable while runs of it go on; call it again then."""
        done = [await eraser(user_id) for eraser in self._erasers]
        if not all(done):
            raise Unavailable("account_in_use", "Runs of this account go on; what they make is deleted when they end.")

    async def _end(self, connection: AsyncConnection, user_id: UserId) -> None:
        await self._identity.close_account(connection, user_id)
        await self._wallets.check_nothing_held(connection, user_id)
        await self._catalog.hide_models(connection, user_id)
        await self._uploads.forget_user(connection, user_id)
        await self._queue.defer(connection, ERASE_JOB, {"user_id": user_id}, lock=f"erase:{user_id}")
