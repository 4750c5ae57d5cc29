"""Where suspects run: a worker of its own, one run at a time, so that a crash has one possible cause and no other victim."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from artrator.engine.errors import EngineBusy
from artrator.engine.fleet import RunEvent, RunRequest
from artrator.engine.processes.supervised import SupervisedWorker


class Solitary:
    """Starts a worker when the first suspect comes and ends it when the last one has gone."""

    def __init__(self, make: Callable[[], SupervisedWorker]) -> None:
        self._make = make
        self._turn = asyncio.Lock()
        self._present = 0
        self._worker: SupervisedWorker | None = None

    async def run(
        self, request: RunRequest, deadline_at_s: float, *, still_alone: Callable[[], bool]
    ) -> AsyncGenerator[RunEvent]:
        """Run a request alone, when its turn comes; nothing at all if `still_alone` no longer holds by then.

        Raises: as SupervisedWorker.run; EngineBusy when the deadline passes before its turn.
        """
        self._present += 1
        try:
            await self._take_turn(deadline_at_s)
            try:
                if still_alone():
                    worker = await self._ready_worker()
                    async with aclosing(worker.run(request, deadline_at_s)) as events:
                        async for event in events:
                            yield event
            finally:
                self._turn.release()
        finally:
            self._present -= 1
            if self._present == 0:
                await self.stop()

    async def stop(self) -> None:
        """End the worker, if there is one."""
        worker, self._worker = self._worker, None
        if worker is not None:
            await worker.stop()

    async def _take_turn(self, deadline_at_s: float) -> None:
        try:
            async with asyncio.timeout(deadline_at_s - time.monotonic()):
                await self._turn.acquire()
        except TimeoutError:
            raise EngineBusy("The model is under suspicion and its runs wait for one another; try again.") from None

    async def _ready_worker(self) -> SupervisedWorker:
        """Give a worker that takes work; one whose last call does not stop is replaced."""
        worker = self._worker
        if worker is not None and (worker.executing or not worker.takes_work):
            self._worker = None
            await worker.stop()
        if self._worker is None:
            fresh = self._make()
            await fresh.start()
            self._worker = fresh
        return self._worker
