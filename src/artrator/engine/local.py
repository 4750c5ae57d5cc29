"""The fleet on one machine: supervised, sandboxed child processes behind the port of `fleet.py`."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self, assert_never

from artrator.engine.errors import Fault, ModelFault
from artrator.engine.examination.examine import Examiner
from artrator.engine.examination.plan_book import LOOK_AGAIN_S, PlanBook, PlansOf
from artrator.engine.execution.work import Ticket
from artrator.engine.fleet import (
    Finished,
    FleetHealth,
    InstalledBundle,
    Priority,
    RunEvent,
    RunRequest,
    bundles_of,
)
from artrator.engine.models.optimised import OptimisedGraphs
from artrator.engine.processes.attempts import attempts
from artrator.engine.processes.blame import Loss, Verdict, judge
from artrator.engine.processes.errand import LocalErrand
from artrator.engine.processes.nursery import Nursery
from artrator.engine.processes.place import Place
from artrator.engine.processes.readable import make_readable
from artrator.engine.processes.records import QuarantineCallback, Records
from artrator.engine.processes.requests import ticket_of, with_plans
from artrator.engine.processes.solitary import Solitary
from artrator.engine.processes.spawn import Recipe
from artrator.engine.processes.supervised import START_S, SupervisedWorker
from artrator.engine.processes.under_way import UnderWay
from artrator.engine.settings import EngineSettings
from artrator.engine.waiting.dispatch import Dispatch
from artrator.engine.wire.inbox import WorkerLost
from artrator.kernel.errors import Invalid, Unavailable
from artrator.kernel.ids import Digest

MAX_LOSSES = 3
"""Workers that a run may lose through no fault of its own before it fails."""
RECYCLE_SHARE = 0.9
"""Of a worker's memory limit: what it may hold resident before another takes its place."""
PAYLOAD_MARGIN_BYTES = 64 << 20
_log = logging.getLogger(__name__)


class LocalFleet:
    """Runs bundles in child processes: `async with LocalFleet(settings, bundles=folder) as fleet`.

    bundles: the one folder that workers may read; every bundle that is run lies below it.
    nursery: what forks the workers; without one each is a fresh process.
    drain_s: how long the end of the fleet waits for the runs in flight.
    plans: where the plans of measured graphs are found; where there are none, they are asked for again after a while.
    """

    def __init__(
        self,
        settings: EngineSettings,
        *,
        bundles: Path,
        nursery: Nursery | None = None,
        drain_s: float = 10.0,
        plans: PlansOf | None = None,
        look_again_s: float = LOOK_AGAIN_S,
    ) -> None:
        self._settings, self._bundles, self._drain_s = settings, bundles.resolve(), drain_s
        self._nursery = nursery
        self._optimised = OptimisedGraphs(
            self._bundles,
            Examiner(settings, nursery),
            max_bytes=settings.optimised_cache_bytes,
            on_made=self._introduce_again,
        )
        self._records, self._plans = Records(), PlanBook(plans, look_again_s=look_again_s)
        self._prepared: dict[Digest, Path] = {}
        self._is_stopping = False
        self._change, self._under_way = asyncio.Event(), UnderWay()
        recycle_bytes = int(settings.memory_bytes * RECYCLE_SHARE)
        self._places = tuple(
            Place(index, partial(self._make_worker, device), recycle_bytes=recycle_bytes, on_change=self._tell_change)
            for index, device in enumerate(settings.worker_devices)
        )
        self._dispatch = Dispatch(
            self._places,
            slots=settings.slots,
            window=settings.window,
            max_runs=settings.max_waiting * len(self._places),
            max_of_account=settings.max_waiting_of_account,
        )
        self._solitary = Solitary(lambda: self._make_worker(settings.device_ids[0], alone=True))
        self._keepers: list[asyncio.Task[None]] = []

    # Life

    async def __aenter__(self) -> Self:
        """Start the workers. Raises: Unavailable when none starts."""
        self._bundles.mkdir(parents=True, exist_ok=True)
        make_readable(self._bundles, deep=False)
        self._optimised.open()
        self._keepers = [asyncio.create_task(place.keep()) for place in self._places]
        try:
            async with asyncio.timeout(START_S):
                while any(place.worker is None for place in self._places):
                    await self._change.wait()
        except TimeoutError:
            await self._stop()
            raise Unavailable("engine_not_started", "The engine's workers did not start; its log says why.") from None
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Take no new run, let those in flight finish for a while, then end the workers."""
        self._is_stopping = True
        with suppress(TimeoutError):
            async with asyncio.timeout(self._drain_s):
                await self._under_way.none()
        await self._stop()

    async def _stop(self) -> None:
        self._is_stopping = True
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        await self._optimised.close()
        await asyncio.gather(*(place.stop() for place in self._places), self._solitary.stop())

    # artrator.engine.fleet.Fleet

    async def run(self, request: RunRequest) -> AsyncGenerator[RunEvent]:
        """Run a request and yield what happens; the last event is Finished. See the port."""
        ticket, began_s = ticket_of(request), time.monotonic()
        self._refuse(ticket)
        busy_s: float | None = None
        with self._under_way.one():
            self._dispatch.enter(ticket)
            try:
                for bundle in bundles_of(request):
                    await self._prepare(bundle)
                request = replace(request, bundle=await self._plans.planned(request.bundle))
                async with aclosing(self._attempts(request, ticket)) as events:
                    async for event in events:
                        if isinstance(event, Finished):
                            # what a child says is not more than its threads had time for
                            most_s = (time.monotonic() - began_s) * self._settings.slots
                            busy_s = min(event.timings.busy_s, most_s)
                        yield event
            finally:
                self._dispatch.leave(ticket.id, busy_s)

    def errand(self, request: RunRequest) -> LocalErrand | None:
        """Begin a run of which only the end is wanted, where nothing must be looked up or waited for first."""
        ticket = ticket_of(request)
        self._refuse(ticket)
        bundle = self._plans.known(request.bundle)
        if (
            bundle is None
            or bundle.base is not None
            or request.loras
            or not self._is_prepared(bundle)
            or self._records.is_on_trial(bundle.digest)
        ):
            return None
        self._under_way.count(1)
        self._dispatch.enter(ticket)
        if bundle is not request.bundle:
            request = with_plans(request, bundle)
        errand = LocalErrand(request, ticket, self._dispatch, on_end=self._on_end, elsewhere=self._go_elsewhere)
        errand.begin()
        return errand

    def refuse(
        self, digest: Digest, account: str, *, deadline_s: float, priority: Priority = Priority.INTERACTIVE
    ) -> None:
        """Turn a run away that `run` would not take now. See the port."""
        deadline_at_s = time.monotonic() + deadline_s
        self._refuse(Ticket(id="", digest=digest, account=account, priority=priority, deadline_s=deadline_at_s))

    async def health(self) -> FleetHealth:
        """Tell how the workers are, and what their sandbox keeps and lacks."""
        ready = [place.ready for place in self._places if place.ready is not None]
        protections = ready[0].protections if ready else ()
        return FleetHealth(
            workers=tuple(place.health() for place in self._places),
            waiting=self._dispatch.waiting,
            protections=tuple(f"{each.guarantee}: {each.by}" for each in protections if each.by),
            missing=tuple(f"{each.guarantee}: {each.lacks}" for each in protections if each.lacks),
            devices=tuple(each.device for each in ready),
            lacks_device=next((each.device_lacks for each in ready if each.device_lacks), ""),
        )

    async def forget(self, digest: Digest) -> None:
        """Unload a bundle everywhere, and its record with it."""
        self._records.forget(digest)
        self._dispatch.forget(digest)
        self._plans.forget(digest)
        self._prepared.pop(digest, None)
        for place in self._places:
            place.forget(digest)

    def on_quarantine(self, callback: QuarantineCallback) -> None:
        """Have a callback told of every bundle that is quarantined from now on."""
        self._records.on_quarantine(callback)

    @property
    def optimised(self) -> OptimisedGraphs:
        """Give the copies of graphs made ready for this machine."""
        return self._optimised

    @property
    def places(self) -> tuple[Place, ...]:
        """Give the places, each with its worker."""
        return self._places

    # One run

    def _refuse(self, ticket: Ticket) -> None:
        """Turn a run away at the door. Raises: ModelQuarantined, AccountBusy, EngineBusy, Unavailable."""
        if self._is_stopping:
            raise Unavailable("engine_stopping", "The engine is stopping; try again in a moment.")
        self._records.refuse_quarantined(ticket.digest)
        self._dispatch.refuse(ticket)

    async def _prepare(self, bundle: InstalledBundle) -> None:
        """See once that workers can read a bundle. Raises: Invalid when it lies elsewhere."""
        if self._is_prepared(bundle):
            return
        await asyncio.to_thread(self._make_readable, bundle.folder)
        self._prepared[bundle.digest] = bundle.folder

    def _is_prepared(self, bundle: InstalledBundle) -> bool:
        prepared = self._prepared.get(bundle.digest)
        if prepared is bundle.folder:
            return True
        if prepared == bundle.folder:
            self._prepared[bundle.digest] = bundle.folder  # paths take long to compare, and the next is this very one
            return True
        return False

    def _make_readable(self, folder: Path) -> None:
        if not folder.resolve().is_relative_to(self._bundles):
            raise Invalid("bundle_misplaced", "The bundle does not lie in the folder that workers may read.")
        make_readable(folder, deep=True)

    def _on_end(
        self, place: Place | None, request: RunRequest, ticket: Ticket, finished: Finished | None, took_s: float
    ) -> None:
        """Take leave of an errand."""
        busy_s = None
        if finished is not None:
            busy_s = min(finished.timings.busy_s, took_s * self._settings.slots)
            if place is not None:
                place.note(request.bundle)
            self._optimised.ran(request.bundle)
        self._dispatch.leave(ticket.id, busy_s)
        self._under_way.count(-1)

    async def _go_elsewhere(self, request: RunRequest, ticket: Ticket, lost: WorkerLost) -> AsyncGenerator[RunEvent]:
        """Go on with an errand that lost its worker."""
        self._answer_for(lost.loss, request.bundle.digest, 1)
        async with aclosing(self._attempts(request, ticket, losses=1)) as events:
            async for event in events:
                yield event

    def _attempts(self, request: RunRequest, ticket: Ticket, *, losses: int = 0) -> AsyncGenerator[RunEvent]:
        """Run a request, and again where it lost its worker through no fault of its own. losses: before now."""

        def answer_for(lost: WorkerLost, more: int) -> None:
            self._dispatch.come_back(ticket.id)
            self._answer_for(lost.loss, request.bundle.digest, losses + more)

        return attempts(lambda: self._attempt(request, ticket), WorkerLost, answer_for)

    async def _attempt(self, request: RunRequest, ticket: Ticket) -> AsyncGenerator[RunEvent]:
        """Run a request once, alone if it is under suspicion."""
        digest = request.bundle.digest
        if self._records.is_on_trial(digest):
            alone = self._solitary.run(request, ticket.deadline_s, still_alone=lambda: self._may_run_alone(digest))
            async with aclosing(alone) as events:
                async for event in events:
                    if isinstance(event, Finished):
                        self._records.acquit(digest)
                    yield event
            return
        place, worker = await self._dispatch.turn(ticket)
        async with aclosing(worker.run(request, ticket.deadline_s)) as events:
            async for event in events:
                if isinstance(event, Finished):
                    place.note(request.bundle)
                    self._optimised.ran(request.bundle.foundation)
                yield event

    def _may_run_alone(self, digest: Digest) -> bool:
        """Look again when its turn has come: the verdict may have fallen meanwhile. Raises: ModelQuarantined."""
        self._records.refuse_quarantined(digest)
        return self._records.is_on_trial(digest)

    # Losses

    def _answer_for(self, loss: Loss, digest: Digest, losses: int) -> None:
        """Decide what becomes of a run whose worker is lost; to return is to try again. Raises: ModelFault, Unavailable."""
        verdict = judge(loss, digest)
        match verdict:
            case Verdict.GUILTY:
                raise ModelFault(
                    Fault.CRASHED,
                    f"The model crashed its worker process ({loss.how}).",
                    signal=loss.how,
                )
            case Verdict.SUSPECT | Verdict.INNOCENT:
                if losses >= MAX_LOSSES:
                    raise Unavailable("worker_lost", "Several workers were lost during this run; try again.")
            case _:
                assert_never(verdict)

    def _note_loss(self, loss: Loss) -> None:
        """Put a loss on the records before anyone acts on it."""
        for place in self._places:
            place.distrust(loss.executing)
        for digest in loss.in_flight:
            verdict = judge(loss, digest)
            match verdict:
                case Verdict.GUILTY:
                    self._records.convict(digest)
                case Verdict.SUSPECT:
                    self._records.suspect(digest)
                case Verdict.INNOCENT:
                    pass
                case _:
                    assert_never(verdict)
        if loss.in_flight or not self._is_stopping:
            _log.warning(
                "a worker was lost (%s, %s) with %d models on it", loss.cause.name, loss.how, len(loss.in_flight)
            )

    def _note_overrun(self, request: RunRequest) -> None:
        """Hold a call that does not stop against its model; only a full deadline proves that the model is at fault."""
        if request.deadline_s >= self._settings.run_deadline_s:
            self._records.convict(request.bundle.digest)
        else:
            self._records.suspect(request.bundle.digest)

    # Workers

    def _make_worker(self, device: int, *, alone: bool = False) -> SupervisedWorker:
        settings = self._settings.on_device(device)
        recipe = Recipe(
            name="worker",
            module="artrator.engine.processes.worker",
            folder=self._bundles,
            memory_bytes=settings.memory_bytes,
            cpu_s=None,
            settings=settings.model_dump_json(),
            max_payload_bytes=settings.max_tensor_bytes + PAYLOAD_MARGIN_BYTES,
            device_files=settings.device_files,
        )
        return SupervisedWorker(
            recipe,
            self._nursery,
            alone=alone,
            optimised=self._optimised.folder_of,
            on_loss=self._note_loss,
            on_overrun=self._note_overrun,
        )

    def _introduce_again(self, digest: Digest) -> None:
        for place in self._places:
            if place.worker is not None:
                place.worker.introduce_again(digest)

    def _tell_change(self) -> None:
        self._change.set()
        self._change = asyncio.Event()
        self._dispatch.hand_out()
