"""The check of the books finds whatever somebody wrote past the journal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from tests.ledger.movements import BUYER, books_of, run_of, top_up, write

from artrator.db.database import Database
from artrator.kernel.money import Micros
from artrator.ledger.run_payment import hold, release, settle

UNLOCK = (
    "ALTER TABLE transfers DISABLE TRIGGER ALL; ALTER TABLE accounts DISABLE TRIGGER ALL;"
    " ALTER TABLE accounts DROP CONSTRAINT ck_accounts_no_overdraft; DROP INDEX uq_transfers_pending_id"
)
COPY_OF_POST = (
    "INSERT INTO transfers SELECT id || 'x', sequence, group_key, group_size, kind, debit_account, credit_account,"
    " amount, pending_id, code, subject, memo, created_at FROM transfers WHERE kind = 'post'"
)


@pytest.fixture
async def used(database: Database) -> Database:
    paid, cheaper, lost, going = (run_of(1000) for _ in range(4))
    await write(database, top_up(4000), *(hold(each) for each in (paid, cheaper, lost, going)))
    await write(database, settle(paid), settle(cheaper, Micros(1)), release(lost))
    return database


async def test_books_that_nobody_touched_balance(used: Database) -> None:
    report = await books_of(used)
    assert (report.problems, report.warnings, report.balance) == ((), (), True)
    assert (report.accounts, report.transfers) == (4, 15)


async def test_empty_books_balance(database: Database) -> None:
    report = await books_of(database)
    assert (report.accounts, report.transfers, report.problems) == (0, 0, ())


@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        (f"UPDATE accounts SET credits_posted = credits_posted + 1 WHERE id = 'wallet:{BUYER}'", "not the sums"),
        ("UPDATE accounts SET debits_pending = debits_pending - 1 WHERE debits_pending > 0", "debits are not credits"),
        ("UPDATE transfers SET amount = amount + 1 WHERE kind = 'direct'", "not the sums"),
        ("DELETE FROM transfers WHERE kind = 'void'", "not the sums"),
        ("DELETE FROM accounts WHERE id = 'platform:fees'", "not the sums"),
        (f"UPDATE accounts SET debits_posted = 4000 WHERE id = 'wallet:{BUYER}'", "spent more than it had"),
        ("UPDATE accounts SET debits_must_not_exceed_credits = false", "nothing limits"),
        ("UPDATE transfers SET amount = 2000 WHERE kind = 'post'", "does not agree with the hold"),
        ("UPDATE transfers SET pending_id = 'nothing' WHERE kind = 'post'", "does not agree with the hold"),
        ("UPDATE transfers SET credit_account = 'earnings:thief' WHERE kind = 'void'", "does not agree with the hold"),
        (COPY_OF_POST, "ended more than once"),
        ("DELETE FROM transfers WHERE id LIKE '%settle/0'", "is not whole"),
        (
            "INSERT INTO top_ups VALUES ('t', 'u', 'sandbox', 5, 'k', 'succeeded', NULL, now(), now())",
            "top-up t: its status",
        ),
    ],
)
async def test_tampering_is_found(used: Database, dsn: str, tampering: str, found: str) -> None:
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        await connection.execute(UNLOCK)
        await connection.execute(tampering.encode())
    report = await books_of(used)
    assert not report.balance
    assert any(found in problem for problem in report.problems), report.problems


async def test_a_hold_that_nothing_ends_is_warned_of_and_no_error(used: Database) -> None:
    report = await books_of(used, now=datetime.now(UTC) + timedelta(hours=2))
    assert report.balance
    assert len(report.warnings) == 2
    assert all("open since" in warning for warning in report.warnings)
