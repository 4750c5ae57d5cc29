"""Which class of work goes first, so that the urgent hardly waits and the patient never starves."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from artrator.engine.fleet import Priority

GUARANTEED: Mapping[Priority, float] = MappingProxyType({Priority.WALK: 0.1, Priority.BATCH: 0.02})
"""What each class gets of a full engine at least; docs/architecture/scheduling.md says why these."""


@dataclass(slots=True)
class Shares:
    """Strictly by priority, but a class that has not had its guaranteed share since it was last served goes first.

    The clock is the work itself: `served_s` seconds of all classes. Work of `c` seconds keeps its class from being due
    until the engine has served `c / share` from when it began. So where the urgent leave room nothing is ever due, and
    they wait for the patient no longer than the call that runs; where they leave none, the patient get their share call
    by call. What a class had of an idle engine is not held against it: only its dearest work counts, not the sum.
    """

    guaranteed: Mapping[Priority, float] = field(default_factory=lambda: GUARANTEED)
    served_s: float = 0.0
    _due_s: dict[Priority, float] = field(default_factory=dict[Priority, float])
    _call_s: dict[Priority, float] = field(default_factory=dict[Priority, float])

    def order(self, waiting: Collection[Priority]) -> list[Priority]:
        """Sort the classes that have work: those that are due, then the others, each by priority."""
        return sorted(waiting, key=lambda each: (not self._is_due(each), each))

    def begin(self, priority: Priority, expected_s: float = 0.0) -> float:
        """Note that work of a class begins; give the moment from which it counts, for `end`."""
        share = self.guaranteed.get(priority)
        if share is None:
            began_s = self.served_s
        else:
            if expected_s:
                self._call_s[priority] = expected_s
            # what a class is overdue counts for one call; more would let it come in bursts
            earliest_s = self.served_s - self._call_s.get(priority, 0.0) / share
            began_s = min(self.served_s, max(self._due_s.get(priority, 0.0), earliest_s))
            self._postpone(priority, began_s, expected_s)
        self.served_s += expected_s
        return began_s

    def end(self, priority: Priority, began_s: float, spent_s: float, *, expected_s: float = 0.0) -> None:
        """Note what work really took that `begin` was told of."""
        self._postpone(priority, began_s, spent_s)
        self.served_s += spent_s - expected_s

    def _postpone(self, priority: Priority, began_s: float, seconds: float) -> None:
        share = self.guaranteed.get(priority)
        if share is not None:
            self._due_s[priority] = max(self._due_s.get(priority, 0.0), began_s + seconds / share)

    def _is_due(self, priority: Priority) -> bool:
        return priority in self.guaranteed and self._due_s.get(priority, 0.0) < self.served_s
