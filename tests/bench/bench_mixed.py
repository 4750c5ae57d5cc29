"""One person's runs beside a tenant who saturates the engine with batches: how much slower they become.

`PYTHONPATH=src:. python -m tests.bench.bench_mixed`; alone and beside in turns, on the real fleet, without the platform.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from artrator.engine.examination.profile import GraphPlan
from artrator.engine.fleet import Finished, InstalledBundle, Priority, RunRequest
from artrator.engine.local import LocalFleet
from artrator.engine.settings import EngineSettings
from artrator.kernel.ids import new_id
from tests.bench.bench_plans import bundle_of
from tests.bench.models import BenchModel, make_models
from tests.engine.simulation import percentile

ROUNDS, RUNS, TENANTS = 6, 60, 32
PAUSE_S = 0.02


async def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as home:
        model, _ = make_models(Path(home))
        bundle = bundle_of(model, plans={"decoder": GraphPlan(max_batch=1, threads=1)})
        async with LocalFleet(EngineSettings(), bundles=Path(home)) as fleet:
            print(f"{'the tenant is':16}{'p50 ms':>9}{'p99 ms':>9}{'ratio':>8}{'2 x p99 alone + one call, ms':>31}")
            await _run(fleet, model, bundle, "person", Priority.INTERACTIVE)
            for priority in (Priority.BATCH, Priority.INTERACTIVE):
                await _compare(fleet, model, bundle, priority)


async def _compare(fleet: LocalFleet, model: BenchModel, bundle: InstalledBundle, priority: Priority) -> None:
    alone_s: list[float] = []
    beside_s: list[float] = []
    busy_s: list[float] = []
    for _ in range(ROUNDS):
        alone_s += await _person(fleet, model, bundle)
        async with _tenant(fleet, model, bundle, priority, busy_s):
            beside_s += await _person(fleet, model, bundle)
    slowest_s, bound_s = percentile(beside_s, 0.99), 2 * percentile(alone_s, 0.99) + percentile(busy_s, 0.5)
    print(f"{'away':16}{percentile(alone_s, 0.5) * 1e3:>9.1f}{percentile(alone_s, 0.99) * 1e3:>9.1f}{1.0:>8.2f}")
    print(
        f"{priority.name.lower():16}{percentile(beside_s, 0.5) * 1e3:>9.1f}{slowest_s * 1e3:>9.1f}"
        f"{slowest_s / percentile(alone_s, 0.99):>8.2f}{bound_s * 1e3:>31.1f}"
    )


@asynccontextmanager
async def _tenant(
    fleet: LocalFleet, model: BenchModel, bundle: InstalledBundle, priority: Priority, busy_s: list[float]
) -> AsyncIterator[None]:
    async def client() -> None:
        while True:
            busy_s.append(await _run(fleet, model, bundle, "tenant", priority))

    tasks = [asyncio.create_task(client()) for _ in range(TENANTS)]
    await asyncio.sleep(0.5)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _person(fleet: LocalFleet, model: BenchModel, bundle: InstalledBundle) -> list[float]:
    took_s: list[float] = []
    for _ in range(RUNS):
        began_s = time.perf_counter()
        await _run(fleet, model, bundle, "person", Priority.INTERACTIVE)
        took_s.append(time.perf_counter() - began_s)
        await asyncio.sleep(PAUSE_S)
    return took_s


async def _run(
    fleet: LocalFleet, model: BenchModel, bundle: InstalledBundle, account: str, priority: Priority
) -> float:
    """Run once; give what the run kept threads busy."""
    request = RunRequest(
        id=new_id(),
        bundle=bundle,
        inputs=model.engine_inputs(),
        account=account,
        deadline_s=60.0,
        output_format="npy",
        priority=priority,
    )
    async for event in fleet.run(request):
        if isinstance(event, Finished):
            return event.timings.busy_s
    raise AssertionError("a run ended without its last event")


if __name__ == "__main__":
    asyncio.run(main())
