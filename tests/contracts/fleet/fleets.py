"""What the contract's tests ask of a fleet: run, begin, and wait until its workers are as they should be."""

from __future__ import annotations

import asyncio

from tests.engine.processes.process_table import is_alive

from artrator.engine.fleet import Finished, Fleet, OutputJson, RunRequest, Started
from artrator.engine.settings import EngineSettings

MIB = 1 << 20
ENGINE = EngineSettings(
    threads_per_worker=2, memory_bytes=768 * MIB, cache_bytes=128 * MIB, run_deadline_s=20.0, max_waiting=64
)
"""One worker of two threads, little memory, and a door that a test can fill."""
PATIENCE_S = 60.0
QUICK_ANSWER = {"y": OutputJson(value=[[2.0, 3.0, 4.0, 5.0]])}


async def run(fleet: Fleet, request: RunRequest) -> Finished:
    """Run to the end."""
    async for event in fleet.run(request):
        if isinstance(event, Finished):
            return event
    raise AssertionError("a run ended without its last event")


async def begin(fleet: Fleet, request: RunRequest) -> asyncio.Task[Finished]:
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


async def executing(fleet: Fleet) -> int:
    """Count the threads of all workers that are at work."""
    return sum(worker.running for worker in (await fleet.health()).workers)


async def restarts(fleet: Fleet) -> int:
    """Count how often a worker was replaced."""
    return sum(worker.restarts for worker in (await fleet.health()).workers)


async def worker_pid(fleet: Fleet) -> int:
    """Give the process id of the worker that is at work; of the first, when none is."""
    workers = (await fleet.health()).workers
    pid = max(workers, key=lambda worker: worker.running).pid
    assert pid is not None
    return pid


async def until_executing(fleet: Fleet, count: int) -> None:
    """Wait until some threads of the workers are at work."""
    async with asyncio.timeout(PATIENCE_S):
        while await executing(fleet) < count:  # noqa: ASYNC110 - shared memory rings no bell
            await asyncio.sleep(0.01)


async def until_idle(fleet: Fleet) -> None:
    """Wait until nothing is at work."""
    async with asyncio.timeout(PATIENCE_S):
        while await executing(fleet):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def until_restarted(fleet: Fleet, times: int) -> None:
    """Wait until workers have been replaced so often and all serve."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            workers = (await fleet.health()).workers
            if sum(each.restarts for each in workers) >= times and all(each.alive for each in workers):
                return
            await asyncio.sleep(0.01)


async def until_gone(pid: int) -> None:
    """Wait until a process has ended."""
    async with asyncio.timeout(PATIENCE_S):
        while is_alive(pid):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
