"""A connection of its own for LISTEN, which a cancelled task never leaves open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import psycopg
from psycopg import sql

CONNECT_TIMEOUT_S = 5


@asynccontextmanager
async def listening_connection(dsn: str, channel: str) -> AsyncGenerator[psycopg.AsyncConnection]:
    """Give a connection that hears a channel: iterate over `connection.notifies()`. Raises: psycopg.Error."""
    connection = await _connected(dsn)
    try:
        await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
        yield connection
    finally:
        await connection.close()


async def _connected(dsn: str) -> psycopg.AsyncConnection:
    connecting = asyncio.ensure_future(
        psycopg.AsyncConnection.connect(dsn, autocommit=True, connect_timeout=CONNECT_TIMEOUT_S)
    )
    try:
        return await asyncio.shield(connecting)
    except asyncio.CancelledError:
        connecting.add_done_callback(_close_soon)
        raise


def _close_soon(connecting: asyncio.Future[psycopg.AsyncConnection]) -> None:
    if not connecting.cancelled() and connecting.exception() is None:
        connecting.result().pgconn.finish()
