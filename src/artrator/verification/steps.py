"""The durable job of verification."""

from __future__ import annotations

from artrator.catalog.publishing import VERIFY_JOB
from artrator.db.queue import JobQueue
from artrator.kernel.ids import Digest, ModelId
from artrator.verification.service import Verification


def register(queue: JobQueue, verification: Verification) -> None:
    """Name the handler of the job that publishing defers."""

    async def verify_version(*, model_id: str, digest: str) -> None:
        await verification.verify(ModelId(model_id), Digest(digest))

    queue.register(VERIFY_JOB, verify_version, max_attempts=10)
