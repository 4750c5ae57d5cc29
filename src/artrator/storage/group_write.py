"""Gather the small blobs of concurrent runs, and flush them to the disk together.

What is shared is the turn of a thread, which costs more than writing a small file does, and the flush of the folder that
the group's files appear in.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from artrator.kernel.group_commit import GroupCommit
from artrator.storage.folder import BlobFolder
from artrator.storage.small_blobs import SmallBlob, write_together

MAX_GROUP = 64


class GroupWriter:
    """Writes small blobs into a folder, group after group."""

    def __init__(self, folder: BlobFolder, writers: ThreadPoolExecutor) -> None:
        self._folder, self._writers = folder, writers
        self._group = GroupCommit[SmallBlob, None](self._write, max_group=MAX_GROUP)

    async def write(self, key: str, data: bytes) -> None:
        """Return once a blob is on the disk. Raises: OSError.

        A caller who is cancelled meanwhile does not take the blob back.
        """
        await self._group.submit(SmallBlob(key, data))

    async def drain(self) -> None:
        """Wait until everything given so far is written or refused."""
        await self._group.drain()

    async def _write(self, blobs: Sequence[SmallBlob]) -> Sequence[OSError | None]:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._writers, write_together, self._folder, blobs, self._writers)
        return [blob.failure for blob in blobs]
