"""One attempt at a prediction: infer, store, and say how it ended; every way to fail is an outcome."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from artrator.bundle.inputs import check_inputs
from artrator.catalog.model import Runnable
from artrator.catalog.service import Catalog
from artrator.engine.errors import AccountBusy, ModelQuarantined
from artrator.engine.fleet import (
    NPY,
    PICTURES,
    ChosenLora,
    Errand,
    Finished,
    Fleet,
    InputValue,
    InstalledBundle,
    OutputValue,
    Progressed,
    RunRequest,
    Started,
)
from artrator.kernel.clock import Clock
from artrator.kernel.errors import ArtratorError, Unavailable
from artrator.kernel.ids import UserId
from artrator.predictions.composition import Composition, installed, recompose
from artrator.predictions.events import Step
from artrator.predictions.inputs import InputFiles
from artrator.predictions.outcomes import bug_in, failed, succeeded
from artrator.predictions.outputs import OutputStore
from artrator.predictions.prediction import Outcome, Prediction, Status, StoredOutput
from artrator.predictions.progress import Tracker
from artrator.predictions.settings import PredictionSettings

HandOver = Callable[[Mapping[str, OutputValue]], tuple[StoredOutput, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What a run needs beside its row.

    hand_over: takes the outputs as tensors of .npy and says what the row keeps of them; without it they are stored.
    What it raises is the run's end, and costs nothing.
    output_format: of pictures that are stored.
    errand: the run itself, where it is under way already; its attempt drops it.
    """

    composition: Composition
    inputs: Mapping[str, InputValue]
    hand_over: HandOver | None = None
    output_format: str = PICTURES
    errand: Errand | None = None


Prepare = Callable[[], Awaitable[Prepared]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try at one prediction by the runner that holds its lease.

    settlement: names what this try may settle, and the folder of its outputs.
    patient: it may go back to the queue when the engine is busy, or when something that it needs is down.
    """

    prediction: Prediction
    prepare: Prepare
    tracker: Tracker
    settlement: str
    patient: bool


class NotYet(Exception):
    """The run cannot begin now and goes back to the queue."""


class Inference:
    """What attempts need: the fleet, the models, the inputs and a place for the outputs."""

    def __init__(
        self,
        *,
        catalog: Catalog,
        fleet: Fleet,
        outputs: OutputStore,
        inputs: InputFiles,
        settings: PredictionSettings,
        clock: Clock,
    ) -> None:
        self._catalog = catalog
        self._fleet = fleet
        self._inputs = inputs
        self._settings = settings
        self._clock = clock
        self.outputs = outputs

    def refuse(self, runnable: Runnable, user_id: UserId, cancel_after: timedelta | None) -> None:
        """Turn a run away that the engine would not take now, before anything is kept or held for it.

        Raises: EngineBusy, AccountBusy, ModelQuarantined, Unavailable.
        """
        deadline_s = self._settings.run_deadline_s
        if cancel_after is not None:
            deadline_s = min(deadline_s, cancel_after.total_seconds())
        self._fleet.refuse(runnable.digest, user_id, deadline_s=deadline_s)

    async def attempt(self, attempt: Attempt) -> tuple[Outcome, ArtratorError | None]:
        """Infer and store. Gives the outcome, and the error of a failed one for a caller who waits.

        Raises: NotYet from a patient attempt.
        """
        seconds_left = self._seconds_left(attempt.prediction)
        limit = None if seconds_left is None else asyncio.timeout(seconds_left)
        try:
            if limit is None:
                return await self._succeeded(attempt, *await self._run(attempt)), None
            async with limit:
                return await self._succeeded(attempt, *await self._run(attempt)), None
        except ArtratorError as error:
            return self._failed(attempt, error), error
        except NotYet:
            raise
        except Exception as error:
            if isinstance(error, TimeoutError) and limit is not None and limit.expired():
                late = ArtratorError("cancel_after", "The run was not done by the time that Cancel-After names.")
                return self._failed(attempt, late, Status.ABORTED), None
            return self._failed(attempt, bug_in(attempt.prediction.id)), None

    async def prepare(self, prediction: Prediction) -> Prepared:
        """Find again what a run that waited needs. Raises: ArtratorError."""
        if prediction.created_at + timedelta(seconds=self._settings.queue_deadline_s) < self._clock():
            raise waited_too_long()
        composition = await recompose(self._catalog, prediction)
        manifest = composition.model.manifest
        placeholders = dict.fromkeys(prediction.input_files, "data:,")
        values = check_inputs(manifest, {**prediction.input, **prediction.seeds, **placeholders})
        inputs = await self._inputs.resolve(prediction.user_id, manifest, values, prediction.input_files)
        return Prepared(composition=composition, inputs=inputs)

    async def _run(self, attempt: Attempt) -> tuple[Prepared, Finished]:
        try:
            prepared = await attempt.prepare()
            async with installed(self._catalog, prepared.composition) as (bundle, loras):
                return prepared, await self._infer(attempt, bundle, loras, prepared)
        except (Unavailable, AccountBusy) as error:
            if attempt.patient and _passes(error):
                raise NotYet from error
            raise

    async def _infer(
        self, attempt: Attempt, bundle: InstalledBundle, loras: tuple[ChosenLora, ...], prepared: Prepared
    ) -> Finished:
        if prepared.errand is not None:
            return await self._await(prepared.errand, attempt)
        request = RunRequest(
            id=f"{attempt.prediction.id}.{attempt.settlement}",
            bundle=bundle,
            inputs=prepared.inputs,
            account=attempt.prediction.user_id,
            deadline_s=self._settings.run_deadline_s,
            output_format=prepared.output_format if prepared.hand_over is None else NPY,
            loras=loras,
        )
        async with contextlib.aclosing(self._fleet.run(request)) as events:
            async for event in events:
                match event:
                    case Started():
                        attempt.tracker.started()
                    case Progressed():
                        attempt.tracker.progressed(Step(step=event.step, steps=event.steps, preview=event.preview))
                    case Finished():
                        return event
        raise RuntimeError("the fleet ended a run without a result")

    async def _await(self, errand: Errand, attempt: Attempt) -> Finished:
        attempt.tracker.started()
        try:
            return await errand.wait(None)
        finally:
            errand.drop()

    async def _succeeded(self, attempt: Attempt, prepared: Prepared, finished: Finished) -> Outcome:
        if prepared.hand_over is not None:
            stored = prepared.hand_over(finished.outputs)
        else:
            stored = await self.outputs.store(attempt.prediction.id, attempt.settlement, finished.outputs)
        return succeeded(
            finished,
            stored,
            at=self._clock(),
            settlement=attempt.settlement,
            started_at=attempt.tracker.started_at,
            logs=attempt.tracker.logs,
        )

    def _failed(self, attempt: Attempt, error: ArtratorError, status: Status | None = None) -> Outcome:
        return failed(
            error,
            at=self._clock(),
            settlement=attempt.settlement,
            started_at=attempt.tracker.started_at,
            logs=attempt.tracker.logs,
            status=status,
        )

    def _seconds_left(self, prediction: Prediction) -> float | None:
        if prediction.deadline_at is None:
            return None
        return max(0.0, (prediction.deadline_at - self._clock()).total_seconds())


def waited_too_long() -> Unavailable:
    """Say that a run's turn did not come in time."""
    return Unavailable("queue_deadline", "The run waited too long for its turn; it costs nothing.")


def _passes(error: ArtratorError) -> bool:
    """Tell whether waiting helps: the engine or the account is busy, the database or the store is away."""
    return not isinstance(error, ModelQuarantined) and error.code != "queue_deadline"
