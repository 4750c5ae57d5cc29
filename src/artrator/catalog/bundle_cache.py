"""Bundles unpacked on this machine's disk, bounded in bytes: fetched once, checked against their digests, leased.

A bundle's folder appears by one rename when it is whole and its digest is right, so a half-written one is never
used. After a restart what lies there is used again, once its digest has been checked anew. One process owns the folder.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from artrator.bundle.digest import bundle_digest, bundle_files
from artrator.bundle.pack import PackCaps, unpack
from artrator.catalog.settings import CatalogSettings
from artrator.kernel.errors import ArtratorError, Unavailable
from artrator.kernel.ids import Digest, new_id
from artrator.storage.blobs import Blobs
from artrator.storage.errors import of_os_error

log = logging.getLogger(__name__)

_UNFINISHED = ".unfinished"
NOTE_USE_S = 10.0


def bundle_key(digest: Digest) -> str:
    """Name the blob that holds a bundle."""
    return f"bundles/{digest}.zip"


@dataclass(slots=True)
class _Slot:
    """One bundle's place; whoever changes its folder holds `lock`."""

    folder: Path
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    installing: asyncio.Task[None] | None = None
    size_bytes: int = 0
    leases: int = 0
    ready: bool = False
    noted_s: float = 0.0


class BundleCache:
    """Give out read-only bundle folders; those that nobody leases make room, the least recently used first."""

    def __init__(self, blobs: Blobs, folder: Path, *, max_bytes: int, caps: PackCaps | None = None) -> None:
        self._blobs = blobs
        self._folder = folder
        self._unfinished = folder / _UNFINISHED
        self._max_bytes = max_bytes
        self._caps = caps or PackCaps()
        self._slots: dict[Digest, _Slot] = {}  # in the order of last use
        self._open()

    @property
    def used_bytes(self) -> int:
        """Tell how many bytes lie unpacked."""
        return sum(slot.size_bytes for slot in self._slots.values())

    def hold(self, digest: Digest) -> Path | None:
        """Lease a bundle that lies ready, until `let_go`; None where it does not. Its folder is given."""
        slot = self._slots.get(digest)
        if slot is None or not slot.ready:
            return None
        self._slots[digest] = self._slots.pop(digest)
        slot.leases += 1
        self._note_use(slot)
        return slot.folder

    def let_go(self, digest: Digest) -> None:
        """End a lease that `hold` began; whoever leases next makes room, should there be too little."""
        self._slots[digest].leases -= 1

    @asynccontextmanager
    async def lease(self, digest: Digest) -> AsyncGenerator[Path]:
        """Give the folder of a bundle; its files stay where they are while the block runs.

        When everything is leased the cache outgrows its bound rather than refusing a run.
        Raises: NotFound without such a bundle, Unavailable if it cannot be fetched or does not match its digest.
        """
        slot = self._slots.pop(digest, None) or _Slot(self._folder / digest)
        self._slots[digest] = slot
        slot.leases += 1
        try:
            if not slot.ready:
                await asyncio.shield(self._installation(digest, slot))
            self._note_use(slot)
            yield slot.folder
        finally:
            slot.leases -= 1
            await self._make_room()

    async def close(self) -> None:
        """Wait for what is being fetched."""
        running = [slot.installing for slot in self._slots.values() if slot.installing is not None]
        await asyncio.gather(*running, return_exceptions=True)

    def _open(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        _remove(self._unfinished)
        self._unfinished.mkdir()
        # what begins with a dot is no bundle: our own scratch, and the engine's copies
        found = [path for path in self._folder.iterdir() if not path.name.startswith(".")]
        for path in sorted(found, key=lambda each: each.lstat().st_mtime):
            self._slots[Digest(path.name)] = _Slot(path, size_bytes=_size_bytes(path))

    def _note_use(self, slot: _Slot) -> None:
        """Write down now and then when a bundle was used last, for the next process."""
        now_s = time.monotonic()
        if now_s - slot.noted_s > NOTE_USE_S:
            slot.noted_s = now_s
            os.utime(slot.folder)

    def _installation(self, digest: Digest, slot: _Slot) -> asyncio.Task[None]:
        """Give the one task that installs a bundle; callers that are cancelled leave it running for the others."""
        if slot.installing is None:
            slot.installing = asyncio.create_task(self._install(digest, slot))
            slot.installing.add_done_callback(lambda task: self._on_installed(digest, slot, task))
        return slot.installing

    def _on_installed(self, digest: Digest, slot: _Slot, task: asyncio.Task[None]) -> None:
        slot.installing = None
        if task.cancelled() or task.exception() is not None:
            self._slots.pop(digest, None)

    async def _install(self, digest: Digest, slot: _Slot) -> None:
        folder = self._folder / digest
        async with slot.lock:
            if not await asyncio.to_thread(_matches, folder, digest):
                await asyncio.to_thread(_remove, folder)
                await self._fetch(digest, folder)
            slot.size_bytes = await asyncio.to_thread(_size_bytes, folder)
            slot.ready = True

    async def _fetch(self, digest: Digest, folder: Path) -> None:
        scratch = self._unfinished / new_id()
        scratch.mkdir()
        try:
            archive = scratch / "bundle.zip"
            with archive.open("wb") as file:
                async for chunk in self._blobs.stream(bundle_key(digest)):
                    await asyncio.to_thread(file.write, chunk)
            await asyncio.to_thread(self._unpack, archive, scratch / "bundle", folder, digest)
        except OSError as error:
            raise of_os_error(error) from error
        finally:
            await asyncio.to_thread(_remove, scratch)

    def _unpack(self, archive: Path, unpacked: Path, folder: Path, digest: Digest) -> None:
        try:
            unpack(archive, unpacked, self._caps)
        except ArtratorError as error:
            raise _damaged(digest) from error
        if not _matches(unpacked, digest):
            raise _damaged(digest)
        _make_read_only(unpacked)
        unpacked.rename(folder)

    async def _make_room(self) -> None:
        for digest, slot in list(self._slots.items()):
            if self.used_bytes <= self._max_bytes:
                return
            if slot.leases or slot.lock.locked() or slot.installing is not None:
                continue
            async with (
                slot.lock
            ):  # free, so this does not wait; who leases it meanwhile does, and then installs it anew
                slot.ready = False
                await asyncio.to_thread(self._evict, digest)
                slot.size_bytes = 0
            if slot.leases == 0 and slot.installing is None and self._slots.get(digest) is slot:
                del self._slots[digest]

    def _evict(self, digest: Digest) -> None:
        doomed = self._unfinished / new_id()
        try:
            (self._folder / digest).rename(doomed)
        except FileNotFoundError:
            return
        _remove(doomed)


def open_bundle_cache(blobs: Blobs, folder: Path, settings: CatalogSettings) -> BundleCache:
    """Open the cache below a folder of this process alone."""
    caps = PackCaps(total_bytes=settings.max_unpacked_bytes)
    return BundleCache(blobs, folder / "bundles", max_bytes=settings.bundle_cache_bytes, caps=caps)


def _matches(folder: Path, digest: Digest) -> bool:
    try:
        return bundle_digest(folder) == digest
    except (ArtratorError, OSError):
        return False


def _damaged(digest: Digest) -> Unavailable:
    log.error("the stored bundle %s is damaged", digest)
    return Unavailable(
        "bundle_damaged", "The stored files of this version are damaged; the operator must restore them."
    )


def _size_bytes(folder: Path) -> int:
    try:
        return sum((folder / path).stat().st_size for path in bundle_files(folder))
    except (ArtratorError, OSError):
        return 1  # not a bundle: it counts, so that it is looked at, found wrong and replaced


def _make_read_only(folder: Path) -> None:
    """Let every user read and none write, whatever the umask: workers run as another user."""
    folder.chmod(0o755)  # not 0o555: moving a folder needs the right to write into it
    for path in folder.rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)


def _remove(path: Path) -> None:
    """Delete whatever lies there; a folder may be read-only."""
    if path.is_symlink() or path.is_file():
        path.unlink()
        return
    for each in (path, *path.rglob("*")):
        if each.is_dir() and not each.is_symlink():
            each.chmod(0o755)
    shutil.rmtree(path, ignore_errors=True)
