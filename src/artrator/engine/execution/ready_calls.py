"""The calls that wait for a thread, by the graph that they ask, so that a batch is found without searching."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

from artrator.engine.execution.work import PendingCall
from artrator.kernel.ids import Digest

FIRST_GUESS_S = 0.01
"""What a call of a graph is booked with before one was measured; put right as soon as it ends."""
MAX_KNOWN = 10_000
"""Graphs whose cost is remembered; LoRAs mixed by ever other weights are many."""
MEMORY = 0.3
"""How much the newest measurement of a graph counts against the ones before."""


@dataclass(slots=True)
class ReadyCalls:
    """Calls by batch key, and what a call of each graph has lately cost."""

    _by_key: dict[Hashable, list[PendingCall]] = field(default_factory=dict[Hashable, list[PendingCall]])
    _call_s: dict[tuple[Digest, str], float] = field(default_factory=dict[tuple[Digest, str], float])

    def add(self, pending: PendingCall) -> None:
        """Offer a call to batches of its key."""
        if pending.batch_key is not None:
            self._by_key.setdefault(pending.batch_key, []).append(pending)

    def discard(self, pending: PendingCall) -> None:
        """Take a call out, whether it is taken into a batch or dropped with its run."""
        ready = self._by_key.get(pending.batch_key)
        if ready is not None and pending in ready:
            ready.remove(pending)
            if not ready:
                del self._by_key[pending.batch_key]

    def gather(self, leader: PendingCall, size: int, order: Callable[[PendingCall], Any]) -> tuple[PendingCall, ...]:
        """Take the leader and, up to `size`, the first others of its key."""
        self.discard(leader)
        others = heapq.nsmallest(size - 1, self._by_key.get(leader.batch_key, ()), key=order)
        for pending in others:
            self.discard(pending)
        return (leader, *others)

    def expected_s(self, digest: Digest, graph: str) -> float:
        """Guess what a call of a graph costs."""
        return self._call_s.get((digest, graph), FIRST_GUESS_S)

    def measured(self, digest: Digest, graph: str, call_s: float) -> None:
        """Learn what a call of a graph cost."""
        before = self._call_s.get((digest, graph), call_s)
        self._call_s[digest, graph] = before + MEMORY * (call_s - before)
        if len(self._call_s) > MAX_KNOWN:
            del self._call_s[next(iter(self._call_s))]

    def forget(self, digest: Digest) -> None:
        """Forget what a bundle's calls cost."""
        for key in [key for key in self._call_s if key[0] == digest]:
            del self._call_s[key]
