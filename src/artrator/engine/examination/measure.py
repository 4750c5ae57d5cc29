"""Measure a graph on this device, within a given time: what batches gain, what threads gain, what memory they take."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from artrator.engine.codecs.limits import CodecLimits
from artrator.engine.errors import ModelFault
from artrator.engine.examination.profile import BATCHES, BatchPoint, GraphProfile, ParallelPoint
from artrator.engine.examination.rehearse import Rehearser, peak_memory_bytes
from artrator.engine.execution.batch import batch_key, join
from artrator.engine.execution.bundle_text import tokenizer_of
from artrator.engine.execution.call import Call, Tensors
from artrator.engine.execution.session import Session, StopSwitch, check_files
from artrator.engine.fleet import InputValue, InstalledBundle
from artrator.engine.models.opening import open_graph

MIN_ROUNDS, MAX_ROUNDS = 3, 15
PARALLEL_ROUNDS = 3
PARALLEL_SHARE = 0.5
"""The part of a graph's time that goes into threads and calls at once; the rest goes into batches."""
SHORTEST_S = 1e-7
"""What the clock may fail to see."""


def measure_bundle(
    bundle: InstalledBundle,
    inputs: Mapping[str, InputValue],
    *,
    budget_s: float,
    cores: int,
    limits: CodecLimits,
) -> dict[str, GraphProfile]:
    """Load a bundle, run it once, and measure each graph that was called. Raises: ArtratorError, as a run would."""
    check_files(bundle.folder)
    sessions = {role: open_graph(bundle, role, threads=1, stop=StopSwitch()) for role in bundle.manifest.graphs}
    rehearser = Rehearser(bundle, limits, sessions, tokenizer_of(bundle))
    rehearser.run(inputs)
    calls = {role: answered.call for role, answered in rehearser.first_calls.items()}
    return Measurer(bundle, sessions, calls, cores=cores, budget_s=budget_s).measure()


@dataclass(frozen=True, slots=True)
class _Slice:
    times_s: Sequence[float]
    calls_per_s: float


@dataclass(slots=True)
class Measurer:
    """Measures the graphs of one bundle.

    calls: one of each graph. cores: threads that the device has. budget_s: how long all of it should take; what is
    begun by then is finished.
    """

    bundle: InstalledBundle
    sessions: Mapping[str, Session]
    calls: Mapping[str, Call]
    cores: int
    budget_s: float
    _clock: Callable[[], float] = field(default=time.perf_counter)

    def measure(self) -> dict[str, GraphProfile]:
        """Measure each graph that the pipeline called. Raises: ModelFault where not even a lone call runs."""
        budget_s = self.budget_s / max(1, len(self.calls))
        return {role: self._graph(role, call, budget_s) for role, call in self.calls.items()}

    def _graph(self, role: str, call: Call, budget_s: float) -> GraphProfile:
        session = self.sessions[role]
        batches = self._batches(session, call, self._clock() + budget_s * (1 - PARALLEL_SHARE))
        parallel = self._parallel(role, call, batches[0].latency_s, budget_s * PARALLEL_SHARE)
        return GraphProfile(batches=batches, parallel=parallel)

    # Batches

    def _batches(self, session: Session, call: Call, until_s: float) -> tuple[BatchPoint, ...]:
        """Measure ever larger batches in turns, so that what else the machine does falls on all of them."""
        sizes = BATCHES if self.bundle.batchable and batch_key(self.bundle.digest, call, session.signature) else (1,)
        tensors, memory = self._affordable(session, call, sizes, until_s)
        times: dict[int, list[float]] = {size: [] for size in tensors}
        for round_number in range(MAX_ROUNDS):
            if round_number >= MIN_ROUNDS and self._clock() >= until_s:
                break
            for size, each in tensors.items():
                # a slow graph is not held up for the sake of statistics
                if self._clock() < until_s or not times[size]:
                    times[size].append(self._time(session, each))
        return tuple(
            BatchPoint(batch=size, latency_s=typical_s(seconds), memory_bytes=memory[size])
            for size, seconds in times.items()
        )

    def _affordable(
        self, session: Session, call: Call, sizes: Sequence[int], until_s: float
    ) -> tuple[dict[int, Tensors], dict[int, int]]:
        """Run each size once, until one fails or the next would take too much of the time."""
        tensors: dict[int, Tensors] = {}
        memory: dict[int, int] = {}
        before_bytes = peak_memory_bytes()
        for size in sizes:
            joined = join([call] * size)
            try:
                first_s = self._time(session, joined)
            except ModelFault:
                if not tensors:
                    raise
                break
            tensors[size], memory[size] = joined, max(0, peak_memory_bytes() - before_bytes)
            if self._clock() + MIN_ROUNDS * 4 * first_s >= until_s:
                break
        return tensors, memory

    def _time(self, session: Session, tensors: Tensors) -> float:
        began_s = self._clock()
        session.run(tensors, StopSwitch())
        return max(SHORTEST_S, self._clock() - began_s)

    # Threads, and calls at once

    def _parallel(self, role: str, call: Call, latency_s: float, budget_s: float) -> tuple[ParallelPoint, ...]:
        """Measure sessions of more and more threads, each with a lone call and with as many at once as there are cores."""
        combinations = [
            *((threads, at_once) for threads in doublings(self.cores) for at_once in sorted({1, self.cores})),
            *((1, at_once) for at_once in doublings(self.cores) if at_once not in (1, self.cores)),
        ]
        slice_s = budget_s / len(combinations) / PARALLEL_ROUNDS
        if slice_s < latency_s:
            return (ParallelPoint(threads=1, at_once=1, latency_s=latency_s, calls_per_s=1 / latency_s),)
        sessions = {1: self.sessions[role]}
        rounds: dict[tuple[int, int], list[_Slice]] = {each: [] for each in combinations}
        for _ in range(PARALLEL_ROUNDS):
            for threads, at_once in list(rounds):
                try:
                    if threads not in sessions:
                        sessions[threads] = self._open(role, threads)
                    rounds[threads, at_once].append(self._at_once(sessions[threads], call, at_once, slice_s))
                except ModelFault:
                    del rounds[threads, at_once]
        return tuple(
            ParallelPoint(
                threads=threads,
                at_once=at_once,
                latency_s=typical_s([seconds for each in slices for seconds in each.times_s]),
                calls_per_s=max(each.calls_per_s for each in slices),
            )
            for (threads, at_once), slices in rounds.items()
        )

    def _open(self, role: str, threads: int) -> Session:
        return open_graph(self.bundle, role, threads=threads, stop=StopSwitch())

    def _at_once(self, session: Session, call: Call, at_once: int, slice_s: float) -> _Slice:
        took: list[list[float]] = [[] for _ in range(at_once)]
        faults: list[ModelFault] = []
        began_s = self._clock()

        def work(times: list[float]) -> None:
            try:
                while not times or self._clock() < began_s + slice_s:
                    times.append(self._time(session, call.tensors))
            except ModelFault as fault:
                faults.append(fault)

        workers = [threading.Thread(target=work, args=(times,), daemon=True) for times in took]
        for each in workers:
            each.start()
        for each in workers:
            each.join()
        if faults:
            raise faults[0]
        times_s = [seconds for times in took for seconds in times]
        return _Slice(times_s, len(times_s) / max(SHORTEST_S, self._clock() - began_s))


def typical_s(times_s: Sequence[float]) -> float:
    """Give the lower quartile: what else the machine does only ever adds, and may do so to more than half."""
    return statistics.quantiles(times_s, n=4, method="inclusive")[0] if len(times_s) > 1 else times_s[0]


def doublings(limit: int) -> tuple[int, ...]:
    """Count 1, 2, 4 and so on up to a limit, which is always the last."""
    powers = [1 << power for power in range(limit.bit_length()) if 1 << power < limit]
    return (*powers, limit)
