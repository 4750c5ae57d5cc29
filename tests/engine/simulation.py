"""The engine's scheduling, both levels of it, on a clock of its own: the real policies, played instead of run.

`tests/bench/bench_scheduling.py` prints the tables of docs/architecture/scheduling.md.
"""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from artrator.engine.errors import AccountBusy, EngineBusy
from artrator.engine.execution.call import Call
from artrator.engine.execution.scheduler import Scheduler
from artrator.engine.execution.work import Batch, Resume, Ticket, Work
from artrator.engine.fleet import Priority
from artrator.engine.waiting.routing import Candidate, choose
from artrator.engine.waiting.service_times import ServiceTimes
from artrator.engine.waiting.waiting import WaitingRuns
from artrator.kernel.ids import Digest

ROW = {"x": np.zeros((1, 1), np.float32)}
RESUME_S = 0.0002
CallSeconds = Callable[[int], float]


@dataclass(eq=False)
class Job:
    """One run and what became of it; seconds are points in time."""

    ticket: Ticket
    calls: int
    came_s: float
    calls_left: int = 0
    done_s: float | None = None
    refused: EngineBusy | AccountBusy | None = None
    expired: bool = False
    on_done: Callable[[], None] = lambda: None

    @property
    def took_s(self) -> float:
        assert self.done_s is not None, f"{self.ticket.id} did not end"
        return self.done_s - self.came_s


@dataclass(eq=False)
class _Worker:
    index: int
    scheduler: Scheduler
    idle: int
    load: int = 0
    lives: int = 0


@dataclass
class Simulation:
    """A fleet of simulated workers behind the real door.

    call_s: by model, how long a batch of so many calls takes. A call of another model has another batch key.
    """

    call_s: Mapping[str, CallSeconds]
    workers: int = 1
    slots: int = 2
    max_batch: int = 8
    max_runs: int = 100_000
    max_of_account: int = 100_000
    now_s: float = 0.0
    busy_s: float = 0.0
    served: Counter[str] = field(default_factory=Counter[str])
    jobs: list[Job] = field(default_factory=list[Job])

    def __post_init__(self) -> None:
        self.times = ServiceTimes()
        self.waiting = WaitingRuns(self.times, max_runs=self.max_runs, max_of_account=self.max_of_account)
        self.window = 2 * self.max_batch * self.slots
        self._workers = [_Worker(index, self._scheduler(), self.slots) for index in range(self.workers)]
        self._live: dict[str, Job] = {}
        self._worker_of: dict[str, _Worker] = {}
        self._busy_of: Counter[str] = Counter()
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()

    def _scheduler(self) -> Scheduler:
        return Scheduler(max_batch=self.max_batch, max_open=self.window, max_waiting=self.max_runs)

    # What the tests arrange

    def at(self, when_s: float, happen: Callable[[], None]) -> None:
        heapq.heappush(self._events, (when_s, next(self._order), happen))

    def submit(
        self,
        account: str,
        model: str,
        *,
        calls: int = 1,
        priority: Priority = Priority.INTERACTIVE,
        patience_s: float = 1e6,
        weight: float = 1.0,
        on_done: Callable[[], None] = lambda: None,
    ) -> Job:
        """Let a run come now."""
        ticket = Ticket(
            id=f"{account}-{len(self.jobs)}",
            digest=Digest(model),
            account=account,
            priority=priority,
            deadline_s=self.now_s + patience_s,
            weight=weight,
            max_batch={"graph": self.max_batch},
        )
        job = Job(ticket, calls, self.now_s, calls_left=calls, on_done=on_done)
        self.jobs.append(job)
        try:
            self.waiting.refuse(ticket, self.now_s, slots=self.slots * self.workers)
        except (EngineBusy, AccountBusy) as error:
            job.refused = error
            return job
        self._live[ticket.id] = job
        self.waiting.enter(ticket)
        self.waiting.wait(ticket.id)
        self.at(ticket.deadline_s, lambda: self._expire(job))
        self._settle()
        return job

    def closed_loop(self, account: str, model: str, *, clients: int = 1, **options: object) -> None:
        """Let some clients come, each with a new run as soon as its last one has ended."""

        def again() -> None:
            self.submit(account, model, on_done=again, **options)  # type: ignore[arg-type]

        for _ in range(clients):
            again()

    def lose(self, index: int) -> None:
        """Have a worker crash and another take its place; its runs begin anew."""
        worker = self._workers[index]
        worker.scheduler, worker.idle, worker.load = self._scheduler(), self.slots, 0
        worker.lives += 1
        for run_id in [each for each, of in self._worker_of.items() if of is worker]:
            del self._worker_of[run_id]
            self._live[run_id].calls_left = self._live[run_id].calls
            self.waiting.recall(run_id)
            self.waiting.wait(run_id)
        self._settle()

    def run(self, until_s: float = 1e9) -> None:
        """Play everything that happens until then."""
        while self._events and self._events[0][0] <= until_s:
            self.now_s, _, happen = heapq.heappop(self._events)
            happen()
        if until_s < 1e9:
            self.now_s = until_s

    def of(self, account: str) -> list[Job]:
        return [job for job in self.jobs if job.ticket.account == account and job.done_s is not None]

    # How the engine answers

    def _settle(self) -> None:
        """Hand out what may go, let idle slots take work, and see that none idles that could work."""
        progress = True
        while progress:
            progress = False
            while (ticket := self.waiting.next(self.window * self.workers)) is not None:
                candidates = [Candidate(w.index, w.load, self.slots, knows=True) for w in self._workers]
                roomy = [each for each in candidates if each.load < self.window] or candidates
                worker = self._workers[choose(roomy)]
                worker.load += 1
                self._worker_of[ticket.id] = worker
                worker.scheduler.submit(ticket)
                progress = True
            for worker in self._workers:
                while worker.idle and (work := worker.scheduler.next_work()) is not None:
                    self._begin(worker, work)
                    progress = True
        for worker in self._workers:
            assert not worker.idle or not worker.scheduler.has_work(), "a slot idles beside ready work"
            assert not worker.idle or worker.load >= self.window or not self.waiting.waiting, (
                "a run waits for no reason"
            )

    def _begin(self, worker: _Worker, work: Work) -> None:
        worker.idle -= 1
        if isinstance(work, Batch):
            seconds = self.call_s[work.digest](len(work.calls))
            for pending in work.calls:
                self.served[self._account(pending.run_id)] += seconds / len(work.calls)
                self._busy_of[pending.run_id] += seconds / len(work.calls)
        else:
            seconds = RESUME_S
            self._busy_of[work.run_id] += seconds
        self.busy_s += seconds
        self.at(self.now_s + seconds, partial(self._end, worker, worker.lives, work, seconds))

    def _end(self, worker: _Worker, life: int, work: Work, seconds: float) -> None:
        if life != worker.lives:
            return
        worker.idle += 1
        if isinstance(work, Batch):
            worker.scheduler.answered(work, [ROW] * len(work.calls), seconds)
        else:
            self._resumed(worker, work, seconds)
        self._settle()

    def _resumed(self, worker: _Worker, work: Resume, seconds: float) -> None:
        job = self._live.get(work.run_id)
        if job is None:
            return
        if job.calls_left:
            job.calls_left -= 1
            key: Hashable = (job.ticket.digest, "graph")
            worker.scheduler.called(work.run_id, [(Call("graph", ROW), key)], single=True, spent_s=seconds)
            return
        worker.scheduler.ended(work.run_id, seconds)
        self._leave(job, busy_s=self._busy_of[work.run_id])
        job.done_s = self.now_s
        job.on_done()

    def _expire(self, job: Job) -> None:
        if job.ticket.id in self._live:
            job.expired = True
            worker = self._worker_of.get(job.ticket.id)
            if worker is not None:
                worker.scheduler.cancel(job.ticket.id)
            self._leave(job, busy_s=None)
            self._settle()

    def _leave(self, job: Job, *, busy_s: float | None) -> None:
        del self._live[job.ticket.id]
        worker = self._worker_of.pop(job.ticket.id, None)
        if worker is not None:
            worker.load -= 1
        self.waiting.leave(job.ticket.id, busy_s=busy_s)

    def _account(self, run_id: str) -> str:
        return run_id.rpartition("-")[0]


def flat(seconds: float) -> CallSeconds:
    """A graph that gains nothing by batches."""
    return lambda calls: seconds * calls


def gaining(seconds: float, *, gain: float = 3.4, at: int = 16) -> CallSeconds:
    """A graph with so many times the throughput at a batch of `at`: a cost for each batch and one for each call."""
    each = seconds * (1 / gain - 1 / at) / (1 - 1 / at)
    return lambda calls: seconds - each + each * calls


def percentile(values: list[float], share: float) -> float:
    """Give the value below which a share of them lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
