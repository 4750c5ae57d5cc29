"""One worker process as its parent sees it: what it runs, whether it does what somebody waits for, and how it ended."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, assert_never

import msgspec

from artrator.engine.errors import Fault, ModelFault
from artrator.engine.examination.profile import Plans
from artrator.engine.fleet import Finished, InstalledBundle, RunEvent, RunRequest
from artrator.engine.processes.blame import Cause, Loss, find_unwanted
from artrator.engine.processes.nursery import Nursery
from artrator.engine.processes.spawn import Child, Recipe, spawn
from artrator.engine.wire.board import Board, Execution
from artrator.engine.wire.frames import Frame, FrameError, Payload
from artrator.engine.wire.inbox import Inbox, WorkerLost
from artrator.engine.wire.protocol import (
    Cancel,
    Forget,
    HasFailed,
    HasFinished,
    HasProgressed,
    HasStarted,
    Introduce,
    Load,
    Ping,
    Pong,
    Ready,
    ToWorker,
    from_worker,
)
from artrator.engine.wire.translation import Reply, event_from_wire, request_to_wire
from artrator.kernel.errors import ArtratorError, Unavailable
from artrator.kernel.ids import Digest

STOP_GRACE_S = 2.0
"""How long a call may go on after its run has ended; one long node cannot be interrupted."""
ANSWER_GRACE_S = 1.0
"""How much later than a run's deadline its worker may say so."""
START_S = 60.0
PING_S, PONG_S = 10.0, 30.0
MAX_UNASKED = 10_000
"""Messages in a row about runs that nobody waits for."""

_log = logging.getLogger(__name__)
OverrunCallback = Callable[[RunRequest], None]


class Ear(Protocol):
    """Who hears what becomes of a request."""

    def put(self, event: RunEvent | ArtratorError | WorkerLost) -> None:
        """Take news. Raises: FrameError for what no worker would send."""
        ...


@dataclass(slots=True, eq=False)
class _Flight:
    """A request on its way through the worker; times on `time.monotonic`."""

    request: RunRequest
    sent_s: float
    ear: Ear


class SupervisedWorker:
    """A child process that runs bundles; when it is gone or has become useless, another takes its place.

    nursery: what forks it, if anything. alone: it is given one run at a time.
    optimised: tells where a bundle's graphs lie made ready for this machine. on_loss: told of its end before its requests are.
    on_overrun: told of a run whose call went on long after its deadline.
    """

    def __init__(
        self,
        recipe: Recipe,
        nursery: Nursery | None,
        *,
        alone: bool,
        optimised: Callable[[Digest], Path | None],
        on_loss: Callable[[Loss], None],
        on_overrun: OverrunCallback,
    ) -> None:
        self._recipe, self._nursery, self._alone, self._optimised = recipe, nursery, alone, optimised
        self._on_loss, self._on_overrun = on_loss, on_overrun
        self._flights: dict[str, _Flight] = {}
        self._introduced: dict[Digest, Plans | None] = {}
        """What a bundle was introduced with; None where more is known by now."""
        self._ready: asyncio.Future[Ready] = asyncio.get_running_loop().create_future()
        self._child: Child | None = None
        self._cause = Cause.ENDED
        self._pinged_s: float | None = None
        self._unasked = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._retired = False
        self._is_empty = asyncio.Event()
        self._is_empty.set()
        self.is_useless = asyncio.Event()
        """Set when another should take its place although it still runs."""
        self.has_ended = asyncio.Event()

    # Life

    async def start(self) -> Ready:
        """Start the process and wait until it has confined itself. Raises: Unavailable when it does not."""
        try:
            board = Board.make()
            self._child = await spawn(self._recipe, self, board, self._nursery)
            self._keep(self._watch_end(self._child, board))
            async with asyncio.timeout(START_S):
                ready = await asyncio.shield(self._ready)
        except (OSError, TimeoutError, WorkerLost) as error:
            await self.stop()
            raise Unavailable("worker_not_started", f"A worker process could not start: {error!r}.") from error
        except asyncio.CancelledError:
            await self.stop()
            raise
        self._keep(self._watch_answers())
        return ready

    async def stop(self) -> None:
        """End the process, whatever it does, and wait until it is gone."""
        self._retired = True
        if self._child is not None:
            await self._child.stop()
            await self.has_ended.wait()

    async def retire(self, finish_s: float) -> None:
        """Take no new request, let those on it finish for a while, and end."""
        self._retired = True
        with suppress(TimeoutError):
            async with asyncio.timeout(finish_s):
                await self._is_empty.wait()
        if self._cause is Cause.ENDED:
            self._cause = Cause.RETIRED
        await self.stop()

    async def _watch_end(self, child: Child, board: Board) -> None:
        """Wait for the end of the process, find out how it came, and tell everyone who waits."""
        exit_code = await child.wait()
        loss = Loss(
            cause=self._cause,
            exit_code=exit_code,
            executing=frozenset(each.digest for each in board.read()),
            in_flight=frozenset(flight.request.bundle.digest for flight in self._flights.values()),
            alone=self._alone,
        )
        board.close()
        child.board = None
        self._on_loss(loss)
        if not self._ready.done():
            self._ready.set_exception(WorkerLost(loss))
        for flight in list(self._flights.values()):
            flight.ear.put(WorkerLost(loss))
        self.has_ended.set()
        current = asyncio.current_task()
        for task in self._tasks:
            if task is not current:
                task.cancel()

    async def _watch_answers(self) -> None:
        """Ping a busy worker, and kill one that has stopped reading."""
        while True:
            await asyncio.sleep(PING_S)
            now_s = time.monotonic()
            if self._pinged_s is None:
                if self._flights:
                    self._pinged_s = now_s
                    self._send(Ping(nonce=1))
            elif now_s - self._pinged_s > PONG_S:
                self._kill(Cause.HUNG)

    def _kill(self, cause: Cause) -> None:
        self._cause = cause
        if self._child is not None:
            self._child.kill()

    def _keep(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # What the fleet asks of it

    @property
    def pid(self) -> int | None:
        """Give the process id, once there is a process."""
        return None if self._child is None else self._child.process.pid

    @property
    def takes_work(self) -> bool:
        """Tell whether a request may be given to it."""
        return self._ready.done() and not self._retired and self._child is not None and self._child.link.is_open

    @property
    def load(self) -> int:
        """Count the requests on it."""
        return len(self._flights)

    @property
    def executing(self) -> int:
        """Count its threads that are at work."""
        return len(self._executions())

    def knows(self, digest: Digest) -> bool:
        """Tell whether it has been given a bundle before."""
        return digest in self._introduced

    def preload(self, bundle: InstalledBundle) -> None:
        """Have it load a bundle before the first request for it comes."""
        self._introduce(bundle)
        self._send(Load(digest=bundle.digest))

    def forget(self, digest: Digest) -> None:
        """Have it unload a bundle."""
        if digest in self._introduced:
            del self._introduced[digest]
            self._send(Forget(digest=digest))

    def introduce_again(self, digest: Digest) -> None:
        """Tell of a bundle anew before its next run, as more is known of it."""
        if digest in self._introduced:
            self._introduced[digest] = None

    async def run(self, request: RunRequest, deadline_at_s: float) -> AsyncGenerator[RunEvent]:
        """Run a request; deadline_at_s is on `time.monotonic`.

        Raises: what the worker answers; ModelFault when it does not in time; WorkerLost.
        """
        inbox = Inbox()
        self.send_off(request, deadline_at_s, inbox)
        left_s = deadline_at_s + ANSWER_GRACE_S - time.monotonic()
        timer = asyncio.get_running_loop().call_later(max(0.0, left_s), inbox.expire)
        overran = False
        try:
            while True:
                event = await inbox.get()
                yield event
                if isinstance(event, Finished):
                    return
        except TimeoutError:
            overran = True
            raise too_long() from None
        except ModelFault as fault:
            overran = fault.code == Fault.TIMED_OUT
            raise
        finally:
            timer.cancel()
            self.land(request, has_ended=inbox.has_ended, overran=overran)

    def send_off(self, request: RunRequest, deadline_at_s: float, ear: Ear, *, quiet: bool = False) -> None:
        """Give a request to the worker; `ear` is told what becomes of it. quiet: of its end alone."""
        payload, now_s = Payload(), time.monotonic()
        run = request_to_wire(request, max(0.01, round(deadline_at_s - now_s, 2)), payload, quiet=quiet)
        self._introduce(request.bundle)
        for each in request.loras:
            self._introduce(each.bundle)
        self._flights[request.id] = _Flight(request, now_s, ear)
        self._is_empty.clear()
        self._send(run, payload)

    def land(self, request: RunRequest, *, has_ended: bool, overran: bool = False) -> None:
        """Let go of a request that was sent off; one that has not ended is stopped. overran: it took its whole time."""
        del self._flights[request.id]
        if not self._flights:
            self._is_empty.set()
        if not has_ended:
            self._send(Cancel(id=request.id))
        if overran or not has_ended:
            self._see_it_stop(request.bundle.digest, request if overran else None)

    # What it hears (artrator.engine.wire.link.Listener)

    def on_frame(self, frame: Frame) -> None:
        """Take a message of the child. Raises: FrameError when it makes no sense."""
        try:
            message = from_worker.decode(frame.message)
        except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
            raise FrameError(f"a message cannot be decoded: {error}") from None
        match message:
            case Ready():
                if self._ready.done():
                    raise FrameError("a worker was ready twice")
                self._ready.set_result(message)
            case Pong():
                if self._pinged_s is None:
                    raise FrameError("a worker answers what it was not asked")
                self._pinged_s = None
            case HasStarted() | HasProgressed() | HasFinished() | HasFailed():
                self._tell(message, frame)
            case _:
                assert_never(message)

    def _tell(self, message: Reply, frame: Frame) -> None:
        flight = self._flights.get(message.id)
        if flight is not None:
            flight.ear.put(event_from_wire(message, frame))
            self._unasked = 0
            return
        # a run that was cancelled may report for a moment longer
        self._unasked += 1
        if self._unasked > MAX_UNASKED:
            raise FrameError("a worker reports of runs that it does not have")

    def on_violation(self, error: FrameError) -> None:
        """Kill a child that does not speak the protocol."""
        _log.error("worker %s broke the protocol and is killed: %s", self.pid, error)
        self._kill(Cause.BROKE_PROTOCOL)

    def on_closed(self) -> None:
        """Kill a child that closed its socket, if it does not end by itself."""
        if self._child is not None and self._cause is Cause.ENDED and not self._retired:
            self._keep(self._end_after_closing(self._child))

    # Details

    def _introduce(self, bundle: InstalledBundle) -> None:
        if bundle.base is not None and bundle.base.digest not in self._introduced:
            self._introduce(bundle.base)
            # a LoRA does not know whether its base batches by itself: the base's own runs say so
            self._introduced[bundle.base.digest] = None
        if self._introduced.get(bundle.digest) != bundle.plans:
            optimised = self._optimised(bundle.digest)
            message = Introduce(
                digest=bundle.digest,
                folder=self._relative(bundle.folder),
                manifest=bundle.manifest.model_dump_json(),
                batchable=bundle.batchable,
                plans=dict(bundle.plans),
                optimised=None if optimised is None else self._relative(optimised),
                base=None if bundle.base is None else bundle.base.digest,
            )
            self._send(message)
            self._introduced[bundle.digest] = bundle.plans

    def _relative(self, folder: Path) -> str:
        return str(folder.resolve().relative_to(self._recipe.folder.resolve()))

    def _send(self, message: ToWorker, payload: Payload | None = None) -> None:
        if self._child is not None:
            self._child.link.send(message, payload)

    def _executions(self) -> tuple[Execution, ...]:
        board = None if self._child is None else self._child.board
        return () if board is None else board.read()

    def _see_it_stop(self, digest: Digest, overran: RunRequest | None) -> None:
        if not self.has_ended.is_set():
            self._keep(self._watch_stop(digest, overran))

    async def _watch_stop(self, digest: Digest, overran: RunRequest | None) -> None:
        """See that work for a run that has ended ends too; a worker with a call that does not is of no more use."""
        await asyncio.sleep(STOP_GRACE_S)
        oldest_s: dict[Digest, float] = {}
        for flight in self._flights.values():
            each = flight.request.bundle.digest
            oldest_s[each] = min(flight.sent_s, oldest_s.get(each, flight.sent_s))
        unwanted = find_unwanted((each for each in self._executions() if each.digest == digest), oldest_s)
        if unwanted is None:
            return
        _log.warning("worker %s does not stop a call of %s, which nobody waits for", self.pid, digest[:12])
        if overran is not None:
            self._on_overrun(overran)
        self.is_useless.set()

    async def _end_after_closing(self, child: Child) -> None:
        await asyncio.sleep(STOP_GRACE_S)
        child.kill()


def too_long() -> ModelFault:
    """Say that a run's worker did not answer by its deadline."""
    return ModelFault(Fault.TIMED_OUT, "The run took longer than it may, and did not stop.")
