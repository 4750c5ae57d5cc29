"""The fleet against real child processes: what a hostile or broken model does, and what it does to others."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from contextlib import aclosing
from pathlib import Path

import pytest

from artrator.engine.errors import EngineBusy, ModelFault, ModelQuarantined
from artrator.engine.fleet import Finished, InstalledBundle, OutputJson, RunRequest, Started
from artrator.engine.local import LocalFleet
from artrator.engine.settings import EngineSettings
from artrator.kernel.errors import ArtratorError, Invalid
from artrator.kernel.ids import Digest
from tests.engine.processes import worker_bundles
from tests.engine.processes.process_table import children_of, is_alive

QUICK_ANSWER = {"y": OutputJson(value=[[2.0, 3.0, 4.0, 5.0]])}


async def run(fleet: LocalFleet, request: RunRequest) -> Finished:
    """Run to the end."""
    async for event in fleet.run(request):
        if isinstance(event, Finished):
            return event
    raise AssertionError("a run ended without its last event")


async def begin(fleet: LocalFleet, request: RunRequest) -> asyncio.Task[Finished]:
    """Run in the background, and return once the model's work has begun."""
    begun = asyncio.Event()

    async def go() -> Finished:
        async for event in fleet.run(request):
            if isinstance(event, Started):
                begun.set()
            if isinstance(event, Finished):
                return event
        raise AssertionError("a run ended without its last event")

    task = asyncio.create_task(go())
    waiting = asyncio.create_task(begun.wait())
    await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    return task


async def worker_pid(fleet: LocalFleet) -> int:
    """Give the process id of the one worker."""
    (worker,) = (await fleet.health()).workers
    assert worker.pid is not None
    return worker.pid


async def until_executing(fleet: LocalFleet, count: int) -> None:
    """Wait until some threads of the worker are at work."""
    async with asyncio.timeout(20):
        while (await fleet.health()).workers[0].running < count:  # noqa: ASYNC110 - shared memory rings no bell
            await asyncio.sleep(0.01)


async def until_restarted(fleet: LocalFleet, times: int) -> None:
    """Wait until the worker has been replaced so often and the new one serves."""
    async with asyncio.timeout(30):
        while (state := (await fleet.health()).workers[0]).restarts < times or not state.alive:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_a_bundle_below_a_closed_home_runs(fleet: LocalFleet, bundle_cache: Path) -> None:
    finished = await run(fleet, worker_bundles.request(worker_bundles.quick(bundle_cache)))
    assert finished.outputs == QUICK_ANSWER
    assert finished.engine["onnxruntime"]


async def test_every_guarantee_of_the_sandbox_holds_on_linux(fleet: LocalFleet) -> None:
    health = await fleet.health()
    assert health.missing == ()
    assert {line.split(":")[0] for line in health.protections} >= {"files", "network", "processes", "memory"}


async def test_a_model_that_crashes_its_worker_fails_and_others_are_served(
    fleet: LocalFleet, bundle_cache: Path
) -> None:
    slow = await begin(fleet, worker_bundles.request(worker_bundles.slow(bundle_cache)))
    await until_executing(fleet, 1)
    before = await worker_pid(fleet)
    crashing = asyncio.create_task(run(fleet, worker_bundles.request(worker_bundles.crashing(bundle_cache))))
    with pytest.raises(ModelFault) as fault:
        await crashing
    assert fault.value.code == "model_crashed"
    assert fault.value.facts["signal"] == "SIGFPE"
    assert isinstance(await slow, Finished)
    assert await worker_pid(fleet) != before


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


async def test_a_model_that_crashes_twice_is_quarantined(fleet: LocalFleet, bundle_cache: Path) -> None:
    guilty = worker_bundles.crashing(bundle_cache)
    told: list[tuple[Digest, ArtratorError]] = []
    fleet.on_quarantine(lambda digest, error: told.append((digest, error)))
    for _ in range(2):
        with pytest.raises(ModelFault):
            await run(fleet, worker_bundles.request(guilty))
    with pytest.raises(ModelQuarantined):
        await run(fleet, worker_bundles.request(guilty))
    assert [(digest, error.code) for digest, error in told] == [(guilty.digest, "model_quarantined")]
    await fleet.forget(guilty.digest)
    with pytest.raises(ModelFault):
        await run(fleet, worker_bundles.request(guilty))


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


async def test_an_operators_kill_fails_nobody(fleet: LocalFleet, bundle_cache: Path) -> None:
    slow = await begin(fleet, worker_bundles.request(worker_bundles.slow(bundle_cache)))
    await until_executing(fleet, 1)
    os.kill(await worker_pid(fleet), signal.SIGKILL)
    assert isinstance(await slow, Finished)


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


async def test_an_endless_loop_meets_its_deadline_while_others_run(fleet: LocalFleet, bundle_cache: Path) -> None:
    quick = worker_bundles.quick(bundle_cache)
    endless = await begin(fleet, worker_bundles.request(worker_bundles.endless(bundle_cache), deadline_s=1.0))
    for _ in range(5):
        assert (await run(fleet, worker_bundles.request(quick))).outputs == QUICK_ANSWER
    with pytest.raises(ModelFault) as fault:
        await endless
    assert fault.value.code == "model_timed_out"
    await asyncio.wait_for(until_idle(fleet), 5)
    assert (await fleet.health()).workers[0].restarts == 0


async def until_idle(fleet: LocalFleet) -> None:
    while (await fleet.health()).workers[0].running or executing(fleet):  # noqa: ASYNC110
        await asyncio.sleep(0.01)


def executing(fleet: LocalFleet) -> int:
    """Count the threads of the fleet's workers that are at work, wanted or not."""
    return sum(place.worker.executing for place in fleet.places if place.worker)


async def test_closing_the_run_stops_the_work_itself(fleet: LocalFleet, bundle_cache: Path) -> None:
    async with aclosing(fleet.run(worker_bundles.request(worker_bundles.endless(bundle_cache)))) as events:
        assert isinstance(await anext(events), Started)
        await until_executing(fleet, 1)
    await asyncio.wait_for(until_idle(fleet), 5)
    assert (await fleet.health()).workers[0].restarts == 0


async def test_a_call_that_cannot_be_interrupted_costs_its_worker(fleet: LocalFleet, bundle_cache: Path) -> None:
    quick, before = worker_bundles.quick(bundle_cache), await worker_pid(fleet)
    stuck = await begin(fleet, worker_bundles.request(worker_bundles.stuck(bundle_cache), deadline_s=4.0))
    await until_executing(fleet, 1)
    with pytest.raises(ModelFault) as fault:
        await stuck
    assert fault.value.code == "model_timed_out"
    assert (await run(fleet, worker_bundles.request(quick))).outputs == QUICK_ANSWER
    await until_restarted(fleet, 1)
    assert (await run(fleet, worker_bundles.request(quick))).outputs == QUICK_ANSWER
    await until_gone(before)


async def test_a_cancelled_call_that_cannot_be_interrupted_costs_its_worker_too(
    fleet: LocalFleet, bundle_cache: Path
) -> None:
    before = await worker_pid(fleet)
    async with aclosing(fleet.run(worker_bundles.request(worker_bundles.stuck(bundle_cache)))) as events:
        await anext(events)
        await until_executing(fleet, 1)
    await until_restarted(fleet, 1)
    await until_gone(before)


async def until_gone(pid: int) -> None:
    async with asyncio.timeout(20):
        while is_alive(pid):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_a_memory_bomb_fails_cleanly(fleet: LocalFleet, bundle_cache: Path) -> None:
    before = await worker_pid(fleet)
    with pytest.raises(ModelFault) as fault:
        await run(fleet, worker_bundles.request(worker_bundles.bomb(bundle_cache)))
    assert fault.value.code == "model_out_of_memory"
    assert (await run(fleet, worker_bundles.request(worker_bundles.quick(bundle_cache)))).outputs == QUICK_ANSWER
    assert await worker_pid(fleet) == before


async def test_more_runs_than_may_wait_are_turned_away(bundle_cache: Path, engine_settings: EngineSettings) -> None:
    settings = engine_settings.model_copy(update={"max_waiting": 1})
    endless = worker_bundles.endless(bundle_cache)
    async with LocalFleet(settings, bundles=bundle_cache, drain_s=0.1) as fleet:
        tasks = [asyncio.create_task(run(fleet, worker_bundles.request(endless, deadline_s=1.0))) for _ in range(4)]
        results = await asyncio.gather(*tasks, return_exceptions=True)
    busy = [each for each in results if isinstance(each, EngineBusy)]
    assert busy
    assert all(float(str(each.facts["retry_after_s"])) >= 1 for each in busy)


async def test_a_bundle_outside_the_folder_is_refused(fleet: LocalFleet, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="folder"):
        await run(fleet, worker_bundles.request(worker_bundles.quick(tmp_path)))


async def test_an_input_at_fault_is_named(fleet: LocalFleet, bundle_cache: Path) -> None:
    with pytest.raises(Invalid) as error:
        await run(fleet, worker_bundles.request(worker_bundles.quick(bundle_cache), x="[[1, 2], [3]]"))
    assert error.value.field == "inputs.x"
    assert not isinstance(error.value, ModelFault)


async def test_leaving_the_fleet_lets_runs_finish_and_ends_every_process(
    bundle_cache: Path, engine_settings: EngineSettings
) -> None:
    async with LocalFleet(engine_settings, bundles=bundle_cache, drain_s=20) as fleet:
        pid = await worker_pid(fleet)
        slow = await begin(fleet, worker_bundles.request(worker_bundles.slow(bundle_cache)))
    assert isinstance(await slow, Finished)
    await until_gone(pid)


async def test_many_runs_of_several_models_over_two_workers_all_answer(
    bundle_cache: Path, engine_settings: EngineSettings
) -> None:
    models = [worker_bundles.quick(bundle_cache, f"quick-{index}", add=float(index)) for index in range(4)]

    async def answer(fleet: LocalFleet, index: int, model: InstalledBundle) -> bool:
        finished = await run(fleet, worker_bundles.request(model, x="[[0, 0, 0, 0]]"))
        return finished.outputs == {"y": OutputJson(value=[[float(index)] * 4])}

    async with LocalFleet(engine_settings.model_copy(update={"workers": 2}), bundles=bundle_cache) as fleet:
        began_s = time.monotonic()
        answers = await asyncio.gather(*(answer(fleet, turn % 4, models[turn % 4]) for turn in range(200)))
        assert all(answers)
        assert time.monotonic() - began_s < 20
