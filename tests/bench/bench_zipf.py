"""Many models and memory for few: throughput beside that of one model, and what cold loads do to those who run.

`PYTHONPATH=src:. python -m tests.bench.bench_zipf`; the rounds are interleaved, medians are printed. All models are the
generator of 2-4 ms; each has a digest, a folder and so a session of its own. Requests go to a fleet of one
sandboxed worker; nobody is authenticated or billed.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

from artrator.bundle.manifest import Manifest, read_manifest
from artrator.engine.fleet import Finished, InstalledBundle, RunRequest
from artrator.engine.loaded_bundles import GRAPH_BYTES, KEPT_COPIES
from artrator.engine.local import LocalFleet
from artrator.engine.nursery import open_nursery
from artrator.engine.settings import EngineSettings
from artrator.kernel.ids import Digest, new_id
from tests.bench.models import BenchModel, make_models

MODELS, ROOM_FOR, EXPONENT, CLIENTS = 200, 20, 1.1, 8
ROUNDS, ROUND_S = 5, 4.0


class Bench:
    """A fleet, its models, and one way to ask for a run."""

    def __init__(self, fleet: LocalFleet, model: BenchModel, bundles: list[InstalledBundle]) -> None:
        self.fleet, self.bundles = fleet, bundles
        self._inputs = model.engine_inputs()

    async def run(self, bundle: InstalledBundle, account: str) -> tuple[float, Finished]:
        """Run once; give the seconds that it took and its end."""
        request = RunRequest(
            id=new_id(), bundle=bundle, inputs=self._inputs, account=account, deadline_s=60, output_format="npy"
        )
        began_s = time.perf_counter()
        async for event in self.fleet.run(request):
            if isinstance(event, Finished):
                return time.perf_counter() - began_s, event
        raise AssertionError("a run ended without its last event")

    async def rate(self, choose: Callable[[], InstalledBundle]) -> float:
        """Give the runs a second of some closed-loop clients."""
        runs, began_s = 0, time.perf_counter()

        async def client(name: str) -> None:
            nonlocal runs
            while time.perf_counter() - began_s < ROUND_S:
                await self.run(choose(), name)
                runs += 1

        await asyncio.gather(*(client(f"client-{index}") for index in range(CLIENTS)))
        return runs / (time.perf_counter() - began_s)

    async def times_beside(self, other: Callable[[], InstalledBundle] | None) -> list[float]:
        """Time one warm client's runs beside another client, whose runs begin as often whatever they run."""
        times: list[float] = []
        done = asyncio.Event()

        async def beside(choose: Callable[[], InstalledBundle]) -> None:
            while not done.is_set():
                await self.run(choose(), "other")

        task = None if other is None else asyncio.create_task(beside(other))
        end_s = time.perf_counter() + ROUND_S
        while time.perf_counter() < end_s:
            times.append((await self.run(self.bundles[0], "warm"))[0])
        done.set()
        if task is not None:
            await task
        return times


def install(folder: Path, model: BenchModel) -> list[InstalledBundle]:
    """Make bundles that share the files of one, but nothing in memory."""
    manifest: Manifest = read_manifest((model.folder / "artrator.yaml").read_text())
    bundles: list[InstalledBundle] = []
    for index in range(MODELS):
        digest = Digest(hashlib.sha256(str(index).encode()).hexdigest())
        (folder / digest).mkdir()
        for file in model.folder.iterdir():
            os.link(file, folder / digest / file.name)
        bundles.append(InstalledBundle(digest=digest, folder=folder / digest, manifest=manifest, batchable=True))
    return bundles


def percentile(times: list[float], share: float) -> float:
    """Give the time that a share of all does not exceed."""
    return sorted(times)[min(len(times) - 1, int(share * len(times)))]


async def measure_throughput(bench: Bench) -> None:
    """Compare clients that ask for one model with clients that ask for all."""
    chance = random.Random(1)
    weights = [(rank + 1) ** -EXPONENT for rank in range(MODELS)]
    rates: list[tuple[float, float]] = []
    await bench.rate(lambda: chance.choices(bench.bundles, weights)[0])
    for _ in range(ROUNDS):
        one = await bench.rate(lambda: bench.bundles[0])
        rates.append((one, await bench.rate(lambda: chance.choices(bench.bundles, weights)[0])))
    one, many = statistics.median(one for one, _ in rates), statistics.median(many for _, many in rates)
    ratio = statistics.median(many / one for one, many in rates)
    print(f"{CLIENTS} clients, one model: {one:.0f} runs/s")
    print(
        f"{CLIENTS} clients, {MODELS} models by Zipf({EXPONENT}), memory for {ROOM_FOR}: {many:.0f} runs/s, {ratio:.2f} of one"
    )


async def measure_cold(bench: Bench) -> None:
    """Time a warm model's runs beside nobody, beside runs of another warm model, and beside cold ones."""
    cold = 0

    def next_cold() -> InstalledBundle:
        nonlocal cold
        cold += 1
        return bench.bundles[2 + cold % (MODELS - 2)]

    found: dict[str, list[list[float]]] = {}
    for _ in range(ROUNDS):
        for name, other in (("nobody", None), ("a warm model", lambda: bench.bundles[1]), ("cold loads", next_cold)):
            found.setdefault(name, []).append(await bench.times_beside(other))
    print(f"\n{'a warm model beside':22}{'p50':>10}{'p99':>10}{'p99, ratio':>12}")
    base = statistics.median(percentile(times, 0.99) for times in found["a warm model"])
    for name, rounds in found.items():
        p50, p99 = (statistics.median(percentile(times, share) for times in rounds) for share in (0.5, 0.99))
        print(f"{name:22}{p50 * 1e3:>7.1f} ms{p99 * 1e3:>7.1f} ms{p99 / base:>12.2f}")
    warm, loads = [], []
    for index in range(30):
        warm.append((await bench.run(bench.bundles[0], "warm"))[0])
        loads.append((await bench.run(bench.bundles[2 + (cold + index) % (MODELS - 2)], "cold"))[0])
    cold_s, warm_s = statistics.median(loads), statistics.median(warm)
    print(
        f"a cold run takes {cold_s * 1e3:.1f} ms, a warm one {warm_s * 1e3:.1f} ms: a load costs {(cold_s - warm_s) * 1e3:.1f} ms"
    )


async def main() -> None:
    """Print all figures."""
    async with AsyncExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        model, _ = make_models(home / "made")
        bundles = home / "bundles"
        bundles.mkdir()
        files_bytes = sum(file.stat().st_size for file in model.folder.iterdir())
        settings = EngineSettings(cache_bytes=int(ROOM_FOR * (KEPT_COPIES * files_bytes + GRAPH_BYTES)))
        nursery = await stack.enter_async_context(open_nursery())
        fleet = await stack.enter_async_context(LocalFleet(settings, bundles=bundles, nursery=nursery))
        bench = Bench(fleet, model, install(bundles, model))
        await measure_throughput(bench)
        await measure_cold(bench)


if __name__ == "__main__":
    asyncio.run(main())
