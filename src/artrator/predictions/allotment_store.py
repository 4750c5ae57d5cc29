"""What processes have set aside of wallets: rows, each with its open hold, which come and go in one transaction with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import LiteralString

from psycopg import AsyncCursor
from sqlalchemy import ColumnElement, delete, exists, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.kernel.ids import UserId
from artrator.kernel.money import Micros
from artrator.ledger.allotment import Allotment, hand_back, set_aside
from artrator.ledger.journal import apply_groups
from artrator.predictions.tables import allotments

_LOCK: LiteralString = "SELECT key, amount FROM allotments WHERE runner = %s AND user_id = %s FOR UPDATE"
_CHANGE: LiteralString = "UPDATE allotments SET key = %s, amount = %s WHERE runner = %s AND user_id = %s"


async def replace_allotment(connection: AsyncConnection, runner: str, wanted: Allotment) -> None:
    """Set aside what is wanted, in the place of what a runner has of this wallet. Raises: PaymentRequired."""
    mine = (allotments.c.runner == runner, allotments.c.user_id == wanted.user_id)
    found = (await connection.execute(select(allotments).where(*mine).with_for_update())).one_or_none()
    values = {"key": wanted.key, "amount": wanted.amount}
    upsert = insert(allotments).values(runner=runner, user_id=wanted.user_id, **values)
    await connection.execute(upsert.on_conflict_do_update(index_elements=["runner", "user_id"], set_=values))
    groups = [] if found is None or found.amount == 0 else [hand_back(_read(found.user_id, found.key, found.amount))]
    for refusal in await apply_groups(connection, [*groups, *([set_aside(wanted)] if wanted.amount else [])]):
        if refusal is not None:
            raise refusal


async def end_allotments(connection: AsyncConnection, *which: ColumnElement[bool]) -> Sequence[Allotment]:
    """Give back what some runners had set aside, and say what it was; what is there no more is no error."""
    # everybody locks them in this order
    locking = select(allotments).where(*which).order_by(allotments.c.user_id, allotments.c.runner).with_for_update()
    rows = (await connection.execute(locking)).all()
    places = [(row.runner, row.user_id) for row in rows]
    await connection.execute(delete(allotments).where(tuple_(allotments.c.runner, allotments.c.user_id).in_(places)))
    found = [_read(row.user_id, row.key, row.amount) for row in rows]
    for refusal in await apply_groups(connection, [hand_back(each) for each in found if each.amount]):
        if refusal is not None:
            raise refusal
    return found


async def lock_allotment(cursor: AsyncCursor[tuple[object, ...]], runner: str, user_id: UserId) -> Allotment | None:
    """Give what a runner has set aside of a wallet, and keep others from it until the transaction ends."""
    await cursor.execute(_LOCK, (runner, user_id))
    row = await cursor.fetchone()
    if row is None:
        return None
    key, amount = row
    assert isinstance(key, str)
    assert isinstance(amount, int)
    return _read(user_id, key, amount)


async def change_allotment(cursor: AsyncCursor[tuple[object, ...]], runner: str, now: Allotment) -> None:
    """Write what is left of it."""
    await cursor.execute(_CHANGE, (now.key, now.amount, runner, now.user_id))


async def has_allotment(connection: AsyncConnection, user_id: UserId) -> bool:
    """Tell whether any process may have runs of a user under way that are not written yet."""
    found = await connection.execute(select(exists().where(allotments.c.user_id == user_id)))
    return found.scalar_one()


def _read(user_id: UserId, key: str, amount: int) -> Allotment:
    return Allotment(user_id=user_id, key=key, amount=Micros(amount))
