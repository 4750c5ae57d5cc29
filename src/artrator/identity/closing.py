"""The end of an account: nothing is left by which its person could be known, and nobody takes their name."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import any_, delete, exists, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.identity.profile_store import delete_profile
from artrator.identity.session_store import delete_sessions
from artrator.identity.tables import api_keys, credentials, retired_handles, users
from artrator.identity.user import Role, User
from artrator.kernel.errors import Conflict
from artrator.kernel.ids import UserId, new_id

EMAIL_DOMAIN = "deleted.invalid"
"""Nobody can have an address there (RFC 2606)."""


async def close_account(connection: AsyncConnection, user: User, now: datetime) -> None:
    """End a user's credentials, and put a name without meaning in the place of theirs.

    The row stays, because the ledger and receipts name its id. Raises: Conflict for the last operator.
    """
    if user.is_operator and not await _has_other_operator(connection, user.id):
        raise Conflict("last_operator", "You are the only operator; make another one first (`artrator admin create`).")
    for table in (api_keys, credentials):
        await connection.execute(delete(table).where(table.c.user_id == user.id))
    await delete_sessions(connection, user.id)
    await delete_profile(connection, user.id)
    await connection.execute(insert(retired_handles).values(handle_hash=_hashed(user.handle), retired_at=now))
    name = f"deleted-{new_id()}"
    await connection.execute(
        update(users)
        .where(users.c.id == user.id)
        .values(handle=name, email=f"{name}@{EMAIL_DOMAIN}", roles=[Role.USER], disabled_at=now)
    )


async def is_retired(connection: AsyncConnection, handle: str) -> bool:
    """Tell whether a handle was that of an account which is deleted."""
    query = select(retired_handles.c.handle_hash).where(retired_handles.c.handle_hash == _hashed(handle))
    return (await connection.execute(query)).first() is not None


async def _has_other_operator(connection: AsyncConnection, user_id: UserId) -> bool:
    query = select(
        exists().where(
            literal(Role.OPERATOR.value) == any_(users.c.roles), users.c.id != user_id, users.c.disabled_at.is_(None)
        )
    )
    # two operators who leave at once must not each count on the other
    await connection.execute(select(func.pg_advisory_xact_lock(func.hashtext("last_operator"))))
    return bool((await connection.execute(query)).scalar_one())


def _hashed(handle: str) -> bytes:
    return hashlib.sha256(handle.encode()).digest()
