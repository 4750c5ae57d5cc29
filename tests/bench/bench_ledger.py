"""Print how many transfers a second the ledger commits, beside a plain INSERT and commit in the same run.

python -m tests.bench.bench_ledger [--seconds S]
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from sqlalchemy import text

from artrator.db.database import Database
from artrator.db.embedded import EmbeddedPostgres
from artrator.db.migrate import migrate
from artrator.kernel.errors import ArtratorError
from artrator.kernel.group_commit import GroupCommit
from artrator.kernel.ids import PredictionId, UserId, new_id
from artrator.kernel.money import Micros
from artrator.ledger.account import provider_account, wallet_of
from artrator.ledger.journal import apply_groups
from artrator.ledger.run_payment import RunPayment, hold, settle
from artrator.ledger.transfer import NewTransfer, TransferCode, TransferGroup, TransferKind

BUYERS = 100
GROUP_SIZES = (1, 8, 64, 256)
CLIENTS = (1, 16, 256)


def main() -> None:
    """Measure on a fresh private PostgreSQL."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0, help="how long each line measures")
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory(prefix="artrator-bench-") as folder:
        Path(folder).chmod(0o711)
        server = EmbeddedPostgres(folder=Path(folder))
        with server.running():
            migrate(server.dsn())
            asyncio.run(measure(server.dsn(), seconds))


async def measure(dsn: str, seconds: float) -> None:
    """Print a line for each way of writing; the ratio is to the plain INSERT."""
    database = Database(dsn)
    try:
        await _measure(database, seconds)
    finally:
        await database.close()


async def _measure(database: Database, seconds: float) -> None:
    await fund(database)
    plain = await plain_inserts(database, seconds)
    print(f"{'plain INSERT + commit, one at a time':48} {plain:9.0f} rows/s        1.00")
    for size in GROUP_SIZES:
        rate = await in_batches(database, size, seconds)
        print(f"{f'apply_groups, {size} runs held, then settled':48} {rate:9.0f} transfers/s {rate / plain:7.2f}")
    for clients in CLIENTS:
        rate = await by_clients(database, clients, seconds)
        print(f"{f'group commit, {clients} clients, a run each':48} {rate:9.0f} transfers/s {rate / plain:7.2f}")


async def fund(database: Database) -> None:
    """Fill the wallets."""
    async with database.unit_of_work() as connection:
        await apply_groups(connection, [_top_up(_buyer(number)) for number in range(BUYERS)])


async def plain_inserts(database: Database, seconds: float) -> float:
    """Insert one row of a transfer's content a transaction, with a primary key and nothing else."""
    async with database.unit_of_work() as connection:
        await connection.execute(
            text("CREATE TABLE plain (id text PRIMARY KEY, debit text, credit text, amount bigint, memo text)")
        )

    async def insert() -> int:
        async with database.unit_of_work() as connection:
            await connection.execute(
                text("INSERT INTO plain VALUES (:id, 'wallet:buyer', 'earnings:creator', 1000, 'atelier/shape-gan')"),
                {"id": new_id()},
            )
        return 1

    return await _rate(insert, seconds)


async def in_batches(database: Database, size: int, seconds: float) -> float:
    """Hold `size` runs in one transaction and settle them in the next."""

    async def batch() -> int:
        payments = [_payment(number) for number in range(size)]
        written = 0
        for groups in ([hold(each) for each in payments], [settle(each) for each in payments]):
            async with database.unit_of_work() as connection:
                _expect_applied(await apply_groups(connection, groups))
            written += sum(len(group.transfers) for group in groups)
        return written

    return await _rate(batch, seconds)


async def by_clients(database: Database, clients: int, seconds: float) -> float:
    """Let clients hold and settle their own runs, one after the other, through one group commit."""

    async def apply(groups: Sequence[TransferGroup]) -> Sequence[ArtratorError | None]:
        async with database.unit_of_work() as connection:
            return await apply_groups(connection, groups)

    commit: GroupCommit[TransferGroup, None] = GroupCommit(apply)
    end = time.perf_counter() + seconds
    started = time.perf_counter()

    async def client(number: int) -> int:
        written = 0
        while time.perf_counter() < end:
            payment = _payment(number)
            for group in (hold(payment), settle(payment)):
                await commit.submit(group)
                written += len(group.transfers)
        return written

    written = sum(await asyncio.gather(*(client(number) for number in range(clients))))
    return written / (time.perf_counter() - started)


async def _rate(step: Callable[[], Awaitable[int]], seconds: float) -> float:
    await step()
    started = time.perf_counter()
    done = 0
    while time.perf_counter() < started + seconds:
        done += await step()
    return done / (time.perf_counter() - started)


def _expect_applied(answers: object) -> None:
    assert isinstance(answers, list)
    assert not any(isinstance(each, ArtratorError) for each in answers), answers


def _buyer(number: int) -> UserId:
    return UserId(f"{number % BUYERS:026d}")


def _payment(number: int) -> RunPayment:
    return RunPayment(
        run_id=PredictionId(new_id()),
        buyer=_buyer(number),
        creator=UserId(f"{number % 7:026d}-creator"),
        price=Micros(1000),
        fee_permille=200,
        memo="atelier/shape-gan",
    )


def _top_up(user: UserId) -> TransferGroup:
    transfer = NewTransfer(
        kind=TransferKind.DIRECT,
        debit_account=provider_account("sandbox"),
        credit_account=wallet_of(user),
        amount=Micros(10**14),
        code=TransferCode.TOP_UP,
    )
    return TransferGroup(key=f"top_up:{new_id()}", transfers=(transfer,))


if __name__ == "__main__":
    main()
