"""A walk is made, paid for by the frame, and goes on where it was."""

from __future__ import annotations

import asyncio

import pytest
from tests.walks.conftest import CREDITS_MICROS, FRAME_MICROS, Scene
from tests.walks.walk_fleet import busy, crash, crowd, quarantined

from artrator.engine.fleet import Priority
from artrator.kernel.errors import Conflict, NotFound, PaymentRequired
from artrator.walks.walk import WalkStatus


async def test_a_walk_renders_every_frame_in_its_place_and_costs_their_price(scene: Scene) -> None:
    walk = await scene.walk(frames=6)
    ended = await scene.final(walk)
    assert ended.status is WalkStatus.SUCCEEDED, ended.error
    frames = await scene.frames(walk)
    assert len(frames) == ended.rendered == 6
    assert [frame.keyframe for frame in frames] == [0, None, None, None, None, 1]
    assert ended.charged == 6 * FRAME_MICROS
    assert await scene.available() == CREDITS_MICROS - 6 * FRAME_MICROS
    assert await scene.held() == 0
    assert await scene.books_balance()


async def test_frames_are_runs_of_the_walks_class_between_their_keyframes(scene: Scene) -> None:
    await scene.final(await scene.walk(frames=5, keyframes=[{"seed": 3}, {"seed": 4}], input={"tone": 0.25}))
    asked = sorted(scene.fleet.requests, key=lambda request: (request.inputs["seed"], request.walk.part))  # type: ignore[union-attr]
    assert {request.priority for request in asked} == {Priority.WALK}
    assert {request.account for request in asked} == {scene.buyer.id}
    assert all(request.inputs["tone"] == 0.25 for request in asked)
    between = [
        request for request in asked if request.walk and request.walk.end["seed"] == 4 and request.inputs["seed"] == 3
    ]
    assert [request.walk.part for request in between if request.walk] == [0.25, 0.5, 0.75]


async def test_no_more_frames_are_in_flight_than_the_settings_say(scene: Scene) -> None:
    walk = await scene.stopped_in_a_wide_round()
    await scene.until(walk, lambda _: scene.fleet.in_flight == 4)
    await asyncio.sleep(0.2)
    assert scene.fleet.most_in_flight == 4


async def test_a_seed_that_is_left_out_is_drawn_once_for_the_whole_walk(scene: Scene) -> None:
    walk = await scene.walk(keyframes=[{"tone": 0.1}, {"tone": 0.9}])
    await scene.final(walk)
    seeds = {request.inputs["seed"] for request in scene.fleet.requests}
    assert seeds == {walk.shared.input["seed"]}


async def test_the_price_of_all_frames_is_held_when_a_walk_begins(scene: Scene) -> None:
    await scene.fleet.let(0)
    await scene.walk(frames=6)
    assert await scene.held() == 6 * FRAME_MICROS
    assert await scene.available() == CREDITS_MICROS - 6 * FRAME_MICROS


async def test_a_cancelled_walk_keeps_and_bills_what_is_rendered(scene: Scene) -> None:
    await scene.fleet.let(3)
    walk = await scene.walk(frames=10)
    await scene.rendered(walk, 3)
    cancelled = await scene.platform.walks.cancellation.cancel(scene.buyer.id, walk.id)
    assert cancelled.status is WalkStatus.CANCELED
    assert cancelled.charged == 3 * FRAME_MICROS
    await scene.fleet.let(None)
    assert len(await scene.frames(walk)) == 3
    assert await scene.available() == CREDITS_MICROS - 3 * FRAME_MICROS
    assert await scene.held() == 0
    assert await scene.books_balance()


async def test_a_cancelled_walk_stops_what_is_in_flight(scene: Scene) -> None:
    walk = await scene.stopped_in_a_wide_round()
    await scene.until(walk, lambda _: scene.fleet.in_flight == 4)
    await scene.platform.walks.cancellation.cancel(scene.buyer.id, walk.id)
    await asyncio.wait_for(scene.fleet.idle.wait(), 60)
    assert scene.fleet.stopped == 4


async def test_cancelling_twice_changes_nothing(scene: Scene) -> None:
    walk = await scene.final(await scene.walk())
    again = await scene.platform.walks.cancellation.cancel(scene.buyer.id, walk.id)
    assert again.status is WalkStatus.SUCCEEDED
    assert await scene.available() == CREDITS_MICROS - 6 * FRAME_MICROS


async def test_a_wallet_that_is_dry_makes_no_walk_and_leaves_no_trace(scene: Scene) -> None:
    with pytest.raises(PaymentRequired):
        await scene.walk(frames=2000)
    page = await scene.platform.walks.reader.list_page(scene.buyer.id, cursor=None, rows=10)
    assert page.rows == []
    assert await scene.available() == CREDITS_MICROS
    assert not scene.fleet.requests


async def test_a_creators_own_walk_is_free(scene: Scene) -> None:
    walk = await scene.final(await scene.walk(user=scene.creator))
    assert (walk.status, walk.charged) == (WalkStatus.SUCCEEDED, 0)


async def test_the_same_key_makes_one_walk(scene: Scene) -> None:
    first, second = await asyncio.gather(scene.walk(key="one"), scene.walk(key="one"))
    third = await scene.walk(key="one")
    assert first.id == second.id == third.id
    with pytest.raises(Conflict, match="another request"):
        await scene.walk(key="one", frames=7)
    await scene.final(first)
    assert await scene.available() == CREDITS_MICROS - 6 * FRAME_MICROS


async def test_a_busy_engine_is_waited_out(scene: Scene) -> None:
    scene.fleet.failures += [busy(), crowd(), busy()]
    walk = await scene.final(await scene.walk())
    assert walk.status is WalkStatus.SUCCEEDED, walk.error
    assert len(scene.fleet.requests) == 6 + 3


async def test_a_frame_that_the_model_fails_is_tried_again(scene: Scene) -> None:
    scene.fleet.failures += [crash(), crash()]
    walk = await scene.final(await scene.walk())
    assert walk.status is WalkStatus.SUCCEEDED, walk.error


async def test_a_model_that_always_fails_ends_the_walk_and_costs_what_is_there(scene: Scene) -> None:
    await scene.fleet.let(2)
    walk = await scene.walk(frames=10)
    await scene.rendered(walk, 2)
    scene.fleet.failures += [crash()] * 20
    await scene.fleet.let(None)
    ended = await scene.final(walk)
    assert (ended.status, ended.error_code) == (WalkStatus.FAILED, "model_crashed")
    assert ended.charged == ended.rendered * FRAME_MICROS
    assert len(await scene.frames(walk)) == ended.rendered >= 2
    assert await scene.held() == 0


async def test_a_quarantined_model_ends_the_walk(scene: Scene) -> None:
    scene.fleet.failures += [quarantined()]
    ended = await scene.final(await scene.walk())
    assert (ended.status, ended.error_code) == (WalkStatus.FAILED, "model_quarantined")


async def test_a_model_that_is_withdrawn_half_way_ends_the_walk_with_a_clear_error(scene: Scene) -> None:
    await scene.fleet.let(2)
    walk = await scene.walk(frames=10)
    await scene.rendered(walk, 2)
    async with scene.platform.database.unit_of_work() as connection:
        await scene.platform.catalog.hide_models(connection, scene.creator.id)
    await asyncio.sleep(0.2)
    await scene.fleet.let(None)
    ended = await scene.final(walk)
    assert (ended.status, ended.error_code) == (WalkStatus.FAILED, "model_withdrawn")
    assert ended.error is not None
    assert "withdrawn" in ended.error
    assert ended.charged == ended.rendered * FRAME_MICROS
    assert len(await scene.frames(walk)) == ended.rendered >= 2


async def test_no_more_walks_of_a_user_are_under_way_than_the_settings_say(scene: Scene) -> None:
    await scene.fleet.let(0)
    for _ in range(8):
        await scene.walk(frames=2)
    with pytest.raises(Conflict, match="under way"):
        await scene.walk(frames=2)


async def test_somebody_elses_walk_does_not_exist(scene: Scene) -> None:
    walk = await scene.walk()
    stranger = await scene.platform.make_user("stranger")
    walks = scene.platform.walks
    for attempt in (
        walks.reader.get(stranger.id, walk.id),
        walks.cancellation.cancel(stranger.id, walk.id),
        walks.erasure.delete(stranger.id, walk.id),
    ):
        with pytest.raises(NotFound):
            await attempt


async def test_a_deleted_walk_leaves_nothing_behind(scene: Scene) -> None:
    await scene.fleet.let(3)
    walk = await scene.walk()
    await scene.rendered(walk, 3)
    with pytest.raises(Conflict, match="cancel"):
        await scene.platform.walks.erasure.delete(scene.buyer.id, walk.id)
    await scene.fleet.let(None)
    await scene.final(walk)
    keys = [frame.file.key for frame in await scene.frames(walk)]
    await scene.platform.walks.erasure.delete(scene.buyer.id, walk.id)
    with pytest.raises(NotFound):
        await scene.read(walk)
    assert not any([await scene.platform.blobs.exists(key) for key in keys])
    assert await scene.available() == CREDITS_MICROS - 6 * FRAME_MICROS
