"""The only writer of the ledger: many groups of transfers in one round trip, each applied whole or refused alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import LiteralString

import psycopg
from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.db.database import driver_of
from artrator.kernel.errors import ArtratorError, Unavailable
from artrator.ledger.batch import PARAMETERS, Batch
from artrator.ledger.transfer import TransferGroup

_APPLY: LiteralString = "SELECT outcomes, funds FROM ledger_apply(<batch>, '{}')".replace("<batch>", PARAMETERS)


async def apply_groups(connection: AsyncConnection, groups: Sequence[TransferGroup]) -> Sequence[ArtratorError | None]:
    """Write groups of transfers in order; answer each with None, or with why it alone was refused.

    A group is applied whole or leaves no trace. A key that was applied before answers None again if the content is
    the same. Accounts are made as they are needed. Call it once in a unit of work and near its end: the accounts
    stay locked until the commit, and only within one call are they locked in the order that rules out deadlocks.

    Refusals: PaymentRequired insufficient_funds; Conflict hold_already_ended, hold_exceeded, hold_differs,
    group_differs; NotFound hold_not_found.
    Raises: Unavailable ledger_contention where another process wrote the same key without sharing a wallet; nothing
    of this unit of work is kept then.
    """
    batch = Batch(groups)
    if batch.is_empty:
        return [None] * len(groups)
    driver = await driver_of(connection)
    try:
        cursor = await driver.execute(_APPLY, batch.arguments())
    except psycopg.IntegrityError as error:
        raise ledger_contention() from error
    row = await cursor.fetchone()
    assert row is not None
    outcomes, funds = row
    return list(batch.answers(outcomes, funds))


def ledger_contention() -> Unavailable:
    """Say that another process wrote the same key at the same moment without sharing a wallet."""
    return Unavailable("ledger_contention", "Somebody else wrote the same at this moment; nothing was done, try again.")
