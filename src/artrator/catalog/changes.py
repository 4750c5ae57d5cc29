"""Hear from the database which models changed, so that what a process remembers is never old for long."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import psycopg

from artrator.catalog.store import CHANGED
from artrator.db.listening import listening_connection
from artrator.kernel.ids import ModelId

log = logging.getLogger(__name__)

RECONNECT_PAUSE_S = 0.5

OnChange = Callable[[ModelId | None], None]
"""Called with the id of a changed model, or with None when changes may have been missed."""


async def listen_for_changes(dsn: str, on_change: OnChange, *, listening: asyncio.Event | None = None) -> None:
    """Listen until cancelled, through restarts of PostgreSQL; `listening` is set while nothing can be missed."""
    while True:
        try:
            await _listen(dsn, on_change, listening or asyncio.Event())
        except psycopg.Error as error:
            log.warning("lost the connection that tells of changed models: %s", type(error).__name__)
        finally:
            if listening is not None:
                listening.clear()
            on_change(None)
        await asyncio.sleep(RECONNECT_PAUSE_S)


async def _listen(dsn: str, on_change: OnChange, listening: asyncio.Event) -> None:
    async with listening_connection(dsn, CHANGED) as connection:
        on_change(None)
        listening.set()
        async for notice in connection.notifies():
            on_change(ModelId(notice.payload))
