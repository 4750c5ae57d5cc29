"""End a run exactly once: its last state, and the post or the void of its price, many runs a transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.catalog.service import Catalog
from artrator.db.database import Database
from artrator.db.group_commit import GroupCommit
from artrator.db.queue import JobQueue
from artrator.kernel.errors import ArtratorError, NotFound
from artrator.kernel.ids import PredictionId
from artrator.ledger.journal import apply_groups
from artrator.ledger.run_payment import release, settle
from artrator.ledger.transfer import TransferGroup
from artrator.predictions.events import PredictionBus, Signal
from artrator.predictions.payment import payment_of
from artrator.predictions.prediction import Outcome, Prediction, Status, WebhookEvent
from artrator.predictions.store import close_predictions, lock_predictions
from artrator.predictions.tables import prediction_keys
from artrator.predictions.webhook_jobs import announce


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Who may settle: the runner of this attempt, and no other."""

    runner: str | None
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """How a run ended.

    lease: None settles whoever runs it (a cancel).
    forget_key: the run never began, so its Idempotency-Key may be used again.
    """

    prediction_id: PredictionId
    outcome: Outcome
    lease: Lease | None
    forget_key: bool = False

    def fits(self, row: Prediction) -> bool:
        """Tell whether the row is still to be settled, and by us."""
        if row.status.final:
            return False
        return self.lease is None or self.lease == Lease(runner=row.runner, attempt=row.attempt)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The row as it stands, and whether this settlement is the one that closed it."""

    prediction: Prediction
    won: bool


class Settlements:
    """Settle runs in groups."""

    def __init__(self, database: Database, queue: JobQueue, catalog: Catalog, bus: PredictionBus) -> None:
        self._queue = queue
        self._catalog = catalog
        self._bus = bus
        self._group = GroupCommit[Settlement, Settled](database, self._apply)

    async def settle(self, settlement: Settlement) -> Settled:
        """Return once the run's end is committed, ours or an earlier one.

        Settling again after a lost connection is safe: a settlement knows itself by `outcome.settlement`.
        Raises: NotFound, Unavailable.
        """
        settled = await self._group.submit(settlement)
        if settled.won and settled.prediction.status is Status.SUCCEEDED:
            self._catalog.count_run_soon(settled.prediction.model_id)
        self._bus.tell_here(settlement.prediction_id)
        return settled

    async def drain(self) -> None:
        """Wait for what is under way."""
        await self._group.drain()

    async def _apply(
        self, connection: AsyncConnection, group: Sequence[Settlement]
    ) -> Sequence[Settled | ArtratorError]:
        rows = await lock_predictions(connection, [each.prediction_id for each in group])
        closing: dict[PredictionId, Settlement] = {}
        for each in group:
            row = rows.get(each.prediction_id)
            if row is not None and each.prediction_id not in closing and each.fits(row):
                closing[each.prediction_id] = each
        failures = await self._close(connection, closing, rows)
        return [_answer(each, rows, failures) for each in group]

    async def _close(
        self,
        connection: AsyncConnection,
        closing: dict[PredictionId, Settlement],
        rows: dict[PredictionId, Prediction],
    ) -> dict[PredictionId, ArtratorError]:
        """Write the last states and move the money; replaces what it closed in `rows`."""
        last = {prediction_id: each.outcome.close(rows[prediction_id]) for prediction_id, each in closing.items()}
        await close_predictions(connection, list(last.values()))
        for row in last.values():
            await self._announce(connection, row)
        # late, since it locks wallets until the commit
        refusals = await apply_groups(connection, [_transfers(row) for row in last.values()])
        failures = {
            prediction_id: refusal for prediction_id, refusal in zip(last, refusals, strict=True) if refusal is not None
        }
        await close_predictions(connection, [rows[prediction_id] for prediction_id in failures])
        closed = [row for row in last.values() if row.id not in failures]
        rows.update({row.id: row for row in closed})
        await _forget_keys(connection, [row.id for row in closed if closing[row.id].forget_key])
        await self._bus.tell_others(connection, [Signal(row.id) for row in closed])
        return failures

    async def _announce(self, connection: AsyncConnection, row: Prediction) -> None:
        if row.webhook is None:
            return
        if row.output is not None:
            await announce(self._queue, connection, row, WebhookEvent.OUTPUT)
        await announce(self._queue, connection, row, WebhookEvent.COMPLETED)


def _transfers(row: Prediction) -> TransferGroup:
    payment = payment_of(row)
    return settle(payment) if row.status is Status.SUCCEEDED else release(payment)


def _answer(
    each: Settlement, rows: dict[PredictionId, Prediction], failures: dict[PredictionId, ArtratorError]
) -> Settled | ArtratorError:
    row = rows.get(each.prediction_id)
    if row is None:
        return prediction_not_found()
    failure = failures.get(each.prediction_id)
    if failure is not None and not row.status.final:
        return failure
    return Settled(prediction=row, won=row.settlement == each.outcome.settlement)


def prediction_not_found() -> NotFound:
    """Say that there is none, or that it is somebody else's: which of the two is not told."""
    return NotFound("prediction_not_found", "There is no prediction with this id.")


async def _forget_keys(connection: AsyncConnection, prediction_ids: Sequence[PredictionId]) -> None:
    if prediction_ids:
        await connection.execute(delete(prediction_keys).where(prediction_keys.c.prediction_id.in_(prediction_ids)))
