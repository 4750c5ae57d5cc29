"""What is written stays written, even for somebody with a connection of their own; a crash leaves nothing half-done."""

from __future__ import annotations

import asyncio

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import text
from tests.ledger.movements import BUYER, CREATOR, balances, books_of, codes, count_transfers, run_of, top_up, write

from artrator.db.database import Database
from artrator.kernel.errors import Unavailable
from artrator.ledger.account import earnings_of, wallet_of
from artrator.ledger.journal import apply_groups
from artrator.ledger.run_payment import hold, settle

REWRITES = (
    "UPDATE transfers SET amount = 1",
    "UPDATE transfers SET memo = 'x' WHERE false",
    "DELETE FROM transfers",
    "TRUNCATE transfers",
    "TRUNCATE transfers CASCADE",
    "INSERT INTO transfers SELECT * FROM transfers ON CONFLICT (id) DO UPDATE SET amount = 1",
    "DELETE FROM accounts",
    "TRUNCATE accounts",
    "UPDATE accounts SET debits_must_not_exceed_credits = false",
    "UPDATE accounts SET id = 'wallet:thief'",
)


@pytest.mark.parametrize("role", ["origin", "replica"])
async def test_history_cannot_be_rewritten(database: Database, dsn: str, role: str) -> None:
    await write(database, top_up(1000))
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        await connection.execute(sql.SQL("SET session_replication_role = {}").format(sql.Literal(role)))
        for statement in REWRITES:
            with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="append-only"):
                await connection.execute(statement.encode())
    assert await balances(database, wallet_of(BUYER)) == (0, 0, 0, 1000)


@pytest.mark.parametrize(
    "change", ["debits_posted = 1001", "debits_pending = 1001", "credits_posted = -1", "debits_pending = -1"]
)
async def test_the_database_itself_refuses_an_overdraft(database: Database, dsn: str, change: str) -> None:
    await write(database, top_up(1000))
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        with pytest.raises(psycopg.errors.CheckViolation):
            await connection.execute(f"UPDATE accounts SET {change} WHERE id = 'wallet:{BUYER}'".encode())


async def test_a_hold_cannot_be_ended_twice_even_past_the_journal(database: Database, dsn: str) -> None:
    payment = run_of(1000)
    await write(database, top_up(1000), hold(payment), settle(payment))
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        with pytest.raises(psycopg.errors.UniqueViolation):
            await connection.execute(
                "INSERT INTO transfers (id, sequence, group_key, group_size, kind, debit_account, credit_account,"
                " amount, pending_id, code, subject, memo) SELECT id || 'x', sequence, group_key, group_size, kind,"
                " debit_account, credit_account, amount, pending_id, code, subject, memo FROM transfers"
                " WHERE kind = 'post'"
            )


async def _kill(dsn: str, pid: int) -> None:
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        await connection.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))


async def test_a_connection_that_dies_before_its_commit_leaves_nothing(database: Database, dsn: str) -> None:
    await write(database, top_up(1000))
    before = await count_transfers(database)
    payment = run_of(1000)
    with pytest.raises(Unavailable):
        async with database.unit_of_work() as connection:
            pid = (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()
            assert codes(await apply_groups(connection, [hold(payment)])) == [None]
            await _kill(dsn, pid)
            await connection.execute(text("SELECT 1"))
    assert await count_transfers(database) == before
    assert await balances(database, earnings_of(CREATOR)) == (0, 0, 0, 0)
    assert codes(await write(database, hold(payment))) == [None]
    assert (await books_of(database)).problems == ()


async def test_a_connection_that_dies_within_a_batch_leaves_nothing_of_it(database: Database, dsn: str) -> None:
    payments = [run_of(10) for _ in range(20)]
    await write(database, top_up(1000))
    async with await psycopg.AsyncConnection.connect(dsn) as blocker:
        # The batch is stopped where it locks the creator's earnings: its transfers are inserted, its balances not.
        await write(database, hold(run_of(10)))
        before = await count_transfers(database)
        await blocker.execute("SELECT FROM accounts WHERE id = %s FOR UPDATE", (earnings_of(CREATOR),))
        batch = asyncio.create_task(write(database, *(hold(each) for each in payments)))
        pid = await _waiting_backend(dsn)
        await _kill(dsn, pid)
        with pytest.raises(Unavailable):
            await batch
    assert await count_transfers(database) == before
    assert (await books_of(database)).problems == ()
    assert codes(await write(database, *(hold(each) for each in payments))) == [None] * 20


async def _waiting_backend(dsn: str) -> int:
    """Give the process that waits for a row's lock, as soon as there is one."""
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        while True:
            found = await (
                await connection.execute(
                    "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
                )
            ).fetchone()
            if found is not None:
                return found[0]
            await connection.execute("SELECT pg_sleep(0.01)")
