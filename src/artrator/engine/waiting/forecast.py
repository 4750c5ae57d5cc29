"""How long a run that comes now would wait, so that one that must come too late is told so at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from artrator.engine.execution.work import Ticket
from artrator.engine.fleet import Priority

MIN_RETRY_S, MAX_RETRY_S = 1.0, 60.0


@dataclass(frozen=True, slots=True)
class Backlog:
    """The work that one account has before the engine in one class, in thread-seconds."""

    account: str
    priority: Priority
    weight: float
    seconds: float


def wait_s(ticket: Ticket, cost_s: float, backlogs: Iterable[Backlog], *, slots: int) -> float:
    """Estimate for how many seconds others would have the threads that a run needs, if nobody else came.

    Before it go the work of more urgent classes, that of its own account in its class, and of each other account in its
    class as much as fair turns give it until then: what it has, or its weight's part, whichever is less.
    cost_s: thread-seconds of the run itself. slots: threads.
    """
    urgent_s, own_s = 0.0, cost_s
    rivals: list[Backlog] = []
    for each in backlogs:
        if each.priority < ticket.priority:
            urgent_s += each.seconds
        elif each.priority == ticket.priority and each.account == ticket.account:
            own_s += each.seconds
        elif each.priority == ticket.priority:
            rivals.append(each)
    fair_s = sum(min(each.seconds, own_s * each.weight / ticket.weight) for each in rivals)
    return (urgent_s + fair_s + own_s - cost_s) / slots


def retry_after_s(seconds: float) -> float:
    """Say when to come again: neither at once nor in an hour, however rough the estimate."""
    return round(min(MAX_RETRY_S, max(MIN_RETRY_S, seconds)), 1)
