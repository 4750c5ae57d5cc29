"""Reading and writing top-ups."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.kernel.ids import UserId
from artrator.kernel.money import Micros
from artrator.ledger.tables import top_ups
from artrator.ledger.top_up import TopUp, TopUpStatus


async def insert_top_up(connection: AsyncConnection, top_up: TopUp, idempotency_key: str) -> TopUp:
    """Write an intent, or give the one that this user made with this key before."""
    await connection.execute(
        insert(top_ups)
        .values(
            id=top_up.id,
            user_id=top_up.user_id,
            provider=top_up.provider,
            amount=top_up.amount,
            idempotency_key=idempotency_key,
            status=top_up.status.value,
            created_at=top_up.created_at,
        )
        .on_conflict_do_nothing(index_elements=["user_id", "idempotency_key"])
    )
    mine = top_ups.c.user_id == top_up.user_id, top_ups.c.idempotency_key == idempotency_key
    return _top_up((await connection.execute(_select().where(*mine))).one())


async def lock_top_up(connection: AsyncConnection, top_up_id: str) -> TopUp | None:
    """Read a top-up and keep others from ending it until this transaction is over."""
    row = (await connection.execute(_select().where(top_ups.c.id == top_up_id).with_for_update())).one_or_none()
    return None if row is None else _top_up(row)


async def write_reference(connection: AsyncConnection, top_up_id: str, reference: str) -> None:
    """Keep the provider's own id of a payment."""
    await connection.execute(update(top_ups).where(top_ups.c.id == top_up_id).values(provider_reference=reference))


async def end_top_up(connection: AsyncConnection, top_up_id: str, status: TopUpStatus, at: datetime) -> None:
    """Write how a top-up ended."""
    await connection.execute(update(top_ups).where(top_ups.c.id == top_up_id).values(status=status.value, ended_at=at))


def _select() -> Select[*tuple[Any, ...]]:
    return select(
        top_ups.c.id, top_ups.c.user_id, top_ups.c.provider, top_ups.c.amount, top_ups.c.status, top_ups.c.created_at
    )


def _top_up(row: Row[*tuple[Any, ...]]) -> TopUp:
    return TopUp(
        id=row.id,
        user_id=UserId(row.user_id),
        provider=row.provider,
        amount=Micros(row.amount),
        status=TopUpStatus(row.status),
        created_at=row.created_at,
    )
