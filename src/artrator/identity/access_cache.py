"""Remember for a few seconds whom a credential belongs to, so that a busy key does not cost a query a request.

Whoever revokes forgets here at once; other processes notice when the entry ends.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from artrator.identity.access import Access
from artrator.kernel.ids import UserId
from artrator.kernel.single_flight import SingleFlight


class AccessCache:
    """A bounded table from a credential's hash to what it gives; the least recently used goes first."""

    def __init__(self, *, ttl_s: float, max_entries: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._ttl_s = ttl_s
        self._max_entries = max_entries
        self._monotonic = monotonic
        self._entries: OrderedDict[bytes, tuple[float, Access]] = OrderedDict()
        self._generation = 0
        self._loading: SingleFlight[tuple[bytes, int], Access | None] = SingleFlight()

    def __len__(self) -> int:
        return len(self._entries)

    def remembered(self, token_hash: bytes) -> Access | None:
        """Give what a credential gives, where that is in memory."""
        entry = self._entries.get(token_hash)
        if entry is None or self._monotonic() >= entry[0]:
            return None
        self._entries.move_to_end(token_hash)
        return entry[1]

    async def get(self, token_hash: bytes, load: Callable[[], Awaitable[Access | None]]) -> Access | None:
        """Give what a credential gives, from memory or from `load`. Credentials that give nothing are not kept."""
        remembered = self.remembered(token_hash)
        if remembered is not None:
            return remembered
        self._entries.pop(token_hash, None)
        generation = self._generation
        return await self._loading.get((token_hash, generation), lambda: self._load(token_hash, load, generation))

    async def _load(
        self, token_hash: bytes, load: Callable[[], Awaitable[Access | None]], generation: int
    ) -> Access | None:
        access = await load()
        if access is not None and generation == self._generation:  # else it may have been revoked while it was read
            self._entries[token_hash] = (self._monotonic() + self._ttl_s, access)
            if len(self._entries) > self._max_entries:
                self._entries.popitem(last=False)
        return access

    def forget_user(self, user: UserId) -> None:
        """Drop everything of one user; call it after the change is committed."""
        self._generation += 1
        for token_hash in [each for each, (_, access) in self._entries.items() if access.user.id == user]:
            del self._entries[token_hash]
