"""Walks belong to their owner: they are in an export, and go with the account."""

from __future__ import annotations

import asyncio
import json

import pytest
from tests.servers import PASSWORD
from tests.walks.conftest import Scene

from artrator.kernel.errors import Conflict, NotFound
from artrator.personal.deletion import AccountDeletion
from artrator.personal.export import Export
from artrator.walks.film import FilmFormat
from artrator.walks.walk import WalkStatus

ADDRESS = "203.0.113.9"


async def test_an_export_holds_ones_own_walks_and_their_frames(scene: Scene) -> None:
    walk = await scene.final(await scene.walk(frames=3, title="Mine"))
    export = scene.platform.services.get(Export)
    mine = json.loads(b"".join([chunk async for chunk in export.write(scene.buyer)]))
    assert [(each["id"], each["title"], len(each["rendered_frames"])) for each in mine["walks"]] == [
        (walk.id, "Mine", 3)
    ]
    others = json.loads(b"".join([chunk async for chunk in export.write(scene.creator)]))
    assert others["walks"] == []


async def test_a_deleted_account_leaves_no_walk_and_no_file(scene: Scene) -> None:
    walk = await scene.final(await scene.walk(frames=3))
    film = await scene.film(await scene.platform.walks.films.make(walk, FilmFormat.ZIP, None))
    keys = [frame.file.key for frame in await scene.frames(walk)]
    assert film.key is not None
    deletion = scene.platform.services.get(AccountDeletion)
    await deletion.delete(scene.buyer, PASSWORD, ADDRESS)
    await deletion.erase(scene.buyer.id)
    with pytest.raises(NotFound):
        await scene.read(walk)
    assert not any([await scene.platform.blobs.exists(key) for key in (*keys, film.key)])


async def test_walks_that_two_erase_at_once_are_gone_and_neither_fails(scene: Scene) -> None:
    walks = [await scene.final(await scene.walk(frames=2)) for _ in range(3)]
    await asyncio.gather(*(scene.platform.walks.erasure.erase(scene.buyer.id) for _ in range(3)))
    for walk in walks:
        with pytest.raises(NotFound):
            await scene.read(walk)


async def test_an_account_stays_while_a_walk_holds_its_money(scene: Scene) -> None:
    await scene.fleet.let(1)
    walk = await scene.walk()
    await scene.rendered(walk, 1)
    deletion = scene.platform.services.get(AccountDeletion)
    with pytest.raises(Conflict, match="cancel"):
        await deletion.delete(scene.buyer, PASSWORD, ADDRESS)
    assert (await scene.read(walk)).status is WalkStatus.PROCESSING


async def test_a_free_walk_of_a_deleted_account_is_stopped(scene: Scene) -> None:
    await scene.fleet.let(1)
    walk = await scene.walk(user=scene.creator)
    await scene.rendered(walk, 1)
    deletion = scene.platform.services.get(AccountDeletion)
    await deletion.delete(scene.creator, PASSWORD, ADDRESS)
    await deletion.erase(scene.creator.id)
    with pytest.raises(NotFound):
        await scene.read(walk)
    await asyncio.wait_for(scene.fleet.idle.wait(), 60)
