"""What a graph does on this device, by batch, threads and calls at once; and what follows for how it is run."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import msgspec

BATCHES = (1, 2, 4, 8, 16, 32)
"""The sizes that are measured, as far as time and memory allow."""
GAIN_OF_DOUBLING = 1.1
"""How much more a batch of twice the size must do in a second to be worth what its first caller waits for it."""
THROUGHPUT_KEPT = 0.95
"""What more threads for a call, which is then sooner done, may leave of what the graph does in a second on a full engine."""
MUCH_SOONER = 0.8
"""The part of a call's time on one thread within which it must be done on more: few threads are simpler and wait less."""
UNPROFILED_BATCH = 4
"""Calls that run together of a graph nobody has measured: little to lose, much of what there is to gain."""

Seconds = Annotated[float, msgspec.Meta(gt=0, le=86_400)]
Rate = Annotated[float, msgspec.Meta(gt=0, le=1e9)]
Size = Annotated[int, msgspec.Meta(ge=1, le=4096)]
Bytes = Annotated[int, msgspec.Meta(ge=0, le=1 << 50)]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPoint:
    """Batches of one size, one after the other on one thread.

    latency_s: of a batch, on a quiet machine. memory_bytes: how far the process grew for it.
    """

    batch: Size
    latency_s: Seconds
    memory_bytes: Bytes

    @property
    def calls_per_s(self) -> float:
        """Tell how many calls this does in a second."""
        return self.batch / self.latency_s


@dataclass(frozen=True, slots=True, kw_only=True)
class ParallelPoint:
    """Lone calls, `at_once` of them at all times, on a session of so many threads.

    latency_s: of a call, on a quiet machine.
    """

    threads: Size
    at_once: Size
    latency_s: Seconds
    calls_per_s: Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphProfile:
    """One graph, measured on one device; `batches` and `parallel` begin with a lone call on one thread."""

    batches: Annotated[tuple[BatchPoint, ...], msgspec.Meta(min_length=1, max_length=32)]
    parallel: Annotated[tuple[ParallelPoint, ...], msgspec.Meta(min_length=1, max_length=64)]


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphPlan:
    """How a graph is run: calls that share a batch at most, and threads of one call."""

    max_batch: int
    threads: int


Profiles = Mapping[str, GraphProfile]
"""By the role that the manifest gives the graph."""
Plans = Mapping[str, GraphPlan]


def plan_of(profile: GraphProfile, *, max_batch: int, max_threads: int, call_memory_bytes: int) -> GraphPlan:
    """Decide how to run a graph; whatever a profile says, which a stranger's process made, the bounds hold.

    max_batch: the most that the operator allows. max_threads: the cores of the device.
    call_memory_bytes: what one batch may take of memory.
    """
    parallel = [point for point in profile.parallel if point.threads <= max_threads]
    return GraphPlan(
        max_batch=_batch_that_pays(profile.batches, max_batch, call_memory_bytes),
        threads=_threads_that_pay(parallel) if parallel else 1,
    )


def _batch_that_pays(points: Sequence[BatchPoint], max_batch: int, memory_bytes: int) -> int:
    """Go as far as each doubling gives its gain, compared with the last size that paid: one noisy point stops nothing."""
    best = points[0]
    if best.batch != 1:
        return 1
    for point in points[1:]:
        if point.batch > max_batch or point.memory_bytes > memory_bytes:
            break
        doublings = math.log2(point.batch / best.batch)
        if point.calls_per_s >= best.calls_per_s * GAIN_OF_DOUBLING**doublings:
            best = point
    return best.batch


def _threads_that_pay(points: Sequence[ParallelPoint]) -> int:
    """Take the threads with which a lone call is done soonest, of those that leave a full engine its throughput."""
    fullest = max(point.at_once for point in points)
    full = {point.threads: point.calls_per_s for point in points if point.at_once == fullest}
    alone = {point.threads: point.latency_s for point in points if point.at_once == 1}
    kept = [each for each, rate in full.items() if each in alone and rate >= THROUGHPUT_KEPT * max(full.values())]
    sooner = [each for each in kept if alone[each] <= MUCH_SOONER * alone.get(1, alone[each])]
    return min(sooner, key=lambda each: alone[each], default=1)
