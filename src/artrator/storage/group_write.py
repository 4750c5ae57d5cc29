"""Gather the small blobs of concurrent runs: while one group is flushed to the disk, the next one gathers.

Each caller still waits for the flush of their own blob. What is shared is the turn of a thread, which costs more than
writing a small file does, and the flush of the folder that the group's files appear in.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from artrator.storage.folder import BlobFolder
from artrator.storage.small_blobs import SmallBlob, write_together

MAX_GROUP = 64


class GroupWriter:
    """Writes small blobs into a folder, group after group."""

    def __init__(self, folder: BlobFolder, writers: ThreadPoolExecutor) -> None:
        self._folder, self._writers = folder, writers
        self._waiting: list[tuple[SmallBlob, asyncio.Future[None]]] = []
        self._flusher: asyncio.Task[None] | None = None

    async def write(self, key: str, data: bytes) -> None:
        """Return once a blob is on the disk. Raises: OSError.

        A caller who is cancelled meanwhile does not take the blob back.
        """
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((SmallBlob(key, data), written))
        if self._flusher is None:
            self._flusher = asyncio.create_task(self._flush())
        await written

    async def drain(self) -> None:
        """Wait until everything given so far is written or refused."""
        while self._flusher is not None:
            await asyncio.shield(self._flusher)

    async def _flush(self) -> None:
        try:
            while self._waiting:
                group, self._waiting = self._waiting[:MAX_GROUP], self._waiting[MAX_GROUP:]
                await self._write(group)
        finally:
            self._flusher = None

    async def _write(self, group: list[tuple[SmallBlob, asyncio.Future[None]]]) -> None:
        blobs = [blob for blob, _ in group]
        failed: Exception | None = None
        try:
            await asyncio.get_running_loop().run_in_executor(
                self._writers, write_together, self._folder, blobs, self._writers
            )
        except Exception as error:  # a bug: each caller learns that theirs may not be written, and later groups go on
            failed = error
        for blob, written in group:
            failure = failed or blob.failure
            if written.done():
                continue
            if failure is None:
                written.set_result(None)
            else:
                written.set_exception(failure)
