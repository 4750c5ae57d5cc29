"""Servers die, race and stop: no run is stuck, and none is charged twice."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import func, insert, select, text, update
from tests.platforms import open_platform
from tests.predictions.conftest import CREDITS_MICROS, PRICE_MICROS, Scene
from tests.predictions.scripted_fleet import ScriptedFleet

from artrator.engine.errors import EngineBusy
from artrator.kernel.clock import system_clock
from artrator.kernel.errors import Unavailable
from artrator.kernel.ids import new_id
from artrator.predictions.prediction import Outcome, Prediction, Status
from artrator.predictions.reserve import RUN_JOB
from artrator.predictions.settle import Lease, Settled, Settlement
from artrator.predictions.tables import predictions, runners


async def lose(scene: Scene, *, attempt: int) -> Prediction:
    """Make the row of a run whose server died: leased, and its runner silent."""
    row = await scene.submit("wait", wait_s=0.1)
    dead = new_id()
    scene.platform.predictions.runner.stop(row.id)
    await scene.left(row)
    async with scene.platform.database.unit_of_work() as connection:
        silent = func.now() - timedelta(minutes=5)
        await connection.execute(insert(runners).values(id=dead, heartbeat_at=silent))
        changed = update(predictions).where(predictions.c.id == row.id).values(runner=dead, attempt=attempt)
        await connection.execute(changed)
    scene.fleet.release.set()
    return await scene.platform.predictions.reader.get(row.user_id, row.id)


async def test_a_run_whose_server_died_runs_again_once_and_is_paid_once(scene: Scene) -> None:
    row = await lose(scene, attempt=1)
    await scene.platform.predictions.takeover.sweep()
    ended = await scene.final(row)
    assert (ended.status, ended.attempt) == (Status.SUCCEEDED, 2)
    assert await scene.available() == CREDITS_MICROS - PRICE_MICROS


async def test_a_run_whose_servers_died_too_often_fails_and_costs_nothing(scene: Scene) -> None:
    row = await lose(scene, attempt=2)
    await scene.platform.predictions.takeover.sweep()
    ended = await scene.final(row)
    assert (ended.status, ended.error_code) == (Status.FAILED, "run_lost")
    assert await scene.available() == CREDITS_MICROS


async def test_a_run_of_a_living_server_is_left_alone(scene: Scene) -> None:
    row = await scene.submit("wait", wait_s=0.1)
    async with open_platform(replace(scene.plan, home=scene.plan.home / "second", works=False)) as other:
        await other.predictions.takeover.sweep()
    scene.fleet.release.set()
    assert (await scene.final(row)).attempt == 1


async def test_a_run_that_this_server_forgot_fails_and_costs_nothing(scene: Scene) -> None:
    row = await lose(scene, attempt=1)
    async with scene.platform.database.unit_of_work() as connection:
        mine = update(predictions).where(predictions.c.id == row.id)
        await connection.execute(mine.values(runner=scene.platform.predictions.runner.id))
    await scene.platform.predictions.takeover.sweep()
    assert (await scene.final(row)).error_code == "run_lost"
    assert await scene.available() == CREDITS_MICROS


async def wait_without_a_runner(scene: Scene) -> Prediction:
    """Make the row of a run that waits since long, leased to nobody, and that no job knows of."""
    row = await lose(scene, attempt=0)
    long_ago = func.now() - timedelta(minutes=5)
    async with scene.platform.database.unit_of_work() as connection:
        waits = update(predictions).where(predictions.c.id == row.id)
        await connection.execute(waits.values(runner=None, status=Status.STARTING.value, created_at=long_ago))
    return row


async def test_a_run_that_the_queue_forgot_is_queued_again_and_paid_once(scene: Scene) -> None:
    row = await wait_without_a_runner(scene)
    await scene.platform.predictions.takeover.sweep()
    assert (await scene.final(row)).status is Status.SUCCEEDED
    assert await scene.available() == CREDITS_MICROS - PRICE_MICROS


async def test_a_run_that_the_queue_knows_is_not_queued_twice(scene: Scene) -> None:
    row = await wait_without_a_runner(scene)
    async with scene.platform.database.unit_of_work() as connection:
        await scene.platform.queue.defer(connection, RUN_JOB, {"prediction_id": row.id}, delay_s=3600)
    await scene.platform.predictions.takeover.sweep()
    async with scene.platform.database.unit_of_work() as connection:
        jobs = text("SELECT count(*) FROM procrastinate_jobs WHERE args ->> 'prediction_id' = :id")
        assert (await connection.execute(jobs, {"id": row.id})).scalar_one() == 1


async def test_of_two_servers_that_settle_one_run_only_one_does(scene: Scene) -> None:
    row = await lose(scene, attempt=1)

    async def settle(status: Status) -> Settled:
        outcome = Outcome(status=status, completed_at=system_clock(), settlement=new_id())
        lease = Lease(runner=row.runner, attempt=row.attempt)
        return await scene.platform.predictions.settlements.settle(
            Settlement(prediction_id=row.id, outcome=outcome, lease=lease)
        )

    raced = await asyncio.gather(*(settle(status) for status in [Status.SUCCEEDED, Status.FAILED] * 4))
    assert [each.won for each in raced].count(True) == 1
    assert {each.prediction.status for each in raced} == {next(each for each in raced if each.won).prediction.status}
    paid = raced[0].prediction.status is Status.SUCCEEDED
    assert await scene.available() == CREDITS_MICROS - (PRICE_MICROS if paid else 0)


async def test_a_settlement_that_is_repeated_after_a_lost_reply_knows_itself(scene: Scene) -> None:
    row = await lose(scene, attempt=1)
    outcome = Outcome(status=Status.SUCCEEDED, completed_at=system_clock(), settlement=new_id())
    settlement = Settlement(prediction_id=row.id, outcome=outcome, lease=Lease(runner=row.runner, attempt=row.attempt))
    settlements = scene.platform.predictions.settlements
    assert [(await settlements.settle(settlement)).won for _ in range(2)] == [True, True]
    assert await scene.available() == CREDITS_MICROS - PRICE_MICROS


async def test_an_attempt_that_comes_second_leaves_no_outputs(scene: Scene) -> None:
    row = await scene.submit("wait", wait_s=0.1)
    async with scene.platform.database.unit_of_work() as connection:
        elsewhere = update(predictions).where(predictions.c.id == row.id).values(attempt=7, runner=new_id())
        await connection.execute(elsewhere)
    scene.fleet.release.set()
    outputs = scene.plan.home / "blobs" / "outputs"
    await scene.left(row)
    assert [path for path in outputs.rglob("*") if path.is_file()] == []
    assert await scene.available() == CREDITS_MICROS - PRICE_MICROS  # still held: the other attempt settles it


async def test_a_server_that_stops_hands_its_runs_back(scene: Scene) -> None:
    fleet = ScriptedFleet()
    second = replace(scene.plan, fleet=fleet, works=False)
    async with open_platform(second) as leaving:
        row = await leaving.predictions.submission.submit(scene.ask("wait", wait_s=0.1))
        await fleet.started.wait()
    assert fleet.stopped.is_set()
    scene.fleet.release.set()
    ended = await scene.final(row)
    assert (ended.status, ended.attempt) == (Status.SUCCEEDED, 1)
    assert await scene.available() == CREDITS_MICROS - PRICE_MICROS


async def test_a_cancel_reaches_the_server_that_runs(scene: Scene) -> None:
    row = await scene.submit("wait", wait_s=0.1)
    async with open_platform(replace(scene.plan, works=False)) as other:
        await asyncio.wait_for(scene.platform.predictions.bus.listening.wait(), 5)
        await other.predictions.cancellation.cancel(scene.buyer.id, row.id)
        await asyncio.wait_for(scene.fleet.stopped.wait(), 5)
    assert await scene.available() == CREDITS_MICROS


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"created_at": func.now() - timedelta(hours=2)}, Status.FAILED, "queue_deadline"),
        ({"deadline_at": func.now() - timedelta(seconds=1)}, Status.ABORTED, "cancel_after"),
    ],
)
async def test_a_run_that_waits_too_long_ends_and_costs_nothing(
    scene: Scene, change: dict[str, object], status: Status, code: str
) -> None:
    scene.fleet.busy_with = EngineBusy("Everything is taken.")
    row = await scene.submit(wait_s=None)
    await scene.fleet.asked.wait()
    await scene.left(row)
    async with scene.platform.database.unit_of_work() as connection:
        await connection.execute(update(predictions).where(predictions.c.id == row.id).values(**change))
    await scene.platform.predictions.takeover.sweep()
    ended = await scene.final(row)
    assert (ended.status, ended.error_code) == (status, code)
    assert await scene.available() == CREDITS_MICROS


async def test_a_run_outlives_the_loss_of_every_connection(scene: Scene, dsn: str) -> None:
    row = await scene.submit("wait", wait_s=0.1)
    await scene.fleet.started.wait()
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid != pg_backend_pid()"
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        await connection.execute(others)
    scene.fleet.release.set()
    async with asyncio.timeout(20):
        while True:
            with contextlib.suppress(Unavailable):
                ended = await scene.final(row)
                break
    assert ended.status is Status.SUCCEEDED
    assert await scene.available() == CREDITS_MICROS - PRICE_MICROS


async def test_heartbeats_come_and_go(scene: Scene) -> None:
    count = select(func.count()).select_from(runners)
    async with open_platform(replace(scene.plan, works=False)), scene.platform.database.unit_of_work() as connection:
        assert (await connection.execute(count)).scalar_one() == 2
    async with scene.platform.database.unit_of_work() as connection:
        assert (await connection.execute(count)).scalar_one() == 1
