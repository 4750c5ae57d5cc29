"""Everything that runs inside a worker process: threads that carry out what the scheduler decides."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from artrator.engine.codecs.limits import CodecLimits
from artrator.engine.errors import EngineBusy, Fault, ModelFault
from artrator.engine.examination.profile import Plans
from artrator.engine.execution.active_run import ActiveRun, OnEvent, Yielded, as_artrator_error
from artrator.engine.execution.batch import join, split
from artrator.engine.execution.call import Tensors
from artrator.engine.execution.outputs import check_format
from artrator.engine.execution.running import OnRunning, Running, RunningSlots
from artrator.engine.execution.scheduler import Scheduler
from artrator.engine.execution.session import Stopped, StopSwitch, choose_device
from artrator.engine.execution.work import Batch, Resume, Ticket, Work
from artrator.engine.fleet import InstalledBundle, RunRequest
from artrator.engine.models.cache import GaveUp
from artrator.engine.models.loaded_bundles import LoadedBundle, LoadedBundles
from artrator.engine.models.selection import Selection, usual_selection
from artrator.engine.settings import EngineSettings
from artrator.kernel.errors import ArtratorError, Unavailable
from artrator.kernel.ids import Digest

LOADERS = 2
"""Threads that load bundles, so that loading stops neither what runs nor, where one load is slow, every other."""


class Inference:
    """Runs requests on the graphs of their bundles.

    on_running: see RunningSlots; slots count from 0, first the executing threads, then the loading ones.
    before_pause: called by an executing thread before it evaluates a graph or waits, after it may have told some endings.
    """

    def __init__(
        self,
        settings: EngineSettings,
        *,
        on_running: OnRunning = lambda _slot, _digest: None,
        before_pause: Callable[[], None] = lambda: None,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings, self._now_s, self._before_pause = settings, now_s, before_pause
        self._limits = CodecLimits(
            max_image_bytes=settings.max_image_bytes,
            max_image_px=settings.max_image_px,
            max_tensor_bytes=settings.max_tensor_bytes,
        )
        self._lock = threading.RLock()
        self._work_ready = threading.Condition(self._lock)
        self._load_ready = threading.Condition(self._lock)
        self._deadline_set = threading.Condition(self._lock)
        self._preloading = threading.Lock()
        self._closing = False
        self._idle_threads = 0
        self._last_plans: tuple[Plans, Mapping[str, int]] = ({}, {})
        self._scheduler = Scheduler(
            max_batch=settings.max_batch,
            max_open=settings.window,
            max_waiting=settings.max_waiting,
        )
        self._runs: dict[str, ActiveRun] = {}
        self._key_of: dict[str, str] = {}
        self._keys = itertools.count()
        self._slots = RunningSlots(self.slots, on_running, now_s)
        self.device = choose_device(settings.device, settings.device_ids[0])
        self._bundles = LoadedBundles(
            self._slots,
            capacity_bytes=settings.cache_bytes,
            threads_per_call=settings.threads_per_call,
            choice=self.device,
        )
        self._threads = [
            *(self._thread(self._execute, slot) for slot in range(settings.slots)),
            *(self._thread(self._load, settings.slots + index) for index in range(LOADERS)),
            self._thread(self._watch, self.slots),
        ]

    @property
    def slots(self) -> int:
        """Count the slots that `on_running` speaks of; the last is that of `load`."""
        return self._settings.slots + LOADERS + 1

    @property
    def used_bytes(self) -> int:
        """Count the bytes of what is in memory."""
        return self._bundles.used_bytes

    def submit(self, request: RunRequest, on_event: OnEvent) -> None:
        """Start a run; all that happens to it, errors too, is told to on_event, from whichever thread it happens in.

        The last event is Finished or an error; a cancelled run falls silent.
        """
        run = ActiveRun(f"{request.id}#{next(self._keys)}", request, on_event, now_s=self._now_s)
        try:
            check_format(request.output_format)
            self._enqueue(run)
        except ArtratorError as error:
            run.end(error)

    def cancel(self, request_id: str) -> None:
        """Stop a run and the work that only it waits for. A run that is gone already is left in peace."""
        with self._lock:
            key = self._key_of.get(request_id)
            if key is None:
                return
            self._scheduler.cancel(key)
            run = self._drop(key)
            self._stop_unwanted()
        run.end(None)

    def running(self) -> tuple[Running, ...]:
        """Tell which slots execute a stranger's graph now, for how long, and whether anybody still wants it."""
        return self._slots.snapshot()

    def running_digests(self) -> tuple[Digest, ...]:
        """Name the bundles whose graphs execute now."""
        return tuple(each.digest for each in self.running())

    def load(self, bundle: InstalledBundle) -> None:
        """Bring a bundle into memory ahead of its runs, in the caller's thread. Raises: ModelFault."""
        with self._preloading:
            self._bundles.load(usual_selection(bundle), self.slots - 1, is_wanted=lambda: not self._closing).release()

    def unload(self, digest: Digest) -> None:
        """Let go of a bundle's memory, as soon as its last run has ended."""
        self._bundles.forget(digest)
        with self._lock:
            self._scheduler.forget(digest)

    def close(self, *, patience_s: float = 5.0) -> None:
        """End every run with an error and stop all threads; one that is stuck in a node ends with the process."""
        with self._lock:
            self._closing = True
            runs = [self._end(key) for key in list(self._runs)]
            self._stop_unwanted()
            for condition in (self._work_ready, self._load_ready, self._deadline_set):
                condition.notify_all()
        for run in runs:
            run.end(Unavailable("engine_closing", "The engine is shutting down; run it again in a moment."))
        until_s = time.monotonic() + patience_s
        for thread in self._threads:
            thread.join(max(0.0, until_s - time.monotonic()))

    # Runs

    def _enqueue(self, run: ActiveRun) -> None:
        request = run.request
        now_s = self._now_s()
        ticket = Ticket(
            id=run.key,
            digest=run.selection.key,
            account=request.account,
            priority=request.priority,
            deadline_s=now_s + request.deadline_s,
            weight=request.weight,
            max_batch=self._max_batches(request.bundle.foundation.plans),
        )
        with self._lock:
            if self._closing:
                raise EngineBusy("The engine is shutting down; run it again in a moment.")
            if request.id in self._key_of:
                raise ValueError(f"the run {request.id} is in flight already")
            earliest_s = self._scheduler.next_deadline_s
            self._scheduler.submit(ticket)
            self._runs[run.key], self._key_of[request.id] = run, run.key
            self._work_ready.notify()
            if earliest_s is None or ticket.deadline_s < earliest_s:
                self._deadline_set.notify()

    def _max_batches(self, plans: Plans) -> Mapping[str, int]:
        """Say how far each graph batches; remembered for the bundle that was asked for last."""
        known, batches = self._last_plans
        if known is not plans:
            batches = {role: plan.max_batch for role, plan in plans.items()}
            self._last_plans = (plans, batches)
        return batches

    def _drop(self, key: str) -> ActiveRun:
        """Forget a run that the scheduler has dropped, and let go of its bundle."""
        run = self._runs.pop(key)
        del self._key_of[run.request.id]
        if run.lease is not None:
            run.lease.release()
        return run

    def _end(self, key: str, spent_s: float = 0.0) -> ActiveRun:
        self._scheduler.ended(key, spent_s)
        return self._drop(key)

    def _fail(self, dropped: Callable[[], Iterable[str]], error: Exception) -> None:
        """End the runs that the scheduler drops with an error."""
        with self._lock:
            runs = [self._drop(key) for key in dropped()]
            self._stop_unwanted()
        if runs:
            ending = as_artrator_error(error)
            for run in runs:
                run.end(ending)

    def _stop_unwanted(self) -> None:
        """Stop what only dropped runs waited for, and let others have what those had kept."""
        self._slots.stop_unwanted()
        self._bundles.reconsider()
        self._work_ready.notify()

    # Threads

    def _thread(self, work: Callable[[int], None], slot: int) -> threading.Thread:
        thread = threading.Thread(target=work, args=(slot,), name=f"{work.__name__.strip('_')}-{slot}", daemon=True)
        thread.start()
        return thread

    def _execute(self, slot: int) -> None:
        while (work := self._next_work()) is not None:
            match work:
                case Resume():
                    self._resume(work)
                case Batch():
                    self._before_pause()
                    self._evaluate(work, slot)

    def _next_work(self) -> Work | None:
        with self._lock:
            work = self._ready_work()
        if work is not None:
            return work
        self._before_pause()
        with self._lock:
            while not self._closing:
                work = self._ready_work()
                if work is not None:
                    return work
                self._idle_threads += 1
                self._work_ready.wait()
                self._idle_threads -= 1
        return None

    def _ready_work(self) -> Work | None:
        work = None if self._closing else self._scheduler.next_work()
        if work is not None and self._idle_threads and self._scheduler.has_work():
            self._work_ready.notify()
        return work

    def _resume(self, work: Resume) -> None:
        began_s = self._now_s()
        with self._lock:
            run = self._runs.get(work.run_id)
            if run is None or (work.first and not self._lease_or_park(run)):
                return
        try:
            if work.first:
                run.open(self._limits)
            outcome = run.advance(work.reply)
        except Exception as error:  # a pipeline meets whatever a stranger's graph returns
            outcome = as_artrator_error(error)
        spent_s = self._now_s() - began_s
        with self._lock:
            if work.run_id not in self._runs:
                gone = True
            elif isinstance(outcome, Yielded):
                gone = False
                self._scheduler.called(work.run_id, outcome.calls, single=outcome.single, spent_s=spent_s)
            else:
                gone = True
                self._end(work.run_id, spent_s)
        if gone:
            run.close()
        if not isinstance(outcome, Yielded):
            run.end(outcome)

    def _lease_or_park(self, run: ActiveRun) -> bool:
        run.lease = run.lease or self._bundles.lease(run.selection)
        if run.lease is None:
            self._scheduler.needs_load(run.key)
            self._load_ready.notify()
        return run.lease is not None

    def _evaluate(self, batch: Batch, slot: int) -> None:
        began_s = self._now_s()
        stop = StopSwitch()
        with self._lock:
            live = (self._runs.get(pending.run_id) for pending in batch.calls)
            leased = ((run.request.bundle.digest, run.lease.again()) for run in live if run is not None and run.lease)
            digest, lease = next(leased, (None, None))
        if digest is None or lease is None:
            return
        with lease as loaded:
            try:
                with self._slots.occupy(slot, digest, stop, lambda: not self._scheduler.is_abandoned(batch)):
                    replies = self._replies(loaded, batch, stop)
            except Exception as error:  # what the runtime, numpy or the machine's memory says on a stranger's graph
                spent_s = self._now_s() - began_s
                self._fail(lambda: self._scheduler.failed(batch, spent_s), error)
                return
        with self._lock:
            spent_s = self._now_s() - began_s
            for pending in batch.calls:
                if (run := self._runs.get(pending.run_id)) is not None:
                    run.charge(spent_s / len(batch.calls))
            self._scheduler.answered(batch, replies, spent_s)

    def _replies(self, loaded: LoadedBundle, batch: Batch, stop: StopSwitch) -> Sequence[Tensors]:
        with self._lock:
            if self._scheduler.is_abandoned(batch):
                raise Stopped
        calls = [pending.call for pending in batch.calls]
        return split(loaded.sessions[batch.graph].run(join(calls), stop), calls)

    def _load(self, slot: int) -> None:
        while (selection := self._next_load()) is not None:
            digest = selection.key

            try:
                lease = self._bundles.load(
                    selection, slot, is_wanted=partial(self._load_is_wanted, digest), waiting=self._drain
                )
            except (GaveUp, Stopped):
                with self._lock:
                    self._scheduler.load_abandoned(digest)
                    self._load_ready.notify()
            except Exception as error:  # what the runtime or the machine's memory says on a stranger's graph
                self._fail(partial(self._scheduler.load_failed, digest), error)
            else:
                with lease, self._lock:
                    for key in self._scheduler.loaded(digest):
                        self._runs[key].lease = lease.again()
                    self._work_ready.notify()

    def _next_load(self) -> Selection | None:
        with self._lock:
            while not self._closing:
                digest = self._scheduler.next_load()
                if digest is not None:
                    return next(run.selection for run in self._runs.values() if run.selection.key == digest)
                self._load_ready.wait()
        return None

    def _load_is_wanted(self, digest: Digest) -> bool:
        with self._lock:
            return self._scheduler.load_is_wanted(digest)

    def _drain(self, on: bool) -> None:
        with self._lock:
            self._scheduler.drain(on=on)
            self._work_ready.notify_all()

    def _watch(self, _slot: int) -> None:
        """Fail every run at its deadline."""
        while True:
            with self._lock:
                if self._closing:
                    return
                expired = self._scheduler.expire(self._now_s())
                if not expired:
                    deadline_s = self._scheduler.next_deadline_s
                    self._deadline_set.wait(None if deadline_s is None else max(0.0, deadline_s - self._now_s()))
                    continue
                loading = {each.digest for each in self.running()}
                runs = [(self._drop(each.run_id), each.opened) for each in expired]
                self._stop_unwanted()
            for run, opened in runs:
                run.end(_too_late(run.request, had_begun=opened or run.request.bundle.digest in loading))


def _too_late(request: RunRequest, *, had_begun: bool) -> ArtratorError:
    if had_begun:
        message = f"The model did not finish within {request.deadline_s:g} seconds; ask for less, or allow more time."
        return ModelFault(Fault.TIMED_OUT, message)
    return EngineBusy(f"The run waited {request.deadline_s:g} seconds without getting its turn; try again later.")
