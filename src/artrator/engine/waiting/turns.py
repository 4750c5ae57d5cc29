"""Whose turn it is: weighted virtual time between accounts, so that nobody's queue makes another's run wait."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

from artrator.engine.fleet import Priority


@dataclass(slots=True, eq=False)
class Turn:
    """What one account has had of the engine at one priority.

    virtual_s: seconds of work, divided by the account's weight.
    """

    account: str
    priority: Priority
    weight: float = 1.0
    virtual_s: float = 0.0

    def charge(self, seconds: float) -> None:
        """Book work; a negative amount takes an estimate back."""
        self.virtual_s += seconds / self.weight


@dataclass(slots=True)
class Turns:
    """Start-time fair queueing over the accounts of one priority.

    An account that was idle starts at the current virtual time: it neither saves up turns nor owes any for having
    been away. An account that leaves is remembered for as long as it owes, so that leaving and coming back pays nothing;
    when nobody is left the debts are void, for there is nobody to whom they are owed.
    Source: Goyal, Vin, Cheng 1996, "Start-time Fair Queueing".
    """

    priority: Priority
    now_s: float = 0.0
    _present: dict[str, Turn] = field(default_factory=dict[str, Turn])
    _debtors: dict[str, Turn] = field(default_factory=dict[str, Turn])
    _ends: list[tuple[float, str]] = field(default_factory=list[tuple[float, str]])

    def join(self, account: str, weight: float = 1.0) -> Turn:
        """Find an account's turn as it gets work. Raises: ValueError unless the weight is above 0."""
        if not weight > 0:
            raise ValueError(f"the weight of an account is above 0, not {weight}")
        turn = self._present.get(account) or self._debtors.pop(account, None) or Turn(account, self.priority)
        turn.weight = weight
        turn.virtual_s = max(turn.virtual_s, self.now_s)
        self._present[account] = turn
        return turn

    def serve(self, turn: Turn) -> None:
        """Note that an account is served now, which moves the virtual time on."""
        self.now_s = max(self.now_s, turn.virtual_s)
        while self._ends and self._ends[0][0] <= self.now_s:
            _, account = heapq.heappop(self._ends)
            debtor = self._debtors.get(account)
            if debtor is not None and debtor.virtual_s <= self.now_s:
                del self._debtors[account]

    def leave(self, account: str) -> None:
        """Note that an account has no more work."""
        turn = self._present.pop(account, None)
        if turn is None:
            return
        if not self._present:
            self._debtors.clear()
            self._ends.clear()
        elif turn.virtual_s > self.now_s:
            self._debtors[account] = turn
            heapq.heappush(self._ends, (turn.virtual_s, account))
