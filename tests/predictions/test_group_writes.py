"""Runs that are accepted or settled together share a commit, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import psycopg
import pytest
from sqlalchemy import func, insert, select, text
from tests.predictions.conftest import CREDITS_MICROS, PRICE_MICROS, Scene

from artrator.db.listening import listening_connection
from artrator.kernel.clock import system_clock
from artrator.kernel.errors import ArtratorError, Conflict, NotFound, PaymentRequired, Unavailable
from artrator.kernel.ids import Digest, ModelId, PredictionId, UserId, new_id
from artrator.kernel.money import Micros
from artrator.ledger.journal import apply_groups
from artrator.ledger.run_payment import release
from artrator.predictions.closings import SETTLE, Closings
from artrator.predictions.events import CHANNEL
from artrator.predictions.payment import payment_of
from artrator.predictions.prediction import Outcome, Prediction, Source, Status
from artrator.predictions.reserve import RUN_JOB, RequestKey, Reservation, Reserved
from artrator.predictions.settlement import Lease, Settled, Settlement
from artrator.predictions.tables import prediction_keys, runners


def run_of(scene: Scene, *, user: UserId | None = None, runner: str | None = "this") -> Prediction:
    return Prediction(
        id=PredictionId(new_id()), user_id=user or scene.buyer.id, model_id=ModelId(new_id()),
        owner_id=scene.creator.id, model="atelier/scripted", version=Digest("0" * 64), status=Status.STARTING,
        source=Source.API, input={"do": 'quote " and \\ and ,{}'}, seeds={"seed": 2**53}, input_files={},
        price=Micros(PRICE_MICROS), fee_permille=200, created_at=system_clock(), attempt=1, runner=runner,
    )  # fmt: skip


def end_of(row: Prediction, status: Status = Status.SUCCEEDED) -> Settlement:
    outcome = Outcome(status=status, completed_at=system_clock(), settlement=new_id(), logs="done\n")
    lease = Lease(runner=row.runner, attempt=row.attempt)
    return Settlement(prediction_id=row.id, outcome=outcome, lease=lease, row=row)


async def reserve(scene: Scene, *wanted: Reservation) -> Sequence[Reserved | ArtratorError]:
    calls = (scene.platform.predictions.reservations.reserve(each) for each in wanted)
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert all(isinstance(each, Reserved | ArtratorError) for each in answers), answers
    return answers  # type: ignore[return-value]


async def settle(scene: Scene, *ends: Settlement) -> Sequence[Settled | ArtratorError]:
    calls = (scene.platform.predictions.settlements.settle(each) for each in ends)
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert all(isinstance(each, Settled | ArtratorError) for each in answers), answers
    return answers  # type: ignore[return-value]


async def accepted(scene: Scene, count: int) -> list[Prediction]:
    rows = [run_of(scene) for _ in range(count)]
    answers = await reserve(scene, *(Reservation(prediction=row) for row in rows))
    assert [each.prediction_id for each in answers if isinstance(each, Reserved)] == [row.id for row in rows]
    return rows


async def stored(scene: Scene, row: Prediction) -> Prediction | None:
    try:
        return await scene.platform.predictions.reader.get(row.user_id, row.id)
    except NotFound:
        return None


async def test_an_accepted_run_is_stored_as_it_was_asked_for(scene: Scene) -> None:
    (row,) = await accepted(scene, 1)
    assert await stored(scene, row) == row


async def test_a_refused_run_leaves_no_trace_and_harms_no_other_of_its_group(scene: Scene) -> None:
    broke = await scene.platform.make_user("broke")
    good = run_of(scene)
    poor = run_of(scene, user=broke.id, runner=None)
    key = RequestKey(key="poor", request_hash="x")
    answers = await reserve(scene, Reservation(prediction=good), Reservation(prediction=poor, key=key))
    assert answers[0] == Reserved(prediction_id=good.id)
    assert isinstance(answers[1], PaymentRequired)
    assert await stored(scene, poor) is None
    async with scene.platform.database.unit_of_work() as connection:
        assert (await connection.execute(select(func.count()).select_from(prediction_keys))).scalar_one() == 0
        jobs = text("SELECT count(*) FROM procrastinate_jobs WHERE args ->> 'prediction_id' = :id")
        assert (await connection.execute(jobs, {"id": poor.id})).scalar_one() == 0
    assert await scene.available() == CREDITS_MICROS - PRICE_MICROS


async def test_one_key_makes_one_run_though_its_requests_come_in_one_group(scene: Scene) -> None:
    key = RequestKey(key="one", request_hash="same")
    wanted = [Reservation(prediction=run_of(scene), key=key) for _ in range(3)]
    other = Reservation(prediction=run_of(scene), key=replace(key, request_hash="other"))
    first, *rest, clash = await reserve(scene, *wanted, other)
    original = wanted[0].prediction.id
    assert first == Reserved(prediction_id=original)
    assert rest == [Reserved(prediction_id=original, repeated=True)] * 2
    assert isinstance(clash, Conflict)
    later, unkeyed = await reserve(
        scene, Reservation(prediction=run_of(scene), key=key), Reservation(prediction=run_of(scene))
    )
    assert later == Reserved(prediction_id=original, repeated=True)
    assert isinstance(unkeyed, Reserved)
    assert await scene.available() == CREDITS_MICROS - 2 * PRICE_MICROS


async def test_a_repetition_of_a_refused_run_in_its_group_is_refused_too(scene: Scene) -> None:
    broke = await scene.platform.make_user("broke")
    key = RequestKey(key="one", request_hash="same")
    wanted = [Reservation(prediction=run_of(scene, user=broke.id), key=key) for _ in range(2)]
    assert [type(each) for each in await reserve(scene, *wanted)] == [PaymentRequired] * 2


async def test_runs_are_settled_together_each_in_its_own_way(scene: Scene) -> None:
    rows = await accepted(scene, 3)
    statuses = (Status.SUCCEEDED, Status.FAILED, Status.CANCELED)
    ends = [end_of(row, status) for row, status in zip(rows, statuses, strict=True)]
    answers = await settle(scene, *ends)
    for row, end, answer in zip(rows, ends, answers, strict=True):
        assert answer == Settled(prediction=end.outcome.close(row), won=True)
        assert await stored(scene, row) == end.outcome.close(row)
    assert await scene.available() == CREDITS_MICROS - PRICE_MICROS
    assert await scene.earned() == PRICE_MICROS * 8 // 10


async def test_a_run_that_is_gone_or_anothers_is_not_settled_and_harms_no_other(scene: Scene) -> None:
    mine, leased, free = await accepted(scene, 3)
    theirs = replace(end_of(leased), lease=Lease(runner="another", attempt=1))
    gone, won, kept, cancelled = await settle(
        scene, end_of(run_of(scene)), end_of(mine), theirs, replace(end_of(free, Status.CANCELED), lease=None, row=None)
    )
    assert isinstance(gone, NotFound)
    assert isinstance(won, Settled)
    assert won.won
    assert kept == Settled(prediction=leased, won=False)
    assert isinstance(cancelled, Settled)
    assert cancelled.prediction.status is Status.CANCELED
    assert await scene.available() == CREDITS_MICROS - 2 * PRICE_MICROS


async def test_what_the_ledger_refuses_stays_open_and_harms_no_other(scene: Scene) -> None:
    spoilt, good = await accepted(scene, 2)
    async with scene.platform.database.unit_of_work() as connection:
        assert await apply_groups(connection, [replace(release(payment_of(spoilt)), key="by hand")]) == [None]
    refused, won = await settle(scene, end_of(spoilt), end_of(good))
    assert isinstance(refused, Conflict)
    assert refused.code == "hold_already_ended"
    assert isinstance(won, Settled)
    assert won.won
    assert await stored(scene, spoilt) == spoilt


async def test_others_are_told_of_an_end_once_there_are_others(scene: Scene, dsn: str) -> None:
    alone, watched = await accepted(scene, 2)
    async with listening_connection(dsn, CHANNEL) as listener:
        await settle(scene, end_of(alone))
        async with scene.platform.database.unit_of_work() as connection:
            await connection.execute(insert(runners).values(id=new_id(), heartbeat_at=func.now()))
        await settle(scene, end_of(watched))
        heard = await anext(listener.notifies(timeout=20))
    assert watched.id in heard.payload
    assert alone.id not in heard.payload


@pytest.mark.parametrize("analyzed", [False, True])
async def test_a_settlement_reads_its_own_rows_however_many_there_are(scene: Scene, dsn: str, analyzed: bool) -> None:
    """The plan is made while there is next to nothing, and kept when there is much."""
    *before, last = await accepted(scene, 8)  # PostgreSQL keeps a plan from the sixth time on
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        for row in before:
            await settle_and_count_reads(connection, row)
        await connection.execute(MANY_OPEN_RUNS, (last.id,))
        await connection.execute(MANY_OPEN_HOLDS, (f"run:{last.id}:hold/0",))
        if analyzed:
            await connection.execute("ANALYZE predictions, transfers")
        assert await settle_and_count_reads(connection, last) < 50


MANY_OPEN_RUNS = """
    INSERT INTO predictions SELECT (json_populate_record(p, json_build_object('id', p.id || n))).*
    FROM predictions p, generate_series(1, 5000) n WHERE p.id = %s
"""
MANY_OPEN_HOLDS = """
    INSERT INTO transfers SELECT (json_populate_record(t, json_build_object('id', t.id || n))).*
    FROM transfers t, generate_series(1, 5000) n WHERE t.id = %s
"""


async def settle_and_count_reads(connection: psycopg.AsyncConnection, row: Prediction) -> int:
    values = {**Closings([end_of(row)], {row.id: row}).values(), "runner": "", "channel": "x", "messages": "{}"}
    async with connection.transaction():
        await connection.execute(SETTLE, values, prepare=True)
        read = await connection.execute(
            "SELECT sum(seq_tup_read + idx_tup_fetch)::integer FROM pg_stat_xact_user_tables"
            " WHERE relname IN ('predictions', 'transfers')"
        )
        found = await read.fetchone()
    assert found is not None
    return int(found[0])


async def test_a_database_that_is_lost_while_a_job_is_deferred_is_said_to_be_away(scene: Scene, dsn: str) -> None:
    queue = scene.platform.queue
    with pytest.raises(Unavailable):
        async with scene.platform.database.lane().transaction() as cursor:
            async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as other:
                pid = cursor.connection.info.backend_pid
                await other.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
            await queue.defer_many(cursor.connection, RUN_JOB, [{"prediction_id": new_id()}])
