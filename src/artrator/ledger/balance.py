"""What a user has, as sums that the ledger keeps."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.kernel.ids import UserId
from artrator.kernel.money import Micros
from artrator.ledger.account import earnings_of, wallet_of
from artrator.ledger.tables import accounts


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """A user's money at one moment."""

    available: Micros
    """Can be spent now."""
    held: Micros
    """Set aside for runs that have not ended."""
    earned: Micros
    """Earned by runs of the user's models and not paid out."""
    expected: Micros
    """Will be earned if the runs of the user's models that go on now succeed."""


async def read_balance(connection: AsyncConnection, user: UserId) -> Balance:
    """Read a user's balance; accounts that nothing moved on yet count as empty."""
    wallet, earnings = wallet_of(user), earnings_of(user)
    rows = (await connection.execute(select(accounts).where(accounts.c.id.in_((wallet, earnings))))).all()
    left = {row.id: row.credits_posted - row.debits_posted - row.debits_pending for row in rows}
    held = {row.id: row.debits_pending for row in rows}
    coming = {row.id: row.credits_pending for row in rows}
    return Balance(
        available=Micros(left.get(wallet, 0)),
        held=Micros(held.get(wallet, 0)),
        earned=Micros(left.get(earnings, 0)),
        expected=Micros(coming.get(earnings, 0)),
    )


async def lock_held(connection: AsyncConnection, user: UserId) -> Micros:
    """Sum what is held of and for a user, and let nothing move on their accounts until the transaction ends."""
    names = (wallet_of(user), earnings_of(user))
    # in the order in which the journal locks them
    query = select(accounts).where(accounts.c.id.in_(names)).order_by(accounts.c.id.desc()).with_for_update()
    rows = (await connection.execute(query)).all()
    return Micros(sum(row.debits_pending + row.credits_pending for row in rows))
