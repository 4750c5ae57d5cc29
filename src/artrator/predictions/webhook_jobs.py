"""The durable jobs by which webhooks are sent, deferred together with the change that they tell of."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.db.liveness import Driver
from artrator.db.queue import JobQueue
from artrator.predictions.prediction import Prediction, WebhookEvent

LAST_WEBHOOK_JOB = "send_last_webhook"
WEBHOOK_JOB = "send_webhook"


async def announce(
    queue: JobQueue,
    connection: AsyncConnection | Driver,
    prediction: Prediction,
    event: WebhookEvent,
    *,
    number: int = 0,
) -> None:
    """Defer a webhook if the prediction's webhook is told of this event.

    number: tells apart several events of one kind; with it, the message's id stays the same over all tries.
    Webhooks of one prediction are sent one after another. Only the last one is tried again for long: the others
    are overtaken by what follows.
    """
    if not prediction.wants(event):
        return
    name = LAST_WEBHOOK_JOB if event is WebhookEvent.COMPLETED else WEBHOOK_JOB
    arguments = {"prediction_id": prediction.id, "event": event.value, "number": number}
    await queue.defer(connection, name, arguments, lock=f"webhook:{prediction.id}")
