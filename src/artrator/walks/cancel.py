"""Cancel a walk from any process: it is settled at once, and whoever renders it is told to stop."""

from __future__ import annotations

from artrator.kernel.ids import UserId, new_id
from artrator.walks.ending import Endings, Outcome
from artrator.walks.read import WalkReader
from artrator.walks.walk import Walk, WalkStatus


class Cancellation:
    """Cancel walks."""

    def __init__(self, reader: WalkReader, endings: Endings) -> None:
        self._reader = reader
        self._endings = endings

    async def cancel(self, user_id: UserId, walk_id: str) -> Walk:
        """Cancel one of a user's walks: what is rendered is paid and kept; one that ended stays as it is. Raises: NotFound."""
        walk = await self._reader.get(user_id, walk_id)
        if walk.status.final:
            return walk
        return await self._endings.end(walk.id, Outcome(status=WalkStatus.CANCELED, settlement=new_id()))
