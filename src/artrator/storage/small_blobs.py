"""Write small blobs that come at the same moment in one turn of a thread, and flush them to the disk together."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, wait
from functools import partial
from io import FileIO
from pathlib import Path

from artrator.storage.folder import BlobFolder

MAX_SMALL_BYTES = 256 * 1024


class SmallBlob:
    """A blob on its way to the disk, of the type that its key's suffix tells. failure: why it will not be there."""

    def __init__(self, key: str, data: bytes) -> None:
        self.key, self._data = key, data
        self._file: FileIO | None = None
        self.failure: OSError | None = None

    def attempt(self, step: Callable[[], None]) -> None:
        """Take the next step, unless one failed before."""
        if self.failure is None:
            try:
                step()
            except OSError as error:
                self.failure = error

    def begin(self, unfinished: Path) -> None:
        """Write what is not yet the blob."""
        self._file = unfinished.open("xb", buffering=0)
        left = memoryview(self._data)
        while left:
            left = left[self._file.write(left) :]

    def sync(self) -> None:
        """Wait for the disk."""
        if self._file is not None:
            os.fsync(self._file.fileno())

    def end(self, publish: Callable[[Path, str], None]) -> None:
        """Make it the blob, or leave nothing of it."""
        if self._file is None:
            return
        unfinished = Path(self._file.name)
        self._file.close()
        self.attempt(lambda: publish(unfinished, self.key))
        if self.failure is not None:
            unfinished.unlink(missing_ok=True)


def write_together(folder: BlobFolder, blobs: Sequence[SmallBlob], flushers: Executor) -> None:
    """Write blobs, each on the disk when this returns unless it has a failure.

    flushers: threads that wait for the disk, which flushes together what is asked of it at the same moment.
    """
    for blob in blobs:
        blob.attempt(partial(blob.begin, folder.unfinished()))
    others = [flushers.submit(_sync, blob) for blob in blobs[1:]]
    for blob in blobs[:1]:
        _sync(blob)  # by this thread, since one that comes alone is the usual case where little is going on
    wait(others)
    for blob in blobs:
        blob.end(folder.place)
    written = [blob for blob in blobs if blob.failure is None]
    for parent in {(folder.root / blob.key).parent for blob in written}:
        try:
            folder.sync(parent)
        except OSError as error:
            for blob in written:
                blob.failure = error


def _sync(blob: SmallBlob) -> None:
    blob.attempt(blob.sync)
