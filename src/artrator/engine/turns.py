"""Whose turn it is: weighted virtual time between accounts, so that nobody's queue makes another's run wait."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Turn:
    """What one account has had of the engine, in seconds of virtual time."""

    account: str
    virtual_s: float = 0.0

    def charge(self, seconds: float) -> None:
        """Book work; a negative amount takes an estimate back."""
        self.virtual_s += seconds


@dataclass(slots=True)
class Turns:
    """Start-time fair queueing over the accounts of one priority.

    An account that was idle starts at the current virtual time: it neither saves up turns nor owes any for having
    been away. An account keeps what it owes until the others have caught up with it.
    Source: Goyal, Vin, Cheng 1996, "Start-time Fair Queueing".
    """

    now_s: float = 0.0
    _turns: dict[str, Turn] = field(default_factory=dict[str, Turn])

    def join(self, account: str) -> Turn:
        """Find an account's turn as it gets work."""
        turn = self._turns.get(account)
        if turn is None:
            turn = self._turns[account] = Turn(account)
        turn.virtual_s = max(turn.virtual_s, self.now_s)
        return turn

    def serve(self, turn: Turn) -> None:
        """Note that an account is served now, which moves the virtual time on."""
        self.now_s = max(self.now_s, turn.virtual_s)

    def leave(self, account: str) -> None:
        """Forget an idle account that owes nothing."""
        turn = self._turns.get(account)
        if turn is not None and turn.virtual_s <= self.now_s:
            del self._turns[account]
