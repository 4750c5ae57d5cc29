"""The gallery's lists, cut into keyset pages that stay as they are while people like and share.

By likes, the first page fixes a moment, which the cursor carries on: likes that came since count for nothing in the order. So
an item never rises past the edge of a page and is never skipped; one that somebody likes no longer falls, and may come twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.catalog.listing import foreign_cursor
from artrator.catalog.model import Visibility
from artrator.catalog.tables import models
from artrator.gallery.items.item import Hung, Sort, Wanted
from artrator.gallery.items.store import IS_HIDDEN, hung, hung_of, is_public, makers, owners
from artrator.gallery.tables import gallery_items, gallery_likes
from artrator.kernel.ids import UserId, is_id
from artrator.wire.page import Page, read_cursor, write_cursor

UNSETTLED = timedelta(seconds=2)
"""Likes so young may not be committed yet; the order is that of before."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MAX_MOMENT = 2**57  # microseconds, the year 6533
_MAX_LIKES = 2**31


@dataclass(frozen=True, slots=True)
class _Edge:
    """The last item of the page before. moment: when the first page was given."""

    moment: datetime
    likes: int
    id: str


async def list_hung(
    connection: AsyncConnection,
    wanted: Wanted,
    sort: Sort,
    *,
    viewer: UserId | None,
    now: datetime,
    cursor: str | None,
    limit: int,
) -> Page[Hung]:
    """List what everybody sees, or what is the viewer's own. Raises: Invalid for a cursor of another list."""
    query = _matching(hung(viewer), wanted, viewer)
    edge = None if cursor is None else _read_edge(cursor, sort)
    if sort is Sort.NEW:
        return await _page_by_age(connection, query, edge, limit)
    return await _page_by_likes(connection, query, edge, now, limit)


async def list_hidden(connection: AsyncConnection, *, cursor: str | None, limit: int) -> Page[Hung]:
    """List what operators hid and still hangs there, the youngest first. Raises: Invalid for a cursor of another list."""
    edge = None if cursor is None else _read_edge(cursor, Sort.NEW)
    return await _page_by_age(connection, hung(None).where(IS_HIDDEN), edge, limit)


def _matching(query: Select[*tuple[Any, ...]], wanted: Wanted, viewer: UserId | None) -> Select[*tuple[Any, ...]]:
    query = query.where(is_public() if wanted.mine is None else gallery_items.c.owner_id == wanted.mine)
    if wanted.kind is not None:
        query = query.where(gallery_items.c.kind == wanted.kind.value)
    if wanted.owner is not None:
        query = query.where(owners.c.handle == wanted.owner)
    if wanted.model is not None:
        owner, name = wanted.model
        known = (models.c.visibility != Visibility.PRIVATE.value) | (models.c.owner_id == viewer)
        query = query.where(makers.c.handle == owner, models.c.name == name, models.c.deleted_at.is_(None), known)
    if wanted.prediction_id is not None:
        query = query.where(gallery_items.c.prediction_id == wanted.prediction_id)
    if wanted.walk_id is not None:
        query = query.where(gallery_items.c.walk_id == wanted.walk_id)
    return query


async def _page_by_age(
    connection: AsyncConnection, query: Select[*tuple[Any, ...]], edge: _Edge | None, limit: int
) -> Page[Hung]:
    if edge is not None:
        query = query.where(gallery_items.c.id < edge.id)
    rows = (await connection.execute(query.order_by(gallery_items.c.id.desc()).limit(limit + 1))).all()
    shown = rows[:limit]
    more = len(rows) > limit
    return Page(
        rows=[hung_of(row) for row in shown],
        next_cursor=write_cursor((Sort.NEW.value, shown[-1].id)) if more else None,
    )


async def _page_by_likes(
    connection: AsyncConnection, query: Select[*tuple[Any, ...]], edge: _Edge | None, now: datetime, limit: int
) -> Page[Hung]:
    moment = now - UNSETTLED if edge is None else edge.moment
    since = (
        select(gallery_likes.c.item_id, func.count().label("number"))
        .where(gallery_likes.c.created_at > moment)
        .group_by(gallery_likes.c.item_id)
        .subquery("since")
    )
    likes = gallery_items.c.likes - func.coalesce(since.c.number, 0)
    key = tuple_(likes, gallery_items.c.id)
    query = query.outerjoin(since, since.c.item_id == gallery_items.c.id).add_columns(likes.label("likes_then"))
    if edge is not None:
        query = query.where(key < tuple_(literal(edge.likes), literal(edge.id)))
    rows = (await connection.execute(query.order_by(likes.desc(), gallery_items.c.id.desc()).limit(limit + 1))).all()
    shown = rows[:limit]
    return Page(
        rows=[hung_of(row) for row in shown],
        next_cursor=_cursor_by_likes(moment, shown[-1]) if len(rows) > limit else None,
    )


def _cursor_by_likes(moment: datetime, row: Row[Any]) -> str:
    return write_cursor((Sort.LIKED.value, (moment - _EPOCH) // timedelta(microseconds=1), row.likes_then, row.id))


def _read_edge(cursor: str, sort: Sort) -> _Edge:
    if sort is Sort.NEW:
        written_for, item_id = read_cursor(cursor, length=2)
        moment, likes = 0, 0
    else:
        written_for, moment, likes, item_id = read_cursor(cursor, length=4)
    if (
        written_for != sort.value
        or not isinstance(item_id, str)
        or not is_id(item_id)
        or not isinstance(moment, int)
        or not 0 <= moment < _MAX_MOMENT
        or not isinstance(likes, int)
        or not -_MAX_LIKES < likes < _MAX_LIKES
    ):
        raise foreign_cursor()
    return _Edge(_EPOCH + timedelta(microseconds=moment), likes, item_id)
