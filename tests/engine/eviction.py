"""Policies of eviction and traces of requests, to compare what each would load."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from artrator.engine.models.worth import Worth

THINGS, REQUESTS = 200, 20_000
CAPACITY_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Thing:
    """What is loaded: bytes it takes, seconds to load it."""

    size_bytes: float
    cost_s: float


class Policy(Protocol):
    """Says what goes next."""

    def used(self, key: int) -> None:
        """Note a request for what is loaded."""
        ...

    def loaded(self, key: int, thing: Thing) -> None:
        """Note a request that loaded something."""
        ...

    def evict(self, resident: Sequence[int]) -> int:
        """Choose what goes, of what is loaded."""
        ...


class LeastRecent:
    """LRU."""

    def __init__(self) -> None:
        self._at: dict[int, int] = {}
        self._now = 0

    def used(self, key: int) -> None:
        self._now += 1
        self._at[key] = self._now

    def loaded(self, key: int, thing: Thing) -> None:
        self.used(key)

    def evict(self, resident: Sequence[int]) -> int:
        return min(resident, key=self._at.__getitem__)


class LeastFrequent:
    """LFU: counts while a thing is loaded."""

    def __init__(self) -> None:
        self._uses: dict[int, int] = {}

    def used(self, key: int) -> None:
        self._uses[key] += 1

    def loaded(self, key: int, thing: Thing) -> None:
        self._uses[key] = 1

    def evict(self, resident: Sequence[int]) -> int:
        return min(resident, key=self._uses.__getitem__)


class GreedyDual:
    """GDSF: clock + uses x cost / size; the clock goes to the worth of what is evicted. Source: Cherkasova 1998."""

    def __init__(self) -> None:
        self._clock = 0.0
        self._uses: dict[int, int] = {}
        self._density: dict[int, float] = {}
        self._worth: dict[int, float] = {}

    def used(self, key: int) -> None:
        self._uses[key] += 1
        self._worth[key] = self._clock + self._uses[key] * self._density[key]

    def loaded(self, key: int, thing: Thing) -> None:
        self._uses[key], self._density[key] = 0, thing.cost_s / thing.size_bytes
        self.used(key)

    def evict(self, resident: Sequence[int]) -> int:
        key = min(resident, key=self._worth.__getitem__)
        self._clock = self._worth[key]
        return key


class Ours:
    """The engine's own."""

    def __init__(self) -> None:
        self._worth: Worth[int] = Worth()

    def used(self, key: int) -> None:
        self._worth.used(key)

    def loaded(self, key: int, thing: Thing) -> None:
        self._worth.used(key)
        self._worth.loaded(key, cost_s=thing.cost_s, size_bytes=math.ceil(thing.size_bytes))

    def evict(self, resident: Sequence[int]) -> int:
        return min(resident, key=self._worth.of)


POLICIES: Mapping[str, Callable[[], Policy]] = {
    "LRU": LeastRecent,
    "LFU": LeastFrequent,
    "GDSF": GreedyDual,
    "ours": Ours,
}


@dataclass(frozen=True, slots=True)
class Loads:
    """What a policy loaded, by request."""

    misses: float
    cost_s: float


def simulate(policy: Policy, trace: Sequence[int], things: Sequence[Thing]) -> Loads:
    """Answer a trace with room for a tenth of all bytes."""
    capacity_bytes = max(
        CAPACITY_SHARE * sum(each.size_bytes for each in things), *(each.size_bytes for each in things)
    )
    resident: dict[int, float] = {}
    misses, cost_s = 0, 0.0
    for key in trace:
        if key in resident:
            policy.used(key)
            continue
        thing = things[key]
        while resident and sum(resident.values()) + thing.size_bytes > capacity_bytes:
            del resident[policy.evict(tuple(resident))]
        policy.loaded(key, thing)
        resident[key] = thing.size_bytes
        misses += 1
        cost_s += thing.cost_s
    return Loads(misses / len(trace), cost_s / len(trace))


def alike() -> list[Thing]:
    """Things that all take and cost the same."""
    return [Thing(1000.0, 1.0)] * THINGS


def mixed(seed: int) -> list[Thing]:
    """Sizes over two orders of magnitude; a load costs a constant, the bytes, and luck."""
    chance = random.Random(seed)
    sizes = [math.exp(chance.gauss(0, 1.2)) for _ in range(THINGS)]
    return [Thing(1000 * size, (0.3 + size) * math.exp(chance.gauss(0, 0.4))) for size in sizes]


def traces(seed: int, requests: int = REQUESTS) -> Iterator[tuple[str, list[int]]]:
    """Give traces by name: steady popularity, a flatter one, one that changes, one with crawlers."""
    chance = random.Random(seed)
    yield "zipf(1.1)", _zipf(chance, 1.1, requests)
    yield "zipf(0.8)", _zipf(chance, 0.8, requests)
    changing: list[int] = []
    for _ in range(4):
        order = list(range(THINGS))
        chance.shuffle(order)
        changing += [order[rank] for rank in _zipf(chance, 1.1, requests // 4)]
    yield "new favourites, 3 times", changing
    crawled: list[int] = []
    for part in range(5):
        crawled += [*_zipf(chance, 1.1, requests // 5), *(range(THINGS) if part else ())]
    yield "all asked once, 4 times", crawled


def _zipf(chance: random.Random, exponent: float, requests: int) -> list[int]:
    return chance.choices(range(THINGS), [(rank + 1) ** -exponent for rank in range(THINGS)], k=requests)
