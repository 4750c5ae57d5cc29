"""A lane's statements are transactions of their own, on a connection that is made again when it was lost."""

from __future__ import annotations

import asyncio

import psycopg
import pytest

from artrator.db import liveness
from artrator.db.database import Database
from artrator.db.lane import Lane, one_row
from artrator.kernel.errors import Unavailable


async def _backend(lane: Lane) -> int:
    (pid,) = await lane.statement("SELECT pg_backend_pid()", {})
    return int(pid)


async def _end(dsn: str, pid: int) -> None:
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as other:
        await other.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))


async def _count(dsn: str) -> int:
    async with await psycopg.AsyncConnection.connect(dsn) as other:
        row = await (await other.execute("SELECT count(*) FROM numbers")).fetchone()
    assert row is not None
    return int(row[0])


@pytest.fixture
async def lane(database: Database) -> Lane:
    async with database.unit_of_work() as connection:
        await connection.exec_driver_sql("CREATE TABLE numbers (value int PRIMARY KEY)")
    return database.lane()


INSERT = "INSERT INTO numbers VALUES (%(value)s::integer) RETURNING value"


async def test_a_statement_is_committed_when_it_returns(lane: Lane, dsn: str) -> None:
    assert await lane.statement(INSERT, {"value": "1"}) == (1,)
    assert await _count(dsn) == 1


async def test_a_transaction_that_fails_leaves_nothing_and_the_lane_goes_on(lane: Lane, dsn: str) -> None:
    with pytest.raises(psycopg.errors.UniqueViolation):
        async with lane.transaction() as cursor:
            for _ in range(2):
                await one_row(cursor, INSERT, {"value": "1"})
    assert await _count(dsn) == 0
    async with lane.transaction() as cursor:
        await one_row(cursor, INSERT, {"value": "2"})
    assert await _count(dsn) == 1


async def test_a_connection_that_the_server_ended_is_replaced_unnoticed(lane: Lane, dsn: str) -> None:
    before = await _backend(lane)
    assert await _backend(lane) == before
    await _end(dsn, before)
    assert await _backend(lane) != before


async def test_a_connection_is_asked_after_a_long_silence(
    lane: Lane, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(liveness, "SILENCE_S", -1.0)
    before = await _backend(lane)
    assert await _backend(lane) == before
    await _end(dsn, before)
    assert await _backend(lane) != before


async def test_a_connection_that_dies_under_a_statement_says_so_and_the_next_one_works(lane: Lane, dsn: str) -> None:
    before = await _backend(lane)
    running = asyncio.create_task(lane.statement("SELECT pg_sleep(60)::text", {}))
    await _wait_until_active(dsn, before)
    await _end(dsn, before)
    with pytest.raises(Unavailable):
        await running
    assert await _backend(lane) != before


async def test_a_statement_that_is_given_up_does_not_spoil_the_lane(lane: Lane, dsn: str) -> None:
    before = await _backend(lane)
    running = asyncio.create_task(lane.statement("SELECT pg_sleep(60)::text", {}))
    await _wait_until_active(dsn, before)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert await lane.statement(INSERT, {"value": "1"}) == (1,)


async def _wait_until_active(dsn: str, pid: int) -> None:
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as other:
        while True:
            found = await other.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE pid = %s AND query LIKE 'SELECT pg_sleep%%'"
                " AND state = 'active'",
                (pid,),
            )
            if await found.fetchone() == (1,):
                return
            await asyncio.sleep(0.02)
