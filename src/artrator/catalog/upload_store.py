"""Uploads in parts, to and from PostgreSQL; their bytes lie on a disk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.catalog.tables import uploads
from artrator.identity.tables import users
from artrator.kernel.ids import Digest, ModelId, UserId

UNPUBLISHED = uploads.c.published_digest.is_(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that arrives in parts, in order.

    published: the version that it became, once it did; its bytes are gone then.
    """

    id: str
    user_id: UserId
    file_name: str
    size_bytes: int
    received_bytes: int
    created_at: datetime
    expires_at: datetime
    published: tuple[ModelId, Digest] | None = None

    @property
    def is_complete(self) -> bool:
        """All bytes are here."""
        return self.received_bytes == self.size_bytes


@dataclass(frozen=True, slots=True)
class Room:
    """What a user's open uploads take."""

    count: int
    size_bytes: int


def _read(row: Row[Any]) -> Upload:
    published = None if row.published_digest is None else (row.published_model_id, Digest(row.published_digest))
    return Upload(
        id=row.id,
        user_id=UserId(row.user_id),
        file_name=row.file_name,
        size_bytes=row.size_bytes,
        received_bytes=row.received_bytes,
        created_at=row.created_at,
        expires_at=row.expires_at,
        published=published,
    )


async def room_taken(connection: AsyncConnection, user_id: UserId, now: datetime) -> Room:
    """Sum a user's open uploads; the user's row stays locked, so that two requests do not both see room for one more."""
    lock = select(users.c.id).where(users.c.id == user_id).with_for_update(key_share=True)
    await connection.execute(lock)
    query = select(func.count(), func.coalesce(func.sum(uploads.c.size_bytes), 0)).where(
        uploads.c.user_id == user_id, UNPUBLISHED, uploads.c.expires_at > now
    )
    count, size = (await connection.execute(query)).one()
    return Room(count, int(size))


async def insert_upload(connection: AsyncConnection, upload: Upload) -> None:
    """Insert an upload of which nothing is here yet."""
    await connection.execute(
        insert(uploads).values(
            id=upload.id,
            user_id=upload.user_id,
            file_name=upload.file_name,
            size_bytes=upload.size_bytes,
            created_at=upload.created_at,
            expires_at=upload.expires_at,
        )
    )


async def find_upload(
    connection: AsyncConnection, user_id: UserId, upload_id: str, now: datetime, *, lock: bool = False
) -> Upload | None:
    """Find one of a user's uploads that has not expired; `lock` keeps other parts out meanwhile."""
    query = select(uploads).where(_of(user_id, now), uploads.c.id == upload_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    return None if row is None else _read(row)


async def list_uploads(connection: AsyncConnection, user_id: UserId, now: datetime) -> Sequence[Upload]:
    """List a user's open uploads, the newest first."""
    query = select(uploads).where(_of(user_id, now), UNPUBLISHED).order_by(uploads.c.id.desc())
    return [_read(row) for row in await connection.execute(query)]


async def set_received(connection: AsyncConnection, upload_id: str, received_bytes: int) -> None:
    """Write how many bytes are here."""
    await connection.execute(update(uploads).where(uploads.c.id == upload_id).values(received_bytes=received_bytes))


async def set_published(connection: AsyncConnection, upload_id: str, model_id: ModelId, digest: Digest) -> None:
    """Write which version an upload became."""
    await connection.execute(
        update(uploads).where(uploads.c.id == upload_id).values(published_model_id=model_id, published_digest=digest)
    )


async def delete_uploads(connection: AsyncConnection, condition: ColumnElement[bool]) -> Sequence[str]:
    """Delete rows; give the ids, whose files may go."""
    return list((await connection.execute(delete(uploads).where(condition).returning(uploads.c.id))).scalars())


async def open_among(connection: AsyncConnection, ids: Iterable[str]) -> frozenset[str]:
    """Tell which of some ids are uploads whose bytes are still needed."""
    query = select(uploads.c.id).where(uploads.c.id.in_(list(ids)), UNPUBLISHED)
    return frozenset((await connection.execute(query)).scalars())


def _of(user_id: UserId, now: datetime) -> ColumnElement[bool]:
    return and_(uploads.c.user_id == user_id, uploads.c.expires_at > now)
