"""What is said of a run's end, and what is answered: by whoever runs it, cancels it or takes it over."""

from __future__ import annotations

from dataclasses import dataclass

from artrator.kernel.ids import PredictionId
from artrator.predictions.prediction import Outcome, Prediction


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Who may settle: the runner of this attempt, and no other."""

    runner: str | None
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """How a run ended.

    lease: None settles whoever runs it (a cancel).
    forget_key: the run never began, so its Idempotency-Key may be used again.
    row: the run as the holder of the lease knows it, and nobody else; it spares a reading.
    """

    prediction_id: PredictionId
    outcome: Outcome
    lease: Lease | None
    forget_key: bool = False
    row: Prediction | None = None

    @property
    def says_all(self) -> bool:
        """Tell whether the last state follows from this alone: the rest of the row never changes."""
        return self.row is not None and self.outcome.logs is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The row as it stands, and whether this settlement is the one that closed it."""

    prediction: Prediction
    won: bool
