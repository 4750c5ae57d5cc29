"""What one request hears from its worker, in bounded space however much a worker sends."""

from __future__ import annotations

import asyncio
from typing import assert_never

from artrator.engine.fleet import Finished, Progressed, RunEvent, Started
from artrator.engine.processes.blame import Loss
from artrator.engine.wire.frames import FrameError
from artrator.kernel.errors import ArtratorError

MAX_EVENTS = 100_000
"""Of one run; far more than any pipeline has steps."""


class WorkerLost(Exception):
    """The worker is gone before it answered."""

    def __init__(self, loss: Loss) -> None:
        super().__init__(loss.how)
        self.loss = loss


class Inbox:
    """Keeps the start, the newest progress and the end; progress that nobody took in time is replaced."""

    def __init__(self) -> None:
        self._started: Started | None = None
        self._progress: Progressed | None = None
        self._end: Finished | ArtratorError | WorkerLost | None = None
        self._has_started = False
        self._waiter: asyncio.Future[None] | None = None
        self._count = 0
        self._is_late = False

    @property
    def has_ended(self) -> bool:
        """Tell whether the last word has come."""
        return self._end is not None

    def put(self, event: RunEvent | ArtratorError | WorkerLost) -> None:
        """Take news. Raises: FrameError for what no worker would send."""
        if self._end is not None:
            if isinstance(event, WorkerLost):
                return
            raise FrameError("a run went on after its end")
        self._count += 1
        if self._count > MAX_EVENTS:
            raise FrameError("a run reports without end")
        match event:
            case Started():
                if self._has_started:
                    raise FrameError("a run started twice")
                self._has_started, self._started = True, event
            case Progressed():
                self._progress = event
            case Finished() | ArtratorError() | WorkerLost():
                self._end = event
            case _:
                assert_never(event)
        self._wake()

    def expire(self) -> None:
        """Say that nothing more is waited for."""
        self._is_late = True
        self._wake()

    async def get(self) -> RunEvent:
        """Wait for the next event. Raises: the error that ended the run, WorkerLost, or TimeoutError once expired."""
        while self._is_empty:
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        if self._started is not None:
            event, self._started = self._started, None
        elif self._is_late and self._end is None:
            raise TimeoutError
        elif self._progress is not None and not isinstance(self._end, WorkerLost):
            event, self._progress = self._progress, None
        elif isinstance(self._end, Finished):
            return self._end
        elif self._end is not None:
            raise self._end
        else:
            raise RuntimeError("news without an event")
        return event

    @property
    def _is_empty(self) -> bool:
        return self._started is None and self._progress is None and self._end is None and not self._is_late

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
