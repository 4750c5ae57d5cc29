"""A worker whose memory grows is relieved before it fails, and nobody who has runs on it notices."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from artrator.engine import local
from artrator.engine.fleet import Finished
from artrator.engine.local import LocalFleet
from artrator.engine.processes import place
from artrator.engine.processes.nursery import Nursery
from artrator.engine.settings import EngineSettings
from tests.engine.processes import worker_bundles
from tests.engine.processes.test_local_fleet import begin, run, until_executing, until_gone, until_restarted, worker_pid

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="elsewhere the system does not say what a process holds"
)
MIB = 1 << 20
KEPT_ELEMENTS = 64 * MIB
"""A tensor of 256 MiB within a graph, whose memory the runtime keeps for the session's next call."""


async def test_a_worker_that_has_grown_is_replaced_without_a_failed_run(
    bundle_cache: Path, engine_settings: EngineSettings, nursery: Nursery | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "RECYCLE_SHARE", 200 * MIB / engine_settings.memory_bytes)
    monkeypatch.setattr(place, "WATCH_MEMORY_S", 0.05)
    quick, slow = worker_bundles.quick(bundle_cache), worker_bundles.slow(bundle_cache)
    growing = worker_bundles.bomb(bundle_cache, elements=KEPT_ELEMENTS)
    async with LocalFleet(engine_settings, bundles=bundle_cache, nursery=nursery) as fleet:
        before = await worker_pid(fleet)
        under_way = await begin(fleet, worker_bundles.request(slow))
        await until_executing(fleet, 1)
        await run(fleet, worker_bundles.request(growing))
        replaced = asyncio.create_task(until_restarted(fleet, 1))
        answers = 0
        while not replaced.done():
            await run(fleet, worker_bundles.request(quick))
            answers += 1
        await replaced
        assert answers
        assert isinstance(await under_way, Finished)
        await until_gone(before)
        assert await worker_pid(fleet) != before
        (health,) = (await fleet.health()).workers
        assert (health.restarts, health.memory_bytes < 200 * MIB) == (1, True)
