"""How an attempt ended, as the row keeps it: what it gave, or why it failed."""

from __future__ import annotations

import logging
from datetime import datetime

from artrator.engine.errors import TurnedAway
from artrator.engine.fleet import Finished
from artrator.kernel.errors import ArtratorError
from artrator.kernel.ids import PredictionId
from artrator.predictions.prediction import Measured, Outcome, Status, StoredOutput
from artrator.predictions.storable import storable_text

log = logging.getLogger(__name__)


def succeeded(
    finished: Finished,
    stored: tuple[StoredOutput, ...],
    *,
    at: datetime,
    settlement: str,
    started_at: datetime | None,
    logs: str,
) -> Outcome:
    """Give the outcome of an attempt whose outputs are stored, or handed over."""
    timings = finished.timings
    return Outcome(
        status=Status.SUCCEEDED,
        completed_at=at,
        settlement=settlement,
        started_at=started_at,
        output=stored,
        logs=logs,
        measured=Measured(
            queue_s=timings.queue_s,
            predict_s=timings.predict_s,
            encode_s=timings.encode_s,
            engine=dict(finished.engine),
        ),
    )


def failed(
    error: ArtratorError,
    *,
    at: datetime,
    settlement: str,
    started_at: datetime | None,
    logs: str,
    status: Status | None = None,
) -> Outcome:
    """Give the outcome of an attempt that an error ended. status: where it is not what the error says."""
    usual = Status.ABORTED if isinstance(error, TurnedAway) else Status.FAILED
    return Outcome(
        status=status or usual,
        completed_at=at,
        settlement=settlement,
        started_at=started_at,
        error=storable_text(error.message),
        error_code=error.code,
        logs=logs,
    )


def bug_in(prediction_id: PredictionId) -> ArtratorError:
    """Log the exception that is handled now, and give what a user is told of it."""
    log.exception("a bug while running the prediction %s", prediction_id)
    return ArtratorError("internal_error", "Something went wrong here; it is logged, and the run costs nothing.")
