"""Write when a credential was last used: seldom, later, and in a transaction of its own, so that no request waits for it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from artrator.kernel.errors import Unavailable

log = logging.getLogger(__name__)

MAX_REMEMBERED = 20_000


class LastUse:
    """Start one write per credential and interval, in the background."""

    def __init__(self, *, every_s: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._every_s = every_s
        self._monotonic = monotonic
        self._written_at: OrderedDict[str, float] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()

    def note(self, credential: str, write: Callable[[], Awaitable[None]]) -> None:
        """Call `write` in the background unless it was called for this credential just now."""
        now = self._monotonic()
        written_at = self._written_at.get(credential)
        if written_at is not None and now - written_at < self._every_s:
            return
        self._written_at[credential] = now
        self._written_at.move_to_end(credential)
        if len(self._written_at) > MAX_REMEMBERED:
            self._written_at.popitem(last=False)
        task = asyncio.create_task(self._run(write))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def drain(self) -> None:
        """Wait for the writes that are under way."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    @staticmethod
    async def _run(write: Callable[[], Awaitable[None]]) -> None:
        try:
            await write()
        except Unavailable as error:
            log.info("a credential's last use was not written: %s", error.code)
