"""What a lost worker costs: from its kill to the next answer, with children forked by the zygote and started afresh.

`PYTHONPATH=src:. python -m tests.bench.bench_restart`; the rounds of both are interleaved, medians are printed.
A worker on standby would answer as fast as a worker that was there all along; what it costs is the memory of a fresh one.
"""

from __future__ import annotations

import asyncio
import os
import signal
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from artrator.engine.fleet import InstalledBundle
from artrator.engine.local import LocalFleet
from artrator.engine.processes.nursery import Nursery
from artrator.engine.processes.place import HOT, Place
from artrator.engine.processes.supervised import SupervisedWorker
from artrator.engine.settings import EngineSettings
from tests.bench.platform_usage import share_mib
from tests.engine.processes import worker_bundles

ROUNDS, WORKERS = 9, 3


@dataclass(slots=True)
class Way:
    """One way to start children, and the seconds that its restarts took."""

    name: str
    fleet: LocalFleet
    nursery: Nursery | None
    restarts_s: list[float] = field(default_factory=list[float])
    alone_s: list[float] = field(default_factory=list[float])

    def share_mib(self) -> float:
        """Give the memory of the workers and of what forks them; a page that several share counts once."""
        pids = [place.worker.pid for place in self.fleet.places if place.worker is not None]
        if self.nursery is not None:
            pids.append(self.nursery.pid)
        return sum(share_mib(pid) for pid in pids if pid is not None)


async def answer(fleet: LocalFleet, bundle: InstalledBundle) -> None:
    """Run once to the end."""
    async for _ in fleet.run(worker_bundles.request(bundle)):
        pass


def lose(place: Place) -> SupervisedWorker:
    """Kill the place's worker."""
    worker = place.worker
    assert worker is not None
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGKILL)
    return worker


async def until_kept(place: Place) -> None:
    """Wait until the place has a worker."""
    while place.worker is None:  # noqa: ASYNC110 - the bench looks from outside
        await asyncio.sleep(0.001)


async def restart(way: Way, hot: Sequence[InstalledBundle]) -> None:
    """Kill the only worker; time the next answer of its last model, which the new worker has been told to preload."""
    (place,) = way.fleet.places
    began_s = time.perf_counter()
    worker = lose(place)
    await worker.has_ended.wait()
    await answer(way.fleet, hot[-1])
    way.restarts_s.append(time.perf_counter() - began_s)


async def restart_under(way: Way, bundle: InstalledBundle) -> None:
    """Kill the only worker with a run on it, which is then run again alone, in a second new worker."""
    (place,) = way.fleet.places
    await until_kept(place)
    began_s = time.perf_counter()
    lose(place)
    await answer(way.fleet, bundle)
    way.alone_s.append(time.perf_counter() - began_s)
    await until_kept(place)


async def open_way(stack: AsyncExitStack, name: str, folder: Path, workers: int) -> Way:
    """Start a fleet in one of the two ways."""
    nursery = Nursery() if name == "forked" else None
    if nursery is not None:
        stack.push_async_callback(nursery.stop)
    fleet = LocalFleet(EngineSettings(workers=workers), bundles=folder, nursery=nursery)
    return Way(name, await stack.enter_async_context(fleet), nursery)


async def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        hot = [worker_bundles.quick(folder, f"hot-{index}") for index in range(HOT)]
        async with AsyncExitStack() as stack:
            ways = [await open_way(stack, name, folder, 1) for name in ("fresh", "forked")]
            for way in ways:
                for bundle in hot:
                    await answer(way.fleet, bundle)
            for _ in range(ROUNDS):
                for way in ways:
                    await restart(way, hot)
                    await restart_under(way, hot[-1])
            one_mib = [way.share_mib() for way in ways]
        several_mib: list[float] = []
        for way in ways:
            async with AsyncExitStack() as stack:
                several_mib.append((await open_way(stack, way.name, folder, WORKERS)).share_mib())
    print(
        f"{'children':10}{'kill to answer':>16}{'run again alone':>17}{'MiB, 1 worker':>15}{f'{WORKERS} workers':>12}"
    )
    for way, one, several in zip(ways, one_mib, several_mib, strict=True):
        print(
            f"{way.name:10}{statistics.median(way.restarts_s) * 1e3:>13.0f} ms"
            f"{statistics.median(way.alone_s) * 1e3:>14.0f} ms{one:>15.0f}{several:>12.0f}"
        )


if __name__ == "__main__":
    asyncio.run(main())
