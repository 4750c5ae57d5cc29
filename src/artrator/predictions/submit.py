"""Accept a run and, where its caller waits, see it through: check, quote, reserve, run."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial

import msgspec

from artrator.bundle.fields import MAX_SEED
from artrator.bundle.inputs import FileReference, check_inputs, fill_seeds
from artrator.catalog.model import Runnable
from artrator.catalog.service import Catalog
from artrator.engine.errors import ModelFault
from artrator.engine.fleet import PICTURES, OutputValue
from artrator.engine.fleet import InputValue as EngineValue
from artrator.engine.pipelines.checking import check_run
from artrator.identity.user import User
from artrator.kernel.clock import Clock
from artrator.kernel.errors import ArtratorError, PaymentRequired, Unavailable
from artrator.kernel.ids import PredictionId, new_id
from artrator.kernel.money import Micros
from artrator.predictions.allotments import Allotments
from artrator.predictions.attempt import Prepared
from artrator.predictions.composition import Composition, LoraRef, VersionRef, check_price, compose
from artrator.predictions.inputs import InputFiles, inline, rules_of, seeds_of
from artrator.predictions.outbound import check_url
from artrator.predictions.outright import Outright, OutrightRun
from artrator.predictions.prediction import Json, Prediction, Source, Status, StoredOutput, WebhookEvent
from artrator.predictions.read import PredictionReader
from artrator.predictions.request_keys import check_key
from artrator.predictions.reserve import RequestKey, Reservation, Reservations, Reserved
from artrator.predictions.run import Ended, Run, Runner
from artrator.predictions.settings import PredictionSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRun:
    """What a caller asks for.

    wait_s: how long the caller waits for the result; None: not at all, the run waits in the queue.
    contents: inputs that are files and came as bytes; small ones are kept in the row, others live as long as the caller waits.
    hand_over: takes the outputs of a run that its caller waits for, see `Prepared`.
    output_format: of pictures, where the caller waits: png, jpeg or webp.
    model: what `version` was resolved to, where that was done already.
    checked: all inputs as the engine takes them, where they were compared with the model's already.
    """

    user: User
    version: VersionRef
    input: Mapping[str, Json]
    source: Source = Source.API
    wait_s: float | None = None
    cancel_after: timedelta | None = None
    webhook: str | None = None
    webhook_events: tuple[WebhookEvent, ...] = tuple(WebhookEvent)
    idempotency_key: str | None = None
    loras: tuple[LoraRef, ...] = ()
    contents: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    hand_over: Callable[[Prediction, Mapping[str, OutputValue]], tuple[StoredOutput, ...]] | None = None
    output_format: str = PICTURES
    model: Runnable | None = None
    checked: Mapping[str, EngineValue] | None = None

    def request_key(self) -> RequestKey | None:
        """Give the Idempotency-Key with a hash of what is asked, so that one used for two things is noticed."""
        if self.idempotency_key is None:
            return None
        asked = (
            (self.version.owner, self.version.name, self.version.digest),
            self.input,
            self.webhook,
            self.webhook_events,
            None if self.cancel_after is None else self.cancel_after.total_seconds(),
            *(() if self.output_format == PICTURES else (self.output_format,)),
            *((each.version.owner, each.version.name, each.version.digest, each.weight) for each in self.loras),
            *((name, hashlib.sha256(content).hexdigest()) for name, content in self.contents.items()),
        )
        digest = hashlib.sha256(msgspec.json.encode(asked, order="deterministic")).hexdigest()
        return RequestKey(key=self.idempotency_key, request_hash=digest)


class Submission:
    """Accept runs."""

    def __init__(
        self,
        *,
        catalog: Catalog,
        inputs: InputFiles,
        reservations: Reservations,
        runner: Runner,
        outright: Outright,
        allotments: Allotments,
        reader: PredictionReader,
        settings: PredictionSettings,
        fee_permille: int,
        clock: Clock,
    ) -> None:
        self._catalog = catalog
        self._inputs = inputs
        self._reservations = reservations
        self._runner = runner
        self._outright = outright
        self._allotments = allotments
        self._reader = reader
        self._settings = settings
        self._fee_permille = fee_permille
        self._clock = clock

    async def submit(self, new: NewRun) -> Prediction:
        """Accept a run; give its row as it is when it ended, or when the caller's time is up.

        Raises: Invalid and other kinds for what is wrong with the request or its inputs, PaymentRequired,
        Conflict, NotFound, Unavailable. What failed in the model is no error here: the row says it.
        """
        ends_at = asyncio.get_running_loop().time() + (new.wait_s or 0)
        check_key(new.idempotency_key)
        if new.webhook is not None:
            check_url(new.webhook, rules_of(self._settings), field="webhook")
        key = new.request_key()
        if key is not None and (earlier := await self._reservations.earlier(new.user.id, key)) is not None:
            return await self._reader.wait(new.user.id, earlier, until=ends_at)
        if new.model is not None and not new.loras:
            composition = Composition(model=new.model)
        else:
            composition = await compose(self._catalog, new.version, new.loras, new.user.id)
        check_price(composition)
        prediction, prepared = await self._prepare(new, composition)
        if prepared is not None and key is None and _is_plain(prediction):
            outright = self._outright.begin(prediction, prepared)
            if outright is not None:
                ended = await self._outright.end(outright, within_s=self._settings.update_every_s, until=ends_at)
                if ended is not None:
                    return _answer(ended)
                return await self._go_on(outright, prepared, ends_at)
        if new.checked is not None and prepared is not None:
            self._runner.refuse(composition.model, new.user.id, new.cancel_after)
        with self._runner.expecting(prediction.id):
            reserved = await self._reserve(Reservation(prediction=prediction, key=key))
            if reserved.repeated:
                return await self._reader.wait(new.user.id, reserved.prediction_id, until=ends_at)
            if prepared is None:
                return prediction
            run = self._runner.begin(prediction, prepared)
        return await self._wait(run, prediction, ends_at)

    async def _wait(self, run: Run, prediction: Prediction, ends_at: float) -> Prediction:
        ended = await self._runner.wait(run, timeout_s=ends_at - asyncio.get_running_loop().time())
        return _answer(ended) if ended is not None else await self._reader.get(prediction.user_id, prediction.id)

    async def _go_on(self, outright: OutrightRun, prepared: Prepared, ends_at: float) -> Prediction:
        """Write down that a run is under way that takes longer, hold its price, and see it through as any other."""
        prediction = outright.prediction
        with self._runner.expecting(prediction.id):
            try:
                await self._reservations.reserve(Reservation(prediction=prediction))
            except PaymentRequired:
                run = None
            except BaseException:
                outright.drop()
                outright.uncover()
                raise
            else:
                run = self._runner.begin(prediction, replace(prepared, errand=outright))
                outright.uncover()
        if run is not None:
            return await self._wait(run, prediction, ends_at)
        # there is just what covers it already
        left_s = ends_at - asyncio.get_running_loop().time()
        ended = await self._outright.end(outright, within_s=left_s, until=ends_at)
        if ended is None:
            outright.drop()
            outright.uncover()
            raise Unavailable("run_too_slow", "The run took longer than its caller waits; it costs nothing.")
        return _answer(ended)

    async def _reserve(self, reservation: Reservation) -> Reserved:
        """Reserve; inputs that were stored for a run that is not to be are deleted again."""
        keys = reservation.prediction.input_files
        try:
            reserved = await self._reserve_with_all(reservation)
        except Unavailable:
            raise  # the row may be there all the same
        except ArtratorError:
            await self._inputs.forget(keys)
            raise
        if reserved.repeated:
            await self._inputs.forget(keys)
        return reserved

    async def _reserve_with_all(self, reservation: Reservation) -> Reserved:
        """Reserve; where the wallet is short, with what was set aside of it for runs that are under way, too."""
        try:
            return await self._reservations.reserve(reservation)
        except PaymentRequired:
            if not await self._allotments.reclaim(reservation.prediction.user_id):
                raise
        return await self._reservations.reserve(reservation)

    async def _prepare(self, new: NewRun, composition: Composition) -> tuple[Prediction, Prepared | None]:
        """Check the inputs, and for a caller who waits the engine, and bring them, before any money is held."""
        if new.checked is not None:
            return self._prepared(new, composition, new.checked)
        runnable = composition.model
        given = {**new.input, **dict.fromkeys(new.contents, FileReference(url=""))}
        checked = check_inputs(runnable.manifest, given)
        values = fill_seeds(checked, lambda: secrets.randbelow(MAX_SEED + 1))
        check_run(composition.base.manifest, values)
        if new.wait_s is not None:
            self._runner.refuse(runnable, new.user.id, new.cancel_after)
        prediction_id = PredictionId(new_id())
        keys, kept = await self._inputs.keep(prediction_id, runnable.manifest, values, new.contents)
        prediction = self._begun(
            new, composition, prediction_id=prediction_id, keys=keys, seeds=seeds_of(runnable.manifest, values)
        )
        if new.wait_s is None:
            return prediction, None
        inputs = await self._inputs.resolve(new.user.id, runnable.manifest, kept)
        return prediction, self._ready(new, composition, prediction, inputs)

    def _prepared(
        self, new: NewRun, composition: Composition, inputs: Mapping[str, EngineValue]
    ) -> tuple[Prediction, Prepared]:
        """Prepare a run whose inputs were checked before; they need not be fetched, and none of them is drawn."""
        prediction = self._begun(new, composition, prediction_id=PredictionId(new_id()), keys={}, seeds={})
        return prediction, self._ready(new, composition, prediction, inputs)

    def _ready(
        self, new: NewRun, composition: Composition, prediction: Prediction, inputs: Mapping[str, EngineValue]
    ) -> Prepared:
        hand_over = None if new.hand_over is None else partial(new.hand_over, prediction)
        return Prepared(composition=composition, inputs=inputs, hand_over=hand_over, output_format=new.output_format)

    def _begun(
        self,
        new: NewRun,
        composition: Composition,
        *,
        prediction_id: PredictionId,
        keys: dict[str, str],
        seeds: dict[str, int],
    ) -> Prediction:
        """Give the row of a run that begins."""
        runnable, parts, now = composition.model, composition.parts, self._clock()
        plain = {name: value for name, value in new.input.items() if name not in keys}
        return Prediction(
            id=prediction_id,
            user_id=new.user.id,
            model_id=runnable.model_id,
            owner_id=runnable.owner_id,
            model=f"{runnable.owner}/{runnable.name}",
            version=runnable.digest,
            status=Status.STARTING,
            source=new.source,
            input=plain | inline(new.contents),
            seeds=seeds,
            input_files=keys,
            price=Micros(runnable.price + sum([part.price for part in parts])),
            parts=parts,
            fee_permille=self._fee_permille,
            created_at=now,
            attempt=0 if new.wait_s is None else 1,
            runner=None if new.wait_s is None else self._runner.id,
            deadline_at=None if new.cancel_after is None else now + new.cancel_after,
            webhook=new.webhook,
            webhook_events=new.webhook_events if new.webhook is not None else (),
        )


def _is_plain(prediction: Prediction) -> bool:
    """Tell whether nothing of a run is wanted before its end, by nobody, and nothing is kept for it."""
    no_deadlines = prediction.webhook is None and prediction.deadline_at is None
    return no_deadlines and not prediction.parts and not prediction.input_files


def _answer(ended: Ended) -> Prediction:
    """Give the row, or raise what the caller can mend: a model's own fault is the run's result, not the request's."""
    error: ArtratorError | None = ended.error
    if error is not None and not isinstance(error, ModelFault):
        raise error
    return ended.prediction
