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
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from artrator.bundle.manifest import Manifest, read_manifest
from artrator.engine.fleet import Finished, InstalledBundle, RunRequest
from artrator.engine.local import LocalFleet
from artrator.engine.models.loaded_bundles import GRAPH_BYTES, KEPT_COPIES
from artrator.engine.models.optimised import WORTH_RUNS
from artrator.engine.processes.nursery import open_nursery
from artrator.engine.settings import EngineSettings
from artrator.kernel.ids import Digest, new_id
from tests.bench.models import BenchModel, make_models
from tests.bench.platform_usage import process_cpu_s

MODELS, ROOM_FOR, EXPONENT, CLIENTS = 200, 20, 1.1, 8
ROUNDS, ROUND_S = 5, 2.5


class Bench:
    """A fleet, its models, and one way to ask for a run."""

    def __init__(self, fleet: LocalFleet, model: BenchModel, bundles: list[InstalledBundle]) -> None:
        self.fleet, self.bundles, self._cold = fleet, bundles, 0
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

    def next_cold(self) -> InstalledBundle:
        """Give a model that is not in memory: all are asked for in turn, and there is room for few."""
        self._cold += 1
        return self.bundles[2 + self._cold % (MODELS - 2)]

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


def used_s(fleet: LocalFleet) -> float:
    """Give the processor seconds of this process and of the fleet's workers so far."""
    pids = [place.worker.pid for place in fleet.places if place.worker is not None]
    return time.process_time() + sum(process_cpu_s(pid) for pid in pids if pid is not None)


@dataclass(slots=True)
class Round:
    """Runs a second, and milliseconds of processor time a run, of one model and of many."""

    one: tuple[float, float]
    many: tuple[float, float]


async def play(bench: Bench, chance: random.Random) -> Round:
    """Compare clients that ask for one model with clients that ask for all."""
    weights = [(rank + 1) ** -EXPONENT for rank in range(MODELS)]
    found: list[tuple[float, float]] = []
    for choose in (lambda: bench.bundles[0], lambda: chance.choices(bench.bundles, weights)[0]):
        before_s = used_s(bench.fleet)
        rate = await bench.rate(choose)
        found.append((rate, (used_s(bench.fleet) - before_s) / (rate * ROUND_S) * 1e3))
    return Round(*found)


async def measure_throughput(benches: Mapping[str, Bench]) -> None:
    """Compare one model with many, in each fleet."""
    chance = random.Random(1)
    rounds: dict[str, list[Round]] = {}
    for _ in range(ROUNDS):
        for name, bench in benches.items():
            rounds.setdefault(name, []).append(await play(bench, chance))
    print(f"{CLIENTS} clients; {MODELS} models by Zipf({EXPONENT}), memory for {ROOM_FOR}")
    print(f"{'graphs':18}{'one model':>14}{'many':>14}{'ratio':>8}{'processor, one':>18}{'many':>10}{'ratio':>8}")
    for name, each in rounds.items():
        ones, manys = [r.one for r in each], [r.many for r in each]
        one, many = statistics.median(r for r, _ in ones), statistics.median(r for r, _ in manys)
        one_ms, many_ms = statistics.median(c for _, c in ones), statistics.median(c for _, c in manys)
        ratio = statistics.median(r.many[0] / r.one[0] for r in each)
        cpu_ratio = statistics.median(r.one[1] / r.many[1] for r in each)
        print(
            f"{name:18}{one:>9.0f} /s{many:>11.0f} /s{ratio:>10.2f}"
            f"{one_ms:>15.1f} ms{many_ms:>7.1f} ms{cpu_ratio:>8.2f}"
        )


async def measure_cold(benches: Mapping[str, Bench]) -> None:
    """Time a warm model's runs beside nobody, beside runs of another warm model, and beside cold ones."""
    print(f"\n{'graphs':18}{'a warm model beside':22}{'p50':>10}{'p99':>10}{'p99, ratio':>12}")
    found: dict[tuple[str, str], list[list[float]]] = {}
    for _ in range(ROUNDS):
        for graphs, bench in benches.items():
            ways = (
                ("nobody", None),
                ("a warm model", lambda bench=bench: bench.bundles[1]),
                ("cold loads", bench.next_cold),
            )
            for name, other in ways:
                found.setdefault((graphs, name), []).append(await bench.times_beside(other))
    for (graphs, name), rounds in found.items():
        base = statistics.median(percentile(times, 0.99) for times in found[graphs, "a warm model"])
        p50, p99 = (statistics.median(percentile(times, share) for times in rounds) for share in (0.5, 0.99))
        print(f"{graphs:18}{name:22}{p50 * 1e3:>7.1f} ms{p99 * 1e3:>7.1f} ms{p99 / base:>12.2f}")


async def measure_load(benches: Mapping[str, Bench]) -> None:
    """Time a run that loads its model first, beside one that does not."""
    print()
    for graphs, bench in benches.items():
        warm, cold = [], []
        for _ in range(60):
            warm.append((await bench.run(bench.bundles[0], "warm"))[0])
            cold.append((await bench.run(bench.next_cold(), "cold"))[0])
        load_s = statistics.median(cold) - statistics.median(warm)
        print(f"{graphs:18}a cold load takes {load_s * 1e3:.1f} ms, a warm run {statistics.median(warm) * 1e3:.1f} ms")


async def prepare(bench: Bench) -> None:
    """Run every model often enough for its copy to be made, and wait for it."""
    for bundle in bench.bundles:
        for _ in range(WORTH_RUNS):
            await bench.run(bundle, "preparation")
    await bench.fleet.optimised.drained()


async def main() -> None:
    """Print all figures."""
    async with AsyncExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        model, _ = make_models(home / "made")
        files_bytes = sum(file.stat().st_size for file in model.folder.iterdir())
        nursery = await stack.enter_async_context(open_nursery())
        benches: dict[str, Bench] = {}
        for graphs, copies_bytes in (("as published", 0), ("optimised copies", 8 << 30)):
            bundles = home / graphs
            bundles.mkdir()
            settings = EngineSettings(
                cache_bytes=int(ROOM_FOR * (KEPT_COPIES * files_bytes + GRAPH_BYTES)),
                optimised_cache_bytes=copies_bytes,
            )
            fleet = await stack.enter_async_context(LocalFleet(settings, bundles=bundles, nursery=nursery))
            benches[graphs] = Bench(fleet, model, install(bundles, model))
            await prepare(benches[graphs])
        await measure_throughput(benches)
        await measure_cold(benches)
        await measure_load(benches)


if __name__ == "__main__":
    asyncio.run(main())
