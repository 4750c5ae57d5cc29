"""Which bundles wait to be loaded and for whom, so that a bundle loads once however many runs ask for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from artrator.kernel.ids import Digest


@dataclass(slots=True, eq=False)
class _Wait:
    run_ids: list[str] = field(default_factory=list[str])
    loading: bool = False


@dataclass(slots=True)
class Loads:
    """The runs that are parked until their bundle is in memory.

    is_live: tells whether a run is still wanted; those that are not count no more.
    """

    is_live: Callable[[str], bool]
    _waits: dict[Digest, _Wait] = field(default_factory=dict[Digest, _Wait])

    def park(self, digest: Digest, run_id: str) -> None:
        """Let a run wait for a bundle."""
        self._waits.setdefault(digest, _Wait()).run_ids.append(run_id)

    def is_wanted(self, digest: Digest) -> bool:
        """Tell whether a live run waits for a bundle."""
        wait = self._waits.get(digest)
        return wait is not None and any(map(self.is_live, wait.run_ids))

    def take(self, order: Callable[[str], Any]) -> Digest | None:
        """Choose the bundle to load next: the one whose first run comes first in `order`."""
        candidates: list[tuple[Any, Digest]] = []
        for digest, wait in list(self._waits.items()):
            if wait.loading:
                continue
            wait.run_ids = [run_id for run_id in wait.run_ids if self.is_live(run_id)]
            if wait.run_ids:
                candidates.append((min(map(order, wait.run_ids)), digest))
            else:
                del self._waits[digest]
        if not candidates:
            return None
        _, digest = min(candidates)
        self._waits[digest].loading = True
        return digest

    def end(self, digest: Digest) -> tuple[str, ...]:
        """Note that a load came to its end, and give the live runs that waited for it."""
        wait = self._waits.pop(digest, _Wait())
        return tuple(run_id for run_id in wait.run_ids if self.is_live(run_id))

    def give_back(self, digest: Digest) -> None:
        """Note that a load was abandoned; runs that came meanwhile wait for another."""
        wait = self._waits.get(digest)
        if wait is not None:
            wait.loading = False
