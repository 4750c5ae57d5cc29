"""The only assembler: it alone knows which part needs which."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

from artrator.db.database import Database
from artrator.db.embedded import EmbeddedPostgres
from artrator.db.migrate import migrate
from artrator.db.queue import JobQueue
from artrator.kernel.errors import Unavailable
from artrator.settings import Settings
from artrator.wire.provide import Services

log = logging.getLogger(__name__)

POSTGRES_LOOK_S = 0.5


@asynccontextmanager
async def running_services(settings: Settings) -> AsyncGenerator[Services]:
    """Start everything that the settings ask for; stop it in the opposite order."""
    services = Services()
    async with AsyncExitStack() as stack:
        dsn = await _database_dsn(settings, stack)
        await asyncio.to_thread(migrate, dsn)
        database = Database(dsn, pool_size=settings.database.pool_size)
        stack.push_async_callback(database.close)
        services.add(database)
        queue = JobQueue(dsn)
        await queue.open()
        stack.push_async_callback(queue.close)
        services.add(queue)
        yield services


async def _database_dsn(settings: Settings, stack: AsyncExitStack) -> str:
    if settings.database.url is not None:
        return settings.database.url.get_secret_value()
    postgres = EmbeddedPostgres(folder=settings.home.expanduser().resolve() / "postgres")
    dsn = await asyncio.to_thread(stack.enter_context, postgres.running())
    guard = asyncio.create_task(_keep_alive(postgres))
    stack.push_async_callback(cancelled, guard)
    return dsn


async def _keep_alive(postgres: EmbeddedPostgres) -> None:
    """Start the private PostgreSQL again when something killed it."""
    while True:
        await asyncio.sleep(POSTGRES_LOOK_S)
        if postgres.seems_alive():
            continue
        log.warning("the private PostgreSQL is gone; starting it again")
        try:
            await asyncio.to_thread(postgres.start)
        except Unavailable as error:
            log.error("%s", error.message)


async def cancelled(task: asyncio.Task[None]) -> None:
    """Cancel a background task and wait until it is gone."""
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
