"""Profiles are measured in disposable children, and workers are told what follows from them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from artrator.engine.errors import ModelFault
from artrator.engine.examination.examine import Examiner
from artrator.engine.examination.profile import GraphPlan
from artrator.engine.fleet import Finished, InstalledBundle
from artrator.engine.local import LocalFleet
from artrator.engine.settings import EngineSettings
from artrator.kernel.errors import Unavailable
from artrator.kernel.ids import Digest
from tests.engine.processes import worker_bundles

MIB = 1 << 20
INPUT = {"x": "[[1, 2, 3, 4]]"}


async def profile(
    settings: EngineSettings, bundle: InstalledBundle, *, wall_clock_s: float = 60.0
) -> Mapping[str, object]:
    return await Examiner(settings).profile(
        bundle, INPUT, budget_s=0.2, wall_clock_s=wall_clock_s, memory_bytes=512 * MIB
    )


async def test_a_bundle_is_measured_in_a_sandboxed_child(bundle_cache: Path, engine_settings: EngineSettings) -> None:
    profiles = await profile(engine_settings, worker_bundles.quick(bundle_cache))
    assert list(profiles) == ["model"]


@pytest.mark.parametrize(("kind", "code"), [("crashing", "model_crashed"), ("endless", "model_timed_out")])
async def test_a_bundle_that_harms_its_child_harms_nobody_else(
    bundle_cache: Path, engine_settings: EngineSettings, kind: str, code: str
) -> None:
    bundle = getattr(worker_bundles, kind)(bundle_cache)
    with pytest.raises(ModelFault) as fault:
        await profile(engine_settings, bundle, wall_clock_s=5.0)
    assert fault.value.code == code


class Shelf:
    """Where plans are looked up, as the fleet sees it."""

    def __init__(self) -> None:
        self.plans: Mapping[str, GraphPlan] = {}
        self.asked = 0
        self.is_away = False

    async def __call__(self, digest: Digest) -> Mapping[str, GraphPlan]:
        self.asked += 1
        if self.is_away:
            raise Unavailable("database_unavailable", "The database is away.")
        return self.plans


async def run(fleet: LocalFleet, bundle: InstalledBundle) -> None:
    async for event in fleet.run(worker_bundles.request(bundle)):
        if isinstance(event, Finished):
            return
    raise AssertionError("a run ended without its last event")


async def test_plans_are_looked_up_once_and_again_only_where_there_were_none(
    bundle_cache: Path, engine_settings: EngineSettings
) -> None:
    shelf, bundle = Shelf(), worker_bundles.quick(bundle_cache)
    async with LocalFleet(engine_settings, bundles=bundle_cache, drain_s=0.1, plans=shelf, look_again_s=0.0) as fleet:
        await run(fleet, bundle)
        await run(fleet, bundle)
        assert shelf.asked == 2
        shelf.plans = {"model": GraphPlan(max_batch=4, threads=2)}
        for _ in range(3):
            await run(fleet, bundle)
        assert shelf.asked == 3
        await fleet.forget(bundle.digest)
        await run(fleet, bundle)
        assert shelf.asked == 4


async def test_a_run_does_not_fail_because_its_plan_cannot_be_looked_up(
    bundle_cache: Path, engine_settings: EngineSettings
) -> None:
    shelf = Shelf()
    shelf.is_away = True
    async with LocalFleet(engine_settings, bundles=bundle_cache, drain_s=0.1, plans=shelf) as fleet:
        await run(fleet, worker_bundles.quick(bundle_cache))
