"""Commit what concurrent requests write together: while one group is written, the next one gathers.

Each request still waits for the write that holds its own, so nothing is less durable; only the number of transactions,
or of flushes of the disk, shrinks as the load grows (PostgreSQL's own commit_delay does the same below the level of
statements).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Command = TypeVar("Command")
Result = TypeVar("Result")

GATHER_S, MIN_SIBLINGS = 0.005, 8
"""How long a group gathers, where at least so many others will come soon: PostgreSQL's commit_delay and commit_siblings."""

Apply = Callable[[Sequence[Command]], Awaitable[Sequence[Result | Exception]]]
"""Write all commands together; answer each with its result or the error that it alone met."""


class GroupCommit(Generic[Command, Result]):
    """Gather commands and apply them, group after group.

    `apply` must isolate commands from each other: one that is refused leaves no trace and is answered with its
    error; an exception that escapes `apply` is the whole group's, and reaches every caller.
    siblings: how many will submit something soon. One who is alone never waits for others; among many, a few
    milliseconds save a transaction for each who came meanwhile.
    """

    def __init__(
        self, apply: Apply[Command, Result], *, max_group: int = 256, siblings: Callable[[], int] = int
    ) -> None:
        self._apply = apply
        self._max_group = max_group
        self._siblings = siblings
        self._waiting: list[tuple[Command, asyncio.Future[Result]]] = []
        self._flusher: asyncio.Task[None] | None = None

    async def submit(self, command: Command) -> Result:
        """Return a command's result once the group that holds it is written.

        A caller that is cancelled meanwhile does not take its command back: it may be written all the same.
        """
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((command, future))
        if self._flusher is None:
            self._flusher = asyncio.create_task(self._flush())
        return await future

    async def drain(self) -> None:
        """Wait until everything submitted so far is written or refused."""
        while self._flusher is not None:
            await asyncio.shield(self._flusher)

    async def _flush(self) -> None:
        try:
            while self._waiting:
                if self._siblings() - len(self._waiting) >= MIN_SIBLINGS:
                    await asyncio.sleep(GATHER_S)
                group, self._waiting = self._waiting[: self._max_group], self._waiting[self._max_group :]
                await self._write(group)
        finally:
            self._flusher = None

    async def _write(self, group: list[tuple[Command, asyncio.Future[Result]]]) -> None:
        try:
            results = await self._apply([command for command, _ in group])
        except Exception as error:
            for _, future in group:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), result in zip(group, results, strict=True):
            if future.done():
                continue
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)
