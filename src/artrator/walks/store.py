"""Rows of walks, to and from PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, Select, delete, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as insert_or_not
from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.kernel.ids import UserId, WalkId
from artrator.predictions.request_keys import RequestKey
from artrator.walks.tables import walk_frames, walk_keys, walks
from artrator.walks.walk import Frame, Walk, WalkStatus

UNFINISHED = walks.c.completed_at.is_(None)
_COLUMNS = tuple(str(column.name) for column in walks.columns)
_FRAME_COLUMNS = tuple(str(column.name) for column in walk_frames.columns)
_LOCK_USER = text("SELECT pg_advisory_xact_lock(hashtextextended('walks:' || :user_id, 0))")


def read_walk(row: Row[tuple[Any, ...]]) -> Walk:
    """Read one whole row."""
    return msgspec.convert(dict(zip(_COLUMNS, row, strict=True)), Walk, builtin_types=(datetime,))


def read_frame(row: Row[tuple[Any, ...]]) -> Frame:
    """Read one whole row."""
    return msgspec.convert(dict(zip(_FRAME_COLUMNS, row, strict=True)), Frame, builtin_types=(datetime,))


async def add_walk(connection: AsyncConnection, walk: Walk) -> None:
    """Insert a row."""
    values = msgspec.to_builtins(walk, builtin_types=(datetime,))
    await connection.execute(insert(walks), [values])


async def get_walk(connection: AsyncConnection, walk_id: WalkId, *, lock: bool = False) -> Walk | None:
    """Find a row. lock: nobody else changes it until the transaction ends."""
    query = select(walks).where(walks.c.id == walk_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    return None if row is None else read_walk(row)


async def count_active(connection: AsyncConnection, user_id: UserId) -> int:
    """Count a user's walks under way; nobody adds one until the transaction ends."""
    await connection.execute(_LOCK_USER, {"user_id": user_id})
    query = select(func.count()).where(walks.c.user_id == user_id, UNFINISHED)
    return (await connection.execute(query)).scalar_one()


def page_query(user_id: UserId, *, before: str | None, after: str | None, rows: int) -> Select[tuple[Any, ...]]:
    """Select a user's walks around a cursor, one more than a page holds; the nearest to the cursor come first."""
    query = select(walks).where(walks.c.user_id == user_id).limit(rows + 1)
    if after is not None:
        return query.where(walks.c.id > after).order_by(walks.c.id.asc())
    if before is not None:
        query = query.where(walks.c.id < before)
    return query.order_by(walks.c.id.desc())


# Idempotency-Keys


async def add_key(connection: AsyncConnection, walk: Walk, key: RequestKey) -> bool:
    """Note which walk a key made; False if it made one before."""
    values = {
        "user_id": walk.user_id,
        "key": key.key,
        "request_hash": key.request_hash,
        "walk_id": walk.id,
        "created_at": walk.created_at,
    }
    adding = insert_or_not(walk_keys).values(values).on_conflict_do_nothing().returning(walk_keys.c.walk_id)
    return (await connection.execute(adding)).one_or_none() is not None


async def find_by_key(connection: AsyncConnection, user_id: UserId, key: str) -> tuple[str, WalkId] | None:
    """Give the hash of the request that a key came with, and the walk that it made."""
    query = select(walk_keys.c.request_hash, walk_keys.c.walk_id)
    found = (
        await connection.execute(query.where(walk_keys.c.user_id == user_id, walk_keys.c.key == key))
    ).one_or_none()
    return None if found is None else (str(found[0]), WalkId(found[1]))


async def forget_keys(connection: AsyncConnection, before: datetime) -> None:
    """Forget keys that are old."""
    await connection.execute(delete(walk_keys).where(walk_keys.c.created_at < before))


# A walk's life


async def claim_walk(connection: AsyncConnection, walk_id: WalkId, now: datetime) -> Walk | None:
    """Begin an attempt: whoever made an earlier one stores no frame from now on. None if the walk has ended."""
    claimed = await connection.execute(
        update(walks)
        .where(walks.c.id == walk_id, UNFINISHED)
        .values(
            attempt=walks.c.attempt + 1,
            status=WalkStatus.PROCESSING.value,
            started_at=func.coalesce(walks.c.started_at, now),
        )
        .returning(walks)
    )
    row = claimed.one_or_none()
    return None if row is None else read_walk(row)


async def end_walk(connection: AsyncConnection, walk: Walk) -> None:
    """Write a walk's last state. The row is locked."""
    await connection.execute(
        update(walks)
        .where(walks.c.id == walk.id)
        .values(
            status=walk.status.value,
            completed_at=walk.completed_at,
            charged=walk.charged,
            error=walk.error,
            error_code=walk.error_code,
            settlement=walk.settlement,
        )
    )


async def unfinished_before(connection: AsyncConnection, moment: datetime, limit: int) -> Sequence[WalkId]:
    """List walks under way that were made before a moment."""
    query = select(walks.c.id).where(UNFINISHED, walks.c.created_at < moment).order_by(walks.c.id).limit(limit)
    return [WalkId(each) for each in (await connection.execute(query)).scalars()]


async def unfinished_of(connection: AsyncConnection, user_id: UserId) -> Sequence[WalkId]:
    """List a user's walks under way."""
    query = select(walks.c.id).where(UNFINISHED, walks.c.user_id == user_id)
    return [WalkId(each) for each in (await connection.execute(query)).scalars()]


async def ended_of(connection: AsyncConnection, user_id: UserId, limit: int) -> Sequence[Walk]:
    """List some of a user's walks that have ended."""
    query = select(walks).where(~UNFINISHED, walks.c.user_id == user_id).limit(limit)
    return [read_walk(row) for row in await connection.execute(query)]


async def delete_walk(connection: AsyncConnection, walk_id: WalkId) -> None:
    """Delete a walk, and with it its frames, films and keys."""
    await connection.execute(delete(walks).where(walks.c.id == walk_id))
