"""Jobs exist exactly when their unit of work commits, and outlive their worker."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from artrator.db.database import Database
from artrator.db.queue import Beat, JobQueue, Lane


@pytest.fixture
async def queue(dsn: str) -> AsyncIterator[JobQueue]:
    queue = JobQueue(dsn, beat=Beat(heartbeat_s=0.1, stalled_after_s=0.5, restart_pause_s=0.1))
    await queue.open()
    yield queue
    await queue.close()


@contextlib.asynccontextmanager
async def _worker(queue: JobQueue) -> AsyncIterator[None]:
    task = asyncio.create_task(queue.work(concurrency=2, graceful_s=0.2))
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_a_committed_job_runs_with_its_arguments(queue: JobQueue, database: Database) -> None:
    seen: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def handler(*, name: str) -> None:
        seen.set_result(name)

    queue.register("greet", handler)
    async with database.unit_of_work() as connection:
        await queue.defer(connection, "greet", {"name": "atelier"})
    async with _worker(queue):
        assert await asyncio.wait_for(seen, 10) == "atelier"


async def test_a_job_of_a_rolled_back_unit_of_work_never_was(queue: JobQueue, database: Database) -> None:
    ran: list[str] = []
    done = asyncio.Event()

    async def handler(*, name: str) -> None:
        ran.append(name)
        done.set()

    queue.register("greet", handler)
    with pytest.raises(RuntimeError):
        async with database.unit_of_work() as connection:
            await queue.defer(connection, "greet", {"name": "lost"})
            raise RuntimeError
    async with database.unit_of_work() as connection:
        await queue.defer(connection, "greet", {"name": "kept"})
    async with _worker(queue):
        await asyncio.wait_for(done.wait(), 10)
    assert ran == ["kept"]


async def test_a_job_that_failed_runs_again(queue: JobQueue, database: Database) -> None:
    attempts = 0
    done = asyncio.Event()

    async def handler() -> None:
        nonlocal attempts
        attempts += 1
        if attempts == 1:
            raise RuntimeError("the first attempt fails")
        done.set()

    queue.register("flaky", handler)
    async with database.unit_of_work() as connection:
        await queue.defer(connection, "flaky", {})
    async with _worker(queue):
        await asyncio.wait_for(done.wait(), 20)
    assert attempts == 2


async def test_a_job_that_goes_on_for_long_in_a_lane_of_its_own_keeps_no_short_one_waiting(
    queue: JobQueue, database: Database
) -> None:
    began, release, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def long() -> None:
        began.set()
        await release.wait()

    async def short() -> None:
        done.set()

    queue.register("long", long, lane="long")
    queue.register("short", short)
    task = asyncio.create_task(queue.work(concurrency=1, graceful_s=0.2, lanes={"long": Lane(concurrency=1)}))
    async with database.unit_of_work() as connection:
        await queue.defer(connection, "long", {})
    await asyncio.wait_for(began.wait(), 20)
    async with database.unit_of_work() as connection:
        await queue.defer(connection, "short", {})
    await asyncio.wait_for(done.wait(), 20)
    release.set()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
