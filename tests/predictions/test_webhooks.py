"""Webhooks: signed, in order, again until they arrive, and never to the inside."""

from __future__ import annotations

import asyncio
import json
from itertools import count

import pytest
from standardwebhooks.webhooks import Webhook
from tests.platforms import Plan
from tests.predictions.conftest import Scene
from tests.predictions.receiver import Answer, Received, Receiver, receiving

from artrator.kernel.errors import ArtratorError
from artrator.predictions.prediction import WebhookEvent


async def take(server: Receiver) -> tuple[Received, dict[str, object]]:
    request = await asyncio.to_thread(server.next)
    return request, json.loads(request.body)


async def test_the_first_and_the_last_event_are_told_and_signed(scene: Scene) -> None:
    secret = await scene.platform.predictions.webhooks.secret(scene.buyer.id)
    with receiving() as server:
        row = await scene.submit(
            webhook=f"{server.url}/hook", webhook_events=(WebhookEvent.START, WebhookEvent.COMPLETED)
        )
        told = [await take(server) for _ in range(2)]
    for request, body in told:
        assert Webhook(secret).verify(request.body, request.headers) == body
        assert body["id"] == row.id
    assert [body["status"] for _, body in told] == ["starting", "succeeded"]
    assert [body["output"] is None for _, body in told] == [True, False]
    assert told[0][0].headers["webhook-id"] != told[1][0].headers["webhook-id"]


async def test_output_and_logs_are_told_where_they_are_asked_for(scene: Scene) -> None:
    with receiving() as server:
        row = await scene.submit("steps", wait_s=0.1, webhook=server.url, webhook_events=tuple(WebhookEvent))
        _, start = await take(server)
        _, logs = await take(server)
        scene.fleet.release.set()
        await scene.final(row)
        rest: list[dict[str, object]] = []
        while not rest or rest[-1]["status"] != "succeeded":
            rest.append((await take(server))[1])
    assert (start["status"], start["logs"]) == ("starting", "")
    assert logs["status"] == "processing"
    assert " 25%|#####" in str(logs["logs"])
    assert rest[-2]["status"] == "processing"
    assert rest[-2]["output"] is not None


async def test_a_webhook_that_fails_is_sent_again_under_the_same_id(scene: Scene) -> None:
    attempts = count()

    def refuse_once(_: Received) -> Answer:
        return Answer(status=500 if next(attempts) == 0 else 204)

    with receiving(refuse_once) as server:
        await scene.submit(webhook=server.url, webhook_events=(WebhookEvent.COMPLETED,))
        first, _ = await take(server)
        second, _ = await take(server)
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


async def test_a_redirect_is_not_followed(scene: Scene) -> None:
    with receiving() as inside:
        with receiving(lambda _: Answer(status=307, headers={"Location": inside.url})) as server:
            await scene.submit(webhook=server.url, webhook_events=(WebhookEvent.COMPLETED,))
            await take(server)
            await scene.submit(webhook=server.url, webhook_events=(WebhookEvent.COMPLETED,))
            await take(server)
        assert inside.received.empty()


@pytest.mark.parametrize("webhook", ["http://10.0.0.1/hook", "ftp://example.org/", "http://8.8.8.8:22/", "no url"])
async def test_a_webhook_to_the_inside_is_refused_before_anything_is_paid(scene: Scene, webhook: str) -> None:
    with pytest.raises(ArtratorError) as refusal:
        await scene.submit(webhook=webhook)
    assert refusal.value.field == "webhook"
    assert scene.fleet.requests == []


async def test_each_user_has_a_secret_of_their_own_that_stays(scene: Scene) -> None:
    webhooks = scene.platform.predictions.webhooks
    mine = {await webhooks.secret(scene.buyer.id) for _ in range(2)}
    theirs = await webhooks.secret(scene.creator.id)
    assert len(mine) == 1
    assert theirs not in mine
    assert theirs.startswith("whsec_")


def test_loopback_is_closed_by_default(plan: Plan) -> None:
    assert type(plan.settings)().allow_loopback is False
