"""A walk as server-sent events: the walk itself, each frame as it lands, the end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import assert_never

import msgspec
from pydantic import BaseModel

from artrator.db.database import Database
from artrator.identity.user import User
from artrator.predictions.events import PredictionBus
from artrator.predictions.stream import HEARTBEAT_S, write_event
from artrator.walks.frame_store import frames_since
from artrator.walks.read import WalkReader
from artrator.walks.show import WalkShow
from artrator.walks.walk import Walk, WalkStatus

FRAMES_AT_ONCE = 100
"""Read from the database at a time, so that a long walk never lies in memory."""


class WalkStreams:
    """Stream walks to their owners."""

    def __init__(self, database: Database, reader: WalkReader, bus: PredictionBus, show: WalkShow) -> None:
        self._database = database
        self._reader = reader
        self._bus = bus
        self._show = show

    async def open(self, user: User, walk_id: str, *, last_event_id: str | None) -> AsyncIterator[bytes]:
        """Check that the user may watch, then give the stream. Raises: NotFound."""
        await self._reader.get(user.id, walk_id)
        return self._events(user, walk_id, _read_position(last_event_id))

    async def _events(self, user: User, walk_id: str, seen: int) -> AsyncIterator[bytes]:
        shown: str | None = None
        with self._bus.watch(walk_id) as watch:
            yield b": stream\n\n"
            while True:
                walk = await self._reader.get(user.id, walk_id)
                async for event, revision in self._frames(walk, seen):
                    seen = revision
                    yield event
                state = _state(walk)
                if state != shown:
                    shown = state
                    yield write_event("walk", _json(await self._show.walk(walk)), seen)
                if walk.status.final:
                    yield write_event("done", _last(walk), seen)
                    return
                changed, _ = await watch.news(timeout_s=HEARTBEAT_S)
                if not changed:
                    yield b": heartbeat\n\n"

    async def _frames(self, walk: Walk, seen: int) -> AsyncIterator[tuple[bytes, int]]:
        while True:
            async with self._database.unit_of_work() as connection:
                frames = await frames_since(connection, walk.id, seen, FRAMES_AT_ONCE)
            for frame in frames:
                seen = frame.revision
                yield write_event("frame", _json(self._show.views.frame(frame)), seen), seen
            if len(frames) < FRAMES_AT_ONCE:
                return


def _state(walk: Walk) -> str:
    return f"{walk.status.value} {walk.revision}"


def _json(reply: BaseModel) -> str:
    return reply.model_dump_json()


def _last(walk: Walk) -> str:
    match walk.status:
        case WalkStatus.SUCCEEDED:
            return "{}"
        case WalkStatus.FAILED:
            detail = {"reason": "error", "detail": walk.error or "", "code": walk.error_code or ""}
            return msgspec.json.encode(detail).decode()
        case WalkStatus.CANCELED | WalkStatus.STARTING | WalkStatus.PROCESSING:
            return msgspec.json.encode({"reason": walk.status.value}).decode()
        case _:
            assert_never(walk.status)


def _read_position(last_event_id: str | None) -> int:
    """Read `Last-Event-ID`; what is not ours means the beginning."""
    text = last_event_id or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0
