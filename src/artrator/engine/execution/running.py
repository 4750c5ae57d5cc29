"""What each thread executes right now, so that a crash is blamed on the right model and a stuck call is seen."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias

from artrator.engine.execution.session import StopSwitch
from artrator.kernel.ids import Digest

OnRunning: TypeAlias = Callable[[int, Digest | None], None]
"""Told the slot and the bundle before a stranger's graph is loaded or evaluated there, and None afterwards."""


@dataclass(frozen=True, slots=True)
class Running:
    """One slot that executes a stranger's graph.

    abandoned_s: for how long nobody has wanted it any more; a call that does not stop then is stuck in one long node,
    and only ending the process ends it.
    """

    slot: int
    digest: Digest
    for_s: float
    abandoned_s: float | None


@dataclass(slots=True, eq=False)
class _Entry:
    digest: Digest
    began_s: float
    stop: StopSwitch
    is_wanted: Callable[[], bool]
    stopped_s: float | None = None


class RunningSlots:
    """The slots of one Inference; thread-safe."""

    def __init__(self, count: int, on_running: OnRunning, now_s: Callable[[], float]) -> None:
        self._on_running, self._now_s = on_running, now_s
        self._entries: list[_Entry | None] = [None] * count
        self._lock = threading.Lock()

    @contextmanager
    def occupy(self, slot: int, digest: Digest, stop: StopSwitch, is_wanted: Callable[[], bool]) -> Generator[None]:
        """Show that a slot executes a bundle's graph, for as long as it does.

        is_wanted: asked by `stop_unwanted`, in the thread that calls it.
        """
        with self._lock:
            self._entries[slot] = _Entry(digest, self._now_s(), stop, is_wanted)
        self._on_running(slot, digest)
        try:
            yield
        finally:
            self._on_running(slot, None)
            with self._lock:
                self._entries[slot] = None

    def stop_unwanted(self) -> None:
        """Stop what nobody wants any more."""
        with self._lock:
            for entry in self._entries:
                if entry is not None and entry.stopped_s is None and not entry.is_wanted():
                    entry.stopped_s = self._now_s()
                    entry.stop.stop()

    def snapshot(self) -> tuple[Running, ...]:
        """Tell what executes now."""
        now_s = self._now_s()
        with self._lock:
            return tuple(
                Running(
                    slot,
                    entry.digest,
                    now_s - entry.began_s,
                    None if entry.stopped_s is None else now_s - entry.stopped_s,
                )
                for slot, entry in enumerate(self._entries)
                if entry is not None
            )
