"""A walk outlives the process that renders it: what is stored is never rendered again, and it is paid once."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace

from sqlalchemy import text
from tests.platforms import Platform, open_platform
from tests.walks.conftest import CREDITS_MICROS, FRAME_MICROS, Scene
from tests.walks.walk_fleet import WalkFleet

from artrator.engine.fleet import RunRequest
from artrator.walks.create import RENDER_JOB
from artrator.walks.frame_store import add_frame
from artrator.walks.store import claim_walk
from artrator.walks.walk import Walk, WalkStatus


async def _second(scene: Scene, stack: AsyncExitStack, *, works: bool = False) -> tuple[Platform, WalkFleet]:
    """Open another process's platform over the same database and home."""
    fleet = WalkFleet()
    platform = await stack.enter_async_context(open_platform(replace(scene.plan, fleet=fleet, works=works)))
    return platform, fleet


async def _abandoned(scene: Scene, rendered: int, frames: int) -> Walk:
    """Give a walk that a process began, of which some frames are there, and whose process is as good as dead."""
    await scene.fleet.let(rendered)
    walk = await scene.walk(frames=frames)
    await scene.rendered(walk, rendered)
    return walk


async def test_another_process_goes_on_where_a_silent_one_was_and_renders_nothing_again(scene: Scene) -> None:
    walk = await _abandoned(scene, 5, 12)
    before = {frame.place: frame for frame in await scene.frames(walk)}
    asked = len(scene.fleet.requests)
    async with AsyncExitStack() as stack:
        platform, fleet = await _second(scene, stack)
        rendering = asyncio.create_task(platform.walks.rendering.render(walk.id))
        await scene.until(walk, lambda row: row.attempt >= 2)
        await scene.fleet.let(None)  # whichever of them is last goes on
        ended = await scene.final(walk)
        await rendering
    assert ended.status is WalkStatus.SUCCEEDED, ended.error
    after = {frame.place: frame for frame in await scene.frames(walk)}
    assert len(after) == 12
    for place, frame in before.items():
        assert (after[place].file, after[place].attempt) == (frame.file, 1)
    assert all(frame.attempt >= 2 for place, frame in after.items() if place not in before)
    again = [*fleet.requests, *scene.fleet.requests[asked:]]
    assert not before.keys() & {_place(request) for request in again}
    assert await scene.available() == CREDITS_MICROS - 12 * FRAME_MICROS
    assert await scene.held() == 0
    assert await scene.books_balance()


def _place(request: RunRequest) -> float:
    """Tell where between seed 1 and seed 2 a frame lies."""
    assert request.walk is not None
    return request.walk.part if request.inputs["seed"] == 1 else 1.0


async def test_a_process_that_was_believed_dead_stores_nothing_more(scene: Scene) -> None:
    walk = await _abandoned(scene, 3, 8)
    async with scene.platform.database.unit_of_work() as connection:
        claimed = await claim_walk(connection, walk.id, scene.plan.clock())
    assert claimed is not None
    (frame, *_) = await scene.frames(walk)
    stale = replace(frame, place=0.123)
    async with scene.platform.database.unit_of_work() as connection:
        assert await add_frame(connection, stale, left=0.0, evenness=None) is False
    await scene.fleet.let(None)
    await asyncio.wait_for(scene.fleet.idle.wait(), 60)
    assert len(await scene.frames(walk)) == 3


async def test_a_cancel_by_another_process_stops_the_frames_in_flight(scene: Scene) -> None:
    walk = await _abandoned(scene, 2, 10)
    async with AsyncExitStack() as stack:
        platform, _ = await _second(scene, stack)
        cancelled = await platform.walks.cancellation.cancel(scene.buyer.id, walk.id)
        assert cancelled.charged == 2 * FRAME_MICROS
        await asyncio.wait_for(scene.fleet.idle.wait(), 60)


async def test_a_walk_whose_job_is_lost_is_queued_again(scene: Scene) -> None:
    walk = await _abandoned(scene, 2, 4)
    async with scene.platform.database.unit_of_work() as connection:
        await connection.execute(text("DELETE FROM procrastinate_jobs WHERE task_name = :name"), {"name": RENDER_JOB})
        await connection.execute(text("UPDATE walks SET created_at = created_at - interval '1 hour'"))
    async with AsyncExitStack() as stack:
        platform, _ = await _second(scene, stack, works=True)
        ended = await scene.final(walk)
        assert ended.status is WalkStatus.SUCCEEDED
        assert platform.walks.settings.stalled_after_s < 60


async def test_a_job_that_runs_twice_in_a_process_renders_once(scene: Scene) -> None:
    walk = await _abandoned(scene, 2, 6)
    await scene.platform.walks.rendering.render(walk.id)
    assert (await scene.read(walk)).attempt == 1
    await scene.fleet.let(None)
    await scene.final(walk)
    await scene.platform.walks.rendering.render(walk.id)
    assert len(scene.fleet.frames) == 6 + 0
    assert await scene.available() == CREDITS_MICROS - 6 * FRAME_MICROS


async def test_a_server_that_stops_hands_its_walks_back_and_waits_for_no_frame(scene: Scene) -> None:
    async with AsyncExitStack() as stack:
        fleet = WalkFleet(limit=0)  # no frame ever ends
        await scene.fleet.let(0)  # nor in the other process, which takes the job, too
        plan = replace(scene.plan, fleet=fleet)
        other = await stack.enter_async_context(open_platform(replace(plan, works=False)))
        walk = await other.walks.creation.create(scene.buyer, _wanted(), None)
        rendering = asyncio.create_task(other.walks.rendering.render(walk.id))
        await asyncio.wait_for(fleet.asked.wait(), 60)
        rendering.cancel()
        await asyncio.gather(rendering, return_exceptions=True)
        assert fleet.in_flight == 0
        assert fleet.stopped == len(fleet.requests) > 0


def _wanted():  # type: ignore[no-untyped-def]
    from artrator.walks.schemas import NewWalk

    return NewWalk.model_validate(
        {"model": "atelier/scripted", "keyframes": [{"seed": 1}, {"seed": 2}], "frames": 3}
    ).wanted()
