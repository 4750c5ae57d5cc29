"""A run of which only the end is wanted, carried through the local fleet by callbacks: a task and its events cost more."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from artrator.engine.errors import EngineBusy, Fault, ModelFault
from artrator.engine.execution.work import Ticket
from artrator.engine.fleet import Finished, Progressed, RunEvent, RunRequest, Started
from artrator.engine.processes.place import Place
from artrator.engine.processes.supervised import ANSWER_GRACE_S, SupervisedWorker, too_long
from artrator.engine.waiting.dispatch import Chosen, Dispatch
from artrator.engine.wire.inbox import WorkerLost
from artrator.kernel.errors import ArtratorError

OnEnd = Callable[[Place | None, RunRequest, Ticket, Finished | None, float], None]
"""Told once of every errand: where it ran, what it gave, and for how long it was under way."""
Elsewhere = Callable[[RunRequest, Ticket, WorkerLost], AsyncGenerator[RunEvent]]
"""What follows when its worker is lost; it raises what the run ends with."""


class LocalErrand:
    """One errand. It has entered `dispatch`, and leaves it by `on_end`."""

    __slots__ = (
        "_began_s",
        "_dispatch",
        "_elsewhere",
        "_end",
        "_on_end",
        "_place",
        "_request",
        "_rest",
        "_ticket",
        "_timer",
        "_waiter",
        "_worker",
    )

    def __init__(
        self, request: RunRequest, ticket: Ticket, dispatch: Dispatch, *, on_end: OnEnd, elsewhere: Elsewhere
    ) -> None:
        self._request, self._ticket, self._dispatch = request, ticket, dispatch
        self._on_end, self._elsewhere = on_end, elsewhere
        self._began_s = time.monotonic()
        self._place: Place | None = None
        self._worker: SupervisedWorker | None = None
        self._rest: asyncio.Task[None] | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._end: Finished | Exception | None = None
        left_s = ticket.deadline_s + ANSWER_GRACE_S - self._began_s
        self._timer = asyncio.get_running_loop().call_later(max(0.0, left_s), self._expire)

    def begin(self) -> None:
        """Wait for its turn; that may come at once."""
        self._dispatch.call(self._ticket.id, self._on_turn)

    # artrator.engine.fleet.Errand

    async def wait(self, timeout_s: float | None) -> Finished:
        """Wait for its end, or for a time. See the port."""
        if self._end is None:
            await self._woken(timeout_s)
        if self._end is None:
            raise TimeoutError
        if isinstance(self._end, Finished):
            return self._end
        raise self._end

    def drop(self) -> None:
        """Stop the work itself, where it has not ended."""
        if self._end is None:
            if self._rest is not None:
                self._rest.cancel()
            elif self._worker is not None:
                self._worker.land(self._request, has_ended=False)
            self._close(Dropped())

    # What happens to it

    def put(self, event: RunEvent | ArtratorError | WorkerLost) -> None:
        """Take news of its worker (artrator.engine.processes.supervised.Ear)."""
        match event:
            case Finished() | ArtratorError():
                self._land(overran=isinstance(event, ModelFault) and event.code == Fault.TIMED_OUT)
                self._close(event)
            case WorkerLost():
                self._land()
                self._dispatch.come_back(self._ticket.id)
                self._rest = asyncio.create_task(self._go_elsewhere(event))
            case Started() | Progressed():
                pass

    def _on_turn(self, chosen: Chosen) -> None:
        place, worker = chosen
        if not worker.takes_work:
            asyncio.get_running_loop().call_soon(self._wait_again)
            return
        try:
            worker.send_off(self._request, self._ticket.deadline_s, self, quiet=True)
        except ArtratorError as error:
            self._close(error)
        else:
            self._place, self._worker = place, worker

    def _wait_again(self) -> None:
        if self._end is None:
            self.begin()

    def _land(self, *, overran: bool = False) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.land(self._request, has_ended=True, overran=overran)

    def _expire(self) -> None:
        """End it at its deadline, as whoever was to answer has not."""
        if self._end is not None or self._rest is not None:
            return
        if self._worker is None:
            self._close(EngineBusy("The run's turn did not come before its deadline; try again later."))
        else:
            self._worker.land(self._request, has_ended=False, overran=True)
            self._close(too_long())

    async def _go_elsewhere(self, lost: WorkerLost) -> None:
        """Do as a run that is watched would, now that it is no usual one."""
        try:
            async with aclosing(self._elsewhere(self._request, self._ticket, lost)) as events:
                async for event in events:
                    if isinstance(event, Finished):
                        self._close(event)
        except Exception as error:  # whatever it is: whoever waits is told
            self._close(error)

    def _close(self, end: Finished | Exception) -> None:
        if self._end is not None:
            return
        self._end = end
        self._timer.cancel()
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
        finished = end if isinstance(end, Finished) else None
        self._on_end(self._place, self._request, self._ticket, finished, time.monotonic() - self._began_s)

    async def _woken(self, timeout_s: float | None) -> None:
        loop = asyncio.get_running_loop()
        waiter = self._waiter = loop.create_future()
        timer = None if timeout_s is None else loop.call_later(max(0.0, timeout_s), _wake, waiter)
        try:
            await waiter
        finally:
            self._waiter = None
            if timer is not None:
                timer.cancel()


class Dropped(Exception):
    """Nobody wanted the end of the errand any more."""


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
