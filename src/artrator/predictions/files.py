"""Files that users upload to use as inputs: theirs alone, and gone after a while."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Row, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.db.database import Database
from artrator.kernel.clock import Clock
from artrator.kernel.errors import Conflict, NotFound, TooLarge
from artrator.kernel.ids import FileId, UserId, is_id, new_id
from artrator.predictions.prediction import Json
from artrator.predictions.settings import PredictionSettings
from artrator.predictions.tables import files
from artrator.storage.blobs import Blobs

MAX_LISTED = 100
SWEPT_AT_ONCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadedFile:
    """One file of a user."""

    id: FileId
    user_id: UserId
    name: str
    media_type: str
    """As its sender says; it is never served as anything that a browser would run."""
    size_bytes: int
    sha256: str
    metadata: dict[str, Json]
    created_at: datetime
    expires_at: datetime

    @property
    def key(self) -> str:
        """Where its content lies."""
        return f"files/{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """A file to store."""

    name: str
    media_type: str
    metadata: dict[str, Json]
    content: AsyncIterator[bytes]


class Files:
    """Store, find and delete uploaded files."""

    def __init__(self, database: Database, blobs: Blobs, settings: PredictionSettings, clock: Clock) -> None:
        self._database = database
        self._blobs = blobs
        self._settings = settings
        self._clock = clock

    async def upload(self, user_id: UserId, new: NewFile) -> UploadedFile:
        """Store a file. Raises: TooLarge, Conflict when the user keeps too many, Unavailable."""
        await self._check_room(user_id)
        file_id = FileId(new_id())
        measured = _Measured(new.content, self._settings.file_bytes)
        await self._blobs.put(f"files/{file_id}", measured.chunks(), media_type=new.media_type)
        now = self._clock()
        file = UploadedFile(
            id=file_id,
            user_id=user_id,
            name=new.name,
            media_type=new.media_type,
            size_bytes=measured.size_bytes,
            sha256=measured.digest.hexdigest(),
            metadata=new.metadata,
            created_at=now,
            expires_at=now + timedelta(seconds=self._settings.file_lifetime_s),
        )
        async with self._database.unit_of_work() as connection:
            await connection.execute(insert(files), [asdict(file)])
        return file

    async def get(self, user_id: UserId, file_id: FileId) -> UploadedFile:
        """Find one of a user's files. Raises: NotFound."""
        async with self._database.unit_of_work() as connection:
            return await self._find(connection, user_id, file_id)

    async def key_of(self, user_id: UserId, file_id: FileId) -> str:
        """Tell where one of a user's files lies. Raises: NotFound."""
        return (await self.get(user_id, file_id)).key

    async def list_newest(self, user_id: UserId) -> Sequence[UploadedFile]:
        """List a user's newest files."""
        query = (
            select(files)
            .where(files.c.user_id == user_id, files.c.expires_at > self._clock())
            .order_by(files.c.id.desc())
            .limit(MAX_LISTED)
        )
        async with self._database.unit_of_work() as connection:
            found = (await connection.execute(query)).all()
        return [_read(row) for row in found]

    async def delete(self, user_id: UserId, file_id: FileId) -> None:
        """Delete one of a user's files. Raises: NotFound."""
        async with self._database.unit_of_work() as connection:
            file = await self._find(connection, user_id, file_id)
            await connection.execute(delete(files).where(files.c.id == file_id))
        await self._blobs.delete(file.key)

    async def delete_expired(self) -> int:
        """Delete what has expired, some at a time; tell how many."""
        expired = (
            select(files.c.id)
            .where(files.c.expires_at <= self._clock())
            .limit(SWEPT_AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        async with self._database.unit_of_work() as connection:
            ids = (await connection.execute(expired)).scalars().all()
            for file_id in ids:
                await self._blobs.delete(f"files/{file_id}")
            await connection.execute(delete(files).where(files.c.id.in_(ids)))
        return len(ids)

    async def _find(self, connection: AsyncConnection, user_id: UserId, file_id: FileId) -> UploadedFile:
        query = select(files).where(
            files.c.id == file_id, files.c.user_id == user_id, files.c.expires_at > self._clock()
        )
        row = (await connection.execute(query)).one_or_none() if is_id(file_id) else None
        if row is None:
            raise NotFound("file_not_found", "There is no file with this id, or it has expired.")
        return _read(row)

    async def _check_room(self, user_id: UserId) -> None:
        query = select(func.count()).where(files.c.user_id == user_id, files.c.expires_at > self._clock())
        async with self._database.unit_of_work() as connection:
            count = (await connection.execute(query)).scalar_one()
        if count >= self._settings.files_per_user:
            raise Conflict(
                "too_many_files",
                f"You keep {count} files, which is the most; delete some, or wait until they expire.",
            )


_COLUMNS = tuple(str(column.name) for column in files.columns)


def _read(row: Row[tuple[object, ...]]) -> UploadedFile:
    return msgspec.convert(dict(zip(_COLUMNS, row, strict=True)), UploadedFile, builtin_types=(datetime,))


class _Measured:
    """Count and hash chunks as they pass."""

    def __init__(self, content: AsyncIterator[bytes], max_bytes: int) -> None:
        self._content = content
        self._max_bytes = max_bytes
        self.size_bytes = 0
        self.digest = hashlib.sha256()

    async def chunks(self) -> AsyncIterator[bytes]:
        async for chunk in self._content:
            self.size_bytes += len(chunk)
            if self.size_bytes > self._max_bytes:
                raise TooLarge(
                    "file_too_large",
                    f"A file has at most {self._max_bytes} bytes.",
                    field="content",
                    limit=self._max_bytes,
                )
            self.digest.update(chunk)
            yield chunk
