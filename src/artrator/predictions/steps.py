"""Name the durable jobs of predictions."""

from __future__ import annotations

from artrator.db.queue import JobQueue
from artrator.predictions.reserve import RUN_JOB
from artrator.predictions.service import Predictions
from artrator.predictions.webhook_jobs import LAST_WEBHOOK_JOB, WEBHOOK_JOB


def register(queue: JobQueue, predictions: Predictions) -> None:
    """Register the handlers; jobs that were deferred before are found by these names."""
    queue.register(RUN_JOB, predictions.runner.run_waiting)
    queue.register(LAST_WEBHOOK_JOB, predictions.webhooks.send, max_attempts=predictions.settings.webhook_attempts)
    queue.register(WEBHOOK_JOB, predictions.webhooks.send, max_attempts=1)
