"""What running graphs by their plans gains: the same fleet with plans and without, interleaved, by clients.

`PYTHONPATH=src:. python -m tests.bench.bench_plans`; medians of rounds, ratios to the fleet without plans.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from artrator.bundle.digest import bundle_digest
from artrator.bundle.manifest import MANIFEST_NAME, read_manifest
from artrator.engine.examination.examine import Examiner
from artrator.engine.examination.profile import GraphPlan, plan_of
from artrator.engine.fleet import Finished, InstalledBundle, RunRequest
from artrator.engine.local import LocalFleet
from artrator.engine.settings import EngineSettings, cores
from artrator.kernel.ids import Digest, new_id
from tests.bench.models import BenchModel, make_models

ROUNDS, SECONDS, BUDGET_S = 5, 1.0, 4.0


async def main() -> None:
    """Print the table."""
    settings = EngineSettings()
    with tempfile.TemporaryDirectory() as home:
        models = [(model, bundle_of(model)) for model in make_models(Path(home))]
        plans = {bundle.digest: await _plans(settings, model, bundle) for model, bundle in models}

        async def known(digest: Digest) -> Mapping[str, GraphPlan]:
            return plans[digest]

        async with (
            LocalFleet(settings, bundles=Path(home)) as without,
            LocalFleet(settings, bundles=Path(home), plans=known) as by_plan,
        ):
            print(f"{'model':18}{'clients':>8}{'without, runs/s':>17}{'by plan, runs/s':>17}{'ratio':>8}   plan")
            for model, bundle in models:
                for clients in (1, 8, 32):
                    await _compare(without, by_plan, model, bundle, clients, plans[bundle.digest])


async def _compare(
    without: LocalFleet,
    by_plan: LocalFleet,
    model: BenchModel,
    bundle: InstalledBundle,
    clients: int,
    plans: Mapping[str, GraphPlan],
) -> None:
    rates: dict[LocalFleet, list[float]] = {without: [], by_plan: []}
    for _ in range(ROUNDS):
        for fleet, measured in rates.items():
            measured.append(await _rate(fleet, model, bundle, clients))
    before, after = (statistics.median(each) for each in rates.values())
    (plan,) = plans.values()
    print(
        f"{model.name:18}{clients:>8}{before:>17.0f}{after:>17.0f}{after / before:>8.2f}"
        f"   batch {plan.max_batch}, threads {plan.threads}"
    )


async def _rate(fleet: LocalFleet, model: BenchModel, bundle: InstalledBundle, clients: int) -> float:
    done = 0
    until_s = time.perf_counter() + SECONDS

    async def client() -> None:
        nonlocal done
        while time.perf_counter() < until_s:
            request = RunRequest(
                id=new_id(),
                bundle=bundle,
                inputs=model.engine_inputs(),
                account="bench",
                deadline_s=60.0,
                output_format="npy",
            )
            async for event in fleet.run(request):
                done += isinstance(event, Finished)

    began_s = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    return done / (time.perf_counter() - began_s)


def bundle_of(model: BenchModel, *, plans: Mapping[str, GraphPlan] | None = None) -> InstalledBundle:
    """Give a model as the engine takes it."""
    return InstalledBundle(
        digest=bundle_digest(model.folder),
        folder=model.folder,
        manifest=read_manifest((model.folder / MANIFEST_NAME).read_text()),
        batchable=True,
        plans=plans or {},
    )


async def _plans(settings: EngineSettings, model: BenchModel, bundle: InstalledBundle) -> dict[str, GraphPlan]:
    profiles = await Examiner(settings).profile(
        bundle, model.engine_inputs(), budget_s=BUDGET_S, wall_clock_s=60.0, memory_bytes=settings.memory_bytes
    )
    return {
        role: plan_of(
            each, max_batch=settings.max_batch, max_threads=cores(), call_memory_bytes=settings.call_memory_bytes
        )
        for role, each in profiles.items()
    }


if __name__ == "__main__":
    asyncio.run(main())
