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
    """What one model earned on one day, in UTC: by its own runs, and as part of others'."""

    day: date
    model: str
    """owner/name"""
    amount: Micros


async def read_earned_by_day(
    connection: AsyncConnection, earnings: AccountId, since: datetime
) -> Sequence[DayEarnings]:
    """Sum the transfers to an earnings account by day and model."""
    day = cast(func.timezone("UTC", transfers.c.created_at), Date)
    model = func.coalesce(transfers.c.item, transfers.c.memo)
    query = (
        select(day.label("day"), model.label("model"), func.sum(transfers.c.amount).label("amount"))
        .where(transfers.c.credit_account == earnings, MOVES_POSTED, transfers.c.created_at >= since)
        .group_by(day, model)
        .order_by(day)
    )
    rows = (await connection.execute(query)).all()
    return [DayEarnings(day=row.day, model=row.model, amount=Micros(int(row.amount))) for row in rows]
