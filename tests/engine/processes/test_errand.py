"""Runs of which only the end is wanted: they are what watched runs are, whatever happens to them."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from artrator.engine.errors import Fault, ModelFault, ModelQuarantined
from artrator.engine.fleet import Errand, InstalledBundle
from artrator.engine.local import LocalFleet
from artrator.kernel.errors import Invalid
from tests.contracts.fleet.fleets import QUICK_ANSWER, run, until_executing, until_idle, until_restarted, worker_pid
from tests.engine.processes import worker_bundles
from tests.engine.processes.worker_bundles import request


async def known(fleet: LocalFleet, bundle: InstalledBundle) -> InstalledBundle:
    """Have the fleet know a bundle: the first run of one is never an errand."""
    assert fleet.errand(request(bundle)) is None
    await run(fleet, request(bundle))
    return bundle


def begin(fleet: LocalFleet, bundle: InstalledBundle, **more: float | str) -> Errand:
    """Begin an errand."""
    errand = fleet.errand(request(bundle, **more))  # type: ignore[arg-type]
    assert errand is not None
    return errand


async def leave_alone(fleet: LocalFleet, bundle: InstalledBundle) -> None:
    """Have the fleet know a bundle that never ends."""
    with pytest.raises(ModelFault):
        await run(fleet, request(bundle, deadline_s=0.5))


async def test_an_errand_gives_what_a_run_gives(fleet: LocalFleet, bundle_cache: Path) -> None:
    quick = await known(fleet, worker_bundles.quick(bundle_cache))
    errands = [begin(fleet, quick) for _ in range(20)]
    assert [(await each.wait(None)).outputs for each in errands] == [QUICK_ANSWER] * 20
    assert (await fleet.health()).waiting == 0


async def test_an_errand_fails_as_a_run_fails(fleet: LocalFleet, bundle_cache: Path) -> None:
    quick = await known(fleet, worker_bundles.quick(bundle_cache))
    with pytest.raises(Invalid) as refused:
        await begin(fleet, quick, x="[[1, 2]]").wait(None)
    assert refused.value.field == "inputs.x"


async def test_one_that_is_waited_for_in_vain_goes_on(fleet: LocalFleet, bundle_cache: Path) -> None:
    slow = await known(fleet, worker_bundles.slow(bundle_cache))
    errand = begin(fleet, slow)
    with pytest.raises(TimeoutError):
        await errand.wait(0.01)
    assert (await errand.wait(None)).outputs


async def test_what_is_dropped_stops_and_what_has_ended_is_dropped_in_peace(
    fleet: LocalFleet, bundle_cache: Path
) -> None:
    endless = worker_bundles.endless(bundle_cache)
    await leave_alone(fleet, endless)
    running = begin(fleet, endless)
    waiting = [begin(fleet, endless) for _ in range(200)]
    await until_executing(fleet, 1)
    for each in (running, *waiting, running):
        each.drop()
    await until_idle(fleet)
    quick = await known(fleet, worker_bundles.quick(bundle_cache))
    ended = begin(fleet, quick)
    await ended.wait(None)
    ended.drop()
    assert (await ended.wait(None)).outputs == QUICK_ANSWER


async def test_an_errand_ends_at_its_deadline(fleet: LocalFleet, bundle_cache: Path) -> None:
    endless = worker_bundles.endless(bundle_cache)
    await leave_alone(fleet, endless)
    with pytest.raises(ModelFault) as fault:
        await begin(fleet, endless, deadline_s=0.5).wait(None)
    assert fault.value.code == Fault.TIMED_OUT
    await until_idle(fleet)


async def test_errands_on_a_worker_that_is_killed_are_run_by_the_next(fleet: LocalFleet, bundle_cache: Path) -> None:
    slow = await known(fleet, worker_bundles.slow(bundle_cache))
    errands = [begin(fleet, slow, deadline_s=300) for _ in range(3)]
    await until_executing(fleet, 1)
    os.kill(await worker_pid(fleet), signal.SIGKILL)
    assert all([(await each.wait(None)).outputs for each in errands])
    await until_restarted(fleet, 1)


async def test_a_model_that_crashes_is_held_to_its_errands_too(fleet: LocalFleet, bundle_cache: Path) -> None:
    crashing = worker_bundles.crashing(bundle_cache)
    with pytest.raises(ModelFault):
        await run(fleet, request(crashing))
    await until_restarted(fleet, 1)
    errand = fleet.errand(request(crashing))
    assert errand is None, "it is on trial, and runs alone"
    with pytest.raises(ModelFault):
        await run(fleet, request(crashing))
    with pytest.raises(ModelQuarantined):
        fleet.errand(request(crashing))


async def test_a_crash_ends_the_errand_that_ran_and_no_other(fleet: LocalFleet, bundle_cache: Path) -> None:
    endless = worker_bundles.endless(bundle_cache)
    await leave_alone(fleet, endless)
    quick = await known(fleet, worker_bundles.quick(bundle_cache))
    pid = await worker_pid(fleet)
    errand = begin(fleet, endless, deadline_s=300)
    await until_executing(fleet, 1)
    os.kill(pid, signal.SIGSTOP)
    waiting = begin(fleet, quick)
    await asyncio.sleep(0)
    os.kill(pid, signal.SIGSEGV)
    os.kill(pid, signal.SIGCONT)
    with pytest.raises(ModelFault) as fault:
        await errand.wait(None)
    assert fault.value.code == Fault.CRASHED
    assert (await waiting.wait(None)).outputs == QUICK_ANSWER
