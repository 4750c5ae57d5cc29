"""Write runs that have ended, once and whole, and pay for them: many runs a transaction, in one statement."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, LiteralString, TypeAlias

import msgspec
import psycopg
from psycopg import AsyncCursor

from artrator.db.database import Database
from artrator.db.lane import one_row
from artrator.kernel.errors import ArtratorError
from artrator.kernel.group_commit import GroupCommit
from artrator.kernel.ids import UserId, new_id
from artrator.kernel.money import Micros
from artrator.ledger.allotment import Allotment, hand_back, set_aside
from artrator.ledger.batch import PARAMETERS, Batch
from artrator.ledger.journal import ledger_contention
from artrator.ledger.run_payment import pay
from artrator.ledger.transfer import TransferGroup
from artrator.predictions.allotment_store import change_allotment, lock_allotment
from artrator.predictions.allotments import Allotments
from artrator.predictions.closings import LEDGER_REFUSED
from artrator.predictions.payment import payment_of
from artrator.predictions.prediction import Prediction, Status

Cursor: TypeAlias = AsyncCursor[tuple[Any, ...]]
_FINISH: LiteralString = "SELECT outcomes FROM predictions_finish(%(runs)s::json, <batch>)".replace(
    "<batch>", PARAMETERS
)


class Finishes:
    """Write ended runs in groups. in_flight: how many runs are under way that will be written so."""

    def __init__(self, database: Database, allotments: Allotments, in_flight: Callable[[], int] = int) -> None:
        self._allotments = allotments
        self._lane = database.lane()
        self._group = GroupCommit[Prediction, None](self._apply, siblings=in_flight)

    async def finish(self, ended: Prediction) -> None:
        """Return once a run's last state, and what it costs if it succeeded, are committed; repeating it is harmless.

        Raises: PaymentRequired where nothing is left to pay it from, and nothing is written then; Unavailable.
        """
        await self._group.submit(ended)

    async def drain(self) -> None:
        """Wait for what is under way."""
        await self._group.drain()

    async def _apply(self, group: Sequence[Prediction]) -> Sequence[ArtratorError | None]:
        refused = await self._pay(group)
        for user_id in {row.user_id for row in group if row.id in refused}:
            theirs = [row for row in group if row.user_id == user_id and row.id in refused]
            for row in await self._draw(user_id, theirs):
                del refused[row.id]
        return [refused.get(row.id) for row in group]

    async def _pay(self, rows: Sequence[Prediction]) -> dict[str, ArtratorError]:
        """Commit those that their wallets can pay for, and give which the ledger refuses, and why."""
        refused: dict[str, ArtratorError] = {}
        while rows and (found := await self._write(rows)):
            refused |= found
            rows = [row for row in rows if row.id not in found]
        return refused

    async def _write(self, rows: Sequence[Prediction]) -> dict[str, ArtratorError]:
        """Commit all of them; or none, and give which of them the ledger refuses, and why."""
        batch = Batch([_payment(row) for row in rows])
        try:
            await self._lane.statement(_FINISH, _values(rows, batch))
        except psycopg.errors.UniqueViolation as error:
            raise ledger_contention() from error
        except psycopg.DatabaseError as error:
            return _refused(error, batch, [row.id for row in rows])
        return {}

    async def _draw(self, user_id: UserId, rows: Sequence[Prediction]) -> Sequence[Prediction]:
        """Commit those of one user's runs that can be paid from what is set aside for them, and give them."""
        while rows:
            async with self._lane.transaction() as cursor:
                held = await lock_allotment(cursor, self._allotments.runner, user_id)
                if held is None or held.amount == 0:
                    break
                left, refused = await self._drawn(cursor, held, rows)
            if not refused:
                self._allotments.note(user_id, left)
                return rows
            rows = [row for row in rows if row.id not in refused]
        # a run that needed it had it given back a moment ago: what it covered is in the wallet now
        refused = await self._pay(rows)
        return [row for row in rows if row.id not in refused]

    async def _drawn(
        self, cursor: Cursor, held: Allotment, rows: Sequence[Prediction]
    ) -> tuple[Allotment, dict[str, ArtratorError]]:
        """End what is set aside, pay, and set the rest aside again; nothing of it where one run is refused."""
        payments = [_payment(row) for row in rows]
        left = _less(held, payments)
        batch = Batch([hand_back(held), *payments, *([set_aside(left)] if left.amount else [])])
        try:
            async with cursor.connection.transaction():
                await one_row(cursor, _FINISH, _values(rows, batch))
                await change_allotment(cursor, self._allotments.runner, left)
        except psycopg.errors.UniqueViolation as error:
            raise ledger_contention() from error
        except psycopg.DatabaseError as error:
            return held, _refused(error, batch, [None, *(row.id for row in rows)])
        return left, {}


def _payment(row: Prediction) -> TransferGroup:
    """Say what a run costs in the end: one that failed moves nothing."""
    payment = pay(payment_of(row))
    return payment if row.status is Status.SUCCEEDED else replace(payment, transfers=())


def _less(held: Allotment, payments: Sequence[TransferGroup]) -> Allotment:
    cost = sum(each.amount for payment in payments for each in payment.transfers)
    return Allotment(user_id=held.user_id, key=f"allotment:{new_id()}", amount=Micros(max(0, held.amount - cost)))


def _values(rows: Sequence[Prediction], batch: Batch) -> dict[str, str]:
    return {"runs": msgspec.json.encode(rows).decode(), **batch.arguments()}


def _refused(error: psycopg.Error, batch: Batch, ids: Sequence[str | None]) -> dict[str, ArtratorError]:
    """Read off an error which runs the ledger refuses. Raises: the error if it says nothing of it, or of none of them."""
    if error.sqlstate != LEDGER_REFUSED:
        raise error
    outcomes, funds = msgspec.json.decode(error.diag.message_detail or "", type=tuple[list[str], list[int | None]])
    pairs = zip(ids, batch.answers(outcomes, funds), strict=False)
    refused = {each: refusal for each, refusal in pairs if each is not None and refusal is not None}
    if not refused:
        raise error
    return refused
