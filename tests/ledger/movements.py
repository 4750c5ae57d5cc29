"""Groups of transfers, and readings of the books, that the ledger's tests share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import func, select

from artrator.db.database import Database
from artrator.kernel.errors import ArtratorError
from artrator.kernel.ids import AccountId, PredictionId, UserId, new_id
from artrator.kernel.money import Micros
from artrator.ledger.account import provider_account, wallet_of
from artrator.ledger.books import BooksReport, check_books
from artrator.ledger.journal import apply_groups
from artrator.ledger.run_payment import RunPayment
from artrator.ledger.tables import accounts, transfers
from artrator.ledger.transfer import NewTransfer, TransferCode, TransferGroup, TransferKind

BUYER = UserId("buyer")
CREATOR = UserId("creator")


def top_up(amount: int, *, user: UserId = BUYER, key: str | None = None) -> TransferGroup:
    transfer = NewTransfer(
        kind=TransferKind.DIRECT,
        debit_account=provider_account("sandbox"),
        credit_account=wallet_of(user),
        amount=Micros(amount),
        code=TransferCode.TOP_UP,
    )
    return TransferGroup(key=key or f"top_up:{new_id()}", transfers=(transfer,))


def run_of(
    price: int, *, fee_permille: int = 200, buyer: UserId = BUYER, creator: UserId = CREATOR, run_id: str | None = None
) -> RunPayment:
    return RunPayment(
        run_id=PredictionId(run_id or new_id()),
        buyer=buyer,
        creator=creator,
        price=Micros(price),
        fee_permille=fee_permille,
        memo="atelier/shape-gan",
    )


async def write(database: Database, *groups: TransferGroup) -> Sequence[ArtratorError | None]:
    async with database.unit_of_work() as connection:
        return await apply_groups(connection, groups)


def codes(answers: Sequence[ArtratorError | None]) -> list[str | None]:
    return [None if each is None else each.code for each in answers]


async def balances(database: Database, account: AccountId) -> tuple[int, int, int, int]:
    """debits pending, debits posted, credits pending, credits posted"""
    async with database.unit_of_work() as connection:
        row = (await connection.execute(select(accounts).where(accounts.c.id == account))).one_or_none()
    if row is None:
        return (0, 0, 0, 0)
    return (row.debits_pending, row.debits_posted, row.credits_pending, row.credits_posted)


async def count_transfers(database: Database) -> int:
    async with database.unit_of_work() as connection:
        return (await connection.execute(select(func.count()).select_from(transfers))).scalar_one()


async def books_of(database: Database, *, now: datetime | None = None) -> BooksReport:
    async with database.unit_of_work() as connection:
        return await check_books(connection, now=now or datetime.now(UTC), stale_hold_s=3600)
