"""Runs that are paid outright: their caller waits here and gets the output in the reply, so they are written when they end.

Such a run leaves nothing behind but its row. While it is under way an allotment covers its price (`allotments.py`). It has
no task, no tracker and one transaction. One that takes longer than a moment becomes a run as any other, with a row and a
hold of its own, and goes on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta

from artrator.catalog.service import Catalog
from artrator.engine.fleet import NPY, Errand, Finished, Fleet, RunRequest
from artrator.kernel.clock import Clock
from artrator.kernel.errors import ArtratorError, PaymentRequired, Unavailable
from artrator.kernel.ids import new_id
from artrator.predictions.allotments import Allotments
from artrator.predictions.attempt import HandOver, Prepared
from artrator.predictions.finish import Finishes
from artrator.predictions.outcomes import bug_in, failed, succeeded
from artrator.predictions.prediction import Outcome, Prediction, Status
from artrator.predictions.run import Ended
from artrator.predictions.settings import PredictionSettings

log = logging.getLogger(__name__)

FIRST_PAUSE_S, MAX_PAUSE_S = 0.1, 2.0


class OutrightRun:
    """An errand, and what is kept for it meanwhile: its bundle's files, and its price of the allotment."""

    __slots__ = ("_errand", "_give_back", "_let_go", "hand_over", "prediction")

    def __init__(
        self,
        prediction: Prediction,
        errand: Errand,
        hand_over: HandOver,
        *,
        let_go: Callable[[], None],
        give_back: Callable[[], None],
    ) -> None:
        self.prediction, self.hand_over = prediction, hand_over
        self._errand = errand
        self._let_go: Callable[[], None] | None = let_go
        self._give_back: Callable[[], None] | None = give_back

    async def wait(self, timeout_s: float | None) -> Finished:
        """Wait for its end (artrator.engine.fleet.Errand)."""
        return await self._errand.wait(timeout_s)

    def drop(self) -> None:
        """Stop it, where it has not ended, and let go of its files."""
        self._errand.drop()
        let_go, self._let_go = self._let_go, None
        if let_go is not None:
            let_go()

    def uncover(self) -> None:
        """Note that the allotment need not cover it any more."""
        give_back, self._give_back = self._give_back, None
        if give_back is not None:
            give_back()


class Outright:
    """Begins such runs, and ends them."""

    def __init__(
        self,
        *,
        catalog: Catalog,
        fleet: Fleet,
        allotments: Allotments,
        finishes: Finishes,
        settings: PredictionSettings,
        clock: Clock,
    ) -> None:
        self._catalog = catalog
        self._fleet = fleet
        self._allotments = allotments
        self._finishes = finishes
        self._settings = settings
        self._clock = clock

    def begin(self, prediction: Prediction, prepared: Prepared) -> OutrightRun | None:
        """Begin a run if it can be paid outright; None where it must be held for by itself.

        Raises: as `Fleet.refuse`.
        """
        if prepared.hand_over is None or not self._allotments.take(prediction.user_id, prediction.price):
            return None
        errand = None
        try:
            errand = self._begun(prediction, prepared)
        finally:
            if errand is None:
                self._allotments.give_back(prediction.user_id, prediction.price)
        if errand is None:
            return None
        return OutrightRun(
            prediction,
            errand,
            prepared.hand_over,
            let_go=lambda: self._catalog.let_go(prediction.version),
            give_back=lambda: self._allotments.give_back(prediction.user_id, prediction.price),
        )

    def _begun(self, prediction: Prediction, prepared: Prepared) -> Errand | None:
        bundle = self._catalog.hold(prediction.version, batchable=prepared.composition.model.batchable)
        if bundle is None:
            return None
        errand = None
        try:
            errand = self._fleet.errand(
                RunRequest(
                    id=prediction.id,
                    bundle=bundle,
                    inputs=prepared.inputs,
                    account=prediction.user_id,
                    deadline_s=self._settings.run_deadline_s,
                    output_format=NPY,
                )
            )
        finally:
            if errand is None:
                self._catalog.let_go(prediction.version)
        return errand

    async def end(self, run: OutrightRun, *, within_s: float | None, until: float) -> Ended | None:
        """Wait for a run's end, write it and pay for it; None where it takes longer, and goes on.

        until: when its caller will not wait any longer, on the loop's clock. Raises: Unavailable where it cannot be
        written by then.
        """
        goes_on = False
        try:
            outcome, error = await self._outcome(run, within_s)
            return Ended(prediction=await self._written(run.prediction, outcome, until), error=error)
        except TimeoutError:
            goes_on = True
            return None
        except PaymentRequired as refusal:
            # what covered it was taken for lost with this process, or needed by another, and is spent
            late = failed(refusal, at=self._clock(), settlement=new_id(), started_at=None, logs="")
            return Ended(prediction=await self._written(run.prediction, late, until), error=refusal)
        finally:
            if not goes_on:
                run.drop()
                run.uncover()

    async def _outcome(self, run: OutrightRun, within_s: float | None) -> tuple[Outcome, ArtratorError | None]:
        """Wait for the end. Raises: TimeoutError."""
        error: ArtratorError | None = None
        try:
            finished = await run.wait(within_s)
            stored = run.hand_over(finished.outputs)
        except TimeoutError:
            raise
        except ArtratorError as failure:
            error = told = failure
        except Exception:
            told = bug_in(run.prediction.id)
        else:
            now, timings = self._clock(), finished.timings
            began = now - timedelta(seconds=timings.predict_s + timings.encode_s)
            return succeeded(finished, stored, at=now, settlement=new_id(), started_at=began, logs=""), None
        return failed(told, at=self._clock(), settlement=new_id(), started_at=None, logs=""), error

    async def _written(self, row: Prediction, outcome: Outcome, until: float) -> Prediction:
        ended = outcome.close(row)
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                await self._finishes.finish(ended)
            except Unavailable as failure:
                if asyncio.get_running_loop().time() + pause_s > until:
                    raise
                log.warning("the end of %s is not written yet: %s", row.id, failure.code)
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, MAX_PAUSE_S)
            else:
                break
        if ended.status is Status.SUCCEEDED:
            self._catalog.count_run_soon(ended.model_id)
        return ended
