"""Token buckets by name, in a table that cannot grow without bound."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple


class Allowance(NamedTuple):
    """What a bucket said: whether it paid, how many it holds at most and now, and when it pays again and is full."""

    granted: bool
    limit: int
    remaining: int
    retry_after_s: float
    full_after_s: float


class TokenBuckets:
    """Each name earns `per_s` tokens a second, up to `burst`; the name unused for longest is forgotten first."""

    def __init__(
        self, *, per_s: float, burst: int, max_entries: int, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_s = per_s
        self._burst = burst
        self._max_entries = max_entries
        self._monotonic = monotonic
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._levels)

    def take(self, name: str) -> Allowance:
        """Take one token if there is one."""
        now_s = self._monotonic()
        level = self._level(name, now_s)
        granted = level >= 1
        if granted:
            level -= 1
        self._levels[name] = (level, now_s)
        self._levels.move_to_end(name)
        if len(self._levels) > self._max_entries:
            self._levels.popitem(last=False)
        retry_after_s = 0.0 if granted else (1 - level) / self._per_s
        return Allowance(granted, self._burst, int(level), retry_after_s, (self._burst - level) / self._per_s)

    def give_back(self, name: str) -> None:
        """Return one token that was taken for somebody else's account."""
        known = self._levels.get(name)
        if known is not None:  # else it is forgotten, and full
            self._levels[name] = (min(self._burst, known[0] + 1), known[1])

    def _level(self, name: str, now_s: float) -> float:
        known = self._levels.get(name)
        if known is None:
            return float(self._burst)
        level, at_s = known
        return min(self._burst, level + (now_s - at_s) * self._per_s)
