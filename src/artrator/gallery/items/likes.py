"""Likes: one a user and item, and a count beside the item that is never off by one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.gallery.tables import gallery_items, gallery_likes
from artrator.kernel.ids import ItemId, UserId


async def put_like(connection: AsyncConnection, item_id: ItemId, user_id: UserId, now: datetime) -> None:
    """Like an item; a second time changes nothing.

    Whoever changes the count holds the item's row first, so that two never wait for each other.
    """
    row = {"item_id": item_id, "user_id": user_id, "created_at": now}
    statement = insert(gallery_likes).values(row).on_conflict_do_nothing().returning(gallery_likes.c.item_id)
    if (await connection.execute(statement)).first() is not None:
        await _count(connection, item_id, 1)


async def take_like(connection: AsyncConnection, item_id: ItemId, user_id: UserId) -> None:
    """Like an item no longer; where nobody did, nothing changes."""
    statement = (
        delete(gallery_likes)
        .where(gallery_likes.c.item_id == item_id, gallery_likes.c.user_id == user_id)
        .returning(gallery_likes.c.item_id)
    )
    if (await connection.execute(statement)).first() is not None:
        await _count(connection, item_id, -1)


async def list_liked(
    connection: AsyncConnection, user_id: UserId, *, after: str, limit: int
) -> Sequence[tuple[ItemId, datetime]]:
    """List what somebody likes, and since when, in the order of the items' ids from behind one on."""
    query = (
        select(gallery_likes.c.item_id, gallery_likes.c.created_at)
        .where(gallery_likes.c.user_id == user_id, gallery_likes.c.item_id > after)
        .order_by(gallery_likes.c.item_id)
        .limit(limit)
    )
    return [(ItemId(row.item_id), row.created_at) for row in (await connection.execute(query)).all()]


async def _count(connection: AsyncConnection, item_id: ItemId, change: int) -> None:
    counted = {"likes": gallery_items.c.likes + change}
    await connection.execute(update(gallery_items).where(gallery_items.c.id == item_id).values(counted))
