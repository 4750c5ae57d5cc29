"""What a creator's models earned, day by day, for plots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Date, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.kernel.ids import AccountId
from artrator.kernel.money import Micros
from artrator.ledger.tables import MOVES_POSTED, transfers


@dataclass(frozen=True, slots=True, kw_only=True)
class DayEarnings:
    """What runs of one model earned on one day, in UTC."""

    day: date
    memo: str
    """What a statement shows: `atelier/shape-gan`."""
    amount: Micros


async def read_earned_by_day(
    connection: AsyncConnection, earnings: AccountId, since: datetime
) -> Sequence[DayEarnings]:
    """Sum the transfers to an earnings account by day and memo."""
    day = cast(func.timezone("UTC", transfers.c.created_at), Date)
    query = (
        select(day.label("day"), transfers.c.memo, func.sum(transfers.c.amount).label("amount"))
        .where(transfers.c.credit_account == earnings, MOVES_POSTED, transfers.c.created_at >= since)
        .group_by(day, transfers.c.memo)
        .order_by(day)
    )
    rows = (await connection.execute(query)).all()
    return [DayEarnings(day=row.day, memo=row.memo, amount=Micros(int(row.amount))) for row in rows]
