"""The only assembler: it alone knows which part needs which."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

from artrator.db.database import Database
from artrator.db.embedded import EmbeddedPostgres
from artrator.db.migrate import migrate
from artrator.db.queue import JobQueue
from artrator.settings import Settings
from artrator.wire.provide import Services


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
    return await asyncio.to_thread(stack.enter_context, postgres.running())
