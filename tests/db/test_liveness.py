"""A connection that died while it lay in the pool is replaced before anybody works with it."""

from __future__ import annotations

import psycopg
import pytest
from sqlalchemy import text

from artrator.db import liveness
from artrator.db.database import Database


async def _backend(database: Database) -> int:
    async with database.unit_of_work() as connection:
        return int((await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one())


async def _end(dsn: str, pid: int) -> None:
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as other:
        # waits until the backend is gone
        ended = await other.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
        assert await ended.fetchone() == (True,)


async def test_a_healthy_connection_is_used_again(database: Database) -> None:
    assert await _backend(database) == await _backend(database)


async def test_a_connection_that_the_server_ended_is_replaced_unnoticed(database: Database, dsn: str) -> None:
    before = await _backend(database)
    await _end(dsn, before)
    assert await _backend(database) != before


async def test_a_connection_is_asked_after_a_long_silence(
    database: Database, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(liveness, "SILENCE_S", -1.0)
    before = await _backend(database)
    assert await _backend(database) == before
    await _end(dsn, before)
    assert await _backend(database) != before
