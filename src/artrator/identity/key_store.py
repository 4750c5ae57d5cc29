"""API keys in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.identity.api_key import ApiKey
from artrator.identity.scope import Scope
from artrator.identity.store import USER_COLUMNS, read_user
from artrator.identity.tables import api_keys, users
from artrator.identity.user import User
from artrator.kernel.ids import ApiKeyId, UserId

_COLUMNS = (
    api_keys.c.id,
    api_keys.c.name,
    api_keys.c.prefix,
    api_keys.c.scopes,
    api_keys.c.created_at,
    api_keys.c.expires_at,
    api_keys.c.revoked_at,
    api_keys.c.last_used_at,
)


def _read(row: Sequence[Any]) -> ApiKey:
    return ApiKey(
        id=ApiKeyId(row[0]),
        name=row[1],
        prefix=row[2],
        scopes=frozenset(Scope(each) for each in row[3]),
        created_at=row[4],
        expires_at=row[5],
        revoked_at=row[6],
        last_used_at=row[7],
    )


async def insert_key(connection: AsyncConnection, user: UserId, key: ApiKey, secret_hash: bytes) -> None:
    """Add a key."""
    await connection.execute(
        insert(api_keys).values(
            id=key.id,
            user_id=user,
            name=key.name,
            prefix=key.prefix,
            secret_hash=secret_hash,
            scopes=sorted(key.scopes),
            created_at=key.created_at,
            expires_at=key.expires_at,
        )
    )


async def count_live_keys(connection: AsyncConnection, user: UserId, now: datetime) -> int:
    """Count a user's live keys; the user's row stays locked, so that two requests do not both see room for one more."""
    await connection.execute(select(users.c.id).where(users.c.id == user).with_for_update())
    query = (
        select(func.count())
        .select_from(api_keys)
        .where(
            api_keys.c.user_id == user,
            api_keys.c.revoked_at.is_(None),
            or_(api_keys.c.expires_at.is_(None), api_keys.c.expires_at > now),
        )
    )
    return (await connection.execute(query)).scalar_one()


async def find_key(connection: AsyncConnection, secret_hash: bytes) -> tuple[ApiKey, User] | None:
    """Find a key, live or not, and its user."""
    query = (
        select(*_COLUMNS, *USER_COLUMNS)
        .join(users, users.c.id == api_keys.c.user_id)
        .where(api_keys.c.secret_hash == secret_hash)
    )
    row = (await connection.execute(query)).first()
    return None if row is None else (_read(row), read_user(row[len(_COLUMNS) :]))


async def list_keys(connection: AsyncConnection, user: UserId) -> Sequence[ApiKey]:
    """List a user's keys that are not revoked, the newest first."""
    query = (
        select(*_COLUMNS)
        .where(api_keys.c.user_id == user, api_keys.c.revoked_at.is_(None))
        .order_by(api_keys.c.id.desc())
    )
    return [_read(row) for row in await connection.execute(query)]


async def revoke_key(connection: AsyncConnection, user: UserId, key: ApiKeyId, now: datetime) -> bool:
    """Revoke a key for ever; False where the user has no such key."""
    statement = (
        update(api_keys)
        .where(api_keys.c.user_id == user, api_keys.c.id == key)
        .values(revoked_at=func.coalesce(api_keys.c.revoked_at, now))
        .returning(api_keys.c.id)
    )
    return (await connection.execute(statement)).first() is not None


async def note_use(connection: AsyncConnection, key: ApiKeyId, now: datetime) -> None:
    """Write when a key was last used."""
    await connection.execute(update(api_keys).where(api_keys.c.id == key).values(last_used_at=now))
