"""Sessions in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.identity.session import Session
from artrator.identity.store import USER_COLUMNS, read_user
from artrator.identity.tables import sessions, users
from artrator.identity.user import User
from artrator.kernel.ids import SessionId, UserId

_COLUMNS = (
    sessions.c.id,
    sessions.c.address,
    sessions.c.user_agent,
    sessions.c.created_at,
    sessions.c.last_seen_at,
    sessions.c.expires_at,
)


def _read(row: Sequence[Any]) -> Session:
    return Session(
        id=SessionId(row[0]),
        address=row[1],
        user_agent=row[2],
        created_at=row[3],
        last_seen_at=row[4],
        expires_at=row[5],
    )


async def insert_session(connection: AsyncConnection, user: UserId, session: Session, token_hash: bytes) -> None:
    """Add a session."""
    await connection.execute(
        insert(sessions).values(
            id=session.id,
            user_id=user,
            token_hash=token_hash,
            address=session.address,
            user_agent=session.user_agent,
            created_at=session.created_at,
            last_seen_at=session.last_seen_at,
            expires_at=session.expires_at,
        )
    )


async def find_session(connection: AsyncConnection, token_hash: bytes, now: datetime) -> tuple[Session, User] | None:
    """Find a live session and its user."""
    query = (
        select(*_COLUMNS, *USER_COLUMNS)
        .join(users, users.c.id == sessions.c.user_id)
        .where(sessions.c.token_hash == token_hash, sessions.c.expires_at > now)
    )
    row = (await connection.execute(query)).first()
    return None if row is None else (_read(row), read_user(row[len(_COLUMNS) :]))


async def list_sessions(connection: AsyncConnection, user: UserId, now: datetime) -> Sequence[Session]:
    """List a user's live sessions, the latest seen first."""
    query = (
        select(*_COLUMNS)
        .where(sessions.c.user_id == user, sessions.c.expires_at > now)
        .order_by(sessions.c.last_seen_at.desc(), sessions.c.id.desc())
    )
    return [_read(row) for row in await connection.execute(query)]


async def delete_session(connection: AsyncConnection, user: UserId, session: SessionId) -> bool:
    """End one session of a user; False where it is not theirs."""
    statement = delete(sessions).where(sessions.c.user_id == user, sessions.c.id == session).returning(sessions.c.id)
    return (await connection.execute(statement)).first() is not None


async def delete_sessions(connection: AsyncConnection, user: UserId, *, keep: SessionId | None = None) -> None:
    """End all sessions of a user, but for one."""
    statement = delete(sessions).where(sessions.c.user_id == user)
    await connection.execute(statement if keep is None else statement.where(sessions.c.id != keep))


async def delete_old_sessions(connection: AsyncConnection, user: UserId, now: datetime, *, keep: int) -> None:
    """Remove what has expired, and of one user all but the latest sessions."""
    await connection.execute(delete(sessions).where(sessions.c.expires_at <= now))
    latest = (
        select(sessions.c.id)
        .where(sessions.c.user_id == user)
        .order_by(sessions.c.last_seen_at.desc(), sessions.c.id.desc())
        .limit(keep)
    )
    await connection.execute(delete(sessions).where(sessions.c.user_id == user, sessions.c.id.not_in(latest)))


async def extend_session(connection: AsyncConnection, session: SessionId, now: datetime, expires_at: datetime) -> None:
    """Note that a session is in use, which moves its end."""
    await connection.execute(
        update(sessions).where(sessions.c.id == session).values(last_seen_at=now, expires_at=expires_at)
    )
