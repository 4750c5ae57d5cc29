"""How many runs are under way, for whoever waits until there is none."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextlib import contextmanager


class UnderWay:
    """A count that can be waited for."""

    def __init__(self) -> None:
        self._runs, self._is_none = 0, asyncio.Event()
        self._is_none.set()

    @contextmanager
    def one(self) -> Generator[None]:
        """Count a run while the block runs."""
        self.count(1)
        try:
            yield
        finally:
            self.count(-1)

    def count(self, runs: int) -> None:
        """Count runs that begin, or with a minus those that have ended."""
        self._runs += runs
        if self._runs:
            self._is_none.clear()
        else:
            self._is_none.set()

    async def none(self) -> None:
        """Wait until no run is under way."""
        await self._is_none.wait()
