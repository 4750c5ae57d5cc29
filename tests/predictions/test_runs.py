"""A run from its request to its receipt, and what each way to end it costs."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.platforms import open_platform
from tests.predictions.conftest import CREDITS_MICROS, PRICE_MICROS, Scene
from tests.predictions.scripted_fleet import PNG

from artrator.engine.errors import AccountBusy, EngineBusy
from artrator.kernel.errors import ArtratorError, Conflict, Invalid, NotFound, PaymentRequired
from artrator.predictions.prediction import Status


async def test_a_run_that_is_waited_for_is_paid_and_split(scene: Scene) -> None:
    row = await scene.submit()
    assert row.status is Status.SUCCEEDED
    assert row.output is not None
    assert await scene.platform.blobs.get(row.output[0].files[0].key) == PNG
    assert await scene.available() == CREDITS_MICROS - PRICE_MICROS
    assert await scene.earned() == PRICE_MICROS * 8 // 10


async def test_a_run_that_nobody_waits_for_is_run_by_the_queue(scene: Scene) -> None:
    row = await scene.submit(wait_s=None)
    assert row.status is Status.STARTING
    assert (await scene.final(row)).status is Status.SUCCEEDED
    assert await scene.available() == CREDITS_MICROS - PRICE_MICROS


async def test_a_failed_run_costs_nothing(scene: Scene) -> None:
    row = await scene.submit("crash")
    assert (row.status, row.error_code) == (Status.FAILED, "model_crashed")
    assert await scene.available() == CREDITS_MICROS
    assert (await scene.platform.wallets.balance(scene.buyer.id)).held == 0


async def test_a_bug_of_ours_costs_nothing_and_tells_nothing(scene: Scene) -> None:
    row = await scene.submit("bug")
    assert (row.status, row.error_code) == (Status.FAILED, "internal_error")
    assert "ZeroDivision" not in (row.error or "")
    assert await scene.available() == CREDITS_MICROS


async def test_an_input_that_the_engine_refuses_is_the_callers_error_and_costs_nothing(scene: Scene) -> None:
    with pytest.raises(Invalid) as refusal:
        await scene.submit("refuse")
    assert refusal.value.field == "inputs.picture"
    assert await scene.available() == CREDITS_MICROS


async def test_a_run_that_the_wallet_does_not_cover_leaves_no_trace(scene: Scene) -> None:
    poor = await scene.platform.make_user("poor", credits_micros=PRICE_MICROS - 1)
    with pytest.raises(PaymentRequired):
        await scene.submit(user=poor)
    page = await scene.platform.predictions.reader.list_page(poor.id, cursor=None, rows=10)
    assert page.rows == []
    assert (await scene.platform.wallets.balance(poor.id)).available == PRICE_MICROS - 1
    assert scene.fleet.requests == []


async def test_concurrent_runs_never_spend_more_than_there_is(scene: Scene) -> None:
    poor = await scene.platform.make_user("poor", credits_micros=PRICE_MICROS * 3)
    results = await asyncio.gather(*(scene.submit(user=poor) for _ in range(12)), return_exceptions=True)
    refused = [each for each in results if isinstance(each, PaymentRequired)]
    assert len(refused) == 9
    assert (await scene.platform.wallets.balance(poor.id)).available == 0


async def test_owners_run_their_own_for_nothing(scene: Scene) -> None:
    row = await scene.submit(user=scene.creator)
    assert row.status is Status.SUCCEEDED
    assert scene.platform.predictions.views.receipt(row).payment == "free"


async def test_a_busy_engine_refuses_a_caller_who_waits_and_gives_the_key_back(scene: Scene) -> None:
    with pytest.raises(EngineBusy):
        await scene.submit("busy", idempotency_key="again")
    assert await scene.available() == CREDITS_MICROS
    with pytest.raises(EngineBusy):
        await scene.submit("busy", idempotency_key="again")
    assert len(scene.fleet.requests) == 2


@pytest.mark.parametrize(
    "refusal", [EngineBusy("Everything is taken."), AccountBusy("You have enough.", retry_after_s=2)]
)
async def test_a_caller_who_waits_is_turned_away_before_anything_is_kept_or_held(
    scene: Scene, refusal: ArtratorError
) -> None:
    scene.fleet.refusal = refusal
    with pytest.raises(type(refusal)):
        await scene.submit()
    page = await scene.platform.predictions.reader.list_page(scene.buyer.id, cursor=None, rows=10)
    assert page.rows == []
    assert scene.fleet.requests == []


async def test_an_account_with_too_many_runs_lets_its_queue_wait(scene: Scene) -> None:
    scene.fleet.busy_with = AccountBusy("You have enough.", retry_after_s=2)
    row = await scene.submit(wait_s=None)
    await scene.fleet.asked.wait()
    scene.fleet.busy_with = None
    assert (await scene.final(row)).status is Status.SUCCEEDED
    assert len(scene.fleet.requests) == 2


async def test_a_busy_engine_lets_the_queue_wait(scene: Scene) -> None:
    scene.fleet.busy_with = EngineBusy("Everything is taken.", retry_after_s=3)
    row = await scene.submit(wait_s=None)
    await scene.fleet.asked.wait()
    scene.fleet.busy_with = None
    ended = await scene.final(row)
    assert (ended.status, ended.attempt) == (Status.SUCCEEDED, 1)
    assert len(scene.fleet.requests) == 2


async def test_a_wait_that_is_over_gives_the_run_as_it_is_and_the_run_goes_on(scene: Scene) -> None:
    row = await scene.submit("wait", wait_s=0.2)
    assert not row.status.final
    scene.fleet.release.set()
    assert (await scene.final(row)).status is Status.SUCCEEDED


async def test_a_caller_who_hangs_up_does_not_lose_the_output(scene: Scene) -> None:
    request = asyncio.create_task(scene.submit("wait"))
    await scene.fleet.started.wait()
    request.cancel()
    scene.fleet.release.set()
    page = await scene.platform.predictions.reader.list_page(scene.buyer.id, cursor=None, rows=1)
    ended = await scene.final(page.rows[0])
    assert ended.status is Status.SUCCEEDED
    assert await scene.available() == CREDITS_MICROS - PRICE_MICROS


@pytest.mark.parametrize("wait_s", [0.1, None])
async def test_a_cancel_stops_the_work_itself_and_gives_the_price_back(scene: Scene, wait_s: float | None) -> None:
    row = await scene.submit("wait", wait_s=wait_s)
    await scene.fleet.started.wait()
    canceled = await scene.platform.predictions.cancellation.cancel(scene.buyer.id, row.id)
    assert canceled.status is Status.CANCELED
    async with asyncio.timeout(5):
        await scene.fleet.stopped.wait()
    assert await scene.available() == CREDITS_MICROS


async def test_a_run_that_ended_cannot_be_cancelled(scene: Scene) -> None:
    row = await scene.submit()
    again = await scene.platform.predictions.cancellation.cancel(scene.buyer.id, row.id)
    assert again == row
    assert await scene.available() == CREDITS_MICROS - PRICE_MICROS


async def test_cancel_after_aborts_and_gives_the_price_back(scene: Scene) -> None:
    row = await scene.submit("wait", cancel_after=timedelta(seconds=0.2))
    assert (row.status, row.error_code) == (Status.ABORTED, "cancel_after")
    assert scene.fleet.stopped.is_set()
    assert await scene.available() == CREDITS_MICROS


async def test_the_same_key_makes_one_run(scene: Scene) -> None:
    rows = await asyncio.gather(*(scene.submit(idempotency_key="one") for _ in range(5)))
    later = await scene.submit(idempotency_key="one")
    assert len({row.id for row in [*rows, later]}) == 1
    assert {row.status for row in rows} == {Status.SUCCEEDED}
    assert len(scene.fleet.requests) == 1
    assert await scene.available() == CREDITS_MICROS - PRICE_MICROS


async def test_the_same_key_for_another_request_is_a_conflict(scene: Scene) -> None:
    await scene.submit(idempotency_key="one")
    with pytest.raises(Conflict) as refusal:
        await scene.submit("crash", idempotency_key="one")
    assert refusal.value.code == "idempotency_key_reused"


async def test_a_seed_is_drawn_and_kept_for_the_receipt(scene: Scene) -> None:
    row = await scene.submit()
    receipt = scene.platform.predictions.views.receipt(row)
    assert receipt.seeds == {"seed": scene.fleet.requests[0].inputs["seed"]}
    assert receipt.version == scene.digest
    assert receipt.engine == {"onnxruntime": "1.31"}
    assert receipt.timings["predict_s"] == 0.25
    assert sum(item.amount_micros for item in receipt.items) == receipt.price_micros == PRICE_MICROS
    assert receipt.payment == "paid"


async def test_predictions_of_others_do_not_exist(scene: Scene) -> None:
    row = await scene.submit()
    predictions = scene.platform.predictions
    for look in (predictions.reader.get, predictions.cancellation.cancel, predictions.reader.delete):
        with pytest.raises(NotFound):
            await look(scene.creator.id, row.id)


async def test_pages_go_forth_and_back(scene: Scene) -> None:
    made = [(await scene.submit()).id for _ in range(5)][::-1]
    reader = scene.platform.predictions.reader
    first = await reader.list_page(scene.buyer.id, cursor=None, rows=2)
    second = await reader.list_page(scene.buyer.id, cursor=first.next_cursor, rows=2)
    third = await reader.list_page(scene.buyer.id, cursor=second.next_cursor, rows=2)
    back = await reader.list_page(scene.buyer.id, cursor=third.previous_cursor, rows=2)
    assert [row.id for page in (first, second, third) for row in page.rows] == made
    assert [row.id for row in back.rows] == made[2:4]
    assert (first.previous_cursor, third.next_cursor) == (None, None)


async def test_a_deleted_run_takes_its_files_with_it_and_leaves_the_books_alone(scene: Scene) -> None:
    row = await scene.submit()
    assert row.output is not None
    await scene.platform.predictions.reader.delete(scene.buyer.id, row.id)
    assert not await scene.platform.blobs.exists(row.output[0].files[0].key)
    with pytest.raises(NotFound):
        await scene.platform.predictions.reader.get(scene.buyer.id, row.id)
    assert await scene.available() == CREDITS_MICROS - PRICE_MICROS


async def test_a_picture_in_the_request_is_there_again_for_a_second_attempt(scene: Scene) -> None:
    data_url = "data:image/png;base64,iVBORw0KGgo="
    row = await scene.submit(wait_s=None, inputs={"picture": data_url})
    assert "picture" not in row.input
    await scene.final(row)
    assert scene.fleet.requests[0].inputs["picture"] == b"\x89PNG\r\n\x1a\n"


async def test_a_run_counts_once_for_its_model(scene: Scene) -> None:
    async with open_platform(replace(scene.plan, works=False)) as server:
        await server.predictions.submission.submit(scene.ask())
        await server.predictions.submission.submit(scene.ask("crash"))
    assert (await scene.platform.catalog.get_model("atelier", "scripted", None)).model.run_count == 1


async def test_a_row_survives_being_written_and_read(scene: Scene) -> None:
    row = await scene.submit("label", webhook="http://127.0.0.1:9/hook")
    read = await scene.platform.predictions.reader.get(scene.buyer.id, row.id)
    assert read == replace(row, created_at=read.created_at, completed_at=read.completed_at, started_at=read.started_at)
    assert scene.platform.predictions.views.output(read) == {"cat": 0.75}
