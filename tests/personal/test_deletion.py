"""Leaving: nothing of a person stays but the ledger, and nobody can be made to leave by another."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import func, select
from tests.predictions.conftest import Scene
from tests.servers import PASSWORD

from artrator.catalog.tables import models
from artrator.gallery.report import Reason
from artrator.gallery.reports import Reports
from artrator.gallery.store import list_items
from artrator.identity.tables import users
from artrator.identity.user import Role
from artrator.kernel.errors import Conflict, Invalid, NotFound, Unauthenticated, Unavailable
from artrator.ledger.books import check_books
from artrator.personal.deletion import AccountDeletion
from artrator.predictions.tables import predictions

ADDRESS = "203.0.113.7"


@pytest.fixture
def deletion(scene: Scene) -> AccountDeletion:
    return scene.platform.services.get(AccountDeletion)


async def test_a_deleted_account_leaves_only_the_ledger(scene: Scene, deletion: AccountDeletion) -> None:
    prediction = await scene.final(await scene.submit("finish"))
    (output,) = prediction.output or ()
    secret = await scene.platform.key_of(scene.buyer)
    await deletion.delete(scene.buyer, PASSWORD, ADDRESS)
    await deletion.erase(scene.buyer.id)
    identity = scene.platform.identity
    with pytest.raises(Unauthenticated):
        await identity.access_by_key(secret)
    with pytest.raises(Unauthenticated):
        await identity.log_in(scene.buyer.email, PASSWORD, ADDRESS)
    with pytest.raises(NotFound):
        await identity.find_by_handle("demo")
    assert not await scene.platform.blobs.exists(output.files[0].key)
    async with scene.platform.database.unit_of_work() as connection:
        count = select(func.count()).where(predictions.c.user_id == scene.buyer.id)
        assert (await connection.execute(count)).scalar_one() == 0
        row = (await connection.execute(select(users).where(users.c.id == scene.buyer.id))).one()
        report = await check_books(connection, now=prediction.created_at, stale_hold_s=60)
    assert "demo" not in f"{row.handle} {row.email}"
    assert report.balance
    assert await scene.earned() > 0


async def test_nobody_takes_the_name_of_who_left_but_their_address_is_free(
    scene: Scene, deletion: AccountDeletion
) -> None:
    await deletion.delete(scene.buyer, PASSWORD, ADDRESS)
    identity = scene.platform.identity
    with pytest.raises(Conflict) as caught:
        await identity.register("other@example.org", PASSWORD, "demo")
    assert caught.value.code == "handle_taken"
    again = await identity.register(scene.buyer.email, PASSWORD, "demo-again")
    assert (await scene.platform.wallets.balance(again.id)).available == 0


async def test_an_account_whose_runs_hold_money_stays(scene: Scene, deletion: AccountDeletion) -> None:
    running = await scene.submit("wait", wait_s=None)
    for user in (scene.buyer, scene.creator):
        with pytest.raises(Conflict) as caught:
            await deletion.delete(user, PASSWORD, ADDRESS)
        assert caught.value.code == "money_held"
    assert (await scene.platform.identity.find_by_handle("demo")).id == scene.buyer.id
    await scene.platform.predictions.cancellation.cancel(scene.buyer.id, running.id)
    await deletion.delete(scene.buyer, PASSWORD, ADDRESS)


async def test_free_runs_that_go_on_are_erased_when_they_end(scene: Scene, deletion: AccountDeletion) -> None:
    own = await scene.platform.predictions.submission.submit(scene.ask("wait", wait_s=None, user=scene.creator))
    await deletion.delete(scene.creator, PASSWORD, ADDRESS)
    with pytest.raises(Unavailable):
        await deletion.erase(scene.creator.id)
    await scene.platform.predictions.cancellation.cancel(scene.creator.id, own.id)
    await deletion.erase(scene.creator.id)


async def test_what_the_gallery_showed_and_held_of_who_left_is_gone(scene: Scene, deletion: AccountDeletion) -> None:
    platform, showcase = scene.platform, scene.platform.showcase
    model = (await platform.catalog.get_model("atelier", "scripted", None)).model
    await showcase.render(model.id, scene.digest)
    async with platform.database.unit_of_work() as connection:
        items = await list_items(connection, model.id, scene.digest)
    keys = [key for item in items for key in item.blob_keys]
    assert [await platform.blobs.exists(key) for key in keys] == [True] * len(keys) != []
    reports = platform.services.get(Reports)
    await reports.report(scene.creator, "atelier", "scripted", Reason.OTHER, "A word of mine.")
    others = await reports.report(scene.buyer, "atelier", "scripted", Reason.SPAM, "")
    await deletion.delete(scene.creator, PASSWORD, ADDRESS)
    await deletion.erase(scene.creator.id)
    await showcase.render(model.id, scene.digest)  # a job that was still in the queue
    assert await showcase.defer_missing() == 0
    assert [await platform.blobs.exists(key) for key in keys] == [False] * len(keys)
    async with platform.database.unit_of_work() as connection:
        assert await list_items(connection, model.id, scene.digest) == []
        covers = await connection.execute(select(models.c.cover_key).where(models.c.id == model.id))
        assert covers.scalar_one() is None
    left = (await reports.list_page(is_open=True, cursor=None, limit=10)).rows
    assert [report.id for report in left] == [others.id]


async def test_a_wrong_password_deletes_nothing(scene: Scene, deletion: AccountDeletion) -> None:
    with pytest.raises(Invalid) as caught:
        await deletion.delete(scene.buyer, "not the password", ADDRESS)
    assert (caught.value.code, caught.value.field) == ("password_wrong", "password")
    await scene.platform.identity.log_in(scene.buyer.email, PASSWORD, ADDRESS)


async def test_the_models_of_who_left_run_for_nobody(scene: Scene, deletion: AccountDeletion) -> None:
    await deletion.delete(scene.creator, PASSWORD, ADDRESS)
    for _ in range(100):  # the change is told to every process, this one too
        try:
            await scene.platform.catalog.resolve("atelier", "scripted", None, scene.buyer.id)
        except NotFound:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the model still runs")


async def test_the_last_operator_cannot_leave(scene: Scene, deletion: AccountDeletion) -> None:
    identity = scene.platform.identity
    boss = await identity.make_admin("boss@example.org", "boss", PASSWORD)
    with pytest.raises(Conflict) as caught:
        await deletion.delete(boss, PASSWORD, ADDRESS)
    assert caught.value.code == "last_operator"
    await identity.make_admin("heir@example.org", "heir", PASSWORD)
    await deletion.delete(boss, PASSWORD, ADDRESS)
    assert (await identity.find_user(boss.id)).roles == {Role.USER}
