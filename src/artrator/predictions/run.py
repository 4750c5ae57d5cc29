"""Run predictions in this process: hold their leases, settle them, and give back what cannot be finished."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Coroutine, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from artrator.catalog.model import Runnable
from artrator.db.database import Database
from artrator.db.queue import JobQueue
from artrator.engine.errors import TurnedAway
from artrator.kernel.clock import Clock
from artrator.kernel.errors import ArtratorError, Unavailable
from artrator.kernel.ids import PredictionId, UserId, new_id
from artrator.predictions.attempt import Attempt, Inference, NotYet, Prepare, Prepared
from artrator.predictions.events import PredictionBus
from artrator.predictions.prediction import Outcome, Prediction
from artrator.predictions.progress import Tracker
from artrator.predictions.reserve import RUN_JOB
from artrator.predictions.settings import PredictionSettings
from artrator.predictions.settle import Lease, Settled, Settlement, Settlements
from artrator.predictions.store import claim_prediction, get_prediction, release_prediction

Result = TypeVar("Result")
log = logging.getLogger(__name__)

BUSY_PAUSE_S = 2
MAX_SETTLE_PAUSE_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a run in this process ended; `error` is why it failed, where that is not a bug of ours."""

    prediction: Prediction
    error: ArtratorError | None = None


Run = asyncio.Task[Ended | None]
"""A run under way. It gives None where it was stopped or handed back: the row says what became of it."""


class Runner:
    """The runs of this process."""

    def __init__(
        self,
        *,
        database: Database,
        queue: JobQueue,
        inference: Inference,
        settlements: Settlements,
        bus: PredictionBus,
        settings: PredictionSettings,
        clock: Clock,
    ) -> None:
        self.id = bus.origin
        """Names this process in leases."""
        self._database = database
        self._queue = queue
        self._inference = inference
        self._settlements = settlements
        self._bus = bus
        self._settings = settings
        self._clock = clock
        self._active: dict[PredictionId, Run] = {}
        self._settling: set[PredictionId] = set()
        self._expected: set[PredictionId] = set()
        self._background: set[asyncio.Task[object]] = set()
        self._closing = False
        bus.on_change_elsewhere(self._look_after)

    def refuse(self, runnable: Runnable, user_id: UserId, cancel_after: timedelta | None) -> None:
        """Turn a run away that the engine would not take now. Raises: see Inference.refuse."""
        self._inference.refuse(runnable, user_id, cancel_after)

    def owns(self, prediction_id: PredictionId) -> bool:
        """Tell whether a run is under way, or about to be, in this process."""
        return prediction_id in self._active or prediction_id in self._expected

    @property
    def in_flight(self) -> int:
        """How many runs are under way, or about to be, in this process."""
        return len(self._active) + len(self._expected)

    def current(self, prediction_id: PredictionId) -> Run | None:
        """Give the run of a prediction that is under way in this process."""
        return self._active.get(prediction_id)

    @contextmanager
    def expecting(self, prediction_id: PredictionId) -> Generator[None]:
        """Say that a run is about to be leased to this process, so that nobody takes it for lost meanwhile."""
        self._expected.add(prediction_id)
        try:
            yield
        finally:
            self._expected.discard(prediction_id)

    def begin(self, prediction: Prediction, prepared: Prepared) -> Run:
        """Run what was reserved for this process; the task goes on when nobody waits for it."""

        async def ready() -> Prepared:
            return prepared

        return self._start(prediction, ready, patient=False)

    async def run_waiting(self, prediction_id: str) -> None:
        """Run a prediction that waits in the queue; nothing happens if it is no longer waiting."""
        waiting = PredictionId(prediction_id)
        if self._closing or self.owns(waiting):
            return
        with self.expecting(waiting):
            async with self._database.unit_of_work() as connection:
                prediction = await claim_prediction(connection, waiting, self.id)
            if prediction is None:
                return
            run = self._start(prediction, lambda: self._inference.prepare(prediction), patient=True)
        await asyncio.wait({run})

    async def wait(self, run: Run, *, timeout_s: float) -> Ended | None:
        """Wait until a run has ended, or for a time; it goes on when the waiting ends. Gives None where it has not."""
        loop = asyncio.get_running_loop()
        over = loop.create_future()

        def wake(_: object = None) -> None:
            if not over.done():
                over.set_result(None)

        timer = loop.call_later(max(0.0, timeout_s), wake)
        run.add_done_callback(wake)
        try:
            await over
        finally:
            timer.cancel()
            run.remove_done_callback(wake)
        return run.result() if run.done() and not run.cancelled() else None

    def stop(self, prediction_id: PredictionId) -> None:
        """Stop the work on a run that was settled by somebody else; one that is being settled finds that out itself."""
        run = self.current(prediction_id)
        if run is not None and prediction_id not in self._settling:
            run.cancel()

    async def close(self) -> None:
        """Let runs finish for a while, then hand back the rest."""
        self._closing = True
        if self._active:
            await asyncio.wait(self._active.values(), timeout=self._settings.shutdown_grace_s)
        for prediction_id in list(self._active):
            self.stop(prediction_id)
        rest: list[asyncio.Task[object]] = [*self._active.values(), *self._background]
        if rest:
            await asyncio.wait(rest, timeout=MAX_SETTLE_PAUSE_S)

    def _start(self, prediction: Prediction, prepare: Prepare, *, patient: bool) -> Run:
        run = asyncio.create_task(self._run(prediction, prepare, patient=patient))
        self._active[prediction.id] = run
        run.add_done_callback(lambda _: self._forget(prediction.id))
        return run

    def _forget(self, prediction_id: PredictionId) -> None:
        self._active.pop(prediction_id, None)
        self._settling.discard(prediction_id)

    async def _run(self, prediction: Prediction, prepare: Prepare, *, patient: bool) -> Ended | None:
        tracker = self._track(prediction)
        attempt = Attempt(prediction=prediction, prepare=prepare, tracker=tracker, settlement=new_id(), patient=patient)
        try:
            outcome, error = await self._inference.attempt(attempt)
        except NotYet:
            await self._hand_back(prediction, pause_s=BUSY_PAUSE_S)
            return None
        except asyncio.CancelledError:
            if self._closing:
                await self._hand_back(prediction, pause_s=None)
            return None
        finally:
            await tracker.close()
        # a run that got so far is settled, whoever would stop it: the settlement finds out who was first
        self._settling.add(prediction.id)
        settled = await self._settle(prediction, outcome, error)
        return Ended(prediction=settled.prediction, error=error if settled.won else None)

    async def _settle(self, prediction: Prediction, outcome: Outcome, error: ArtratorError | None) -> Settled:
        """Settle until it is committed; the outputs of an attempt that came second are deleted."""
        settlement = Settlement(
            prediction_id=prediction.id,
            outcome=outcome,
            lease=Lease(runner=prediction.runner, attempt=prediction.attempt),
            forget_key=isinstance(error, TurnedAway),
            row=prediction,
        )
        pause_s = 0.1
        while True:
            try:
                settled = await self._settlements.settle(settlement)
                break
            except Unavailable as failure:
                log.warning("the end of %s is not written yet: %s", prediction.id, failure.code)
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, MAX_SETTLE_PAUSE_S)
        if not settled.won and outcome.output is not None:
            await self._inference.outputs.delete(outcome.output)
        return settled

    async def _hand_back(self, prediction: Prediction, *, pause_s: int | None) -> None:
        """Put a run back into the queue; if the database is away now, it is taken over as lost later."""
        with contextlib.suppress(Unavailable):
            async with self._database.unit_of_work() as connection:
                if await release_prediction(connection, prediction, began=False):
                    arguments = {"prediction_id": prediction.id}
                    await self._queue.defer(connection, RUN_JOB, arguments, delay_s=pause_s)

    def _track(self, prediction: Prediction) -> Tracker:
        return Tracker(
            prediction,
            database=self._database,
            queue=self._queue,
            bus=self._bus,
            clock=self._clock,
            every_s=self._settings.update_every_s,
            on_lost=lambda: self.stop(prediction.id),
        )

    def _look_after(self, row_id: str | None) -> None:
        """Stop runs whose rows others changed: they are settled, or leased to another runner."""
        for each in list(self._active) if row_id is None else [PredictionId(row_id)]:
            if each in self._active:
                self._in_background(self._stop_if_lost(each))

    async def _stop_if_lost(self, prediction_id: PredictionId) -> None:
        with contextlib.suppress(Unavailable):
            async with self._database.unit_of_work() as connection:
                row = await get_prediction(connection, prediction_id)
            if row is None or row.status.final or row.runner != self.id:
                self.stop(prediction_id)

    def _in_background(self, work: Coroutine[object, object, Result]) -> asyncio.Task[Result]:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task
