"""What every fleet keeps to, on this machine's workers and on a cluster: what a hostile or broken model does, and to whom."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace

import pytest
from tests.contracts.fleet.fleets import (
    ENGINE,
    QUICK_ANSWER,
    begin,
    restarts,
    run,
    until_executing,
    until_gone,
    until_idle,
    until_restarted,
    worker_pid,
)
from tests.engine.processes.worker_bundles import request

from artrator.engine.errors import EngineBusy, ModelFault, ModelQuarantined
from artrator.engine.fleet import Finished, Fleet, InstalledBundle, OutputFile, OutputJson, Started
from artrator.kernel.errors import ArtratorError, Invalid
from artrator.kernel.ids import Digest

Make = Callable[..., InstalledBundle]


async def test_a_bundle_below_a_closed_home_runs(fleet: Fleet, make: Make) -> None:
    finished = await run(fleet, request(make("quick")))
    assert finished.outputs == QUICK_ANSWER
    assert finished.engine["onnxruntime"]


async def test_the_events_of_a_run_come_in_order(fleet: Fleet, make: Make) -> None:
    events = [event async for event in fleet.run(request(make("quick")))]
    assert [type(event) for event in events] == [Started, Finished]


async def test_an_errand_gives_what_a_run_gives_where_the_fleet_does_any(fleet: Fleet, make: Make) -> None:
    quick = make("quick")
    await run(fleet, request(quick))
    errand = fleet.errand(request(quick))
    if errand is not None:
        assert (await errand.wait(None)).outputs == QUICK_ANSWER
        errand.drop()


async def test_bytes_arrive_as_they_were_sent(fleet: Fleet, make: Make) -> None:
    finished = await run(fleet, replace(request(make("quick", output="tensor")), output_format="npy"))
    (file,) = finished.outputs.values()
    assert isinstance(file, OutputFile)
    assert file.data.startswith(b"\x93NUMPY")


async def test_every_guarantee_of_the_sandbox_holds_on_linux(fleet: Fleet) -> None:
    health = await fleet.health()
    assert health.missing == ()
    assert {line.split(":")[0] for line in health.protections} >= {"files", "network", "processes", "memory"}


async def test_a_model_that_crashes_its_worker_fails_and_others_are_served(fleet: Fleet, make: Make) -> None:
    slow = await begin(fleet, request(make("slow")))
    await until_executing(fleet, 1)
    with pytest.raises(ModelFault) as fault:
        await run(fleet, request(make("crashing")))
    assert fault.value.code == "model_crashed"
    assert fault.value.facts["signal"] == "SIGFPE"
    assert isinstance(await slow, Finished)
    await until_restarted(fleet, 1)


async def test_a_model_that_crashes_twice_is_quarantined(fleet: Fleet, make: Make) -> None:
    guilty = make("crashing")
    told: list[tuple[Digest, ArtratorError]] = []
    fleet.on_quarantine(lambda digest, error: told.append((digest, error)))
    for _ in range(2):
        with pytest.raises(ModelFault):
            await run(fleet, request(guilty))
    with pytest.raises(ModelQuarantined):
        await run(fleet, request(guilty))
    with pytest.raises(ModelQuarantined):
        fleet.refuse(guilty.digest, "tester", deadline_s=10.0)
    told_of = [(digest, error.code) for digest, error in told if digest == guilty.digest]
    assert told_of == [(guilty.digest, "model_quarantined")]
    await fleet.forget(guilty.digest)
    with pytest.raises(ModelFault):
        await run(fleet, request(guilty))


async def test_an_operators_kill_of_a_worker_fails_nobody(fleet: Fleet, make: Make) -> None:
    slow = await begin(fleet, request(make("slow")))
    await until_executing(fleet, 1)
    os.kill(await worker_pid(fleet), signal.SIGKILL)
    assert isinstance(await slow, Finished)


async def test_an_endless_loop_meets_its_deadline_while_others_run(fleet: Fleet, make: Make) -> None:
    quick, before = make("quick"), await restarts(fleet)
    endless = await begin(fleet, request(make("endless"), deadline_s=1.0))
    for _ in range(5):
        assert (await run(fleet, request(quick))).outputs == QUICK_ANSWER
    with pytest.raises(ModelFault) as fault:
        await endless
    assert fault.value.code == "model_timed_out"
    await until_idle(fleet)
    assert await restarts(fleet) == before


async def test_closing_the_run_stops_the_work_itself(fleet: Fleet, make: Make) -> None:
    before = await restarts(fleet)
    async with aclosing(fleet.run(request(make("endless")))) as events:
        assert isinstance(await anext(events), Started)
        await until_executing(fleet, 1)
    await until_idle(fleet)
    assert await restarts(fleet) == before


async def test_cancelling_the_task_of_a_run_stops_the_work_itself(fleet: Fleet, make: Make) -> None:
    task = await begin(fleet, request(make("endless")))
    await until_executing(fleet, 1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()
    await until_idle(fleet)


async def test_a_call_that_cannot_be_interrupted_costs_its_worker(fleet: Fleet, make: Make) -> None:
    quick, before = make("quick"), await restarts(fleet)
    stuck = await begin(fleet, request(make("stuck"), deadline_s=4.0))
    await until_executing(fleet, 1)
    pid = await worker_pid(fleet)
    with pytest.raises(ModelFault) as fault:
        await stuck
    assert fault.value.code == "model_timed_out"
    await until_restarted(fleet, before + 1)
    assert (await run(fleet, request(quick))).outputs == QUICK_ANSWER
    await until_gone(pid)


async def test_a_memory_bomb_fails_cleanly(fleet: Fleet, make: Make) -> None:
    before = await restarts(fleet)
    with pytest.raises(ModelFault) as fault:
        await run(fleet, request(make("bomb")))
    assert fault.value.code == "model_out_of_memory"
    assert (await run(fleet, request(make("quick")))).outputs == QUICK_ANSWER
    assert await restarts(fleet) == before


async def test_more_runs_than_may_wait_are_turned_away(fleet: Fleet, make: Make) -> None:
    endless, machines = make("endless"), len((await fleet.health()).workers)
    many = range(machines * ENGINE.max_waiting + 20)
    tasks = [asyncio.create_task(run(fleet, request(endless, deadline_s=2.0))) for _ in many]
    results = await asyncio.gather(*tasks, return_exceptions=True)
    busy = [each for each in results if isinstance(each, EngineBusy)]
    assert busy
    assert all(float(str(each.facts["retry_after_s"])) >= 1 for each in busy)


async def test_an_input_at_fault_is_named(fleet: Fleet, make: Make) -> None:
    with pytest.raises(Invalid) as error:
        await run(fleet, request(make("quick"), x="[[1, 2], [3]]"))
    assert error.value.field == "inputs.x"
    assert not isinstance(error.value, ModelFault)


async def test_many_runs_of_several_models_all_answer(fleet: Fleet, make: Make) -> None:
    models = [make("quick", add=float(index)) for index in range(4)]

    async def answer(index: int) -> bool:
        finished = await run(fleet, request(models[index], x="[[0, 0, 0, 0]]", deadline_s=60))
        return finished.outputs == {"y": OutputJson(value=[[float(index)] * 4])}

    assert all(await asyncio.gather(*(answer(turn % 4) for turn in range(60))))
