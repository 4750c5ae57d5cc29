"""A prediction as a stream of events, from any server and from any point on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest
from tests.platforms import Platform, open_platform
from tests.predictions.conftest import Scene

from artrator.kernel.errors import NotFound
from artrator.predictions.prediction import Prediction
from artrator.predictions.stream import Position, write_event


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event as a client reads it."""

    name: str
    id: str
    data: str


async def open_stream(
    platform: Platform, scene: Scene, row: Prediction, *, last_event_id: str | None = None, progress: bool = False
) -> AsyncIterator[bytes]:
    return await platform.predictions.streams.open(scene.buyer, row.id, last_event_id=last_event_id, progress=progress)


def parse(chunk: bytes) -> Event | None:
    lines = chunk.decode().rstrip("\n").split("\n")
    if lines[0].startswith(":"):
        return None
    fields = [line.partition(": ")[::2] for line in lines]
    data = "\n".join(value for name, value in fields if name == "data")
    known = dict(fields)
    return Event(name=known["event"], id=known["id"], data=data)


async def collect(stream: AsyncIterator[bytes]) -> list[Event]:
    return [event async for chunk in stream if (event := parse(chunk)) is not None]


async def test_a_run_that_ended_is_told_whole(scene: Scene) -> None:
    row = await scene.submit()
    events = await collect(await open_stream(scene.platform, scene, row))
    assert [event.name for event in events] == ["output", "done"]
    assert "/blobs/outputs/" in events[0].data


async def test_a_failed_run_ends_with_its_error(scene: Scene) -> None:
    row = await scene.submit("crash")
    events = await collect(await open_stream(scene.platform, scene, row))
    assert [event.name for event in events] == ["error", "done"]
    assert "The model crashed." in events[0].data


async def test_progress_is_told_live_where_it_is_asked_for(scene: Scene) -> None:
    row = await scene.submit("steps", wait_s=None)
    stream = await open_stream(scene.platform, scene, row, progress=True)
    seen: list[Event] = []
    async for chunk in stream:
        event = parse(chunk)
        if event is not None:
            seen.append(event)
            if event.name == "progress":
                scene.fleet.release.set()
    assert '"steps":4' in next(event.data for event in seen if event.name == "progress")
    assert "data:image/jpeg;base64," in next(event.data for event in seen if event.name == "progress")
    assert [event.name for event in seen][-2:] == ["output", "done"]


async def test_replicates_words_alone_are_used_unless_asked(scene: Scene) -> None:
    row = await scene.submit("steps", wait_s=None)
    await scene.fleet.started.wait()
    scene.fleet.release.set()
    events = await collect(await open_stream(scene.platform, scene, row))
    assert {event.name for event in events} <= {"output", "logs", "error", "done"}
    assert "100%|####################| 4/4" in "".join(event.data for event in events if event.name == "logs")


async def test_a_stream_goes_on_where_it_was_interrupted(scene: Scene) -> None:
    scene.fleet.release.set()
    row = await scene.submit("steps")
    whole = await collect(await open_stream(scene.platform, scene, row))
    after_logs = await collect(await open_stream(scene.platform, scene, row, last_event_id=whole[0].id))
    assert [event.name for event in whole] == ["logs", "output", "done"]
    assert [event.name for event in after_logs] == ["output", "done"]
    half = str(Position(logs=10))
    rest = await collect(await open_stream(scene.platform, scene, row, last_event_id=half))
    assert rest[0].data == whole[0].data[10:]


async def test_a_stream_from_another_server_tells_the_same(scene: Scene) -> None:
    async with open_platform(replace(scene.plan, works=False)) as other:
        await asyncio.wait_for(other.predictions.bus.listening.wait(), 5)
        row = await scene.submit("steps", wait_s=0.1)
        stream = await open_stream(other, scene, row, progress=True)
        seen: list[Event] = []
        async for chunk in stream:
            event = parse(chunk)
            if event is not None:
                seen.append(event)
                scene.fleet.release.set()
    assert [event.name for event in seen][-2:] == ["output", "done"]


async def test_a_cancelled_run_says_so(scene: Scene) -> None:
    row = await scene.submit("wait", wait_s=0.1)
    reading = asyncio.create_task(collect(await open_stream(scene.platform, scene, row)))
    await scene.platform.predictions.cancellation.cancel(scene.buyer.id, row.id)
    events = await asyncio.wait_for(reading, 10)
    assert (events[-1].name, events[-1].data) == ("done", '{"reason": "canceled"}')


async def test_nobody_watches_what_others_run(scene: Scene) -> None:
    row = await scene.submit()
    with pytest.raises(NotFound):
        await scene.platform.predictions.streams.open(scene.creator, row.id, last_event_id=None, progress=False)


def test_text_cannot_leave_its_event() -> None:
    written = write_event("logs", "a\r\nevent: done\rdata: x\n", Position())
    assert written == b"event: logs\nid: 0-0\ndata: a\ndata: event: done\ndata: data: x\ndata: \n\n"
