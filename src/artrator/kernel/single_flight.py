"""Read once what many ask for at the same moment."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class SingleFlight(Generic[Key, Value]):
    """Whoever asks for a key while it is being fetched waits for that fetch, and gets what it gives or raises."""

    def __init__(self) -> None:
        self._under_way: dict[Key, asyncio.Future[Value]] = {}

    async def get(self, key: Key, fetch: Callable[[], Awaitable[Value]]) -> Value:
        """Give what `fetch` gives. A caller who goes away does not end a fetch that others may wait for."""
        under_way = self._under_way.get(key)
        if under_way is None:
            under_way = self._under_way[key] = asyncio.ensure_future(fetch())
            under_way.add_done_callback(lambda done: self._forget(key, done))
        return await asyncio.shield(under_way)

    def _forget(self, key: Key, done: asyncio.Future[Value]) -> None:
        del self._under_way[key]
        if not done.cancelled():
            done.exception()  # looked at, so that nobody is warned of it when every caller has gone away
