"""Accounts in the order of their turns, of however many the next is found without looking at all."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from artrator.engine.waiting.turns import Turn


class HasTurn(Protocol):
    """The work of one account."""

    @property
    def turn(self) -> Turn:
        """Give what the account has had."""
        ...


L = TypeVar("L", bound=HasTurn)


@dataclass(slots=True)
class Line(Generic[L]):
    """A heap by virtual time. Whoever has had more meanwhile is moved back when it is met; to have had less is told."""

    _heap: list[tuple[float, int, L]] = field(default_factory=list[tuple[float, int, L]])
    _place_s: dict[L, float] = field(default_factory=dict[L, float])
    _arrivals: Iterator[int] = field(default_factory=itertools.count)

    def __len__(self) -> int:
        return len(self._place_s)

    def add(self, lane: L) -> None:
        """Line up an account, or move it forward if it has had less than when it lined up."""
        virtual_s = lane.turn.virtual_s
        if virtual_s < self._place_s.get(lane, float("inf")):
            self._push(lane, virtual_s)

    def forward(self, lane: L) -> None:
        """Move an account forward that has had less than when it lined up, if it is here."""
        if lane in self._place_s:
            self.add(lane)

    def leave(self, lane: L) -> None:
        """Take an account out, if it is here."""
        self._place_s.pop(lane, None)

    def first(self, is_ready: Callable[[L], bool], may: Callable[[L], bool] = lambda _: True) -> L | None:
        """Find who is next of those that may be; those that have nothing ready leave the line."""
        passed: list[L] = []
        found = None
        while self._heap and found is None:
            place_s, _, lane = self._heap[0]
            if self._place_s.get(lane) != place_s:
                heapq.heappop(self._heap)
            elif lane.turn.virtual_s > place_s:
                heapq.heappop(self._heap)
                self._push(lane, lane.turn.virtual_s)
            elif not is_ready(lane):
                heapq.heappop(self._heap)
                del self._place_s[lane]
            elif may(lane):
                found = lane
            else:
                heapq.heappop(self._heap)
                passed.append(lane)
        for lane in passed:
            self._push(lane, lane.turn.virtual_s)
        return found

    def _push(self, lane: L, virtual_s: float) -> None:
        self._place_s[lane] = virtual_s
        heapq.heappush(self._heap, (virtual_s, next(self._arrivals), lane))
