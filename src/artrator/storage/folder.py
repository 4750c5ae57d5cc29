"""Writing a blob into a folder so that it is on the disk, whole, before anyone is told so.

The object store library writes without fsync, which is not enough for an output that is paid for; so the folder
is written here, and read through the library.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import BinaryIO

from artrator.kernel.ids import new_id
from artrator.storage.media_types import media_type_of

_UNFINISHED = ".unfinished"
_TYPES = ".types"
"""Neither can be the first segment of a key, because keys do not begin with a dot."""

COPY_BYTES = 1024 * 1024


class BlobFolder:
    """The folder that holds blobs as files, and as a small file beside it the type that a suffix does not tell."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._unfinished = root / _UNFINISHED
        self._unfinished.mkdir(parents=True, exist_ok=True)

    def sweep(self, *, older_than_s: float) -> None:
        """Delete what writers that died have left behind; younger files may be another process's at work."""
        for path in self._unfinished.iterdir():
            with contextlib.suppress(FileNotFoundError):
                if time.time() - path.stat().st_mtime >= older_than_s:
                    path.unlink()

    @contextlib.contextmanager
    def writing(self, key: str, media_type: str) -> Generator[BinaryIO]:
        """Give a file to write to; it becomes the blob, durably and at once, when the block ends without an error."""
        unfinished = self.unfinished()
        try:
            with unfinished.open("xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            self._write_type(key, media_type)
            self._publish(unfinished, self.root / key)
        finally:
            unfinished.unlink(missing_ok=True)

    def write(self, key: str, chunks: Iterable[bytes], media_type: str) -> None:
        """Write a blob from chunks."""
        with self.writing(key, media_type) as file:
            file.writelines(chunks)

    def copy(self, key: str, source: Path, media_type: str) -> None:
        """Write a blob from a file."""
        with source.open("rb") as opened, self.writing(key, media_type) as file:
            shutil.copyfileobj(opened, file, COPY_BYTES)

    def unfinished(self) -> Path:
        """Name a new file for what is not yet a blob."""
        return self._unfinished / new_id()

    def place(self, unfinished: Path, key: str) -> None:
        """Make a file that is on the disk the blob of a key, of its suffix's type; `sync` then makes that durable."""
        self.forget_type(key)
        path = self.root / key
        try:
            unfinished.replace(path)
        except FileNotFoundError:
            self._make_folder(path.parent)
            unfinished.replace(path)

    def sync(self, folder: Path) -> None:
        """Wait until the disk knows which files a folder holds."""
        _sync_folder(folder)

    def holds(self, key: str) -> bool:
        """Tell whether there is a file under a key."""
        return (self.root / key).is_file()

    def media_type(self, key: str) -> str:
        """Tell a blob's type."""
        try:
            return (self.root / _TYPES / key).read_text()
        except OSError:
            return media_type_of(key)

    def forget_type(self, key: str) -> None:
        """Delete what was noted of a blob's type."""
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            (self.root / _TYPES / key).unlink()

    def _write_type(self, key: str, media_type: str) -> None:
        if media_type == media_type_of(key):
            self.forget_type(key)
            return
        unfinished = self.unfinished()
        with unfinished.open("x") as file:
            file.write(media_type)
            file.flush()
            os.fsync(file.fileno())
        self._publish(unfinished, self.root / _TYPES / key)

    def _publish(self, unfinished: Path, path: Path) -> None:
        self._make_folder(path.parent)
        unfinished.replace(path)
        _sync_folder(path.parent)

    def _make_folder(self, folder: Path) -> None:
        missing: list[Path] = []
        while not folder.is_dir():
            missing.append(folder)
            folder = folder.parent
        for each in reversed(missing):
            each.mkdir(exist_ok=True)
            _sync_folder(each.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
