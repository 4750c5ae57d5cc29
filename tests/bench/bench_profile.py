"""What the profile of a graph says and what follows: the bench's generator and perceptron, in the sandboxed child.

`PYTHONPATH=src:. python -m tests.bench.bench_profile`; the first line of each table is what the others are compared with.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from artrator.engine.examination.examine import Examiner
from artrator.engine.examination.profile import GraphProfile, plan_of
from artrator.engine.machine import device_name, runtime_name
from artrator.engine.settings import EngineSettings, cores
from tests.bench.bench_plans import bundle_of
from tests.bench.models import BenchModel, make_models

BUDGET_S = 4.0


def main() -> None:
    """Print a table for each model."""
    settings = EngineSettings()
    print(f"{device_name()}, {runtime_name()}")
    with tempfile.TemporaryDirectory() as home:
        for model in make_models(Path(home)):
            for role, profile in asyncio.run(_profiles(settings, model)).items():
                _print(f"{model.name} ({role})", profile)
                print(
                    plan_of(
                        profile,
                        max_batch=settings.max_batch,
                        max_threads=cores(),
                        call_memory_bytes=settings.call_memory_bytes,
                    )
                )


async def _profiles(settings: EngineSettings, model: BenchModel) -> dict[str, GraphProfile]:
    bundle = bundle_of(model)
    examiner = Examiner(settings)
    return dict(
        await examiner.profile(
            bundle,
            model.engine_inputs(),
            budget_s=BUDGET_S,
            wall_clock_s=60.0,
            memory_bytes=settings.memory_bytes,
        )
    )


def _print(title: str, profile: GraphProfile) -> None:
    print(f"\n{title}\n{'batch':>8}{'ms':>10}{'calls/s':>10}{'ratio':>8}{'MiB':>8}")
    first = profile.batches[0]
    for point in profile.batches:
        print(
            f"{point.batch:>8}{point.latency_s * 1e3:>10.3f}{point.calls_per_s:>10.0f}"
            f"{point.calls_per_s / first.calls_per_s:>8.2f}{point.memory_bytes / 2**20:>8.1f}"
        )
    print(f"{'threads':>8}{'at once':>10}{'ms':>10}{'calls/s':>10}{'ratio':>8}")
    base = profile.parallel[0]
    for each in profile.parallel:
        print(
            f"{each.threads:>8}{each.at_once:>10}{each.latency_s * 1e3:>10.3f}{each.calls_per_s:>10.0f}"
            f"{each.calls_per_s / base.calls_per_s:>8.2f}"
        )


if __name__ == "__main__":
    main()
