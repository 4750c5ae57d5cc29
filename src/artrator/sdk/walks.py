"""Walks in the hands of the clients: iterate over one for its frames, and save its film."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from artrator.kernel.errors import Unavailable
from artrator.sdk import walk as walking
from artrator.sdk.walk import Follower, WalkFrame, WalkState

if TYPE_CHECKING:
    from artrator.sdk.async_client import AsyncClient
    from artrator.sdk.client import Client


class Walk:
    """A walk on the server, which goes on whoever watches. `for frame in walk` gives each frame as it lands."""

    def __init__(self, client: Client, state: WalkState) -> None:
        self._client = client
        self.state = state
        """How far it was when it was last looked at."""

    @property
    def id(self) -> str:
        """Its id: `client.find_walk(id)` finds it again."""
        return self.state.id

    def __iter__(self) -> Iterator[WalkFrame]:
        """Give each frame once, as it lands. Raises: WalkFailed at the end unless all were rendered."""
        follower = Follower(self.state)
        while True:
            try:
                for name, data, position in self._client.events(f"/v1/walks/{self.id}/stream", after=follower.position):
                    event = walking.read_event(name, data)
                    if event is None:
                        continue
                    frame = follower.take(event, position)
                    self.state = follower.state
                    if frame is not None:
                        yield frame
                    if event.is_last:
                        self.state.require_success()
                        return
            except Unavailable as error:
                follower.broke(error)
            time.sleep(walking.POLL_S)

    def picture(self, frame: WalkFrame) -> Image.Image:
        """Download a frame."""
        picture = self._client.follow(walking.get_picture(frame))
        assert isinstance(picture, Image.Image), "a frame is a picture"
        return picture

    def frames(self) -> Sequence[WalkFrame]:
        """Give the frames that are there now, in the order of the path."""
        return self._client.follow(walking.list_frames(self.id))

    def refresh(self) -> WalkState:
        """Look how far it is."""
        self.state = self._client.follow(walking.get_walk(self.id))
        return self.state

    def wait(self) -> WalkState:
        """Wait for its end. Raises: WalkFailed unless all frames were rendered."""
        self.state = self._client.follow(walking.await_walk(self.id))
        self.state.require_success()
        return self.state

    def cancel(self) -> WalkState:
        """Stop it: what is rendered is paid and stays."""
        self.state = self._client.follow(walking.cancel_walk(self.id))
        return self.state

    def save(self, path: str | Path, *, fps: int | None = None) -> Path:
        """Wait for its end, and save it: `.webm`, `.mp4`, `.gif`, `.webp`, or `.zip` for a picture a frame.

        A walk that failed or was cancelled gives a film of what is there. Raises: Conflict where nothing is.
        """
        walking.film_format(Path(path))
        self.state = self._client.follow(walking.await_walk(self.id))
        return self._client.follow(walking.save_film(self.id, Path(path), fps=fps))


class AsyncWalk:
    """Like Walk, awaited: `async for frame in walk`."""

    def __init__(self, client: AsyncClient, state: WalkState) -> None:
        self._client = client
        self.state = state
        """How far it was when it was last looked at."""

    @property
    def id(self) -> str:
        """Its id: `client.find_walk(id)` finds it again."""
        return self.state.id

    async def __aiter__(self) -> AsyncIterator[WalkFrame]:
        """Give each frame once, as it lands. Raises: WalkFailed at the end unless all were rendered."""
        follower = Follower(self.state)
        while True:
            try:
                events = self._client.events(f"/v1/walks/{self.id}/stream", after=follower.position)
                async for name, data, position in events:
                    event = walking.read_event(name, data)
                    if event is None:
                        continue
                    frame = follower.take(event, position)
                    self.state = follower.state
                    if frame is not None:
                        yield frame
                    if event.is_last:
                        self.state.require_success()
                        return
            except Unavailable as error:
                follower.broke(error)
            await asyncio.sleep(walking.POLL_S)

    async def picture(self, frame: WalkFrame) -> Image.Image:
        """Download a frame."""
        picture = await self._client.follow(walking.get_picture(frame))
        assert isinstance(picture, Image.Image), "a frame is a picture"
        return picture

    async def frames(self) -> Sequence[WalkFrame]:
        """Give the frames that are there now, in the order of the path."""
        return await self._client.follow(walking.list_frames(self.id))

    async def refresh(self) -> WalkState:
        """Look how far it is."""
        self.state = await self._client.follow(walking.get_walk(self.id))
        return self.state

    async def wait(self) -> WalkState:
        """Wait for its end. Raises: WalkFailed unless all frames were rendered."""
        self.state = await self._client.follow(walking.await_walk(self.id))
        self.state.require_success()
        return self.state

    async def cancel(self) -> WalkState:
        """Stop it: what is rendered is paid and stays."""
        self.state = await self._client.follow(walking.cancel_walk(self.id))
        return self.state

    async def save(self, path: str | Path, *, fps: int | None = None) -> Path:
        """Wait for its end, and save it; see `Walk.save`."""
        walking.film_format(Path(path))
        self.state = await self._client.follow(walking.await_walk(self.id))
        return await self._client.follow(walking.save_film(self.id, Path(path), fps=fps))
