"""Hands waiting runs to the workers as they get room, in the order that `WaitingRuns` says."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

from artrator.engine.errors import EngineBusy
from artrator.engine.execution.work import Ticket
from artrator.engine.processes.place import Place
from artrator.engine.processes.supervised import SupervisedWorker
from artrator.engine.waiting.routing import Candidate, choose
from artrator.engine.waiting.service_times import ServiceTimes
from artrator.engine.waiting.waiting import WaitingRuns
from artrator.kernel.ids import Digest

Chosen = tuple[Place, SupervisedWorker]
OnTurn = Callable[[Chosen], None]


class Dispatch:
    """The runs of one fleet on their way to its workers; deadlines are on `time.monotonic`.

    slots: calls that one worker runs at once. window: runs that one worker should hold, enough to fill its batches while
    answers travel. max_runs, max_of_account: see WaitingRuns.
    """

    def __init__(self, places: Sequence[Place], *, slots: int, window: int, max_runs: int, max_of_account: int) -> None:
        self._places, self._slots, self._window = places, slots, window
        self._times = ServiceTimes()
        self._runs = WaitingRuns(self._times, max_runs=max_runs, max_of_account=max_of_account)
        self._calls: dict[str, OnTurn] = {}
        self._worker_of: dict[str, SupervisedWorker] = {}
        self._load: Counter[SupervisedWorker] = Counter()

    @property
    def waiting(self) -> int:
        """Count the runs that no worker has yet."""
        return self._runs.waiting

    def refuse(self, ticket: Ticket) -> None:
        """Turn a run away that has no chance. Raises: AccountBusy, EngineBusy."""
        self._runs.refuse(ticket, time.monotonic(), slots=self._slots * len(self._places))

    def enter(self, ticket: Ticket) -> None:
        """Count a run in that is not refused; every one that entered leaves."""
        self._runs.enter(ticket)

    def come_back(self, run_id: str) -> None:
        """Note that the worker that had a run is lost; others get its room."""
        self._free(run_id)
        self._runs.recall(run_id)
        self.hand_out()

    def leave(self, run_id: str, busy_s: float | None) -> None:
        """Forget a run; others get its room. busy_s: what it kept threads busy, where that is known."""
        self._calls.pop(run_id, None)
        self._free(run_id)
        self._runs.leave(run_id, busy_s=busy_s)
        self.hand_out()

    def forget(self, digest: Digest) -> None:
        """Forget what a bundle's runs take."""
        self._times.forget(digest)

    async def turn(self, ticket: Ticket) -> Chosen:
        """Wait for a run's turn, and give the worker that is to have it. Raises: EngineBusy at the deadline."""
        try:
            async with asyncio.timeout(ticket.deadline_s - time.monotonic()):
                while True:
                    place, worker = await self._called(ticket.id)
                    if worker.takes_work:
                        return place, worker
        except TimeoutError:
            raise EngineBusy("The run's turn did not come before its deadline; try again later.") from None
        finally:
            self._calls.pop(ticket.id, None)

    async def _called(self, run_id: str) -> Chosen:
        turn: asyncio.Future[Chosen] = asyncio.get_running_loop().create_future()
        self.call(run_id, partial(_come, turn))
        return await turn

    def call(self, run_id: str, on_turn: OnTurn) -> None:
        """Have a run wait for its turn; `on_turn` is called when it comes, which may be at once."""
        self._free(run_id)
        self._runs.wait(run_id)
        self._calls[run_id] = on_turn
        self.hand_out()

    def hand_out(self) -> None:
        """Send as many runs to workers as may go now; called whenever that may have changed."""
        if not self._runs.waiting:
            return
        taking = {place.index: worker for place in self._places if (worker := place.worker)}
        while taking and (ticket := self._runs.next(self._window * len(taking))) is not None:
            index = self._choose(taking, ticket.digest)
            worker = self._worker_of[ticket.id] = taking[index]
            self._load[worker] += 1
            on_turn = self._calls.pop(ticket.id, None)
            if on_turn is not None:
                on_turn((self._places[index], worker))

    def _choose(self, taking: dict[int, SupervisedWorker], digest: Digest) -> int:
        """Choose a worker, of those with room where any has some."""
        if len(taking) == 1:
            return next(iter(taking))
        candidates = [
            Candidate(index, self._load[worker], self._slots, worker.knows(digest)) for index, worker in taking.items()
        ]
        return choose([each for each in candidates if each.load < self._window] or candidates)

    def _free(self, run_id: str) -> None:
        worker = self._worker_of.pop(run_id, None)
        if worker is not None:
            self._load[worker] -= 1
            if self._load[worker] == 0:
                del self._load[worker]


def _come(turn: asyncio.Future[Chosen], chosen: Chosen) -> None:
    if not turn.done():
        turn.set_result(chosen)
