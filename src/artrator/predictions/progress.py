"""What a running prediction tells of itself: its log, its progress, and how often that is written down."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.db.database import Database
from artrator.db.queue import JobQueue
from artrator.kernel.clock import Clock
from artrator.kernel.errors import ArtratorError
from artrator.predictions.events import PredictionBus, Signal, Step, progress_signal
from artrator.predictions.prediction import Prediction, WebhookEvent
from artrator.predictions.store import note_progress
from artrator.predictions.webhook_jobs import announce

log = logging.getLogger(__name__)

BAR_LETTERS = 20
MAX_LOG_LENGTH = 20_000


class Tracker:
    """Follow one run; a short one is over before anything is written."""

    def __init__(
        self,
        prediction: Prediction,
        *,
        database: Database,
        queue: JobQueue,
        bus: PredictionBus,
        clock: Clock,
        every_s: float,
        on_lost: Callable[[], object],
    ) -> None:
        self._prediction = prediction
        self._database = database
        self._queue = queue
        self._bus = bus
        self._clock = clock
        self._every_s = every_s
        self._on_lost = on_lost
        self._timer: asyncio.TimerHandle | None = None
        self._writer: asyncio.Task[None] | None = None
        self._written: tuple[int, Step | None] | None = None
        self._webhooks = 0
        self._step: Step | None = None
        self.started_at: datetime | None = None
        self.logs = ""

    def started(self) -> None:
        """Note that the run's first work begins."""
        self.started_at = self._clock()
        self._timer = asyncio.get_running_loop().call_later(self._every_s, self._begin_writing)

    def progressed(self, step: Step) -> None:
        """Note a step, as a line that Replicate's client reads as progress."""
        self._step = step
        if len(self.logs) < MAX_LOG_LENGTH:
            self.logs += progress_line(step)
        self._bus.tell_here(self._prediction.id, step)

    async def close(self) -> None:
        """Stop writing."""
        if self._timer is not None:
            self._timer.cancel()
        if self._writer is not None:
            self._writer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._writer

    def _begin_writing(self) -> None:
        # a task costs more than the whole of a short run's tracking, so there is none before there is something to write
        self._writer = asyncio.create_task(self._write_forever())

    async def _write_forever(self) -> None:
        while True:
            try:
                if not await self._write():
                    self._on_lost()
                    return
            except ArtratorError as error:
                log.warning("progress of %s is not written: %s", self._prediction.id, error.code)
            await asyncio.sleep(self._every_s)

    async def _write(self) -> bool:
        """Write what is new; False if the run is no longer this attempt's."""
        state = (len(self.logs), self._step)
        if state == self._written or self.started_at is None:
            return True
        async with self._database.unit_of_work() as connection:
            ours = await note_progress(connection, self._prediction, started_at=self.started_at, logs=self.logs)
            if ours:
                signals = [Signal(self._prediction.id)]
                if self._step is not None:
                    signals.append(progress_signal(self._prediction.id, self._step))
                await self._bus.tell_others(connection, signals)
                await self._announce_logs(connection, state)
        self._written = state
        self._bus.tell_here(self._prediction.id)
        return ours

    async def _announce_logs(self, connection: AsyncConnection, state: tuple[int, Step | None]) -> None:
        if state[0] > (self._written or (0, None))[0]:
            self._webhooks += 1
            await announce(self._queue, connection, self._prediction, WebhookEvent.LOGS, number=self._webhooks)


def progress_line(step: Step) -> str:
    """Write a step as ` 50%|##########          | 5/10`."""
    done = min(1.0, step.step / max(1, step.steps))
    bar = ("#" * round(done * BAR_LETTERS)).ljust(BAR_LETTERS)
    return f"{round(done * 100):3d}%|{bar}| {step.step}/{step.steps}\n"
