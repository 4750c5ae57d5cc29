"""Copies of bundles' graphs made ready for this machine, bounded in bytes: they load faster and share their weights' pages.

A copy is made by a disposable sandboxed child that may write to two open files of its own and to nothing else, so
what it holds is as hostile as the bundle that it was made of, and no other: it is loaded in the sandbox alone. It is
found by the bundle's digest and this machine's key, and used only while its bytes are those that were recorded.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import sys
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

import msgspec

from artrator.engine.examination.examine import Examiner
from artrator.engine.fleet import InstalledBundle
from artrator.engine.models.optimised_files import (
    FUSED,
    OPTIMISED_GRAPH,
    RECORD,
    WEIGHTS_DESCRIPTOR,
    is_whole,
    machine_key,
    record_of,
    size_bytes,
)
from artrator.kernel.errors import ArtratorError
from artrator.kernel.ids import Digest, new_id

FOLDER = ".optimised"
"""In the folder of the bundles, which is what workers may read."""
WORTH_RUNS = 3
"""Runs of a bundle after which a copy is made; many a bundle never runs again."""
MAKING = "making-"
FILE_COPIES, FILE_MARGIN_BYTES = 3, 16 << 20
"""A copy holds the weights as they are, and once more packed."""
_log = logging.getLogger(__name__)


class OptimisedGraphs:
    """Makes copies in the background, one at a time. on_made: told of each that may be used from now on."""

    def __init__(self, bundles: Path, examiner: Examiner, *, max_bytes: int, on_made: Callable[[Digest], None]) -> None:
        self._folder, self._examiner, self._max_bytes, self._on_made = bundles / FOLDER, examiner, max_bytes, on_made
        self._key = machine_key()
        self._runs: dict[Digest, int] = {}
        self._usable: dict[Digest, int] = {}
        """Bytes of each copy, in the order of last use."""
        self._wanted: asyncio.Queue[InstalledBundle] = asyncio.Queue()
        self._worker: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Remove what is unfinished or of another machine, and begin."""
        if self._max_bytes == 0 or sys.platform != "linux":
            return
        self._folder.mkdir(exist_ok=True)
        self._folder.chmod(0o755)
        for path in self._folder.iterdir():
            if not path.name.endswith(self._key):
                shutil.rmtree(path, ignore_errors=True)
        self._worker = asyncio.create_task(self._work())

    async def close(self) -> None:
        """Stop making copies."""
        if self._worker is not None:
            self._worker.cancel()
            with suppress(asyncio.CancelledError):
                await self._worker

    def folder_of(self, digest: Digest) -> Path | None:
        """Give the copy's folder, if there is one that may be used."""
        return self._place(digest) if digest in self._usable else None

    def ran(self, bundle: InstalledBundle) -> None:
        """Note a run that ended well; a bundle that is asked for again gets a copy."""
        digest = bundle.digest
        if digest in self._usable:
            self._usable[digest] = self._usable.pop(digest)
            return
        runs = self._runs[digest] = self._runs.get(digest, 0) + 1
        if runs == WORTH_RUNS and self._worker is not None:
            self._wanted.put_nowait(bundle)

    async def drained(self) -> None:
        """Wait until everything that was wanted is made, or has failed."""
        await self._wanted.join()

    def _place(self, digest: Digest) -> Path:
        return self._folder / f"{digest}-{self._key}"

    async def _work(self) -> None:
        while True:
            bundle = await self._wanted.get()
            try:
                await self._provide(bundle)
            except (ArtratorError, OSError) as error:
                _log.warning("%s runs without an optimised copy: %s", bundle.digest[:12], error)
            finally:
                self._wanted.task_done()

    async def _provide(self, bundle: InstalledBundle) -> None:
        place = self._place(bundle.digest)
        if not await asyncio.to_thread(is_whole, place):
            await asyncio.to_thread(shutil.rmtree, place, ignore_errors=True)
            await self._make(bundle, place)
        taken_bytes = await asyncio.to_thread(size_bytes, place)
        self._usable[bundle.digest] = taken_bytes
        self._on_made(bundle.digest)
        await self._make_room(bundle.digest)

    async def _make(self, bundle: InstalledBundle, place: Path) -> None:
        """Make a copy, which appears by one rename when it is whole."""
        file_bytes = FILE_COPIES * await asyncio.to_thread(size_bytes, bundle.folder) + FILE_MARGIN_BYTES
        if file_bytes > self._max_bytes:
            raise OSError(f"its copy could take {file_bytes >> 20} MiB, more than there may be")
        making = self._folder / f"{MAKING}{new_id()}"
        making.mkdir(mode=0o700)
        try:
            for role, path in bundle.manifest.graphs.items():
                (making / role).mkdir()
                await self._make_graph(bundle, path, making / role, file_bytes)
            await asyncio.to_thread(_seal, making)
            making.rename(place)
        finally:
            await asyncio.to_thread(shutil.rmtree, making, ignore_errors=True)

    async def _make_graph(self, bundle: InstalledBundle, path: str, home: Path, file_bytes: int) -> None:
        with ExitStack() as stack:
            files = [
                stack.enter_context((home / name).open("xb")) for name in (OPTIMISED_GRAPH, str(WEIGHTS_DESCRIPTOR))
            ]
            for file in files:
                # the child opens them anew, as another user; nobody else gets into the folder meanwhile
                os.fchmod(file.fileno(), 0o666)
            graph, weights = (file.fileno() for file in files)
            fused = bundle.manifest.pipeline in FUSED
            await self._examiner.optimise(bundle.folder, path, (graph, weights), file_bytes=file_bytes, fused=fused)

    async def _make_room(self, newest: Digest) -> None:
        """Remove copies, the least recently used first. Who has one loaded keeps its files until it lets go."""
        for digest in list(self._usable):
            if sum(self._usable.values()) <= self._max_bytes or digest == newest:
                return
            del self._usable[digest]
            self._runs.pop(digest, None)
            await asyncio.to_thread(shutil.rmtree, self._place(digest), ignore_errors=True)


def _seal(folder: Path) -> None:
    """Record the bytes of a copy whose maker has ended, and let every user read and none write. Raises: OSError."""
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o444)
    (folder / RECORD).write_bytes(msgspec.json.encode(record_of(folder)))
    folder.chmod(0o755)
