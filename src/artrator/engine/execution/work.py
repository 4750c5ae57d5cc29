"""The words between the scheduler and whoever carries out its decisions: tickets in, work out."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from artrator.engine.execution.call import Call, Reply, Tensors
from artrator.engine.fleet import Priority
from artrator.engine.waiting.turns import Turn
from artrator.kernel.ids import Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """One run as the scheduler sees it.

    id: never used again, for an answer may still come for a run that is gone.
    deadline_s: a point in time, on the clock of `Scheduler.expire`.
    weight: the account's part beside others of its class. max_batch: by graph, where it was measured.
    """

    id: str
    digest: Digest
    account: str
    priority: Priority
    deadline_s: float
    weight: float = 1.0
    max_batch: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(slots=True, eq=False)
class PendingCall:
    """A call that a run waits for, charged to the turn of its account.

    batch_key: calls with equal keys may run together; None runs alone.
    index: its place among the calls that its run yielded together.
    """

    run_id: str
    index: int
    call: Call
    batch_key: Hashable | None
    arrival: int
    turn: Turn
    taken: bool = field(default=False)


@dataclass(frozen=True, slots=True, eq=False)
class Resume:
    """Take a run's pipeline to its next step; `first` opens it."""

    run_id: str
    reply: Reply
    first: bool


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Evaluate calls of one graph together; each was booked with `booked_s`, each class from `began_s` on (Shares)."""

    digest: Digest
    graph: str
    calls: tuple[PendingCall, ...]
    booked_s: float
    began_s: Mapping[Priority, float]


Work: TypeAlias = Resume | Batch


@dataclass(frozen=True, slots=True)
class Expired:
    """A run whose deadline has passed; `opened` tells whether any of its work had begun."""

    run_id: str
    opened: bool


@dataclass(slots=True, eq=False)
class Answers:
    """The replies that a run still collects, in the order of its calls."""

    replies: list[Tensors | None]
    single: bool

    def complete(self) -> Reply | None:
        """Give the reply once every call is answered."""
        done = tuple(reply for reply in self.replies if reply is not None)
        if len(done) < len(self.replies):
            return None
        return done[0] if self.single else done
