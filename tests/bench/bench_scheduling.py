"""The scheduling policy on a clock of its own: why its constants are what they are, and what it costs.

`PYTHONPATH=src:. python -m tests.bench.bench_scheduling`; all but the last table is the same on every machine.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from functools import partial

from artrator.engine.fleet import Priority
from artrator.engine.waiting.waiting import shares, waiting
from tests.engine.simulation import Job, Simulation, flat, percentile

CALL_S = 0.02
SECONDS = 30.0


def main() -> None:
    """Print the tables."""
    print_guarantees()
    print_deadlines()
    print_beside()
    print_cost()


def print_guarantees() -> None:
    """What guaranteed shares give the patient, and what they cost the urgent."""
    print("guaranteed to      people saturate: part of the engine       people ask for 70 %: p99 in calls")
    print("walks  batches         people     walks   batches               people     walks   batches")
    usual = dict(shares.GUARANTEED)
    for walks, batches in ((0.0, 0.0), (usual[Priority.WALK], usual[Priority.BATCH]), (0.2, 0.05), (0.33, 0.33)):
        given = {each: share for each, share in ((Priority.WALK, walks), (Priority.BATCH, batches)) if share}
        shares.GUARANTEED = given
        full = classes(people_load=None)
        total_s = sum(full.served.values())
        parts = [full.served[each] / total_s for each in ("people", "walks", "batches")]
        some = classes(people_load=0.7)
        slowest = [slowest_calls(some.of(each)) for each in ("people", "walks", "batches")]
        columns = "".join(f"{part:>10.3f}" for part in parts), "".join(f"{calls:>10.1f}" for calls in slowest)
        print(f"{walks:>5.2f}{batches:>9.2f}     {columns[0]}           {columns[1]}")
    shares.GUARANTEED = usual


def slowest_calls(jobs: list[Job]) -> float:
    """Give the 99th percentile of what runs took, in calls; infinite where none ended."""
    return percentile([job.took_s for job in jobs], 0.99) / CALL_S if jobs else float("inf")


def classes(*, people_load: float | None) -> Simulation:
    """Two slots; 20 walks and 20 batches at all times, and people: 50 at all times, or as many as fill a part."""
    engine = Simulation({"model": flat(CALL_S)}, max_batch=1)
    engine.closed_loop("walks", "model", clients=20, priority=Priority.WALK)
    engine.closed_loop("batches", "model", clients=20, priority=Priority.BATCH)
    if people_load is None:
        engine.closed_loop("people", "model", clients=50)
    else:
        luck, now_s = random.Random(0), 0.0
        while now_s < SECONDS:
            now_s += luck.expovariate(people_load * engine.slots / CALL_S)
            engine.at(now_s, partial(engine.submit, "people", "model"))
    engine.run(until_s=SECONDS)
    return engine


def print_deadlines() -> None:
    """How full a forecast may make the time that a run has left."""
    print("\nruns of 0.02 and 0.4 s with 5 s of patience, 12 accounts, two slots")
    print("asked for   forecast may fill   refused   of those let in, too late   of the engine, spent in time")
    usual = waiting.FULL
    for load in (0.9, 1.2, 2.6):
        for full in (0.4, usual, 0.8, 1.0, float("inf")):
            waiting.FULL = full
            jobs, seconds = in_overload(load)
            admitted = [job for job in jobs if job.refused is None]
            late = sum(job.expired for job in admitted) / len(admitted)
            in_time_s = sum(COSTS[job.ticket.digest] for job in admitted if not job.expired)
            print(
                f"{load:>8.1f} x{full:>17.1f}{1 - len(admitted) / len(jobs):>12.1%}{late:>22.1%}"
                f"{in_time_s / (2 * seconds):>29.1%}"
            )
    waiting.FULL = usual


COSTS: Mapping[str, float] = {"quick": 0.02, "slow": 0.4}


def in_overload(load: float, *, seconds: float = 120.0) -> tuple[list[Job], float]:
    """Ask for `load` times what the engine can do."""
    luck = random.Random(0)
    engine = Simulation({name: flat(cost_s) for name, cost_s in COSTS.items()}, max_batch=1)
    for _ in range(int(load * seconds * engine.slots / 0.21)):
        arrive = partial(engine.submit, f"account-{luck.randrange(12)}", luck.choice(list(COSTS)), patience_s=5.0)
        engine.at(luck.uniform(0, seconds), arrive)
    engine.run(until_s=seconds)
    return [job for job in engine.jobs if job.refused or job.expired or job.done_s], seconds


def print_beside() -> None:
    """What others' queues cost one run."""
    print("\none run beside another account's queue, in calls; alone it takes 1.0")
    for queued in (0, 1, 10, 100, 1000):
        engine = Simulation({"model": flat(CALL_S)}, max_batch=1)
        for _ in range(queued):
            engine.submit("greedy", "model", calls=5)
        engine.run(until_s=CALL_S / 3)
        single = engine.submit("modest", "model")
        engine.run(until_s=10)
        print(f"{queued:>6} queued: {single.took_s / CALL_S:.2f}")


def print_cost() -> None:
    """What both levels cost a run, the simulation's own bookkeeping included."""
    print("\nprocessor of both levels together for a run of one call")
    for accounts in (1, 32, 1000):
        engine = Simulation({"model": flat(0.001)}, slots=4)
        for index in range(accounts):
            engine.closed_loop(f"account-{index}", "model", clients=max(1, 64 // accounts))
        engine.run(until_s=0.1)
        before, began_s = len(engine.jobs), time.process_time()
        engine.run(until_s=1.1)
        print(f"{accounts:>6} accounts: {(time.process_time() - began_s) / (len(engine.jobs) - before) * 1e6:.0f} us")


if __name__ == "__main__":
    main()
