"""Runs that wait for real workers: who is let in, what becomes of those that wait."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from artrator.engine.errors import AccountBusy
from artrator.engine.fleet import Finished, InstalledBundle
from artrator.engine.local import LocalFleet
from artrator.engine.settings import EngineSettings
from tests.engine.processes import worker_bundles

PATIENCE_S = 60.0
WINDOW = 4
"""Of one worker of two threads without batches."""


@pytest.fixture
def lone_calls(engine_settings: EngineSettings) -> EngineSettings:
    """One worker that holds few runs."""
    return engine_settings.model_copy(update={"max_batch": 1, "run_deadline_s": PATIENCE_S})


async def run(fleet: LocalFleet, bundle: InstalledBundle, account: str, deadline_s: float = PATIENCE_S) -> Finished:
    """Run to the end."""
    async for event in fleet.run(replace(worker_bundles.request(bundle, deadline_s=deadline_s), account=account)):
        if isinstance(event, Finished):
            return event
    raise AssertionError("a run ended without its last event")


def start(fleet: LocalFleet, bundle: InstalledBundle, account: str, count: int) -> list[asyncio.Task[Finished]]:
    """Begin some runs."""
    return [asyncio.create_task(run(fleet, bundle, account)) for _ in range(count)]


async def until(fleet: LocalFleet, holds: Callable[[int, int], bool]) -> None:
    """Wait until the runs that wait in the parent and on the worker are as they should be."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            health = await fleet.health()
            on_workers = sum(worker.running + worker.waiting for worker in health.workers)
            if holds(health.waiting, on_workers):
                return
            await asyncio.sleep(0.02)


async def cancel(tasks: list[asyncio.Task[Finished]]) -> None:
    """Hang up."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_an_account_at_its_bound_is_turned_away_while_others_are_served(
    bundle_cache: Path, lone_calls: EngineSettings
) -> None:
    endless, quick = worker_bundles.endless(bundle_cache), worker_bundles.quick(bundle_cache)
    settings = lone_calls.model_copy(update={"max_waiting_of_account": 1})
    async with LocalFleet(settings, bundles=bundle_cache, drain_s=0.1) as fleet:
        tasks = start(fleet, endless, "greedy", 1)
        await until(fleet, lambda _, on_workers: on_workers == 1)
        with pytest.raises(AccountBusy) as refusal:
            await run(fleet, quick, "greedy")
        with pytest.raises(AccountBusy):
            fleet.refuse(quick.digest, "greedy", deadline_s=PATIENCE_S)
        assert float(str(refusal.value.facts["retry_after_s"])) >= 1
        fleet.refuse(quick.digest, "modest", deadline_s=PATIENCE_S)
        assert (await run(fleet, quick, "modest")).timings.busy_s > 0
        await cancel(tasks)


async def test_what_the_worker_has_no_room_for_waits_outside_and_keeps_nobody_elses_run_out(
    bundle_cache: Path, lone_calls: EngineSettings
) -> None:
    slow, quick = worker_bundles.slow(bundle_cache, turns=300_000), worker_bundles.quick(bundle_cache)
    async with LocalFleet(lone_calls, bundles=bundle_cache, drain_s=0.1) as fleet:
        tasks = start(fleet, slow, "greedy", 50)
        await until(fleet, lambda waiting, on_workers: waiting > 40 and on_workers == WINDOW)
        await run(fleet, quick, "modest")
        assert (await fleet.health()).waiting > 30
        await cancel(tasks)
        assert (await fleet.health()).waiting == 0
        await run(fleet, quick, "modest")


async def test_runs_that_wait_outlive_the_worker_that_is_killed(bundle_cache: Path, lone_calls: EngineSettings) -> None:
    slow = worker_bundles.slow(bundle_cache, turns=100_000)
    async with LocalFleet(lone_calls, bundles=bundle_cache, drain_s=0.1) as fleet:
        tasks = start(fleet, slow, "account", 12)
        await until(fleet, lambda waiting, on_workers: waiting > 0 and on_workers == WINDOW)
        (worker,) = (await fleet.health()).workers
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGKILL)
        finished = await asyncio.gather(*tasks)
        assert all(each.outputs for each in finished)
        assert (await fleet.health()).waiting == 0
