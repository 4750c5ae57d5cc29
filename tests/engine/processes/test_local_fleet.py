"""What only the local fleet can show: which of its processes answers for what, and that none outlives it."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import aclosing
from pathlib import Path

import pytest

from artrator.engine.errors import ModelFault
from artrator.engine.fleet import Finished
from artrator.engine.local import LocalFleet
from artrator.engine.settings import EngineSettings
from artrator.kernel.errors import Invalid
from tests.contracts.fleet.fleets import (
    QUICK_ANSWER,
    begin,
    run,
    until_executing,
    until_gone,
    until_restarted,
    worker_pid,
)
from tests.engine.processes import worker_bundles
from tests.engine.processes.process_table import children_of


async def test_the_model_that_ran_is_blamed_and_one_that_waits_is_served(fleet: LocalFleet, bundle_cache: Path) -> None:
    guilty, innocent = worker_bundles.endless(bundle_cache), worker_bundles.quick(bundle_cache)
    crashing = await begin(fleet, worker_bundles.request(guilty))
    await until_executing(fleet, 1)
    pid = await worker_pid(fleet)
    os.kill(pid, signal.SIGSTOP)
    waiting = asyncio.create_task(run(fleet, worker_bundles.request(innocent)))
    await asyncio.sleep(0)
    os.kill(pid, signal.SIGSEGV)
    os.kill(pid, signal.SIGCONT)
    with pytest.raises(ModelFault) as fault:
        await crashing
    assert fault.value.code == "model_crashed"
    assert (await waiting).outputs == QUICK_ANSWER


async def test_a_new_worker_loads_ahead_what_ran_last_but_not_what_the_last_one_was_lost_to(
    fleet: LocalFleet, bundle_cache: Path
) -> None:
    slow, quick = worker_bundles.slow(bundle_cache, turns=400_000), worker_bundles.quick(bundle_cache)
    for bundle in (slow, quick):
        await run(fleet, worker_bundles.request(bundle))
    running = await begin(fleet, worker_bundles.request(slow))
    await until_executing(fleet, 1)
    os.kill(await worker_pid(fleet), signal.SIGSEGV)
    with pytest.raises(ModelFault):
        await running
    await until_restarted(fleet, 1)
    worker = fleet.places[0].worker
    assert worker is not None
    assert worker.knows(quick.digest)
    assert not worker.knows(slow.digest)


async def test_after_its_first_crash_a_model_runs_away_from_the_others(fleet: LocalFleet, bundle_cache: Path) -> None:
    suspect = worker_bundles.endless(bundle_cache)
    first = await begin(fleet, worker_bundles.request(suspect))
    await until_executing(fleet, 1)
    os.kill(await worker_pid(fleet), signal.SIGABRT)
    with pytest.raises(ModelFault):
        await first
    regular = await worker_pid_after_restart(fleet)
    second = await begin(fleet, worker_bundles.request(suspect))
    os.kill(await solitary_pid(regular), signal.SIGABRT)
    with pytest.raises(ModelFault) as fault:
        await second
    assert fault.value.facts["signal"] == "SIGABRT"
    assert await worker_pid(fleet) == regular


async def worker_pid_after_restart(fleet: LocalFleet) -> int:
    await until_restarted(fleet, 1)
    return await worker_pid(fleet)


async def solitary_pid(regular: int) -> int:
    """Find the worker that runs suspects, beside the regular one."""
    async with asyncio.timeout(20):
        while not (others := set(children_of(os.getpid(), "worker")) - {regular}):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    return others.pop()


async def test_of_two_suspects_the_guilty_one_is_found(fleet: LocalFleet, bundle_cache: Path) -> None:
    endless, slow = worker_bundles.endless(bundle_cache), worker_bundles.slow(bundle_cache)
    guilty = await begin(fleet, worker_bundles.request(endless, deadline_s=6))
    innocent = await begin(fleet, worker_bundles.request(slow))
    await until_executing(fleet, 2)
    os.kill(await worker_pid(fleet), signal.SIGSEGV)
    assert isinstance(await innocent, Finished)
    with pytest.raises(ModelFault) as fault:
        await guilty
    assert fault.value.code == "model_timed_out"


async def test_a_cancelled_call_that_cannot_be_interrupted_costs_its_worker_too(
    fleet: LocalFleet, bundle_cache: Path
) -> None:
    before = await worker_pid(fleet)
    async with aclosing(fleet.run(worker_bundles.request(worker_bundles.stuck(bundle_cache)))) as events:
        await anext(events)
        await until_executing(fleet, 1)
    await until_restarted(fleet, 1)
    await until_gone(before)


async def test_a_bundle_outside_the_folder_is_refused(fleet: LocalFleet, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="folder"):
        await run(fleet, worker_bundles.request(worker_bundles.quick(tmp_path)))


async def test_leaving_the_fleet_lets_runs_finish_and_ends_every_process(
    bundle_cache: Path, engine_settings: EngineSettings
) -> None:
    async with LocalFleet(engine_settings, bundles=bundle_cache, drain_s=20) as fleet:
        pid = await worker_pid(fleet)
        slow = await begin(fleet, worker_bundles.request(worker_bundles.slow(bundle_cache)))
    assert isinstance(await slow, Finished)
    await until_gone(pid)
