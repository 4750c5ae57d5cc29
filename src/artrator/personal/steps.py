"""The durable job of deleting what an account left behind."""

from __future__ import annotations

from artrator.db.queue import JobQueue
from artrator.kernel.ids import UserId
from artrator.personal.deletion import ERASE_JOB, AccountDeletion

MAX_ATTEMPTS = 20
"""Each waits longer than the one before; together they outlast the longest run by far."""


def register(queue: JobQueue, deletion: AccountDeletion) -> None:
    """Name the handler."""

    async def erase_account(*, user_id: str) -> None:
        await deletion.erase(UserId(user_id))

    queue.register(ERASE_JOB, erase_account, max_attempts=MAX_ATTEMPTS)
