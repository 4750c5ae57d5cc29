"""The one place for bytes: outputs, uploads and bundles, in a folder or in a bucket, behind the same few verbs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from artrator.kernel.errors import ArtratorError, NotFound
from artrator.storage.errors import blob_not_found, of_os_error, storage_unavailable
from artrator.storage.folder import BlobFolder
from artrator.storage.group_write import GroupWriter
from artrator.storage.keys import check_key
from artrator.storage.media_types import UNKNOWN, media_type_of
from artrator.storage.settings import StorageSettings
from artrator.storage.small_blobs import MAX_SMALL_BYTES

if TYPE_CHECKING:  # they are not there at run time
    from obstore import GetOptions
    from obstore.store import ClientConfig, RetryConfig, S3Config

Result = TypeVar("Result")

STREAM_BYTES = 256 * 1024
ABANDONED_AFTER_S = 24 * 3600
WRITERS = 16
"""Writes wait for the disk, not for a core; the disk flushes those that wait together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlobHead:
    """What is known of a blob without reading it."""

    size_bytes: int
    media_type: str
    etag: str


class Blobs:
    """Put, get and delete blobs by key.

    A blob is there for readers when `put` returns, whole and on the disk, and not before.
    Every method raises: Invalid for a key that is not allowed, Unavailable when the store fails (`storage_full`
    when nothing more fits).
    """

    def __init__(self, store: LocalStore | S3Store, folder: BlobFolder | None) -> None:
        self._store = store
        self._folder = folder
        self._writers = ThreadPoolExecutor(max_workers=WRITERS, thread_name_prefix="blob-writer")
        self._group = None if folder is None else GroupWriter(folder, self._writers)

    async def put(self, key: str, data: bytes | AsyncIterable[bytes] | Path, *, media_type: str | None = None) -> None:
        """Store a blob, in place of one with the same key; `media_type` defaults to what the key's suffix says."""
        check_key(key)
        media_type = media_type or media_type_of(key)
        if self._folder is None:
            await self._put_in_bucket(key, data, media_type)
        else:
            await self._put_in_folder(self._folder, key, data, media_type)

    async def get(self, key: str) -> bytes:
        """Read a whole blob. Raises: NotFound."""
        try:
            result = await self._store.get_async(check_key(key))
            return bytes(await result.bytes_async())
        except (BaseError, OSError) as error:
            raise self._translated(key, error) from error

    async def head(self, key: str) -> BlobHead:
        """Tell a blob's size, type and entity tag. Raises: NotFound."""
        try:
            result = await self._store.get_async(check_key(key), options={"head": True})
        except (BaseError, OSError) as error:
            raise self._translated(key, error) from error
        if self._folder is not None:
            media_type = self._folder.media_type(key)
        else:
            media_type = str(result.attributes.get("Content-Type", UNKNOWN))
        return BlobHead(size_bytes=result.meta["size"], media_type=media_type, etag=result.meta["e_tag"] or "")

    async def stream(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Yield the bytes from `start` up to, without, `end` (None: the blob's end). Raises: NotFound."""
        if end is not None and end <= start:
            return
        try:
            result = await self._store.get_async(check_key(key), options=_window(start, end))
            async for chunk in result.stream(min_chunk_size=STREAM_BYTES):
                yield bytes(chunk)
        except (BaseError, OSError) as error:
            raise self._translated(key, error) from error

    async def exists(self, key: str) -> bool:
        """Tell whether there is a blob under a key."""
        try:
            await self.head(key)
        except NotFound:
            return False
        return True

    async def delete(self, key: str) -> None:
        """Delete a blob; one that is not there is no error."""
        try:
            await self._store.delete_async(check_key(key))
        except (BaseError, OSError) as error:
            translated = self._translated(key, error)
            if isinstance(translated, NotFound):
                return
            raise translated from error
        if self._folder is not None:
            self._folder.forget_type(key)

    async def close(self) -> None:
        """Let writes that run come to their end."""
        if self._group is not None:
            await self._group.drain()
        await asyncio.to_thread(self._writers.shutdown)

    def _translated(self, key: str, error: BaseError | OSError) -> ArtratorError:
        if isinstance(error, FileNotFoundError) or (self._folder is not None and not self._folder.holds(key)):
            return blob_not_found()
        return of_os_error(error) if isinstance(error, OSError) else storage_unavailable()

    async def _put_in_bucket(self, key: str, data: bytes | AsyncIterable[bytes] | Path, media_type: str) -> None:
        try:
            await self._store.put_async(key, data, attributes={"Content-Type": media_type})
        except BaseError as error:
            raise storage_unavailable() from error

    async def _put_in_folder(
        self, folder: BlobFolder, key: str, data: bytes | AsyncIterable[bytes] | Path, media_type: str
    ) -> None:
        try:
            if self._group is not None and isinstance(data, bytes) and _is_small(key, data, media_type):
                await self._group.write(key, data)
            elif isinstance(data, bytes):
                await self._in_writer(lambda: folder.write(key, (data,), media_type))
            elif isinstance(data, Path):
                await self._in_writer(lambda: folder.copy(key, data, media_type))
            else:
                await self._stream_into_folder(folder, key, data, media_type)
        except OSError as error:
            raise of_os_error(error) from error

    async def _stream_into_folder(
        self, folder: BlobFolder, key: str, chunks: AsyncIterable[bytes], media_type: str
    ) -> None:
        writing = folder.writing(key, media_type)
        file = await self._in_writer(writing.__enter__)
        try:
            async for chunk in chunks:
                await self._in_writer(lambda chunk=chunk: file.write(chunk))
        except BaseException as error:
            writing.__exit__(type(error), error, error.__traceback__)
            raise
        await self._in_writer(lambda: writing.__exit__(None, None, None))

    async def _in_writer(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._writers, work)


def _is_small(key: str, data: bytes, media_type: str) -> bool:
    return len(data) <= MAX_SMALL_BYTES and media_type == media_type_of(key)


def open_blobs(settings: StorageSettings, home: Path) -> Blobs:
    """Open the store that the settings name; a folder is made where it is missing."""
    url = settings.url
    if url is not None and url.startswith("s3://"):
        return Blobs(_bucket(url, settings), None)
    root = home / "blobs" if url is None else Path(url.removeprefix("file://")).expanduser()
    folder = BlobFolder(root.resolve())
    folder.sweep(older_than_s=ABANDONED_AFTER_S)
    return Blobs(LocalStore(folder.root), folder)


_RETRY: RetryConfig = {"max_retries": 3, "retry_timeout": timedelta(seconds=20)}
"""A store that is down is told within seconds, while the caller still waits."""


def _bucket(url: str, settings: StorageSettings) -> S3Store:
    config: S3Config = {"region": settings.s3_region}
    options: ClientConfig = {"timeout": "10 minutes", "connect_timeout": "5 seconds"}
    if settings.s3_endpoint is not None:
        config["endpoint"] = settings.s3_endpoint
        options["allow_http"] = settings.s3_endpoint.startswith("http://")
    if settings.s3_access_key_id is not None and settings.s3_secret_access_key is not None:
        config["access_key_id"] = settings.s3_access_key_id.get_secret_value()
        config["secret_access_key"] = settings.s3_secret_access_key.get_secret_value()
    return S3Store.from_url(url, config=config, client_options=options, retry_config=_RETRY)


def _window(start: int, end: int | None) -> GetOptions:
    return {"range": {"offset": start}} if end is None else {"range": (start, end)}
