"""How often a day somebody may share and report, counted in PostgreSQL: taking back what one did gives no turn back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import case
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.gallery.tables import gallery_turns
from artrator.kernel.errors import RateLimited
from artrator.kernel.ids import UserId


class Turn(StrEnum):
    """What is counted."""

    SHARE = "share"
    REPORT = "report"


async def take_turn(connection: AsyncConnection, user_id: UserId, turn: Turn, *, most: int, now: datetime) -> None:
    """Count one, in the transaction that does it. Raises: RateLimited, until the day ends, in UTC."""
    today = now.astimezone(UTC).date()
    statement = insert(gallery_turns).values(user_id=user_id, turn=turn.value, day=today, number=1)
    number = case((gallery_turns.c.day == today, gallery_turns.c.number + 1), else_=1)
    statement = statement.on_conflict_do_update(
        index_elements=["user_id", "turn"], set_={"day": today, "number": number}
    ).returning(gallery_turns.c.number)
    if (await connection.execute(statement)).scalar_one() > most:
        midnight = datetime(today.year, today.month, today.day, tzinfo=UTC) + timedelta(days=1)
        wait_s = max(1, round((midnight - now).total_seconds()))
        message = f"This was the {most}th {turn.value} of today, which is the most; go on tomorrow."
        raise RateLimited(f"too_many_{turn.value}s", message, limit=most, retry_after_s=wait_s)
