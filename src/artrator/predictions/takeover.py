"""See that no run is ever stuck: those of dead processes, those that wait too long, those that nobody works on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.db.database import Database
from artrator.db.queue import JobQueue
from artrator.kernel.clock import Clock
from artrator.kernel.errors import ArtratorError
from artrator.kernel.ids import new_id
from artrator.predictions.allotment_store import end_allotments
from artrator.predictions.attempt import waited_too_long
from artrator.predictions.files import Files
from artrator.predictions.prediction import Outcome, Prediction, Status
from artrator.predictions.reserve import RUN_JOB
from artrator.predictions.run import Runner
from artrator.predictions.settings import PredictionSettings
from artrator.predictions.settle import Lease, Settlement, Settlements
from artrator.predictions.store import UNFINISHED, read_row, release_prediction
from artrator.predictions.tables import allotments, prediction_keys, predictions, runners

log = logging.getLogger(__name__)

TAKEN_AT_ONCE = 100
KEY_LIFETIME = timedelta(hours=24)
"""How long an Idempotency-Key is remembered."""
FORGET_RUNNER_AFTER_S = 3600


class Takeover:
    """This process's heartbeat, and its eye on the others'."""

    def __init__(
        self,
        *,
        database: Database,
        queue: JobQueue,
        runner: Runner,
        settlements: Settlements,
        files: Files,
        settings: PredictionSettings,
        clock: Clock,
    ) -> None:
        self._database = database
        self._queue = queue
        self._runner = runner
        self._settlements = settlements
        self._files = files
        self._settings = settings
        self._clock = clock

    async def beat(self) -> None:
        """Say that this process lives. Call it before the first lease."""
        upsert = insert(runners).values(id=self._runner.id, heartbeat_at=func.now())
        async with self._database.unit_of_work() as connection:
            await connection.execute(
                upsert.on_conflict_do_update(index_elements=[runners.c.id], set_={"heartbeat_at": func.now()})
            )

    async def leave(self) -> None:
        """Say that this process has ended in good order."""
        async with self._database.unit_of_work() as connection:
            await connection.execute(delete(runners).where(runners.c.id == self._runner.id))

    async def beat_forever(self) -> None:
        """Beat until cancelled."""
        await self._repeat(self.beat, self._settings.heartbeat_s)

    async def watch_forever(self) -> None:
        """Look after runs until cancelled, beginning now."""
        await self._repeat(self.sweep, self._settings.stalled_after_s / 2)

    async def sweep(self) -> None:
        """Take over what is lost, end what is overdue, forget what is old."""
        await self.beat()  # after an interruption, this process must not take its own runs for lost
        for prediction in await self._find(self._lost()):
            await self._take_over(prediction)
        await self._give_back_lost()
        for prediction in await self._find(self._overdue()):
            await self._end_waiting(prediction)
        await self._queue_forgotten()
        async with self._database.unit_of_work() as connection:
            await self._forget_old(connection)
        await self._files.delete_expired()

    async def _find(self, condition: ColumnElement[bool]) -> Sequence[Prediction]:
        query = select(predictions).where(UNFINISHED, condition).order_by(predictions.c.id).limit(TAKEN_AT_ONCE)
        async with self._database.unit_of_work() as connection:
            rows = [read_row(row) for row in await connection.execute(query)]
        return [row for row in rows if not self._runner.owns(row.id)]

    def _lost(self) -> ColumnElement[bool]:
        """Leased to a process that is silent, or to this one, which knows nothing of it."""
        others = self._alive().where(runners.c.id != self._runner.id)
        return and_(predictions.c.runner.is_not(None), predictions.c.runner.not_in(others))

    def _alive(self) -> Select[str]:
        heard_of = func.now() - timedelta(seconds=self._settings.stalled_after_s)
        return select(runners.c.id).where(runners.c.heartbeat_at > heard_of)

    async def _give_back_lost(self) -> None:
        """Give back what silent processes had set aside; their runs that it covered are nowhere written, and cost nothing."""
        async with self._database.unit_of_work() as connection:
            await end_allotments(connection, allotments.c.runner.not_in(self._alive()))

    def _overdue(self) -> ColumnElement[bool]:
        now = self._clock()
        oldest = now - timedelta(seconds=self._settings.queue_deadline_s)
        late = or_(predictions.c.deadline_at < now, predictions.c.created_at < oldest)
        return and_(predictions.c.runner.is_(None), late)

    async def _take_over(self, prediction: Prediction) -> None:
        # a run that this process itself lost was never answered for: its caller was told to try again
        own = prediction.runner == self._runner.id
        if own or prediction.attempt >= self._settings.max_attempts:
            message = "The server was lost while it ran this; the run costs nothing, try again."
            await self._end(prediction, Status.FAILED, "run_lost", message)
            return
        async with self._database.unit_of_work() as connection:
            if await release_prediction(connection, prediction, began=True):
                await self._queue.defer(connection, RUN_JOB, {"prediction_id": prediction.id})
                log.warning("the prediction %s lost its server and runs again", prediction.id)

    async def _queue_forgotten(self) -> None:
        """Queue again what waits although no job knows of it: its job failed too often while the database was away."""
        long_ago = self._clock() - timedelta(seconds=self._settings.stalled_after_s)
        waiting = await self._find(and_(predictions.c.runner.is_(None), predictions.c.created_at < long_ago))
        if not waiting:
            return
        async with self._database.unit_of_work() as connection:
            known = await self._queue.pending(connection, RUN_JOB, "prediction_id", [row.id for row in waiting])
            for prediction in waiting:
                if prediction.id not in known:
                    await self._queue.defer(connection, RUN_JOB, {"prediction_id": prediction.id})
                    log.warning("the prediction %s was forgotten by the queue and is queued again", prediction.id)

    async def _end_waiting(self, prediction: Prediction) -> None:
        if prediction.deadline_at is not None and prediction.deadline_at < self._clock():
            message = "The run was not done by the time that Cancel-After names."
            await self._end(prediction, Status.ABORTED, "cancel_after", message)
        else:
            error = waited_too_long()
            await self._end(prediction, Status.FAILED, error.code, error.message)

    async def _end(self, prediction: Prediction, status: Status, code: str, message: str) -> None:
        outcome = Outcome(
            status=status, completed_at=self._clock(), settlement=new_id(), error=message, error_code=code
        )
        lease = Lease(runner=prediction.runner, attempt=prediction.attempt)
        await self._settlements.settle(Settlement(prediction_id=prediction.id, outcome=outcome, lease=lease))

    async def _forget_old(self, connection: AsyncConnection) -> None:
        now: datetime = self._clock()
        await connection.execute(delete(prediction_keys).where(prediction_keys.c.created_at < now - KEY_LIFETIME))
        silent = func.now() - timedelta(seconds=FORGET_RUNNER_AFTER_S)
        await connection.execute(delete(runners).where(runners.c.heartbeat_at < silent))

    async def _repeat(self, work: Callable[[], Awaitable[None]], every_s: float) -> None:
        while True:
            try:
                await work()
            except (ArtratorError, SQLAlchemyError) as error:
                log.warning("looking after the runs failed and is tried again: %s", type(error).__name__)
            await asyncio.sleep(every_s)
