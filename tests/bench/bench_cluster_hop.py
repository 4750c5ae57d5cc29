"""What the hop to a replica costs: the same runs on this machine's workers and on two replicas of a cluster beside them.

`python -m tests.bench.bench_cluster_hop [--rounds N]`; needs the extra `ray`. Both are asked by one process, interleaved; a model
of a few microseconds leaves nothing but the way to it.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from artrator.engine.fleet import Fleet, InstalledBundle
from artrator.engine.local import LocalFleet
from tests.contracts.fleet.fleets import ENGINE, run
from tests.contracts.fleet.two_nodes import TwoNodes
from tests.engine.processes import worker_bundles

RUNS = 200
CLIENTS = (1, 8, 32)


@dataclass(slots=True)
class Series:
    """What the rounds gave: milliseconds a run waits, runs a second, and this process's own microseconds a run."""

    wait_ms: list[float] = field(default_factory=list[float])
    rate: list[float] = field(default_factory=list[float])
    own_us: list[float] = field(default_factory=list[float])


async def measure(fleet: Fleet, bundle: InstalledBundle, clients: int, series: Series) -> None:
    """Make RUNS runs by so many clients, each of which asks again when it has its answer."""
    waits: list[float] = []
    left = iter(range(RUNS))

    async def ask() -> None:
        for _ in left:
            began = time.perf_counter()
            await run(fleet, worker_bundles.request(bundle))
            waits.append(time.perf_counter() - began)

    began, busy = time.perf_counter(), time.process_time()
    await asyncio.gather(*(ask() for _ in range(clients)))
    series.rate.append(RUNS / (time.perf_counter() - began))
    series.own_us.append((time.process_time() - busy) / RUNS * 1e6)
    series.wait_ms.append(statistics.median(waits) * 1e3)


async def compare(nodes: TwoNodes, rounds: int) -> None:
    """Print the table."""
    async with AsyncExitStack() as stack:
        fleets: dict[str, Fleet] = {
            "workers of this process": await stack.enter_async_context(LocalFleet(ENGINE, bundles=nodes.shared)),
            "two replicas": await stack.enter_async_context(nodes.fleet()),
        }
        bundle = worker_bundles.quick(nodes.shared)
        print(f"{'':<24} {'clients':>7} {'p50 ms':>8} {'runs/s':>8} {'ratio':>6} {'own us a run':>13}")
        for clients in CLIENTS:
            table = {name: Series() for name in fleets}
            for _ in range(rounds):
                for name, fleet in fleets.items():
                    await measure(fleet, bundle, clients, table[name])
            first = statistics.median(next(iter(table.values())).rate)
            for name, series in table.items():
                rate = statistics.median(series.rate)
                wait, own = statistics.median(series.wait_ms), statistics.median(series.own_us)
                print(f"{name:<24} {clients:>7} {wait:>8.2f} {rate:>8.0f} {rate / first:>6.2f} {own:>13.0f}")


def main() -> None:
    """Start a cluster and compare."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--rounds", type=int, default=5)
    rounds = words.parse_args().rounds
    if find_spec("ray") is None:
        print("left out: the extra `ray` is not installed")
        return
    with tempfile.TemporaryDirectory(prefix="artrator-hop-") as home:
        shared = Path(home, "bundles")
        shared.mkdir()
        with TwoNodes(shared).running() as nodes:
            asyncio.run(compare(nodes, rounds))


if __name__ == "__main__":
    main()
