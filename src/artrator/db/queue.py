"""The one durable queue: long work is a job in PostgreSQL, and a job of a dead worker is taken over by a live one.

The only file that imports procrastinate. A handler must be written so that running it again skips what it
already stored.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import procrastinate
import procrastinate.exceptions
import psycopg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.db.database import driver_of
from artrator.db.lane import database_unavailable
from artrator.db.liveness import Driver

log = logging.getLogger(__name__)

_PENDING = text(
    "SELECT args ->> :argument FROM procrastinate_jobs WHERE task_name = :name AND status IN ('todo', 'doing')"
    " AND args ->> :argument = ANY(:values)"
)
Handler = Callable[..., Awaitable[None]]
Argument = str | int | float | bool | None

SHORT_JOBS = "default"
"""The lane of jobs that end within minutes. Those that take longer have a lane of their own, lest short ones wait for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """How soon a dead worker is noticed. A worker that misses `stalled_after_s` loses its jobs to others."""

    heartbeat_s: float = 2.0
    stalled_after_s: float = 10.0
    restart_pause_s: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """How many jobs of a lane one process runs at once, and how long it lets them end when it stops."""

    concurrency: int
    graceful_s: float = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLength:
    """How many jobs there are; those that succeeded are not kept."""

    waiting: int
    running: int
    failed: int


class JobQueue:
    """Defer jobs inside a unit of work, and run them."""

    def __init__(self, dsn: str, *, beat: Beat | None = None) -> None:
        self._beat = beat or Beat()
        self._app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=dsn, min_size=1, max_size=4))

    def register(
        self,
        name: str,
        handler: Handler,
        *,
        max_attempts: int = 5,
        lane: str = SHORT_JOBS,
        retry_after_s: int | None = None,
    ) -> None:
        """Name the handler of a kind of job; it is called with the arguments that the job was deferred with.

        retry_after_s: the pause before each further attempt; None: it grows from one to the next.
        """
        if retry_after_s is None:
            retry = procrastinate.RetryStrategy(max_attempts=max_attempts, exponential_wait=2)
        else:
            retry = procrastinate.RetryStrategy(max_attempts=max_attempts, wait=retry_after_s)

        async def run(**arguments: Argument) -> None:
            await handler(**arguments)

        self._app.task(name=name, retry=retry, queue=lane)(run)

    async def defer(
        self,
        connection: AsyncConnection | Driver,
        name: str,
        arguments: Mapping[str, Argument],
        *,
        lock: str | None = None,
        priority: int = 0,
        delay_s: int | None = None,
    ) -> None:
        """Add a job that exists if and only if the unit of work commits.

        lock: jobs with the same lock run one after another. priority: higher first.
        """
        driver = await driver_of(connection)
        deferrer = self._app.configure_task(
            name,
            allow_unknown=True,
            connection=driver,
            lock=lock,
            priority=priority,
            schedule_in={"seconds": delay_s} if delay_s else None,
        )
        with _losses_told_as_ours():
            await deferrer.defer_async(**arguments)

    async def defer_many(
        self, connection: AsyncConnection | Driver, name: str, arguments: Sequence[Mapping[str, Argument]]
    ) -> None:
        """Add jobs of one kind in one round trip; they exist if and only if the transaction commits."""
        driver = await driver_of(connection)
        deferrer = self._app.configure_task(name, allow_unknown=True, connection=driver)
        jobs: list[dict[str, Any]] = [dict(each) for each in arguments]
        with _losses_told_as_ours():
            await deferrer.batch_defer_async(*jobs)

    async def length(self) -> QueueLength:
        """Count the jobs."""
        queues = list(await self._app.job_manager.list_queues_async())
        return QueueLength(
            waiting=sum(int(each["todo"]) for each in queues),
            running=sum(int(each["doing"]) for each in queues),
            failed=sum(int(each["failed"]) for each in queues),
        )

    async def pending(
        self, connection: AsyncConnection, name: str, argument: str, values: Sequence[str]
    ) -> frozenset[str]:
        """Tell for which values of an argument there is a job of that name that waits or runs."""
        found = await connection.execute(_PENDING, {"name": name, "argument": argument, "values": list(values)})
        return frozenset(found.scalars())

    async def open(self) -> None:
        """Connect."""
        await self._app.open_async()

    async def close(self) -> None:
        """Disconnect."""
        await self._app.close_async()

    async def work(
        self, *, concurrency: int, graceful_s: float = 20.0, lanes: Mapping[str, Lane] | None = None
    ) -> None:
        """Run jobs until cancelled, through restarts of PostgreSQL.

        Cancelling lets running jobs end for `graceful_s`; what is still running then is handed back to the queue.
        lanes: those besides `SHORT_JOBS`, by name.
        """
        short = Lane(concurrency=concurrency, graceful_s=graceful_s)
        worked = {SHORT_JOBS: short, **(lanes or {})}
        tasks = [asyncio.create_task(self._work_lane(name, lane)) for name, lane in worked.items()]
        tasks.append(asyncio.create_task(self._take_over_forever()))
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _work_lane(self, name: str, lane: Lane) -> None:
        while True:
            try:
                await self._app.run_worker_async(
                    queues=[name],
                    concurrency=lane.concurrency,
                    install_signal_handlers=False,
                    update_heartbeat_interval=self._beat.heartbeat_s,
                    stalled_worker_timeout=self._beat.stalled_after_s,
                    fetch_job_polling_interval=2.0,
                    shutdown_graceful_timeout=lane.graceful_s,
                    delete_jobs="successful",
                )
            except Exception as error:
                log.warning("the job worker stopped and starts again: %s", type(error).__name__)
            await asyncio.sleep(self._beat.restart_pause_s)

    async def _take_over_forever(self) -> None:
        while True:
            try:
                await self.take_over()
            except Exception as error:
                log.warning("could not look for jobs of dead workers: %s", type(error).__name__)
            await asyncio.sleep(self._beat.stalled_after_s / 2)

    async def take_over(self) -> int:
        """Put the jobs of dead workers back into the queue; tell how many there were."""
        stalled = await self._app.job_manager.get_stalled_jobs(seconds_since_heartbeat=self._beat.stalled_after_s)
        count = 0
        for job in stalled:
            await self._app.job_manager.retry_job(job)
            count += 1
        return count


@contextmanager
def _losses_told_as_ours() -> Generator[None]:
    """Say that PostgreSQL was lost in our words where procrastinate says it in its own."""
    try:
        yield
    except procrastinate.exceptions.ConnectorException as error:
        if isinstance(error.__cause__, psycopg.OperationalError):
            raise database_unavailable() from error
        raise
