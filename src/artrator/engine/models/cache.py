"""Loaded things by bytes: what is in use stays, what is worth least goes first, and nothing is loaded twice at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Hashable
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Generic, TypeVar

from artrator.engine.models.worth import Worth

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class NoRoom(Exception):
    """The thing alone is larger than the whole cache."""


class GaveUp(Exception):
    """Nobody wants the thing any more."""


@dataclass(slots=True, eq=False)
class _Entry(Generic[V]):
    value: V
    size_bytes: int
    leases: int = 0
    forgotten: bool = False


class Lease(Generic[V]):
    """The right to use a loaded thing; while it is held, the thing stays."""

    def __init__(self, value: V, release: Callable[[], None], again: Callable[[], Lease[V]]) -> None:
        self.value = value
        self._release: Callable[[], None] | None = release
        self._again = again

    def again(self) -> Lease[V]:
        """Get a second, independent lease on the same thing, even where the cache has forgotten it meanwhile."""
        assert self._release is not None, "only a lease that is held can be had again"
        return self._again()

    def release(self) -> None:
        """Give the right back; a second time does nothing."""
        release, self._release = self._release, None
        if release is not None:
            release()

    def __enter__(self) -> V:
        return self.value

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.release()


class LeasedCache(Generic[K, V]):
    """A cache bounded by bytes, for threads; of what is idle, that goes first which is worth least (`worth.py`).

    The bytes of what is being loaded count from before the load. Where all of it is in use, a load waits.
    now_s: a clock to time loads with.
    """

    def __init__(self, capacity_bytes: int, *, now_s: Callable[[], float] = time.perf_counter) -> None:
        self._capacity_bytes, self._now_s = capacity_bytes, now_s
        self._entries: dict[K, _Entry[V]] = {}
        self._worth: Worth[K] = Worth()
        self._resident_bytes = 0
        self._retired_bytes = 0
        self._reserved_bytes = 0
        self._loading: set[K] = set()
        self._changes = 0
        self._changed = threading.Condition()

    @property
    def used_bytes(self) -> int:
        """Count the bytes of what is loaded, being loaded, or forgotten but still in use."""
        with self._changed:
            return self._used_bytes()

    def __contains__(self, key: K) -> bool:
        with self._changed:
            return key in self._entries

    def lease(self, key: K) -> Lease[V] | None:
        """Use what is loaded already; None where it is not."""
        with self._changed:
            entry = self._entries.get(key)
            if entry is None:
                return None
            self._worth.used(key)
            return self._lease(entry)

    def load(
        self,
        key: K,
        size_bytes: int,
        make: Callable[[], V],
        *,
        peak_bytes: int = 0,
        waiting: Callable[[bool], None] = lambda _: None,
        wanted: Callable[[], bool] = lambda: True,
    ) -> Lease[V]:
        """Use a thing, loading it where it is not loaded: once, however many threads ask.

        peak_bytes: what it takes while it is made, if that is more.
        waiting: told True before the thread waits for room, and False after.
        wanted: asked whenever something changed; see `reconsider`. Both are called without the cache's lock.
        Raises: NoRoom, GaveUp; what `make` raises.
        """
        with self._changed:
            while key in self._loading:
                self._changed.wait()
            self._worth.used(key)
            entry = self._entries.get(key)
            if entry is not None:
                return self._lease(entry)
            self._loading.add(key)
        try:
            reserved_bytes = max(size_bytes, peak_bytes)
            self._reserve(reserved_bytes, waiting, wanted)
            began_s = self._now_s()
            try:
                value = make()
            except BaseException:
                self._unreserve(reserved_bytes)
                raise
            with self._changed:
                self._worth.loaded(key, cost_s=self._now_s() - began_s, size_bytes=size_bytes)
                self._reserved_bytes -= reserved_bytes
                self._resident_bytes += size_bytes
                entry = self._entries[key] = _Entry(value, size_bytes)
                return self._lease(entry)
        finally:
            with self._changed:
                self._loading.discard(key)
                self._note_change()

    def forget(self, key: K) -> None:
        """Drop a thing: now where it is idle, with its last lease where it is in use."""
        with self._changed:
            entry = self._entries.pop(key, None)
            if entry is not None:
                self._resident_bytes -= entry.size_bytes
            if entry is not None and entry.leases:
                entry.forgotten = True
                self._retired_bytes += entry.size_bytes
            self._note_change()

    def reconsider(self) -> None:
        """Have every waiting load ask again whether it is wanted."""
        with self._changed:
            self._note_change()

    def _used_bytes(self) -> int:
        return self._resident_bytes + self._reserved_bytes + self._retired_bytes

    def _lease(self, entry: _Entry[V]) -> Lease[V]:
        entry.leases += 1
        return Lease(entry.value, lambda: self._returned(entry), lambda: self._leased_again(entry))

    def _leased_again(self, entry: _Entry[V]) -> Lease[V]:
        with self._changed:
            return self._lease(entry)

    def _returned(self, entry: _Entry[V]) -> None:
        with self._changed:
            entry.leases -= 1
            if entry.leases == 0:
                if entry.forgotten:
                    self._retired_bytes -= entry.size_bytes
                self._note_change()

    def _reserve(self, size_bytes: int, waiting: Callable[[bool], None], wanted: Callable[[], bool]) -> None:
        if size_bytes > self._capacity_bytes:
            raise NoRoom
        if self._try_reserve(size_bytes):
            return
        with _told(waiting):
            while True:
                with self._changed:
                    seen = self._changes
                if self._try_reserve(size_bytes):
                    return
                if not wanted():
                    raise GaveUp
                with self._changed:
                    self._changed.wait_for(lambda seen=seen: self._changes != seen)

    def _try_reserve(self, size_bytes: int) -> bool:
        with self._changed:
            dropped = self._evict(size_bytes)
            fits = self._fits(size_bytes)
            if fits:
                self._reserved_bytes += size_bytes
        del dropped  # a session's memory is freed here, without the lock
        return fits

    def _note_change(self) -> None:
        self._changes += 1
        self._changed.notify_all()

    def _unreserve(self, size_bytes: int) -> None:
        with self._changed:
            self._reserved_bytes -= size_bytes
            self._note_change()

    def _fits(self, size_bytes: int) -> bool:
        return self._used_bytes() + size_bytes <= self._capacity_bytes

    def _evict(self, size_bytes: int) -> list[_Entry[V]]:
        """Drop idle entries, those worth least first, until there is room; none where that would not make room."""
        if self._fits(size_bytes):
            return []
        idle = [(key, entry) for key, entry in self._entries.items() if not entry.leases]
        if not self._fits(size_bytes - sum(entry.size_bytes for _, entry in idle)):
            return []
        dropped: list[_Entry[V]] = []
        for key, entry in sorted(idle, key=lambda each: self._worth.of(each[0])):
            if self._fits(size_bytes):
                break
            del self._entries[key]
            self._resident_bytes -= entry.size_bytes
            dropped.append(entry)
        return dropped


@contextmanager
def _told(waiting: Callable[[bool], None]) -> Generator[None]:
    waiting(True)
    try:
        yield
    finally:
        waiting(False)
