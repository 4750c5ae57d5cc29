"""Rows of films, to and from PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.kernel.ids import WalkId
from artrator.walks.film import Film, FilmFormat, FilmStatus
from artrator.walks.tables import walk_films

_COLUMNS = tuple(str(column.name) for column in walk_films.columns)


async def get_film(
    connection: AsyncConnection, walk_id: WalkId, film_format: FilmFormat, *, lock: bool = False
) -> Film | None:
    """Find a row. lock: nobody else changes it until the transaction ends."""
    query = select(walk_films).where(walk_films.c.walk_id == walk_id, walk_films.c.format == film_format.value)
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    return None if row is None else _read(row)


async def list_films(connection: AsyncConnection, walk_id: WalkId) -> Sequence[Film]:
    """List a walk's films."""
    return [_read(row) for row in await connection.execute(select(walk_films).where(walk_films.c.walk_id == walk_id))]


async def unwritten_before(connection: AsyncConnection, moment: datetime, limit: int) -> Sequence[Film]:
    """List films that were ordered before a moment and are not written yet."""
    query = select(walk_films).where(
        walk_films.c.status == FilmStatus.PROCESSING.value, walk_films.c.created_at < moment
    )
    return [_read(row) for row in await connection.execute(query.limit(limit))]


async def put_film(connection: AsyncConnection, film: Film) -> None:
    """Insert a row, or take the place of the one with the same format."""
    values = msgspec.to_builtins(film, builtin_types=(datetime,))
    changed = {name: value for name, value in values.items() if name not in {"walk_id", "format"}}
    added = insert(walk_films).values(values)
    await connection.execute(added.on_conflict_do_update(index_elements=["walk_id", "format"], set_=changed))


async def end_film(connection: AsyncConnection, film: Film) -> bool:
    """Write how the writing of a film ended; False if another one was asked for meanwhile."""
    ended = await connection.execute(
        update(walk_films)
        .where(
            walk_films.c.walk_id == film.walk_id,
            walk_films.c.format == film.format.value,
            walk_films.c.order_id == film.order_id,
        )
        .values(
            status=film.status.value,
            frames=film.frames,
            key=film.key,
            size_bytes=film.size_bytes,
            error=film.error,
        )
    )
    return ended.rowcount == 1


def _read(row: Row[tuple[Any, ...]]) -> Film:
    return msgspec.convert(dict(zip(_COLUMNS, row, strict=True)), Film, builtin_types=(datetime,))
