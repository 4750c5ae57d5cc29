"""Ready work to batches: the policy of the engine as a state machine without threads, clock or sessions of its own."""

from __future__ import annotations

import heapq
from collections import Counter, deque
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

from artrator.engine.errors import EngineBusy
from artrator.engine.examination.profile import UNPROFILED_BATCH
from artrator.engine.execution.call import Call, Tensors
from artrator.engine.execution.ready_calls import ReadyCalls
from artrator.engine.execution.work import Answers, Batch, Expired, PendingCall, Resume, Ticket, Work
from artrator.engine.fleet import Priority
from artrator.engine.models.loads import Loads
from artrator.engine.waiting.line import Line
from artrator.engine.waiting.shares import Shares
from artrator.engine.waiting.turns import Turn, Turns
from artrator.kernel.ids import Digest


@dataclass(slots=True, eq=False)
class _Lane:
    """The work of one account at one priority, each kind in order of arrival."""

    account: str
    turn: Turn
    resumes: deque[Resume] = field(default_factory=deque[Resume])
    woken: deque[str] = field(default_factory=deque[str])
    unopened: deque[str] = field(default_factory=deque[str])
    calls: deque[PendingCall] = field(default_factory=deque[PendingCall])
    runs: int = 0
    open_runs: int = 0


@dataclass(slots=True, eq=False)
class _Run:
    ticket: Ticket
    lane: _Lane
    arrival: int
    opened: bool = False
    began_s: float = 0.0
    pending: list[PendingCall] = field(default_factory=list[PendingCall])
    answers: Answers | None = None


class Scheduler:
    """Decides what runs next. The caller tells it what happened and carries out what `next_work` says.

    By priority, with a guaranteed share for each (Shares); within one, whoever has had least of the engine for
    their weight goes first (Turns). Within one account,
    pipelines are resumed before runs are opened and runs opened before calls evaluated, so that calls meet in
    batches although nothing ever waits for a fuller batch. The call that leads a batch takes along what else is
    ready for the same graph, in the same order.

    max_batch: calls of one batch, of whatever graph. max_open: open runs of one account, each of which holds tensors.
    max_waiting: runs in flight, open or not.
    """

    def __init__(self, *, max_batch: int, max_open: int, max_waiting: int) -> None:
        self._max_batch, self._max_open, self._max_waiting = max_batch, max_open, max_waiting
        self._shares = Shares()
        self._turns = {priority: Turns(priority) for priority in Priority}
        self._lanes: dict[Priority, dict[str, _Lane]] = {priority: {} for priority in Priority}
        self._lines: dict[Priority, Line[_Lane]] = {priority: Line() for priority in Priority}
        self._runs: dict[str, _Run] = {}
        self._deadlines: list[tuple[float, str]] = []
        self._ready = ReadyCalls()
        self._loads = Loads(self.is_live)
        self._draining = 0
        self._arrivals = 0

    def __len__(self) -> int:
        return len(self._runs)

    @property
    def next_deadline_s(self) -> float | None:
        """Tell when the next run expires."""
        while self._deadlines and self._deadlines[0][1] not in self._runs:
            heapq.heappop(self._deadlines)
        return self._deadlines[0][0] if self._deadlines else None

    def is_live(self, run_id: str) -> bool:
        """Tell whether a run is still wanted."""
        return run_id in self._runs

    # Runs come and go

    def submit(self, ticket: Ticket) -> None:
        """Queue a run. Raises: EngineBusy when too many wait."""
        if len(self._runs) >= self._max_waiting:
            raise EngineBusy(f"{len(self._runs)} runs wait already, as many as the engine takes; try again soon.")
        if ticket.id in self._runs:
            raise ValueError(f"the run {ticket.id} is in flight already")
        lanes = self._lanes[ticket.priority]
        lane = lanes.get(ticket.account)
        if lane is None:
            turn = self._turns[ticket.priority].join(ticket.account, ticket.weight)
            lane = lanes[ticket.account] = _Lane(ticket.account, turn)
        lane.runs += 1
        lane.unopened.append(ticket.id)
        self._hope(lane)
        self._runs[ticket.id] = _Run(ticket, lane, self._next_arrival())
        heapq.heappush(self._deadlines, (ticket.deadline_s, ticket.id))

    def cancel(self, run_id: str) -> bool:
        """Drop a run; what it has running is abandoned. False where it is gone already."""
        return self._remove(run_id) is not None

    def expire(self, now_s: float) -> tuple[Expired, ...]:
        """Drop every run whose deadline has passed, before any more of its work runs."""
        expired: list[Expired] = []
        while self._deadlines and self._deadlines[0][0] <= now_s:
            _, run_id = heapq.heappop(self._deadlines)
            run = self._runs.get(run_id)
            if run is not None:
                expired.append(Expired(run_id, run.opened))
                self._remove(run_id)
        return tuple(expired)

    # Bundles are loaded

    def needs_load(self, run_id: str) -> None:
        """Park a run that was to be opened until its bundle is in memory."""
        run = self._runs.get(run_id)
        if run is not None:
            self._close(run)
            self._loads.park(run.ticket.digest, run_id)

    def next_load(self) -> Digest | None:
        """Choose the bundle to load next, or None while no live run waits for one."""
        return self._loads.take(self._order)

    def load_is_wanted(self, digest: Digest) -> bool:
        """Tell whether a live run still waits for a bundle."""
        return self._loads.is_wanted(digest)

    def loaded(self, digest: Digest) -> tuple[str, ...]:
        """Wake the runs that waited for a bundle, and return them; the caller keeps it in memory for them."""
        waiting = self._loads.end(digest)
        for run_id in waiting:
            lane = self._runs[run_id].lane
            lane.woken.append(run_id)
            self._hope(lane)
        return waiting

    def load_failed(self, digest: Digest) -> tuple[str, ...]:
        """Drop the runs that waited for a bundle that cannot be loaded, and return them."""
        return tuple(run_id for run_id in self._loads.end(digest) if self._remove(run_id))

    def load_abandoned(self, digest: Digest) -> None:
        """Note that a load was stopped because nobody waited for it."""
        self._loads.give_back(digest)

    def drain(self, *, on: bool) -> None:
        """Open no further run while a bundle waits for room, so that it is not overtaken for ever.

        Runs that a load has woken open all the same: they hold their bundle, and would else never let go of it.
        """
        self._draining += 1 if on else -1
        for lanes in self._lanes.values():
            for lane in lanes.values():
                self._hope(lane)

    def forget(self, digest: Digest) -> None:
        """Forget what a bundle's calls cost."""
        self._ready.forget(digest)

    # Work is done

    def called(
        self, run_id: str, calls: Sequence[tuple[Call, Hashable | None]], *, single: bool, spent_s: float
    ) -> bool:
        """Take the calls that a resumed run yielded, each with its batch key. False where the run is gone."""
        run = self._runs.get(run_id)
        if run is None:
            return False
        self._spend(run, spent_s)
        run.answers = Answers([None] * len(calls), single)
        run.pending = [
            PendingCall(run_id, index, call, key, self._next_arrival(), run.lane.turn)
            for index, (call, key) in enumerate(calls)
        ]
        run.lane.calls.extend(run.pending)
        self._hope(run.lane)
        for pending in run.pending:
            self._ready.add(pending)
        return True

    def ended(self, run_id: str, spent_s: float) -> bool:
        """Note that a run's pipeline returned or raised. False where the run was gone already."""
        run = self._remove(run_id)
        if run is not None:
            self._spend(run, spent_s)
        return run is not None

    def answered(self, batch: Batch, replies: Sequence[Tensors], spent_s: float) -> None:
        """Hand a batch's results to its runs; those that have all their answers are to be resumed."""
        self._settle(batch, spent_s)
        for pending, reply in zip(batch.calls, replies, strict=True):
            run = self._runs.get(pending.run_id)
            if run is None or run.answers is None:
                continue
            run.answers.replies[pending.index] = reply
            whole = run.answers.complete()
            if whole is not None:
                run.answers, run.pending = None, []
                run.lane.resumes.append(Resume(pending.run_id, whole, first=False))
                self._hope(run.lane)

    def failed(self, batch: Batch, spent_s: float) -> tuple[str, ...]:
        """Drop the run whose call failed and return it; the calls of a shared batch run again, each alone."""
        self._settle(batch, spent_s)
        live = [pending for pending in batch.calls if pending.run_id in self._runs]
        if len(batch.calls) == 1:
            return tuple(pending.run_id for pending in live if self._remove(pending.run_id))
        for pending in reversed(live):
            pending.taken, pending.batch_key = False, None
            lane = self._runs[pending.run_id].lane
            lane.calls.appendleft(pending)
            self._hope(lane)
        return ()

    def is_abandoned(self, batch: Batch) -> bool:
        """Tell whether nobody waits for a batch any more."""
        return not any(pending.run_id in self._runs for pending in batch.calls)

    # What to do next

    def next_work(self) -> Work | None:
        """Choose the next work, or None while nothing is ready."""
        busy = [each for each, line in self._lines.items() if line]
        for priority in busy if len(busy) == 1 else self._shares.order(busy):
            lane = self._lines[priority].first(self._is_ready)
            if lane is not None:
                self._turns[priority].serve(lane.turn)
                return self._take(lane)
        return None

    def has_work(self) -> bool:
        """Tell whether `next_work` would give some."""
        return any(line.first(self._is_ready) is not None for line in self._lines.values())

    def _hope(self, lane: _Lane) -> None:
        """Note that a lane may have something ready."""
        self._lines[lane.turn.priority].add(lane)

    def _is_ready(self, lane: _Lane) -> bool:
        runs = self._runs
        while lane.resumes and lane.resumes[0].run_id not in runs:
            lane.resumes.popleft()
        while lane.calls and (lane.calls[0].taken or lane.calls[0].run_id not in runs):
            lane.calls.popleft()
        return bool(lane.resumes or lane.calls) or self._openable(lane) is not None

    def _openable(self, lane: _Lane) -> deque[str] | None:
        """Give the queue of which a run may be opened now."""
        if lane.open_runs >= self._max_open:
            return None
        for queue in (lane.woken,) if self._draining else (lane.woken, lane.unopened):
            while queue and queue[0] not in self._runs:
                queue.popleft()
            if queue:
                return queue
        return None

    def _take(self, lane: _Lane) -> Work:
        if lane.resumes:
            work = lane.resumes.popleft()
        elif (queue := self._openable(lane)) is not None:
            work = self._open(queue.popleft())
        else:
            return self._batch(lane.calls.popleft())
        self._runs[work.run_id].began_s = self._shares.begin(lane.turn.priority)
        return work

    def _open(self, run_id: str) -> Resume:
        run = self._runs[run_id]
        run.opened = True
        run.lane.open_runs += 1
        return Resume(run_id, None, first=True)

    def _batch(self, leader: PendingCall) -> Batch:
        ticket, graph = self._runs[leader.run_id].ticket, leader.call.graph
        digest = ticket.digest
        max_batch = min(self._max_batch, ticket.max_batch.get(graph, UNPROFILED_BATCH))
        booked_s = self._ready.expected_s(digest, graph)
        members = self._ready.gather(leader, max_batch, self._call_order)
        for pending in members:
            pending.taken = True
            pending.turn.charge(booked_s)
        began_s = {each: self._shares.begin(each, n * booked_s) for each, n in _by_class(members).items()}
        return Batch(digest, graph, members, booked_s, began_s)

    # Bookkeeping

    def _settle(self, batch: Batch, spent_s: float) -> None:
        """Book what a batch really cost, shared evenly, in place of what was guessed."""
        call_s = spent_s / len(batch.calls)
        self._ready.measured(batch.digest, batch.graph, call_s)
        for pending in batch.calls:
            pending.turn.charge(call_s - batch.booked_s)
            if (run := self._runs.get(pending.run_id)) is not None:
                self._lines[pending.turn.priority].forward(run.lane)
        for priority, count in _by_class(batch.calls).items():
            self._shares.end(priority, batch.began_s[priority], count * call_s, expected_s=count * batch.booked_s)

    def _spend(self, run: _Run, spent_s: float) -> None:
        """Book what a run's own pipeline cost."""
        run.lane.turn.charge(spent_s)
        self._shares.end(run.lane.turn.priority, run.began_s, spent_s)

    def _order(self, run_id: str) -> tuple[int, float, int]:
        run = self._runs[run_id]
        return (run.ticket.priority, run.lane.turn.virtual_s, run.arrival)

    def _call_order(self, pending: PendingCall) -> tuple[int, float, int]:
        priority, virtual_s, _ = self._order(pending.run_id)
        return (priority, virtual_s, pending.arrival)

    def _next_arrival(self) -> int:
        self._arrivals += 1
        return self._arrivals

    def _close(self, run: _Run) -> None:
        if run.opened:
            run.opened = False
            run.lane.open_runs -= 1
            self._hope(run.lane)

    def _remove(self, run_id: str) -> _Run | None:
        run = self._runs.pop(run_id, None)
        if run is None:
            return None
        for pending in run.pending:
            self._ready.discard(pending)
        lane, priority = run.lane, run.ticket.priority
        self._close(run)
        lane.runs -= 1
        if lane.runs == 0:
            del self._lanes[priority][lane.account]
            self._lines[priority].leave(lane)
            self._turns[priority].leave(lane.account)
        return run


def _by_class(calls: Sequence[PendingCall]) -> Counter[Priority]:
    return Counter(pending.turn.priority for pending in calls)
