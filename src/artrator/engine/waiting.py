"""How long it may take until there is room again, for those who are told to come back later."""

from __future__ import annotations

from dataclasses import dataclass

NEWEST_WEIGHT = 0.1
MIN_S, MAX_S = 1.0, 60.0


@dataclass(slots=True)
class WaitEstimate:
    """A moving average of what runs take."""

    run_s: float = 1.0

    def learn(self, run_s: float) -> None:
        """Note how long a run has just taken, without its waiting."""
        self.run_s += NEWEST_WEIGHT * (run_s - self.run_s)

    def retry_after_s(self, waiting: int, slots: int) -> float:
        """Guess when half of what waits will be done."""
        return round(min(MAX_S, max(MIN_S, self.run_s * waiting / (2 * slots))), 1)
