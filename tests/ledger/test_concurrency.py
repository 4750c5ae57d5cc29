"""However many ask at once, from however many processes: no overdraft, no double end, no deadlock."""

from __future__ import annotations

import asyncio
import multiprocessing
import random
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor

from sqlalchemy import select
from tests.ledger.movements import BUYER, CREATOR, balances, books_of, codes, count_transfers, run_of, top_up, write
from tests.ledger.test_rules import spend_earnings

from artrator.db.database import Database
from artrator.kernel.ids import UserId
from artrator.ledger.account import PLATFORM_FEES, earnings_of, wallet_of
from artrator.ledger.run_payment import hold, release, settle
from artrator.ledger.tables import accounts
from artrator.ledger.transfer import TransferGroup

PROCESSES = 2


def _in_processes(task: Callable[[str, int], list[str | None]], dsn: str) -> list[list[str | None]]:
    with ProcessPoolExecutor(PROCESSES, mp_context=multiprocessing.get_context("spawn")) as pool:
        return list(pool.map(task, [dsn] * PROCESSES, range(PROCESSES)))


async def _each_alone(database: Database, groups: Sequence[TransferGroup]) -> list[str | None]:
    """Write every group in its own transaction, all at the same time."""
    answers = await asyncio.gather(*(write(database, group) for group in groups))
    return [code for answer in answers for code in codes(answer)]


def _hold_100_runs(dsn: str, _process: int) -> list[str | None]:
    async def run() -> list[str | None]:
        database = Database(dsn)
        try:
            return await _each_alone(database, [hold(run_of(1000)) for _ in range(100)])
        finally:
            await database.close()

    return asyncio.run(run())


async def test_of_200_concurrent_holds_on_a_wallet_that_covers_100_exactly_100_succeed(
    database: Database, dsn: str
) -> None:
    await write(database, top_up(100_000))
    answers = [code for some in await asyncio.to_thread(_in_processes, _hold_100_runs, dsn) for code in some]
    assert answers.count(None) == 100
    assert answers.count("insufficient_funds") == 100
    assert await balances(database, wallet_of(BUYER)) == (100_000, 0, 0, 100_000)
    assert (await books_of(database)).problems == ()


async def test_of_a_settle_and_a_release_at_the_same_time_one_wins(database: Database) -> None:
    payments = [run_of(1000) for _ in range(30)]
    await write(database, top_up(30_000), *(hold(each) for each in payments))
    ends = await asyncio.gather(
        *(_each_alone(database, random.sample([settle(each), release(each)], k=2)) for each in payments)
    )
    assert all(sorted(pair, key=str) == [None, "hold_already_ended"] for pair in ends)
    assert (await books_of(database)).problems == ()


async def test_one_group_written_by_many_at_once_moves_once(database: Database) -> None:
    payment, bought = run_of(1000), top_up(1000)
    assert await _each_alone(database, [bought] * 10) == [None] * 10
    assert await _each_alone(database, [hold(payment)] * 10) == [None] * 10
    assert await count_transfers(database) == 3
    assert await balances(database, wallet_of(BUYER)) == (1000, 0, 0, 1000)


async def test_wallets_are_made_once_when_many_need_them_first(database: Database) -> None:
    strangers = [UserId(f"stranger-{number}") for number in range(5)]
    groups = [top_up(100, user=user) for user in strangers for _ in range(4)]
    random.shuffle(groups)
    assert await _each_alone(database, groups) == [None] * 20
    assert [await balances(database, wallet_of(user)) for user in strangers] == [(0, 0, 0, 400)] * 5


def _trade_both_ways(dsn: str, process: int) -> list[str | None]:
    """Write batches that touch the same accounts in opposite orders, as buyers who are creators too do."""
    draw = random.Random(process)
    people = [UserId(f"trader-{number}") for number in range(6)]

    async def batches(database: Database) -> list[str | None]:
        answers: list[str | None] = []
        for _ in range(15):
            payments = []
            for _ in range(5):
                buyer, creator = draw.sample(people, k=2)
                payments.append(run_of(draw.randint(1, 50), buyer=buyer, creator=creator))
            groups = [hold(each) for each in payments]
            groups += [spend_earnings(user, 1) for user in draw.sample(people, k=2)]
            groups += [top_up(5, user=draw.choice(people))]
            draw.shuffle(groups)
            answers += codes(await write(database, *groups))
            answers += codes(await write(database, *(settle(each) for each in reversed(payments))))
        return answers

    async def run() -> list[str | None]:
        database = Database(dsn)
        try:
            return [code for some in await asyncio.gather(*(batches(database) for _ in range(4))) for code in some]
        finally:
            await database.close()

    return asyncio.run(run())


async def test_batches_that_touch_the_same_accounts_in_opposite_orders_do_not_deadlock(
    database: Database, dsn: str
) -> None:
    await write(database, *(top_up(20_000, user=UserId(f"trader-{number}")) for number in range(6)))
    answers = [code for some in await asyncio.to_thread(_in_processes, _trade_both_ways, dsn) for code in some]
    assert answers.count(None) > len(answers) // 2
    assert set(answers) <= {None, "insufficient_funds"}
    assert (await books_of(database)).problems == ()


async def test_a_batch_that_waits_for_a_wallet_does_not_hold_up_those_who_pay_the_same_creator(
    database: Database,
) -> None:
    await write(database, top_up(2000), top_up(2000, user=UserId("other")))
    earlier = run_of(1000)  # the creator was paid before: an account is made only once
    await write(database, hold(earlier))
    await write(database, release(earlier))
    async with database.unit_of_work() as connection:
        await connection.execute(select(accounts).where(accounts.c.id == wallet_of(BUYER)).with_for_update())
        waiting = asyncio.create_task(write(database, hold(run_of(1000))))
        # It waits for the wallet; meanwhile somebody else pays the same creator and the same platform.
        other = await write(database, hold(run_of(1000, buyer=UserId("other"))))
        assert codes(other) == [None]
        assert not waiting.done()
    assert codes(await waiting) == [None]
    assert await balances(database, earnings_of(CREATOR)) == (0, 0, 1600, 0)
    assert await balances(database, PLATFORM_FEES) == (0, 0, 400, 0)
