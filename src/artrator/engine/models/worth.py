"""What a loaded thing is worth keeping: how often it is asked for lately, times what a load costs, by its size.

Kept in mind is also what is not loaded: a thing that is asked for again is not new. That, and forgetting by halves
where GDSF (Cherkasova 1998) sets a clock forward, loads a fifth to a quarter less than LRU and 5-10 % less than
GDSF on every trace of `tests/bench/bench_eviction.py`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from math import inf
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)

HALF_LIFE_USES = 1000
"""Uses of anything after which one use counts half."""
MAX_REMEMBERED = 10_000


@dataclass(slots=True)
class _Memory:
    uses: float = 0.0
    at: int = 0
    cost_s: float = inf
    size_bytes: int = 1


class Worth(Generic[K]):
    """Remembers uses and costs; not thread-safe."""

    def __init__(self, *, half_life_uses: int = HALF_LIFE_USES, max_remembered: int = MAX_REMEMBERED) -> None:
        self._half_life_uses, self._max_remembered = half_life_uses, max_remembered
        self._memories: OrderedDict[K, _Memory] = OrderedDict()
        self._uses = 0

    def used(self, key: K) -> None:
        """Count a use, of what is loaded or is about to be."""
        self._uses += 1
        memory = self._memory(key)
        memory.uses, memory.at = self._uses_now(memory) + 1, self._uses

    def loaded(self, key: K, *, cost_s: float, size_bytes: int) -> None:
        """Note what a load has cost; the cheapest counts, as it was disturbed least."""
        memory = self._memory(key)
        memory.cost_s, memory.size_bytes = min(memory.cost_s, cost_s), size_bytes

    def of(self, key: K) -> float:
        """Give the seconds of loading that a byte saves, by an arbitrary unit of time; 0 for what nobody remembers."""
        memory = self._memories.get(key)
        return 0.0 if memory is None else self._uses_now(memory) * memory.cost_s / memory.size_bytes

    def _memory(self, key: K) -> _Memory:
        memory = self._memories.setdefault(key, _Memory())
        self._memories.move_to_end(key)
        if len(self._memories) > self._max_remembered:
            self._memories.popitem(last=False)
        return memory

    def _uses_now(self, memory: _Memory) -> float:
        return memory.uses * 0.5 ** ((self._uses - memory.at) / self._half_life_uses)
