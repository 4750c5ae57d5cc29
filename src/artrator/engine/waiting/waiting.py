"""The runs that wait for a worker: who is let in, whose turn is next; a state machine without clock, loop or processes."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from artrator.engine.errors import AccountBusy, EngineBusy
from artrator.engine.execution.work import Ticket
from artrator.engine.fleet import Priority
from artrator.engine.waiting.forecast import Backlog, retry_after_s, wait_s
from artrator.engine.waiting.line import Line
from artrator.engine.waiting.service_times import ServiceTimes
from artrator.engine.waiting.shares import Shares
from artrator.engine.waiting.turns import Turn, Turns

FULL = 0.6
"""The part of the time left beside its own work that a run may be forecast to wait: later ones who go first come on top."""


@dataclass(slots=True, eq=False)
class _Lane:
    """The runs of one account at one priority.

    present, sent: how many there are, and are on workers. backlog_s: what they are expected to take.
    """

    turn: Turn
    waiting: deque[str] = field(default_factory=deque[str])
    present: int = 0
    sent: int = 0
    backlog_s: float = 0.0


@dataclass(slots=True, eq=False)
class _Run:
    ticket: Ticket
    lane: _Lane
    expected_s: float
    began_s: float = 0.0
    waits: bool = False
    sent: bool = False
    was_sent: bool = False


class WaitingRuns:
    """Lets runs in, and says which goes to the workers next.

    Classes go by Shares, accounts within a class by Turns, an account's own runs in order of arrival. The workers take
    `window` runs together; an account that has less than its fair part of the window there is let in even when others
    have filled it, so that nobody's long runs keep another's out.

    max_runs, max_of_account: runs in flight, waiting or not.
    """

    def __init__(self, times: ServiceTimes, *, max_runs: int, max_of_account: int) -> None:
        self._times, self._max_runs, self._max_of_account = times, max_runs, max_of_account
        self._shares = Shares()
        self._turns = {priority: Turns(priority) for priority in Priority}
        self._lanes: dict[Priority, dict[str, _Lane]] = {priority: {} for priority in Priority}
        self._lines: dict[Priority, Line[_Lane]] = {priority: Line() for priority in Priority}
        self._weight: dict[Priority, float] = dict.fromkeys(Priority, 0.0)
        self._runs: dict[str, _Run] = {}
        self._waits = self._sent = 0
        self._backlog_s = 0.0

    def __len__(self) -> int:
        return len(self._runs)

    @property
    def waiting(self) -> int:
        """Count the runs that are not on a worker yet."""
        return self._waits

    # The door

    def refuse(self, ticket: Ticket, now_s: float, *, slots: int) -> None:
        """Turn a run away that there is no room for, or that would come too late.

        slots: calls that the workers run at once. Raises: AccountBusy, EngineBusy; both say when to try again.
        """
        drained_s = self._backlog_s / slots
        if len(self._runs) >= self._max_runs:
            raise EngineBusy(
                f"{len(self._runs)} runs are waiting already; try again later.",
                retry_after_s=retry_after_s(drained_s / 2),
            )
        own = [lane for lanes in self._lanes.values() if (lane := lanes.get(ticket.account))]
        if sum(lane.present for lane in own) >= self._max_of_account:
            own_s = sum(lane.backlog_s for lane in own) / slots
            message = f"You have {self._max_of_account} runs in flight; wait until some of them have ended."
            raise AccountBusy(message, retry_after_s=retry_after_s(own_s / 2))
        cost_s = self._times.known_s(ticket.digest) or 0.0
        allowed_s = FULL * max(0.0, ticket.deadline_s - now_s - cost_s)
        if drained_s <= allowed_s:
            return
        ahead_s = wait_s(ticket, cost_s, self._backlogs(), slots=slots)
        if ahead_s > allowed_s:
            message = f"The run would wait for about {ahead_s:.1f} seconds, too long for its deadline; try again later."
            raise EngineBusy(message, retry_after_s=retry_after_s(ahead_s - allowed_s))

    def enter(self, ticket: Ticket) -> None:
        """Count a run in."""
        if ticket.id in self._runs:
            raise ValueError(f"the run {ticket.id} is in flight already")
        lanes = self._lanes[ticket.priority]
        lane = lanes.get(ticket.account)
        if lane is None:
            lane = lanes[ticket.account] = _Lane(self._turns[ticket.priority].join(ticket.account, ticket.weight))
            self._weight[ticket.priority] += ticket.weight
        run = self._runs[ticket.id] = _Run(ticket, lane, self._times.expected_s(ticket.digest))
        lane.present += 1
        self._add_backlog(lane, run.expected_s)

    def wait(self, run_id: str) -> None:
        """Let a run wait for a worker; one that a worker did not finish goes before its account's others."""
        self.recall(run_id)
        run = self._runs[run_id]
        if run.was_sent:
            run.lane.waiting.appendleft(run_id)
        else:
            run.lane.waiting.append(run_id)
        run.waits = True
        self._waits += 1
        self._lines[run.lane.turn.priority].add(run.lane)

    def recall(self, run_id: str) -> None:
        """Take a run back from a worker that did not finish it, and what was booked for it."""
        run = self._runs[run_id]
        if not run.sent:
            return
        run.sent = False
        run.lane.sent -= 1
        self._sent -= 1
        run.lane.turn.charge(-run.expected_s)
        self._shares.end(run.lane.turn.priority, run.began_s, 0.0, expected_s=run.expected_s)
        self._lines[run.lane.turn.priority].forward(run.lane)

    def leave(self, run_id: str, *, busy_s: float | None = None) -> None:
        """Forget a run, wherever it is. busy_s: what it kept threads busy, where that is known."""
        run = self._runs.pop(run_id)
        lane, turn = run.lane, run.lane.turn
        self._add_backlog(lane, -run.expected_s)
        self._waits -= run.waits
        if busy_s is not None:
            self._times.learn(run.ticket.digest, busy_s)
        if run.sent:
            lane.sent -= 1
            self._sent -= 1
            spent_s = run.expected_s if busy_s is None else busy_s
            turn.charge(spent_s - run.expected_s)
            self._shares.end(turn.priority, run.began_s, spent_s, expected_s=run.expected_s)
            self._lines[turn.priority].forward(lane)
        lane.present -= 1
        if lane.present == 0:
            del self._lanes[turn.priority][turn.account]
            self._lines[turn.priority].leave(lane)
            self._weight[turn.priority] -= turn.weight
            self._turns[turn.priority].leave(turn.account)

    # Whose turn it is

    def next(self, window: int) -> Ticket | None:
        """Send the next run to a worker, or None while none may go. window: runs that the workers should hold."""
        if not self._waits:
            return None
        is_full = self._sent >= window
        busy = [each for each, line in self._lines.items() if line]
        for priority in busy if len(busy) == 1 else self._shares.order(busy):
            line = self._lines[priority]
            if is_full:
                part = window / sum(weight for each, weight in self._weight.items() if each <= priority)
                lane = line.first(
                    self._has_waiting, lambda lane, part=part: lane.sent < max(1.0, part * lane.turn.weight)
                )
            else:
                lane = line.first(self._has_waiting)
            if lane is not None:
                self._turns[priority].serve(lane.turn)
                return self._send(lane)
        return None

    def _has_waiting(self, lane: _Lane) -> bool:
        while lane.waiting and not self._waits_still(lane.waiting[0]):
            lane.waiting.popleft()
        return bool(lane.waiting)

    def _waits_still(self, run_id: str) -> bool:
        run = self._runs.get(run_id)
        return run is not None and run.waits

    def _send(self, lane: _Lane) -> Ticket:
        run = self._runs[lane.waiting.popleft()]
        run.waits, run.sent, run.was_sent = False, True, True
        self._waits -= 1
        lane.sent += 1
        self._sent += 1
        lane.turn.charge(run.expected_s)
        run.began_s = self._shares.begin(lane.turn.priority, run.expected_s)
        return run.ticket

    def _add_backlog(self, lane: _Lane, seconds: float) -> None:
        lane.backlog_s = max(0.0, lane.backlog_s + seconds)
        self._backlog_s = max(0.0, self._backlog_s + seconds)

    def _backlogs(self) -> Iterable[Backlog]:
        for lanes in self._lanes.values():
            for lane in lanes.values():
                yield Backlog(lane.turn.account, lane.turn.priority, lane.turn.weight, lane.backlog_s)
