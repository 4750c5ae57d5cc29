"""Runs that are paid outright: written when they end, covered while they go on, exact whoever dies, whoever is short of money."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select, update
from tests.ledger.movements import books_of
from tests.platforms import Plan, open_platform
from tests.predictions.conftest import CREDITS_MICROS, PRICE_MICROS, Scene
from tests.predictions.scripted_fleet import ScriptedFleet

from artrator.engine.fleet import OutputValue
from artrator.kernel.errors import ArtratorError, NotFound, PaymentRequired
from artrator.kernel.ids import UserId, new_id
from artrator.kernel.money import Micros
from artrator.ledger.account import wallet_of
from artrator.ledger.allotment import Allotment
from artrator.ledger.journal import apply_groups
from artrator.ledger.tables import transfers
from artrator.ledger.transfer import NewTransfer, TransferCode, TransferGroup, TransferKind
from artrator.predictions.allotments import BUSY_RUNS, SHARE
from artrator.predictions.prediction import Prediction, Status, StoredOutput
from artrator.predictions.tables import allotments, predictions

PATIENCE_S = 30.0


def keep(_row: Prediction, outputs: Mapping[str, OutputValue]) -> tuple[StoredOutput, ...]:
    """Take the outputs as a reply does."""
    return tuple(StoredOutput(name=name, value="taken") for name in outputs)


@pytest.fixture
def plan(dsn: str, tmp_path: Path, fleet: ScriptedFleet) -> Plan:
    """No run takes longer than a moment, and nobody is idle, however slow the machine."""
    fleet.does_errands = True
    plan = Plan(dsn=dsn, home=tmp_path / "home", fleet=fleet)
    return replace(plan, settings=plan.settings.model_copy(update={"update_every_s": 60.0, "allotment_idle_s": 3600.0}))


@asynccontextmanager
async def another(scene: Scene, **settings: float) -> AsyncIterator[Scene]:
    """Open a second process's platform on the same database and files."""
    home = scene.plan.home / "second"
    shutil.copytree(scene.plan.home / "blobs", home / "blobs")
    plan = replace(scene.plan, home=home, settings=scene.plan.settings.model_copy(update=settings), works=False)
    async with open_platform(plan) as opened:
        yield replace(scene, platform=opened)


async def until_nothing_is_set_aside(scene: Scene) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while await set_aside_of(scene) is not None:
            scene.platform.predictions.allotments.tend()
            await asyncio.sleep(0.02)


async def newest(scene: Scene) -> Prediction:
    page = await scene.platform.predictions.reader.list_page(scene.buyer.id, cursor=None, rows=1)
    return page.rows[0]


async def ask(scene: Scene, do: str = "finish", **more: object) -> Prediction:
    """Ask for a run whose output comes in the reply alone."""
    return await scene.submit(do, hand_over=keep, **more)


async def make_busy(scene: Scene) -> Allotment:
    """Ask until something is set aside of the buyer's wallet."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            await asyncio.gather(*(ask(scene) for _ in range(BUSY_RUNS)))
            purse = scene.platform.predictions.allotments.of(scene.buyer.id)
            if purse is not None:
                return purse


async def begin(scene: Scene) -> asyncio.Task[Prediction]:
    """Begin a run that waits in the engine."""
    scene.fleet.asked.clear()
    before = len(scene.fleet.errands)
    task = asyncio.create_task(ask(scene, "wait"))
    async with asyncio.timeout(PATIENCE_S):
        await scene.fleet.asked.wait()
    assert len(scene.fleet.errands) == before + 1, "the run is held for by itself"
    return task


async def rows_of(scene: Scene) -> int:
    async with scene.platform.database.unit_of_work() as connection:
        return (await connection.execute(select(func.count()).select_from(predictions))).scalar_one()


async def kinds_of(scene: Scene, row: Prediction) -> list[str]:
    """List the kinds of a run's transfers."""
    async with scene.platform.database.unit_of_work() as connection:
        query = select(transfers.c.kind).where(transfers.c.subject == row.id).order_by(transfers.c.id)
        return list((await connection.execute(query)).scalars())


async def set_aside_of(scene: Scene) -> int | None:
    """Say what all processes have set aside of the buyer's wallet; None is no row at all."""
    async with scene.platform.database.unit_of_work() as connection:
        query = select(func.sum(allotments.c.amount)).where(allotments.c.user_id == scene.buyer.id)
        amount = (await connection.execute(query)).scalar_one()
    return None if amount is None else int(amount)


async def spend_all(scene: Scene) -> None:
    """Have the buyer's wallet hold nothing but what is set aside."""
    available = await scene.available()
    rest = NewTransfer(
        kind=TransferKind.DIRECT,
        debit_account=wallet_of(scene.buyer.id),
        credit_account=wallet_of(UserId("somebody")),
        amount=Micros(available),
        code=TransferCode.PROMOTION,
    )
    async with scene.platform.database.unit_of_work() as connection:
        assert await apply_groups(connection, [TransferGroup(key=new_id(), transfers=(rest,))]) == [None]


@pytest.fixture(autouse=True)
async def books(scene: Scene) -> AsyncIterator[None]:
    """Whatever happened, the books balance."""
    yield
    assert (await books_of(scene.platform.database)).problems == ()


async def test_a_busy_users_run_is_written_once_when_it_ends_and_paid_outright(scene: Scene) -> None:
    await make_busy(scene)
    rows, spent = (
        await rows_of(scene),
        CREDITS_MICROS - (await scene.platform.wallets.balance(scene.buyer.id)).available,
    )
    running = await begin(scene)
    assert await rows_of(scene) == rows
    scene.fleet.release.set()
    row = await running
    assert (row.status, row.output and row.output[0].value) == (Status.SUCCEEDED, "taken")
    assert await scene.platform.predictions.reader.get(scene.buyer.id, row.id) == row
    assert await kinds_of(scene, row) == ["direct", "direct"]
    assert CREDITS_MICROS - await scene.available() == spent + PRICE_MICROS


async def test_runs_by_the_one_way_and_the_other_read_alike_on_a_statement(scene: Scene) -> None:
    held = await ask(scene)
    await make_busy(scene)
    outright = await ask(scene)
    page = await scene.platform.wallets.statement(scene.buyer.id)
    entries = {entry.subject: replace(entry, id="", at=None, subject="", balance=Micros(0)) for entry in page.rows}  # type: ignore[arg-type]
    assert await kinds_of(scene, held) != await kinds_of(scene, outright)
    assert entries[held.id] == entries[outright.id]
    assert {entry.kind for entry in page.rows} == {"run", "promotion"}


async def test_one_who_asks_now_and_then_has_nothing_set_aside(scene: Scene) -> None:
    for _ in range(3):
        row = await ask(scene)
        scene.platform.predictions.allotments.tend()
    assert await set_aside_of(scene) is None
    assert await kinds_of(scene, row) == ["hold", "hold", "post", "post"]


async def test_no_more_than_a_part_of_a_wallet_is_set_aside(scene: Scene) -> None:
    await make_busy(scene)
    for _ in range(2):
        await asyncio.gather(*(ask(scene) for _ in range(12)))
    assert 0 < (await set_aside_of(scene) or 0) <= CREDITS_MICROS // SHARE


async def test_a_failed_run_is_written_and_costs_nothing(scene: Scene) -> None:
    await make_busy(scene)
    before = await scene.available()
    row = await ask(scene, "crash")
    assert (row.status, row.error_code) == (Status.FAILED, "model_crashed")
    assert await kinds_of(scene, row) == []
    assert await scene.available() == before
    assert (await scene.platform.predictions.reader.get(scene.buyer.id, row.id)).status is Status.FAILED


async def test_an_output_that_cannot_be_handed_over_is_not_paid_for(scene: Scene) -> None:
    await make_busy(scene)
    before = await scene.available()

    def refuse(*_: object) -> tuple[StoredOutput, ...]:
        raise ArtratorError("output_invalid", "This cannot be written.")

    with pytest.raises(ArtratorError):
        await scene.submit("finish", hand_over=refuse)
    assert await scene.available() == before


async def test_a_run_that_takes_longer_is_written_and_held_for_and_goes_on(scene: Scene) -> None:
    async with another(scene, update_every_s=0.05) as other:
        await make_busy(other)
        running = await begin(other)
        async with asyncio.timeout(PATIENCE_S):
            while not (written := await newest(other)).runner:  # noqa: ASYNC110 - another process rings no bell
                await asyncio.sleep(0.02)
        assert await kinds_of(other, written) == ["hold", "hold"]
        other.fleet.release.set()
        row = await running
        assert (row.id, row.status) == (written.id, Status.SUCCEEDED)
        assert await kinds_of(other, row) == ["hold", "hold", "post", "post"]
        assert [each.request.id for each in other.fleet.errands].count(row.id) == 1, "it is begun once"


async def test_what_nobody_needs_any_more_is_given_back(scene: Scene) -> None:
    async with another(scene, allotment_idle_s=0.01) as other:
        await make_busy(other)
        await until_nothing_is_set_aside(other)
    assert (await scene.platform.wallets.balance(scene.buyer.id)).held == 0


async def test_what_a_dead_process_had_set_aside_is_given_back_and_its_runs_cost_nothing(scene: Scene) -> None:
    await make_busy(scene)
    running = await begin(scene)
    rows, before = await rows_of(scene), await scene.available()
    aside = await set_aside_of(scene)
    async with scene.platform.database.unit_of_work() as connection:
        await connection.execute(update(allotments).values(runner=new_id()))  # as if another had died with it
    running.cancel()
    await asyncio.wait({running})
    await scene.platform.predictions.takeover.sweep()
    assert await set_aside_of(scene) is None
    assert (await rows_of(scene), await scene.available()) == (rows, before + (aside or 0))


async def test_what_a_living_process_has_set_aside_is_left_alone(scene: Scene) -> None:
    await make_busy(scene)
    aside = await set_aside_of(scene)
    async with another(scene) as other:
        await other.platform.predictions.takeover.sweep()
    assert await set_aside_of(scene) == aside


async def test_a_run_that_is_covered_is_paid_though_everything_else_was_spent(scene: Scene) -> None:
    aside = await make_busy(scene)
    running = await begin(scene)
    await spend_all(scene)
    scene.fleet.release.set()
    row = await running
    assert row.status is Status.SUCCEEDED
    assert await kinds_of(scene, row) == ["direct", "direct"]
    assert (await scene.available(), await set_aside_of(scene)) == (0, aside.amount - PRICE_MICROS)


async def test_runs_are_paid_from_what_is_set_aside_to_its_end_and_no_further(scene: Scene) -> None:
    aside = await make_busy(scene)
    await spend_all(scene)
    results = await asyncio.gather(*(ask(scene) for _ in range(20)), return_exceptions=True)
    paid = [each for each in results if isinstance(each, Prediction)]
    assert len(paid) == aside.amount // PRICE_MICROS
    assert all(isinstance(each, PaymentRequired) for each in results if not isinstance(each, Prediction))
    assert (await scene.platform.wallets.balance(scene.buyer.id)).available < PRICE_MICROS


async def test_a_run_whose_cover_was_lost_and_spent_gives_no_output_and_costs_nothing(scene: Scene) -> None:
    await make_busy(scene)
    running = await begin(scene)
    await scene.platform.predictions.allotments.reclaim(scene.buyer.id)
    await spend_all(scene)
    scene.fleet.release.set()
    with pytest.raises(PaymentRequired):
        await running
    row = await newest(scene)
    assert (row.status, row.error_code, row.output) == (Status.FAILED, "insufficient_funds", None)
    assert await kinds_of(scene, row) == []


async def test_one_that_needs_the_whole_wallet_gets_what_other_processes_had_set_aside(scene: Scene) -> None:
    await make_busy(scene)
    whole = Micros(await scene.available() + PRICE_MICROS // 2)
    await scene.platform.catalog.set_price("atelier", "scripted", scene.creator.id, whole)
    async with another(scene) as other:
        row = await other.submit()
    assert row.status is Status.SUCCEEDED
    assert await set_aside_of(scene) is None


async def test_a_finish_that_is_repeated_after_a_lost_reply_pays_once(scene: Scene) -> None:
    await make_busy(scene)
    row = await ask(scene)
    before = await scene.available()
    await scene.platform.predictions.finishes.finish(row)
    assert await scene.available() == before


async def test_a_free_run_is_written_once_too(scene: Scene) -> None:
    scene = replace(scene, buyer=scene.creator)
    aside = await make_busy(scene)
    assert aside.amount == 0
    rows = await rows_of(scene)
    running = await begin(scene)
    assert await rows_of(scene) == rows
    scene.fleet.release.set()
    assert (await running).status is Status.SUCCEEDED


async def test_a_deleted_account_is_erased_after_its_last_run_was_written(scene: Scene) -> None:
    async with another(scene, allotment_idle_s=0.01) as other:
        await make_busy(other)
        running = await begin(other)
        assert not await other.platform.predictions.erasure.erase(scene.buyer.id)
        other.fleet.release.set()
        row = await running
        await until_nothing_is_set_aside(other)
        assert await other.platform.predictions.erasure.erase(scene.buyer.id)
        with pytest.raises(NotFound):
            await other.platform.predictions.reader.get(scene.buyer.id, row.id)


async def test_a_key_a_webhook_or_a_deadline_makes_a_run_as_any_other(scene: Scene) -> None:
    await make_busy(scene)
    row = await ask(scene, idempotency_key="once")
    assert await kinds_of(scene, row) == ["hold", "hold", "post", "post"]


async def test_two_processes_never_spend_more_than_there_is(scene: Scene) -> None:
    async with another(scene) as other:
        both = (scene, other)
        results = []
        for _ in range(6):
            asked = (ask(each) for each in both for _ in range(12))
            results += await asyncio.gather(*asked, return_exceptions=True)
    paid = [each for each in results if isinstance(each, Prediction) and each.status is Status.SUCCEEDED]
    refused = [each for each in results if isinstance(each, PaymentRequired)]
    assert len(paid) + len(refused) == len(results)
    assert len(paid) == CREDITS_MICROS // PRICE_MICROS
    balance = await scene.platform.wallets.balance(scene.buyer.id)
    assert (balance.available + (await set_aside_of(scene) or 0), await scene.earned()) == (0, 800_000)
