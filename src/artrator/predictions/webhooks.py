"""Send webhooks: signed as Standard Webhooks has it, to public addresses alone, again and again until they arrive."""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import secrets
from dataclasses import replace
from http import HTTPStatus

import httpx
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from artrator.db.database import Database
from artrator.kernel.clock import Clock
from artrator.kernel.errors import Forbidden, Invalid, Unavailable
from artrator.kernel.ids import PredictionId, UserId
from artrator.predictions.inputs import rules_of
from artrator.predictions.outbound import outbound_client, outbound_failure
from artrator.predictions.prediction import Prediction, Status, WebhookEvent
from artrator.predictions.settings import PredictionSettings
from artrator.predictions.store import get_prediction
from artrator.predictions.tables import webhook_secrets
from artrator.predictions.view import PredictionViews

log = logging.getLogger(__name__)

SECRET_PREFIX = "whsec_"  # noqa: S105 - the prefix that the standard names
SECRET_BYTES = 32


class Webhooks:
    """Keep each user's signing secret, and send."""

    def __init__(self, database: Database, views: PredictionViews, settings: PredictionSettings, clock: Clock) -> None:
        self._database = database
        self._views = views
        self._clock = clock
        self._client = outbound_client(rules_of(settings), timeout_s=settings.webhook_timeout_s)

    async def secret(self, user_id: UserId) -> str:
        """Give a user's signing secret; it is made when it is first asked for."""
        fresh = SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
        async with self._database.unit_of_work() as connection:
            await connection.execute(
                insert(webhook_secrets).values(user_id=user_id, secret=fresh).on_conflict_do_nothing()
            )
            found = await connection.execute(
                select(webhook_secrets.c.secret).where(webhook_secrets.c.user_id == user_id)
            )
            return str(found.scalar_one())

    async def send(self, prediction_id: str, event: str, number: int) -> None:
        """Send one webhook. Raises: Unavailable when it should be tried again."""
        async with self._database.unit_of_work() as connection:
            row = await get_prediction(connection, PredictionId(prediction_id))
        kind = WebhookEvent(event)
        if row is None or row.webhook is None or (kind is WebhookEvent.COMPLETED and not row.status.final):
            return
        body = self._views.prediction(as_of(row, kind)).model_dump_json().encode()
        message_id = f"{prediction_id}-{event}-{number}"
        headers = sign(await self.secret(row.user_id), message_id, int(self._clock().timestamp()), body)
        await self._post(row.webhook, body, headers, message_id)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _post(self, url: str, body: bytes, headers: dict[str, str], message_id: str) -> None:
        try:
            async with self._client.stream(
                "POST", url, content=body, headers={**headers, "Content-Type": "application/json"}
            ) as response:
                status = response.status_code
        except (Forbidden, Invalid) as refusal:
            log.info("the webhook %s is given up: %s", message_id, refusal.code)
            return
        except httpx.HTTPError as error:
            raise outbound_failure(error) from error
        if status == HTTPStatus.GONE or 300 <= status < 400:
            log.info("the webhook %s is given up: its receiver answers %d", message_id, status)
        elif not 200 <= status < 300:
            raise Unavailable("webhook_refused", f"The webhook's receiver answers {status}.")


def sign(secret: str, message_id: str, timestamp_s: int, body: bytes) -> dict[str, str]:
    """Make the headers of a message.

    Source: Standard Webhooks 1.0: HMAC-SHA256 over `id.timestamp.body`, in base64, after `v1,`.
    """
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = f"{message_id}.{timestamp_s}.".encode() + body
    signature = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    return {"webhook-id": message_id, "webhook-timestamp": str(timestamp_s), "webhook-signature": f"v1,{signature}"}


def as_of(row: Prediction, event: WebhookEvent) -> Prediction:
    """Show a row as it was when an early event happened, though the row may have moved on."""
    match event:
        case WebhookEvent.START:
            return _unfinished(row, Status.STARTING)
        case WebhookEvent.LOGS:
            return replace(_unfinished(row, Status.PROCESSING), started_at=row.started_at, logs=row.logs)
        case WebhookEvent.OUTPUT:
            running = _unfinished(row, Status.PROCESSING)
            return replace(running, started_at=row.started_at, logs=row.logs, output=row.output)
        case WebhookEvent.COMPLETED:
            return row


def _unfinished(row: Prediction, status: Status) -> Prediction:
    return replace(
        row,
        status=status,
        started_at=None,
        completed_at=None,
        output=None,
        error=None,
        error_code=None,
        logs="",
        measured=None,
    )
